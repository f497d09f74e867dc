import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTofuOciError } from '../base/index.ts';
import { type HostileZip, hostileZips } from '../../test/support/hostile-zips.ts';
import { extractPackage, inspectPackage } from './index.ts';

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

describe('a hostile archive is refused, however it arrives, and leaves nothing behind', () => {
  it('is tried with at least 100 archives of different kinds', () => {
    expect(hostileZips.length).toBeGreaterThanOrEqual(100);
    const kinds = new Set(hostileZips.map(({ code, detail = '' }) => `${code} ${detail}`));
    expect(kinds.size).toBeGreaterThanOrEqual(45);
  });

  it.each(
    hostileZips.map((zip) => [`${zip.code} ${zip.detail ?? ''}: ${zip.title}`, zip] as const),
  )('%s', async (_, zip) => {
    const { build, code, detail, heavy } = zip;
    const bytes = build();
    const expected = { code, ...(detail === undefined ? {} : { detail }) };
    for (const size of heavy === true ? [64 * 1024] : [1, 7, 64 * 1024]) {
      expect(await verdict(extractPackage(cut(bytes, size), target))).toEqual(expected);
      expect(await readdir(folder)).toEqual(['target']);
      expect(await readdir(target)).toEqual([]);
    }
    for (const size of [1, 7, 4096]) {
      const inspected = inspectPackage(cut(bytes, size), { spoolFolder: folder });
      expect(await verdict(inspected)).toEqual(expected);
    }
    expect(await readdir(folder)).toEqual(['target']);
  });
});
