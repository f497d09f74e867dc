import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/server/index.ts';
import { type Digest, digestOf, digestParts, mediaTypes } from '../../src/spec/index.ts';
import { findPeer } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const skopeo = findPeer('skopeo', 'SKOPEO_BIN');
const title =
  skopeo.path === undefined
    ? `skopeo and our server (skipped: ${skopeo.reason})`
    : 'skopeo and our server';

/** An OCI image layout with one image of two layers under the tag `v1`. */
async function makeLayout(folder: string): Promise<Digest> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  const put = async (mediaType: string, content: string | Buffer) => {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    await writeFile(join(folder, 'blobs', 'sha256', digestParts(digest).hex), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layer = 'application/vnd.oci.image.layer.v1.tar';
  const layers = [await put(layer, Buffer.alloc(3_000_000, 'a')), await put(layer, 'second')];
  const config = await put(
    'application/vnd.oci.image.config.v1+json',
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const manifest = await put(
    mediaTypes.manifest,
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers }),
  );
  const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return manifest.digest;
}

describe.skipIf(skopeo.path === undefined)(title, () => {
  async function run(home: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runProgram(skopeo.path ?? '', args, { cwd: home });
    expect(code, stderr).toBe(0);
    return stdout;
  }

  async function start() {
    const root = await tempFolder();
    const folder = join(root, 'served');
    const server = await startServer({ folder, listen: '127.0.0.1:0' });
    onTestFinished(() => server.close());
    const host = new URL(server.addresses[0]?.url ?? '').host;
    return { root, folder, server, host };
  }

  it('exchange an image without changing a digest', async () => {
    const { root, host } = await start();
    const digest = await makeLayout(join(root, 'from'));
    const image = `docker://${host}/interop/image`;
    const insecure = ['--insecure-policy', 'copy', '--preserve-digests'];
    await run(root, ...insecure, '--dest-tls-verify=false', `oci:${root}/from:v1`, `${image}:v1`);
    const raw = await run(root, 'inspect', '--raw', '--tls-verify=false', `${image}:v1`);
    expect(digestOf(Buffer.from(raw))).toBe(digest);
    // From one repository to another of the same server, where blobs are mounted.
    const both = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const copy = `docker://${host}/interop/copy`;
    await run(root, ...insecure, ...both, `${image}@${digest}`, `${copy}:v2`);
    await run(root, ...insecure, '--src-tls-verify=false', `${copy}:v2`, `oci:${root}/back:v2`);
    const index = JSON.parse(await readFile(join(root, 'back', 'index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    expect(index.manifests.map((manifest) => manifest.digest)).toEqual([digest]);
    const tags = await run(root, 'list-tags', '--tls-verify=false', image);
    expect(JSON.parse(tags)).toMatchObject({ Tags: ['v1'] });
  });

  it('read the folder that our server wrote, once it has stopped', async () => {
    const { root, folder, server, host } = await start();
    const digest = await makeLayout(join(root, 'from'));
    const image = `docker://${host}/interop/image:v1`;
    const copy = ['--insecure-policy', 'copy', '--preserve-digests', '--dest-tls-verify=false'];
    await run(root, ...copy, `oci:${root}/from:v1`, image);
    await server.close();
    const raw = await run(root, 'inspect', '--raw', `oci:${folder}/interop/image:v1`);
    expect(digestOf(Buffer.from(raw))).toBe(digest);
  });

  it('delete a manifest', async () => {
    const { root, host } = await start();
    await makeLayout(join(root, 'from'));
    const image = `docker://${host}/interop/image:v1`;
    const copy = ['--insecure-policy', 'copy', '--preserve-digests', '--dest-tls-verify=false'];
    await run(root, ...copy, `oci:${root}/from:v1`, image);
    await run(root, 'delete', '--tls-verify=false', image);
    const inspect = ['inspect', '--raw', '--tls-verify=false', image];
    const { code } = await runProgram(skopeo.path ?? '', inspect, { cwd: root });
    expect(code).not.toBe(0);
  });
});
