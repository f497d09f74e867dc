import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

interface Summary {
  readonly type: string;
  readonly [field: string]: unknown;
}

function lastLine(stdout: string): Summary {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Summary;
}

/** A release pushed to a registry that serves itself, and the digest of its index. */
async function published(folder: string, salt = ''): Promise<{ host: string; digest: unknown }> {
  const release = { type: 'thing', version: '1.2.3', salt };
  await makeReleaseFolder(join(folder, `dist${salt}`), release);
  const serve = [join(folder, `registry${salt}`), '--listen', '127.0.0.1:0'];
  const server = await startServe(serve, { cwd: folder });
  const host = server.hosts[0] ?? '';
  const to = `${host}/a/{namespace}/{type}`;
  const args = ['push', 'example.com/acme/thing', `dist${salt}`, '--to', to, '--json'];
  const pushed = await runCli(args, { cwd: folder });
  expect(pushed.code).toBe(0);
  return { host, digest: lastLine(pushed.stdout).digest };
}

describe('copy', () => {
  it('brings a release through an archive and a folder into another scheme of the registry', async () => {
    const folder = await tempFolder();
    const { digest, host } = await published(folder);
    const places = [
      `${host}/a/{namespace}/{type}`,
      'oci-archive:bundle.tar',
      './layouts/{namespace}_{type}',
      `${host}/b/{hostname}/{namespace}/{type}`,
    ];
    for (const [index, from] of places.slice(0, -1).entries()) {
      const to = places[index + 1] ?? '';
      const args = ['copy', 'example.com/acme/thing', '--from', from, '--to', to];
      const copied = await runCli(args, { cwd: folder });
      expect(copied.stderr).not.toMatch(/Error/u);
      expect(copied.code).toBe(0);
      expect(copied.stdout).toContain('copied');
    }
    const again = await runCli(
      ['push', 'example.com/acme/thing', 'dist', '--to', places.at(-1) ?? '', '--json'],
      { cwd: folder },
    );
    expect(lastLine(again.stdout)).toMatchObject({ action: 'present', digest });
  });

  it('changes nothing that is published', async () => {
    const folder = await tempFolder();
    const [one, other] = [await published(folder), await published(folder, 'other')];
    const to = `${other.host}/a/{namespace}/{type}`;
    const from = `${one.host}/a/{namespace}/{type}`;
    const args = ['copy', 'example.com/acme/thing', '--from', from, '--to', to];
    const refused = await runCli(args, { cwd: folder });
    expect(refused.code).toBe(7);
    const pushed = ['push', 'example.com/acme/thing', 'distother', '--to', to, '--json'];
    const standing = await runCli(pushed, { cwd: folder });
    expect(lastLine(standing.stdout)).toMatchObject({ action: 'present', digest: other.digest });
  });
});
