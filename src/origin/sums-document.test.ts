import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSums } from './sums-document.ts';

const a = 'aa'.repeat(32);
const b = 'bb'.repeat(32);

describe('a list of checksums', () => {
  it.each([
    ['plain lines', `${a}  a.zip\n${b}  b.zip\n`, [a, b]],
    ['one space, tabs, returns', `${a} a.zip\r\n${b}\tb.zip`, [a, b]],
    ['blank lines', `\n${a}  a.zip\n\n  \n${b}  b.zip\n`, [a, b]],
    ['upper case', `${a.toUpperCase()}  a.zip\n`, [a]],
    ['further fields', `${a}  a.zip and more\n${b}  b.zip`, [a, b]],
    ['an empty document', '', []],
  ])('accepts %s', (_name, text, expected) => {
    expect(readSums(Buffer.from(text)).all).toEqual(expected.map((hex) => `zh:${hex}`));
  });

  it.each([
    ['a line with a hash only', `${a}  a.zip\n${b}\n`],
    ['a line of another kind', `${a}  a.zip\nhello world\n`],
    ['a hash that is too long', `${a}  a.zip\n${b}0  b.zip\n`],
    ['HTML', '<html><body>not found</body></html>'],
  ])('tells nothing of other platforms when it has %s', (_name, text) => {
    expect(readSums(Buffer.from(text)).all).toEqual([]);
  });

  it('finds the hash of a file by exactly its name', () => {
    const sums = readSums(Buffer.from(`# notes\n${b}  aa.zip\n${a}  a.zip\n`));
    expect(sums.hashOf('a.zip')).toBe(`zh:${a}`);
    expect(sums.all).toEqual([]);
  });

  it.each([
    ['another name', `${a}  b.zip\n`, 'checksum list has no SHA-256 hash for "a.zip"'],
    ['a mark before the name', `${a} *a.zip\n`, 'has no SHA-256 hash for'],
    ['a short hash', 'abc  a.zip\n', 'checksum list has invalid SHA256 hash "abc"'],
    [
      'two different hashes',
      `${a}  a.zip\n${b}  a.zip\n`,
      'has several SHA-256 hashes for "a.zip"',
    ],
  ])('rejects %s', (_name, text, message) => {
    const sums = readSums(Buffer.from(text));
    expect(() => sums.hashOf('a.zip')).toThrow(message);
    expect(() => sums.hashOf('a.zip')).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_INVALID_DOCUMENT' }) as Error,
    );
  });

  it('reads any bytes without failing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        for (const hash of readSums(Buffer.from(bytes)).all) expect(hash).toHaveLength(67);
      }),
    );
  });
});
