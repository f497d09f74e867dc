import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTofuOciError } from '../base/index.ts';
import { buildZip } from '../../test/support/zips.ts';
import {
  createPackage,
  extractPackage,
  hashTree,
  inspectPackage,
  type PackageSummary,
} from './index.ts';

const small = buildZip(
  [
    { name: 'docs/' },
    { name: 'docs/stored', content: 'stored content', method: 0 },
    { name: 'a', content: 'streamed '.repeat(10), mode: 0o100755, descriptor: true },
    { name: 'wide', content: 'wide '.repeat(10), zip64: true },
  ],
  { zip64: true, end: { comment: Buffer.from('comment') } },
);

const stream = (bytes: Buffer): Readable => Readable.from([bytes], { objectMode: false });

/** The summary, or the code of the refusal; anything but a refusal of ours fails the test. */
async function judge(
  bytes: Buffer,
  expected?: { readonly sha256: string },
): Promise<PackageSummary | string> {
  try {
    return await inspectPackage(stream(bytes), { expected });
  } catch (error) {
    if (isTofuOciError(error) && error.code.startsWith('ERR_ARCHIVE_')) return error.code;
    throw error;
  }
}

describe('an archive that was damaged', () => {
  it('is refused when it is cut at any byte', async () => {
    for (let length = 0; length < small.length; length++) {
      const verdict = await judge(small.subarray(0, length));
      expect(verdict, `cut at ${length}`).toBe('ERR_ARCHIVE_TRUNCATED');
    }
  });

  it('never gives another tree when any one byte is changed', async () => {
    const good = await inspectPackage(stream(small));
    let unnoticed = 0;
    for (let index = 0; index < small.length; index++) {
      for (const mask of [0x01, 0xa0]) {
        const changed = Buffer.from(small);
        changed[index] = changed[index]! ^ mask;
        const verdict = await judge(changed);
        if (typeof verdict === 'string') continue;
        unnoticed += 1;
        expect(verdict.h1OfTree, `byte ${index} ^ ${mask}`).toBe(good.h1OfTree);
        expect(verdict.h1OfZip).toBe(good.h1OfZip);
        expect(verdict.zh).not.toBe(good.zh);
      }
    }
    // Times, versions, permission bits and the comment may differ; that is what the sha256 is for.
    expect(unnoticed).toBeGreaterThan(0);
  });

  it('is always refused when its sha256 is known', async () => {
    const sha256 = createHash('sha256').update(small).digest('hex');
    expect(await judge(small, { sha256 })).toMatchObject({ zh: `zh:${sha256}` });
    for (let index = 0; index < small.length; index++) {
      const changed = Buffer.from(small);
      changed[index] = changed[index]! ^ 0x10;
      expect(await judge(changed, { sha256 }), `byte ${index}`).toMatch(/^ERR_ARCHIVE_/u);
    }
  });

  it('is refused with an error of ours, or read as it is, whatever is changed', async () => {
    const edit = fc.record({
      at: fc.nat(small.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
        const changed = Buffer.from(small);
        for (const { at, bytes } of edits) changed.set(bytes.subarray(0, changed.length - at), at);
        await judge(changed);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a package that we make', () => {
  const name = fc.stringMatching(/^[a-z0-9_\u00e4\u8a9e-]{1,12}$/u);
  const path = fc
    .array(name, { minLength: 1, maxLength: 3 })
    .map((parts) => `f-${parts.join('/f-')}.x`);
  const tree = fc.dictionary(path, fc.uint8Array({ maxLength: 3000 }), { minKeys: 1, maxKeys: 6 });

  it('comes back as it was, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.integer({ min: 1, max: 900 }),
        fc.boolean(),
        async (files, size, compress) => {
          const zip = await createPackage(new Map(Object.entries(files)), { compress });
          const pieces = Array.from({ length: Math.ceil(zip.length / size) }, (_, index) =>
            zip.subarray(index * size, (index + 1) * size),
          );
          const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-property-'));
          try {
            await mkdir(join(folder, 'target'), { mode: 0o700 });
            const source = Readable.from(pieces, { objectMode: false });
            const summary = await extractPackage(source, join(folder, 'target'));
            expect(await hashTree(join(folder, 'target'))).toBe(summary.h1OfTree);
            expect(summary.entries.map((entry) => entry.size)).toEqual(
              summary.entries.map((entry) => files[entry.name]?.length),
            );
            expect(await readdir(folder)).toEqual(['target']);
          } finally {
            await rm(folder, { recursive: true });
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
