import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { childrenOf, parseManifest } from '../../spec/index.ts';
import { type HostedRepository, openLayoutRepository } from '../index.ts';

/** Pushes images as fast as it can, eight at a time, and tells of each that was acknowledged. */
const writer = `
  import { writeSync } from 'node:fs';
  import { bytesSource, openLayoutRepository } from 'CONTENT';
  import { mediaTypes } from 'SPEC';
  const [folder, round] = process.argv.slice(2);
  const repository = await openLayoutRepository(folder, { mode: 'create' });
  const config = bytesSource(Buffer.from('{"config":true}'), 'application/vnd.example');
  await repository.push(config);
  let next = 0;
  const work = async () => {
    for (;;) {
      const tag = 'r' + round + '-' + String(next++);
      const layer = bytesSource(Buffer.alloc(5000, tag), 'archive/zip');
      await repository.push(layer);
      const bytes = Buffer.from(JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: config.descriptor,
        layers: [layer.descriptor],
      }));
      const { descriptor } = bytesSource(bytes, mediaTypes.manifest);
      await repository.tag({ descriptor, bytes }, tag);
      if (next % 5 === 0) {
        await repository.deleteTag(tag);
        writeSync(1, '-' + tag + '\\n');
      } else {
        writeSync(1, '+' + tag + '\\n');
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
`;

async function bundleWriter(folder: string): Promise<string> {
  const room = (name: string) =>
    JSON.stringify(join(import.meta.dirname, '../..', name, 'index.ts'));
  const entry = join(folder, 'writer.ts');
  await writeFile(
    entry,
    writer.replace("'CONTENT'", room('content')).replace("'SPEC'", room('spec')),
  );
  const outfile = join(folder, 'writer.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    nodePaths: [join(import.meta.dirname, '../../../node_modules')],
    logLevel: 'silent',
  });
  return outfile;
}

/** Runs the writer and kills it after some acknowledgements. @returns what it told until then. */
async function runAndKill(script: string, args: readonly string[], after: number) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaints = buffer(child.stderr);
  const told: string[] = [];
  const closed = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line);
    if (told.length === after) child.kill('SIGKILL');
  }
  await closed;
  expect((await complaints).toString()).toBe('');
  return told;
}

async function checkEverything(repository: HostedRepository): Promise<void> {
  for (const tag of repository.tagsAfter(undefined, 100_000)) {
    const { bytes, descriptor } = await repository.readManifest(tag);
    for (const child of childrenOf(parseManifest(bytes, descriptor.mediaType))) {
      expect(await buffer(await repository.fetch(child))).toHaveLength(child.size);
    }
  }
}

describe('a layout whose writer is killed', () => {
  it('has everything that was acknowledged, and nothing half', async () => {
    const folder = await tempFolder();
    const script = await bundleWriter(folder);
    const layout = join(folder, 'layout');
    const present = new Set<string>();
    const absent = new Set<string>();
    // The third round is long enough for index.json to be rewritten while writing goes on.
    for (const [round, after] of [1, 37, 600, 8, 150].entries()) {
      const told = await runAndKill(script, [layout, String(round)], after);
      expect(told.length).toBeGreaterThanOrEqual(after);
      for (const line of told) (line.startsWith('+') ? present : absent).add(line.slice(1));
      // Also when the next one is killed before it has folded the journal of this one.
      if (round % 2 === 1) continue;
      const repository = await openLayoutRepository(layout);
      const tags = new Set(repository.tagsAfter(undefined, 100_000));
      expect([...present].filter((tag) => !tags.has(tag))).toEqual([]);
      expect([...absent].filter((tag) => tags.has(tag))).toEqual([]);
      await checkEverything(repository);
      await repository.close();
    }
  }, 60_000);
});
