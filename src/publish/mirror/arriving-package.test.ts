import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { nodeFiles } from '../../base/index.ts';
import { ArrivingPackage } from './arriving-package.ts';

describe('a package that is sent on while it arrives', () => {
  let path: string;
  let arriving: ArrivingPackage;
  beforeEach(async () => {
    path = join(await tempFolder(), 'p.zip');
    await writeFile(path, '');
    arriving = new ArrivingPackage(path, 10, nodeFiles);
  });

  const write = async (piece: string, written: number): Promise<void> => {
    await appendFile(path, piece);
    arriving.wrote(written);
  };

  /** What comes next, up to so many bytes. */
  async function next(reader: Readable, bytes: number): Promise<string> {
    for (;;) {
      const chunk = reader.read(bytes) as Buffer | null;
      if (chunk !== null) return chunk.toString();
      await new Promise((resolve) => reader.once('readable', resolve));
    }
  }

  it('is read as far as it is there, by several readers, its end when it was found to be right', async () => {
    const [one, other] = [arriving.open(), arriving.open()];
    await write('abcd', 4);
    expect(await next(one, 4)).toBe('abcd');
    await write('efghij', 10);
    expect(await next(one, 5)).toBe('efghi');
    expect(one.read()).toBeNull();
    const rest = Promise.all([text(one), text(other)]);
    arriving.accept();
    arriving.refuse();
    expect(await rest).toEqual(['j', 'abcdefghij']);
    expect(await text(arriving.open())).toBe('abcdefghij');
  });

  it('fails its readers when it turns out to be wrong', async () => {
    const reader = arriving.open();
    await write('abcdefghij', 10);
    const all = text(reader);
    arriving.refuse();
    await expect(all).rejects.toThrow('not the package that was announced');
    await expect(text(arriving.open())).rejects.toThrow('not the package');
  });

  it('is waited for when it is begun anew', async () => {
    const reader = arriving.open();
    await write('abcdef', 6);
    expect(await next(reader, 6)).toBe('abcdef');
    await writeFile(path, 'abc');
    arriving.wrote(3);
    const rest = text(reader);
    await writeFile(path, 'abcdefghij');
    arriving.wrote(10);
    arriving.accept();
    expect(await rest).toBe('ghij');
  });

  it('never ends well when it is shorter than it was announced', async () => {
    await write('abc', 3);
    const all = text(arriving.open());
    arriving.accept();
    await expect(all).rejects.toThrow('not the package');
  });

  it('can be left, and is not held open', async () => {
    const reader = arriving.open();
    await write('abcd', 4);
    expect(await next(reader, 4)).toBe('abcd');
    reader.destroy();
    arriving.refuse();
    await new Promise((resolve) => reader.once('close', resolve));
    expect(reader.destroyed).toBe(true);
  });
});
