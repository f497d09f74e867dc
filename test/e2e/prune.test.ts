import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { type Finished, runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const address = 'example.com/acme/thing';
const versions = ['1.0.0', '1.1.0', '1.2.0', '2.0.0'];

interface Place {
  readonly host: string;
  readonly folder: string;
  readonly location: string;
  readonly run: (...args: string[]) => Promise<Finished>;
}

type Start = (folder: string) => Promise<string>;

/** Four versions in a registry, of which a project has locked the second. */
async function place(start: Start): Promise<Place> {
  const folder = await tempFolder();
  const host = await start(folder);
  const location = `${host}/tf/{hostname}/{namespace}/{type}`;
  for (const version of versions) {
    const dist = join(folder, 'dist', version);
    await makeReleaseFolder(dist, { type: 'thing', version });
    const pushed = await runCli(['push', `${address}@${version}`, dist, '--to', location]);
    if (pushed.code !== 0) throw new Error(pushed.stderr);
  }
  await mkdir(join(folder, 'live/a'), { recursive: true });
  const lock = `provider "${address}" {\n  version = "1.1.0"\n}\n`;
  await writeFile(join(folder, 'live/a/.terraform.lock.hcl'), lock);
  const run = (...args: string[]): Promise<Finished> =>
    runCli([...args, '--from', location], { cwd: folder });
  return { folder, host, location, run };
}

const keeping = ['--keep-newest', '1', '--keep-lock', './live/**/.terraform.lock.hcl'];

const serve: Start = async (folder) => {
  const { hosts } = await startServe([join(folder, 'registry'), '--listen', '127.0.0.1:0'], {
    cwd: folder,
  });
  return hosts[0] ?? '';
};

const dockerRegistry =
  (options: { readonly deletes: boolean }): Start =>
  async () => {
    const registry = await startDockerRegistry(options);
    onTestFinished(() => registry.stop());
    return registry.host;
  };

async function tagsOf({ host }: Place): Promise<readonly string[]> {
  const answer = await fetch(`http://${host}/v2/tf/${address}/tags/list`);
  const { tags } = (await answer.json()) as { tags: readonly string[] | null };
  return [...(tags ?? [])].sort();
}

async function digestOf({ host }: Place, reference: string): Promise<string | undefined> {
  const answer = await fetch(`http://${host}/v2/tf/${address}/manifests/${reference}`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.index.v1+json' },
  });
  return answer.headers.get('docker-content-digest') ?? undefined;
}

const whyNot = whyNoDockerRegistry();
const kinds = [
  { name: 'serve', start: serve, skip: undefined },
  { name: 'docker-registry', start: dockerRegistry({ deletes: true }), skip: whyNot },
];

for (const { name, skip, start } of kinds) {
  const title = skip === undefined ? name : `${name} (skipped: ${skip})`;
  describe.skipIf(skip !== undefined)(`prune in ${title}`, () => {
    it('leaves what is kept whole, and nothing of the rest', async () => {
      const made = await place(start);
      const goes = await digestOf(made, '1.2.0');
      const stays = await digestOf(made, '1.1.0');
      const dry = await made.run('prune', address, ...keeping);
      expect(dry.stderr).not.toMatch(/Error/u);
      expect(dry.stdout.split('\n').map((line) => line.slice(0, 9).trim())).toEqual([
        'to remove',
        'kept',
        'to remove',
        'kept',
        'Would rem',
        '',
      ]);
      const done = await made.run('prune', address, ...keeping, '--yes');
      expect(done.stderr).toBe('');
      expect(done.code).toBe(0);
      const tags = (await tagsOf(made)).filter((tag) => !tag.startsWith('sha256-'));
      expect(tags).toEqual(['1.1.0', '2.0.0']);
      // Lists that stand in for the referrers API: of what stays only.
      const lists = (await tagsOf(made)).filter((tag) => tag.startsWith('sha256-'));
      if (lists.length > 0) {
        expect(lists).toHaveLength(2);
        expect(lists).toContain(stays?.replace(':', '-'));
      }
      expect(await digestOf(made, goes ?? '')).toBeUndefined();
      expect(await digestOf(made, '1.1.0')).toBe(stays);
      const verified = await made.run('verify');
      expect(verified.stdout).toContain('Verified 1 provider, 2 versions, 6 packages');
      expect(verified.stdout).toContain('no problems');
      const again = await made.run('prune', address, ...keeping, '--yes', '--json');
      expect(JSON.parse(again.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
        type: 'summary',
        kept: 2,
        removed: 0,
        failed: 0,
      });
    });
  });
}

describe.skipIf(whyNot !== undefined)(
  `prune in docker-registry without deletes${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`,
  () => {
    it('removes nothing, and says what to do', async () => {
      const made = await place(dockerRegistry({ deletes: false }));
      const before = await tagsOf(made);
      const done = await made.run('prune', ...keeping, '--yes');
      expect(done.code).toBe(6);
      expect(done.stderr).toContain('REGISTRY_STORAGE_DELETE_ENABLED=true');
      expect(await tagsOf(made)).toEqual(before);
    });
  },
);
