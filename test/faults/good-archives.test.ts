import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { extractPackage, hashTree, inspectPackage } from '../../src/archive/index.ts';
import { type GoodTree, goodShapes, goodTrees } from '../support/good-zips.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { findProducers, packWith, writeTree } from '../support/zip-producers.ts';

/*
 * Archives as many programs make them, of packages of many kinds: none is refused, and each unpacks to what was packed.
 * `npm test` tries some, `npm run proof` (PROOF=1) each way to pack with each package.
 */
const isProof = process.env.PROOF === '1';
const sampleStep = 11;
/** Programs take a tenth of a second to start. */
const programStep = 23;

/** The directory hash of Go's modules, computed from the source and not by what is tested. */
function h1Of({ files }: GoodTree): string {
  const lines = [...files]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, { bytes }]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}

/** What is wrong with the extracted package, in words; undefined when nothing is. */
async function complaint(
  zip: Buffer,
  options: { readonly tree: GoodTree; readonly folder: string; readonly keepsModes: boolean },
): Promise<string | undefined> {
  const { tree, folder, keepsModes } = options;
  const target = join(folder, 'target');
  await mkdir(target, { mode: 0o700 });
  const source = (): Readable => Readable.from([zip], { objectMode: false });
  try {
    const summary = await extractPackage(source(), target);
    const h1 = h1Of(tree);
    if (summary.h1OfTree !== h1) return `h1 ${summary.h1OfTree} instead of ${h1}`;
    if ((await hashTree(target)) !== h1) return 'the folder has another h1';
    const inspected = await inspectPackage(source(), { spoolFolder: folder });
    if (JSON.stringify(inspected) !== JSON.stringify(summary)) return 'inspected otherwise';
    for (const [name, { bytes, executable }] of tree.files) {
      const path = join(target, name);
      if (!bytes.equals(await readFile(path))) return `${name} has other content`;
      const mode = (await stat(path)).mode & 0o7777;
      if (mode !== (executable && keepsModes ? 0o755 : 0o644)) return `${name} has mode ${mode}`;
    }
    const left = await readdir(folder);
    return left.some((name) => name.startsWith('.')) ? `left behind: ${left.join()}` : undefined;
  } catch (error) {
    return String(error);
  } finally {
    await rm(target, { recursive: true });
  }
}

describe('good archives are accepted, and unpack to what was packed', () => {
  it('has more than 500 without any program of the machine', () => {
    expect(goodTrees.length * goodShapes.length).toBeGreaterThanOrEqual(500);
    expect(new Set(goodShapes.map(({ title }) => title)).size).toBe(goodShapes.length);
  });

  it('written by hand and by yazl', async () => {
    const folder = await tempFolder();
    const all = goodShapes.flatMap((shape) => goodTrees.map((tree) => ({ shape, tree })));
    const chosen = all.filter((_, index) => isProof || index % sampleStep === 0);
    const problems: string[] = [];
    for (const { shape, tree } of chosen) {
      const zip = await shape.pack(tree);
      const wrong = await complaint(zip, { tree, folder, keepsModes: true });
      if (wrong !== undefined) problems.push(`${shape.title}, ${tree.title}: ${wrong}`);
    }
    if (isProof) {
      console.log(`PROOF ${chosen.length - problems.length} good archives by hand and by yazl`);
    }
    expect(problems).toEqual([]);
  }, 300_000);

  it('made by the programs of this machine', async () => {
    const folder = await tempFolder();
    const producers = await findProducers(isProof ? join(folder, 'go') : undefined);
    const all = producers.flatMap((producer) => goodTrees.map((tree) => ({ producer, tree })));
    const chosen = all.filter((_, index) => isProof || index % programStep === 0);
    const problems: string[] = [];
    for (const [index, { producer, tree }] of chosen.entries()) {
      const source = join(folder, `tree-${goodTrees.indexOf(tree)}`);
      await mkdir(source, { recursive: true });
      await writeTree(tree, source);
      const zip = await packWith(producer, { folder: source, zip: join(folder, `${index}.zip`) });
      const wrong = await complaint(zip, { tree, folder, keepsModes: producer.keepsModes });
      if (wrong !== undefined) problems.push(`${producer.title}, ${tree.title}: ${wrong}`);
    }
    if (isProof) {
      const passed = chosen.length - problems.length;
      console.log(`PROOF ${passed} good archives by ${producers.length} programs of the machine`);
    }
    expect(problems).toEqual([]);
  }, 290_000);
});
