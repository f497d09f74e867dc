import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveCorruptError } from '../index.ts';
import { scanTar } from './scan-tar.ts';
import { blockBytes, formatTarHeader, paddingAfter } from './tar-header.ts';

const end = Buffer.alloc(2 * blockBytes);

function entry(name: string, content = '', type = '0'): Buffer {
  const body = Buffer.from(content);
  const header = formatTarHeader({ name, size: body.length, type: 'file' });
  return Buffer.concat([retyped(header, type), body, Buffer.alloc(paddingAfter(body.length))]);
}

/** The last header of those given, as another kind of entry. */
function retyped(header: Buffer, type: string): Buffer {
  const last = header.subarray(header.length - blockBytes);
  last.write(type, 156, 'latin1');
  last.fill(' ', 148, 156);
  const sum = last.reduce((total, byte) => total + byte, 0);
  last.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

const pax = (records: string, type = 'x') => entry('PaxHeaders/0', records, type);

/** An open file that is these bytes. */
function tarOf(bytes: Buffer) {
  const read = (into: Buffer, offset: number, length: number, position: number) => {
    const bytesRead = bytes.copy(into, offset, position, position + length);
    return Promise.resolve({ bytesRead, buffer: into });
  };
  return { path: 'x.tar', size: bytes.length, handle: { read: read as never } };
}

async function scan(...parts: readonly Buffer[]): Promise<Record<string, string>> {
  const bytes = Buffer.concat(parts);
  const found = await scanTar(tarOf(bytes));
  return Object.fromEntries(
    [...found].map(([name, { offset, size }]) => [
      name,
      bytes.toString('utf8', offset, offset + size),
    ]),
  );
}

describe('scanning a tar', () => {
  it.each([
    ['files and folders', [entry('blobs/', '', '5'), entry('blobs/a', 'one'), entry('b', 'two')]],
    [
      'names that begin with ./',
      [entry('./', '', '5'), entry('./blobs/a', 'one'), entry('./b', 'two')],
    ],
    ['pax names', [pax('16 path=blobs/a\n'), entry('cut', 'one'), entry('b', 'two')]],
    ['GNU names', [entry('@', 'blobs/a\0', 'L'), entry('cut', 'one'), entry('b', 'two')]],
    [
      'other pax records',
      [pax('11 mtime=1\n11 atime=2\n'), entry('blobs/a', 'one'), entry('b', 'two')],
    ],
    [
      'a comment for all',
      [pax('15 comment=git\n', 'g'), entry('blobs/a', 'one'), entry('b', 'two')],
    ],
    ['contiguous files', [entry('blobs/a', 'one', '7'), entry('b', 'two')]],
  ])('accepts %s', async (_, parts) => {
    expect(await scan(...parts, end)).toEqual({ 'blobs/a': 'one', b: 'two' });
  });

  it('accepts one closing block, and anything behind two', async () => {
    const one = Buffer.alloc(blockBytes);
    expect(await scan(entry('a', 'x'), one)).toEqual({ a: 'x' });
    expect(await scan(entry('a', 'x'), end, entry('b', 'y'))).toEqual({ a: 'x' });
  });

  it('reads a size from pax records where the header has none', async () => {
    const header = formatTarHeader({ name: 'a', size: 0, type: 'file' });
    const body = Buffer.alloc(blockBytes, 'x');
    const found = await scan(pax('10 size=5\n'), header, body, entry('b', 'y'), end);
    expect(found).toEqual({ a: 'xxxxx', b: 'y' });
  });

  it.each([
    ['a symbolic link', [entry('a', '', '2'), end], 'a link'],
    ['a hard link', [entry('a', '', '1'), end], 'a link'],
    ['a device', [entry('a', '', '3'), end], 'no plain file'],
    ['a sparse file of GNU', [entry('a', '', 'S'), end], 'a sparse file'],
    ['a sparse file of pax', [pax('22 GNU.sparse.major=1\n'), entry('a'), end], 'a sparse file'],
    ['a file twice', [entry('a', 'x'), entry('./a', 'y'), end], 'in it twice'],
    ['a path that leads out', [entry('../a'), end], 'no plain path'],
    ['a path that leads out later', [entry('a/../../b'), end], 'no plain path'],
    ['an absolute path', [entry('/etc/passwd'), end], 'no plain path'],
    ['a backslash', [entry('a\\b'), end], 'no plain path'],
    ['an empty part', [entry('a//b'), end], 'no plain path'],
    ['a file without a name', [entry('./'), entry('', 'x'), end], 'no name'],
    [
      'a size beyond the end',
      [formatTarHeader({ name: 'a', size: 9999, type: 'file' }), end],
      'cut off',
    ],
    ['a size beyond all ends', [pax('24 size=900000000000000\n'), entry('a'), end], 'cut off'],
    ['a size that is no number', [pax('12 size=0x1\n'), entry('a'), end], 'out of range'],
    ['a missing end', [entry('a', 'x')], 'blocks that end it'],
    ['half a block', [entry('a', 'x'), Buffer.alloc(100)], 'cut off'],
    ['something after a block of zeros', [Buffer.alloc(blockBytes), entry('a'), end], 'goes on'],
    ['a record longer than its body', [pax('99 path=a\n'), entry('a'), end], 'malformed'],
    ['a record without a length', [pax('path=a\n'), entry('a'), end], 'malformed'],
    ['a record without a value', [pax('7 path\n'), entry('a'), end], 'malformed'],
    ['a name for all files', [pax('9 path=a\n', 'g'), entry('a'), end], 'several files'],
    ['a name without a file', [pax('9 path=a\n'), end], 'without its file'],
    ['a very long name', [entry('@', 'a'.repeat(5000), 'L'), entry('a'), end], 'more than 4096'],
    [
      'a very long name in a record',
      [pax(`5011 path=${'a'.repeat(5000)}\n`), entry('a'), end],
      '4096',
    ],
    ['very long records', [pax('x'.repeat(70_000)), entry('a'), end], 'more than 65536'],
    ['gzip', [Buffer.from('1f8b0800', 'hex'), end], 'compressed with gzip'],
    ['zstd', [Buffer.from('28b52ffd', 'hex'), end], 'compressed with zstd'],
    ['something else', [Buffer.alloc(2048, 'text')], 'checksum'],
    ['nothing', [], 'cut off'],
  ])('refuses %s', async (_, parts, why) => {
    const error: unknown = await scan(...parts).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ArchiveCorruptError);
    expect(error).toMatchObject({ code: 'ERR_CONTENT_ARCHIVE_CORRUPT', category: 'integrity' });
    expect((error as Error).message).toContain(why);
  });

  it('never finds a file outside of whatever bytes it is given', async () => {
    const sound = Buffer.concat([entry('a', 'x'), pax('9 path=b\n'), entry('c', 'y'), end]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(sound.length),
        async (changes, length) => {
          const bytes = Buffer.from(sound).subarray(0, length);
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          try {
            for (const { offset, size } of (await scanTar(tarOf(bytes))).values()) {
              expect(offset + size).toBeLessThanOrEqual(length);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(ArchiveCorruptError);
          }
        },
      ),
    );
  });
});
