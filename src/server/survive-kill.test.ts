import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { send } from '../../test/support/http-request.ts';
import { imageManifest } from '../../test/support/running-registry.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { type Digest, digestOf, mediaTypes } from '../spec/index.ts';

const program = `
import { startServer } from './src/server/index.ts';
const server = await startServer({ folder: process.argv[2], listen: '127.0.0.1:0' });
console.log(server.addresses[0].url);
`;

async function buildServer(folder: string): Promise<string> {
  const outfile = join(folder, 'server.mjs');
  const root = join(import.meta.dirname, '..', '..');
  await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Loaded only for passwords and certificates, which this server has none of.
    external: ['bcryptjs', '@peculiar/x509', 'reflect-metadata'],
    logLevel: 'error',
  });
  return outfile;
}

async function startChild(file: string, served: string) {
  const child = spawn(process.execPath, [file, served], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => {
      throw new Error('the server ended before it listened');
    }),
  ]);
  return { child, url: String(line[0]) };
}

interface Acknowledged {
  readonly tag: string;
  readonly blob: Digest;
  readonly manifest: Digest;
}

/** Pushes a blob and a tagged manifest that names it; undefined when an answer did not come. */
async function push(url: string, tag: string): Promise<Acknowledged | undefined> {
  const layer = Buffer.from(`layer of ${tag} `.repeat(500));
  const blob = digestOf(layer);
  const body = JSON.stringify(
    imageManifest({
      layers: [{ mediaType: 'application/octet-stream', digest: blob, size: layer.length }],
    }),
  );
  const headers = { 'Content-Type': mediaTypes.manifest };
  try {
    const config = `/v2/kill/me/blobs/uploads/?digest=${digestOf(Buffer.from('{}'))}`;
    await send('POST', url, config, { body: '{}' });
    await send('POST', url, `/v2/kill/me/blobs/uploads/?digest=${blob}`, { body: layer });
    const put = await send('PUT', url, `/v2/kill/me/manifests/${tag}`, { headers, body });
    if (put.status !== 201) throw new Error(`${tag} was answered with ${String(put.status)}`);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
  return { tag, blob, manifest: digestOf(Buffer.from(body)) };
}

async function expectThere(url: string, { tag, blob, manifest }: Acknowledged) {
  const answer = await send('GET', url, `/v2/kill/me/manifests/${tag}`);
  expect([tag, answer.status, digestOf(answer.body)]).toEqual([tag, 200, manifest]);
  const layer = await send('GET', url, `/v2/kill/me/blobs/${blob}`);
  expect([tag, layer.status, digestOf(layer.body)]).toEqual([tag, 200, blob]);
}

async function killed(child: ChildProcess) {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

it('has after kill -9 everything that it acknowledged before', async () => {
  const folder = await tempFolder();
  const file = await buildServer(folder);
  const served = join(folder, 'served');
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < 4; round++) {
    const { child, url } = await startChild(file, served);
    for (const one of acknowledged) await expectThere(url, one);
    const enough = acknowledged.length + 10 + round * 7;
    let number = 0;
    const writer = async () => {
      while (acknowledged.length < enough) {
        const done = await push(url, `r${round}-${number++}`);
        if (done === undefined) return;
        acknowledged.push(done);
      }
    };
    const writers = [writer(), writer(), writer(), writer()];
    // Killed while the slower writers are in the middle of something.
    await Promise.race(writers);
    await killed(child);
    await Promise.all(writers);
  }
  const { child, url } = await startChild(file, served);
  for (const one of acknowledged) await expectThere(url, one);
  const tags = await send('GET', url, '/v2/kill/me/tags/list');
  const known = (tags.json as { tags: string[] }).tags;
  expect(known).toEqual(expect.arrayContaining(acknowledged.map(({ tag }) => tag)));
  await killed(child);
});
