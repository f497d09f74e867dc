import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  filesIn,
  locationAt,
  makeProject,
  passOn,
  type PublishedContent,
  type PublishedRegistry,
  repositoryPath,
  startPublishedRegistry,
  version,
} from '../support/published-registry.ts';
import { type Finished, runCli } from '../support/run-cli.ts';
import { type Reply, usePeers } from '../support/scripted-peer.ts';

const peers = usePeers();
let published: PublishedRegistry;

beforeAll(async () => {
  published = await startPublishedRegistry();
});
afterAll(() => published.close());

/** Other bytes of the same length. */
function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  changed.writeUInt8(changed.readUInt8(middle) ^ 1, middle);
  return changed;
}

/** One bit of text changed, and still JSON. */
function reworded(bytes: Buffer): Buffer {
  const text = bytes.toString().replace('"schemaVersion":2', '"schemaVersion": 2');
  if (text.length === bytes.length) throw new Error('nothing was changed');
  return Buffer.from(text);
}

interface Alteration {
  readonly reply: (content: PublishedContent) => Reply;
  readonly of: 'index' | 'target' | 'layer';
  readonly message: RegExp;
}

const blob = (bytes: Buffer): Reply => ({
  body: bytes,
  headers: { 'content-type': 'application/octet-stream' },
});

const alterations: readonly (readonly [string, Alteration])[] = [
  [
    'a package with a bit changed',
    {
      of: 'layer',
      reply: ({ bytes }) => blob(flipped(bytes)),
      message: /does not match its digest|contradicts/u,
    },
  ],
  [
    'a longer package',
    {
      of: 'layer',
      reply: ({ bytes }) => blob(Buffer.concat([bytes, bytes])),
      message: /wrong size: expected \d+ bytes, got/u,
    },
  ],
  [
    'a shorter package that says so',
    {
      of: 'layer',
      reply: ({ bytes }) => blob(bytes.subarray(0, -40)),
      message: /wrong size: expected \d+ bytes, got \d+/u,
    },
  ],
  [
    'a shorter package without a length',
    {
      of: 'layer',
      reply: ({ bytes }) => ({
        fault: {
          kind: 'raw',
          bytes: `HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${bytes.subarray(0, -40).toString('latin1')}`,
        },
      }),
      message: /wrong size|ends at byte/u,
    },
  ],
  [
    'an error page in place of the package, of the right size',
    {
      of: 'layer',
      reply: ({ bytes }) => blob(Buffer.alloc(bytes.length, '<p>please log in</p>')),
      message: /does not match its digest|not a provider's zip archive/u,
    },
  ],
  [
    'a manifest with a space more',
    {
      of: 'target',
      reply: ({ bytes }) => ({
        body: reworded(bytes),
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      }),
      message: /wrong size|does not match its digest/u,
    },
  ],
];

async function initThrough(
  alteration: Alteration,
  project: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const content = published[alteration.of];
  const kind = alteration.of === 'layer' ? 'blobs' : 'manifests';
  const peer = await peers.start();
  peer.always(`GET ${repositoryPath()}/${kind}/${content.digest}`, alteration.reply(content));
  passOn(peer, published.registry);
  const result = await runCli(['init', '--from', locationAt(peer.host)], { cwd: project, env });
  return result;
}

describe('init from a registry that serves something else', () => {
  it.each(alterations)('refuses %s and leaves nothing', async (_, alteration) => {
    const project = await makeProject();
    const result = await initThrough(alteration, project);
    expect(result.stderr).toMatch(alteration.message);
    expect(result.stderr).toContain('Error: Failed to install provider');
    expect(result.code).toBe(5);
    expect(result.stdout).not.toContain('Installed');
    // The data folder may have been made; nothing is in it.
    expect(await filesIn(project)).toEqual(
      alteration.of === 'layer' ? ['.terraform', 'main.tf'] : ['main.tf'],
    );
  });

  it('leaves a lock file that is there as it was', async () => {
    const project = await makeProject();
    const lockFile = join(project, '.terraform.lock.hcl');
    const text = '# kept\n\nprovider "example.com/acme/thing" {\n  version = "1.2.3"\n}\n';
    await writeFile(lockFile, text);
    const [, alteration] = alterations[0] ?? [];
    if (alteration === undefined) throw new Error('no alteration');
    const result = await initThrough(alteration, project);
    expect(result.code).toBe(5);
    expect(await readFile(lockFile, 'utf8')).toBe(text);
  });

  it('refuses an index that is not what its own header says', async () => {
    const project = await makeProject();
    const { index, registry } = published;
    const peer = await peers.start();
    peer.always(`GET ${repositoryPath()}/manifests/${version}`, {
      body: reworded(index.bytes),
      headers: {
        'content-type': 'application/vnd.oci.image.index.v1+json',
        'docker-content-digest': index.digest,
      },
    });
    peer.always(`GET ${repositoryPath()}/manifests/${index.digest}`, {
      body: reworded(index.bytes),
      headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
    });
    passOn(peer, registry);
    const result = await runCli(['init', '--from', locationAt(peer.host)], { cwd: project });
    expect(result.stderr).toMatch(/does not match its digest|wrong size/u);
    expect(result.code).toBe(5);
    expect(await filesIn(project)).toEqual(['main.tf']);
  });

  it('says that a release lost its manifests', async () => {
    const project = await makeProject();
    const peer = await peers.start();
    peer.always(`GET ${repositoryPath()}/manifests/${published.target.digest}`, {
      status: 404,
      body: { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] },
    });
    passOn(peer, published.registry);
    const result = await runCli(['init', '--from', locationAt(peer.host)], { cwd: project });
    expect(result.stderr).toContain('the release is incomplete');
    expect(result.stderr).toContain('Push it again.');
    expect(result.code).toBe(5);
  });
});

describe('push to a registry that stores something else', () => {
  it('fails when the registry says that it has other bytes', async () => {
    const { release, registry } = published;
    const peer = await peers.start();
    const blobUpload = (request: { method: string; path: string }): boolean =>
      request.method === 'PUT' && request.path.includes('/blobs/uploads/');
    peer.always(blobUpload, {
      status: 201,
      headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
    });
    passOn(peer, registry);
    const result = await runCli(
      ['push', 'example.com/acme/thing', release.folder, '--to', locationAt(peer.host, 'liar')],
      {},
    );
    expect(result.stderr).toMatch(
      /does not match its digest: expected sha256:\w+, got sha256:0{64}/u,
    );
    expect(result.code).toBe(5);
    expect(
      peer.log().filter((line) => line.startsWith('PUT') && line.includes('/manifests/')),
    ).toEqual([]);
  });

  it('fails, with a tag of nothing, when the registry finds the bytes damaged', async () => {
    const { release, registry } = published;
    const peer = await peers.start();
    peer.always(({ method, path }) => method === 'PUT' && path.includes('/blobs/uploads/'), {
      status: 400,
      body: { errors: [{ code: 'DIGEST_INVALID', message: 'provided digest did not match' }] },
    });
    passOn(peer, registry);
    const result = await runCli(
      ['push', 'example.com/acme/thing', release.folder, '--to', locationAt(peer.host, 'damaged')],
      {},
    );
    expect(result.stderr).toContain('DIGEST_INVALID');
    expect(result.code).toBe(5);
    expect(peer.log().some((line) => line.startsWith('PUT') && line.includes('/manifests/'))).toBe(
      false,
    );
  });
});
