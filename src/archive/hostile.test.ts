import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTofuOciError } from '../base/index.ts';
import { type HostileZip, hostileZips } from '../../test/support/hostile-zips.ts';
import { watchedFiles } from '../../test/support/watched-files.ts';
import { defaultArchiveLimits, extractPackage, inspectPackage } from './index.ts';

let folder: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tofu-oci-hostile-'));
  target = join(folder, 'target');
  await mkdir(target, { mode: 0o700 });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function cut(bytes: Buffer, size: number): Readable {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return Readable.from(chunks, { objectMode: false });
}

/** What a catcher sees, without the message. */
async function verdict(call: Promise<unknown>): Promise<Partial<HostileZip>> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTofuOciError(error))
    throw new Error('not refused with an error of ours', { cause: error });
  const fields = error as unknown as Record<string, unknown>;
  const detail = fields.reason ?? fields.what ?? fields.feature ?? fields.limit;
  return { code: error.code, ...(typeof detail === 'string' ? { detail } : {}) };
}

/** What may be on disk before the ratio counts, and a chunk. Time and memory are measured by `npm run proof`. */
const mostWritten = defaultArchiveLimits.ratioFloorBytes + 1024 ** 2;

describe('a hostile archive is refused, however it arrives, and leaves nothing behind', () => {
  it('is tried with at least 300 archives of different kinds', () => {
    expect(hostileZips.length).toBeGreaterThanOrEqual(300);
    expect(new Set(hostileZips.map(({ title }) => title)).size).toBeGreaterThanOrEqual(300);
    const kinds = new Set(hostileZips.map(({ code, detail = '' }) => `${code} ${detail}`));
    expect(kinds.size).toBeGreaterThanOrEqual(45);
  });

  it.each(
    hostileZips.map((zip) => [`${zip.code} ${zip.detail ?? ''}: ${zip.title}`, zip] as const),
  )('%s', async (_, zip) => {
    const { build, code, detail, heavy } = zip;
    const bytes = build();
    const expected = { code, ...(detail === undefined ? {} : { detail }) };
    // Thousands of files take seconds on some disks: `npm run proof` extracts these.
    const pieces = heavy === true ? [] : [bytes.length > 4096 ? 4096 : 7, 64 * 1024];
    for (const size of pieces) {
      const { files, written, outside } = watchedFiles(folder);
      expect(await verdict(extractPackage(cut(bytes, size), target, { files }))).toEqual(expected);
      expect(written()).toBeLessThanOrEqual(mostWritten);
      expect(outside).toEqual([]);
      expect(await readdir(folder)).toEqual(['target']);
      expect(await readdir(target)).toEqual([]);
    }
    const inspected = inspectPackage(cut(bytes, bytes.length > 600 ? 4096 : 1), {
      spoolFolder: folder,
    });
    expect(await verdict(inspected)).toEqual(expected);
    expect(await readdir(folder)).toEqual(['target']);
  });
});
