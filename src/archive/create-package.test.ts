import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { FileAccessError } from '../base/index.ts';
import { createPackage, hashPackage, inspectPackage, type PackageFile } from './index.ts';

const executable = { bytes: Buffer.from('program'), mode: 0o755 };

describe('createPackage', () => {
  it('gives the same bytes whatever order the files come in', async () => {
    const one = await createPackage(
      new Map<string, PackageFile | Buffer>([
        ['b', executable],
        ['a', Buffer.from('a')],
      ]),
    );
    const two = await createPackage(
      new Map<string, PackageFile | Buffer>([
        ['a', Buffer.from('a')],
        ['b', executable],
      ]),
    );
    expect(one.equals(two)).toBe(true);
    const { entries } = await inspectPackage(Readable.from([one]));
    expect(entries.map(({ name, executable: x, size }) => [name, x, size])).toEqual([
      ['a', false, 1],
      ['b', true, 7],
    ]);
  });

  it('gives the same bytes in every time zone', async () => {
    const digests = new Set<string>();
    const offsets = new Set<number>();
    for (const zone of ['UTC', 'Pacific/Kiritimati', 'America/New_York']) {
      vi.stubEnv('TZ', zone);
      offsets.add(new Date(1980, 0, 1).getTimezoneOffset());
      // Stored, so that the bytes do not depend on the zlib of this Node either.
      const zip = await createPackage(new Map([['a', executable]]), { compress: false });
      digests.add(createHash('sha256').update(zip).digest('hex'));
    }
    vi.unstubAllEnvs();
    expect(offsets.size).toBe(3);
    expect([...digests]).toEqual([
      'd12fa9629dba936873e3c2b27336a88d4d63ef05d01a51c4d9c22ff50631e257',
    ]);
  });

  it('makes explicit folders, which only the h1 of the zip counts', async () => {
    const zip = await createPackage(
      new Map<string, PackageFile | Buffer>([
        ['docs/', Buffer.alloc(0)],
        ['a', Buffer.from('x')],
      ]),
    );
    const flat = await createPackage(new Map([['a', Buffer.from('x')]]));
    const withFolder = await inspectPackage(Readable.from([zip]));
    const without = await inspectPackage(Readable.from([flat]));
    expect(withFolder.h1OfTree).toBe(without.h1OfTree);
    expect(withFolder.h1OfZip).not.toBe(without.h1OfZip);
  });
});

describe('hashPackage', () => {
  it('reads a file as the stream of its bytes, and says which file it can not read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-create-'));
    try {
      const zip = await createPackage(new Map([['a', Buffer.alloc(5_000_000, 'a')]]), {
        compress: false,
      });
      await writeFile(join(folder, 'a.zip'), zip);
      const summary = await hashPackage(join(folder, 'a.zip'));
      expect(summary).toEqual(await inspectPackage(Readable.from([zip])));
      const missing = hashPackage(join(folder, 'missing.zip'));
      await expect(missing).rejects.toBeInstanceOf(FileAccessError);
      await expect(hashPackage(folder)).rejects.toMatchObject({ errno: 'EISDIR', path: folder });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
