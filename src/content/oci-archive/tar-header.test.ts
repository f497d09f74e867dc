import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockBytes, formatTarHeader, paddingAfter, parseTarHeader } from './tar-header.ts';

describe('the header of a tar entry', () => {
  it.each([
    ['file', 'index.json', 17, '0'],
    ['folder', 'blobs/sha256/', 0, '5'],
    ['file', 'x'.repeat(100), 0o77777777777, '0'],
  ] as const)('of a %s named %s is read as it was written', (type, name, size, flag) => {
    const bytes = formatTarHeader({ name, size, type });
    expect(bytes).toHaveLength(blockBytes);
    expect(parseTarHeader(bytes)).toEqual({ name, size, type: flag });
  });

  it('says in pax records what does not fit', () => {
    const name = `blobs/sha512/${'a'.repeat(128)}`;
    const size = 2 ** 40;
    const bytes = formatTarHeader({ name, size, type: 'file' });
    expect(bytes).toHaveLength(3 * blockBytes);
    expect(parseTarHeader(bytes.subarray(0, blockBytes))).toMatchObject({ type: 'x' });
    const text = bytes.toString('latin1', blockBytes, 2 * blockBytes).replace(/\0+$/u, '');
    expect(text).toBe(`151 path=${name}\n22 size=1099511627776\n`);
  });

  it('counts the digits of a record in the length of the record', () => {
    fc.assert(
      fc.property(fc.integer({ min: 101, max: 3000 }), (length) => {
        const name = 'n'.repeat(length);
        const bytes = formatTarHeader({ name, size: 0, type: 'file' });
        const { size = 0 } = parseTarHeader(bytes.subarray(0, blockBytes)) ?? {};
        const record = bytes.toString('latin1', blockBytes, blockBytes + size);
        expect(Number.parseInt(record, 10)).toBe(record.length);
      }),
    );
  });

  it('takes what GNU and older writers make', () => {
    const bytes = formatTarHeader({ name: 'a', size: 0, type: 'file' });
    bytes.write('\0', 156, 'latin1');
    bytes.fill(0, 257, 265);
    Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0]).copy(bytes, 124);
    expect(parseTarHeader(resummed(bytes))).toEqual({ name: 'a', size: 2 ** 33, type: '0' });
    const prefixed = formatTarHeader({ name: 'name', size: 1, type: 'file' });
    prefixed.write('some/where', 345, 'latin1');
    expect(parseTarHeader(resummed(prefixed))?.name).toBe('some/where/name');
  });

  it.each([
    ['a wrong checksum', (bytes: Buffer) => bytes.write('b', 0)],
    ['a size that is no number', (bytes: Buffer) => bytes.write('zzz', 124)],
    ['a negative size', (bytes: Buffer) => bytes.fill(0xff, 124, 136)],
    [
      'a size beyond all numbers',
      (bytes: Buffer) => bytes.fill(0xff, 125, 136).fill(0x80, 124, 125),
    ],
  ])('refuses %s', (why, change) => {
    const bytes = formatTarHeader({ name: 'a', size: 0, type: 'file' });
    change(bytes);
    expect(() => parseTarHeader(why === 'a wrong checksum' ? bytes : resummed(bytes))).toThrow();
  });

  it('is nothing where there are only zeros, and padding fills the last block', () => {
    expect(parseTarHeader(Buffer.alloc(blockBytes))).toBeUndefined();
    expect([0, 1, 511, 512, 513].map(paddingAfter)).toEqual([0, 511, 1, 0, 511]);
  });
});

function resummed(bytes: Buffer): Buffer {
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
