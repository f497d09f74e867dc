import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { InvalidHashError, UnhashableNameError } from './errors.ts';
import {
  computeH1,
  hashScheme,
  isKnownScheme,
  parsePackageHash,
  zhFromHex,
  zhHex,
} from './package-hash.ts';

const file = (name: string, content: string) => ({
  name,
  sha256: createHash('sha256').update(content).digest('hex'),
});

describe('computeH1', () => {
  it('has the known value for no files', () => {
    expect(computeH1([])).toBe('h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  });

  it("is Go's dirhash 1", () => {
    // Made with golang.org/x/mod/sumdb/dirhash.Hash1 over the same names and contents.
    const files = [file('b', 'two'), file('a/c', ''), file('Z', 'three'), file('é', 'four')];
    expect(computeH1(files)).toBe('h1:m9iGJJJ2nC4xg2t0EhpqtvAStSDtrVtEdbARQVM+pzY=');
    expect(computeH1(files.toReversed())).toBe(computeH1(files));
  });

  it('sorts names by bytes, not by UTF-16 units', () => {
    const [low, high] = [file('\uff5e', 'x'), file('\u{1f600}', 'y')];
    const text = [low, high].map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
    const expected = createHash('sha256').update(text).digest('base64');
    expect(computeH1([high, low])).toBe(`h1:${expected}`);
  });

  it('counts a name that comes twice twice', () => {
    const one = file('a', 'x');
    expect(computeH1([one, one])).not.toBe(computeH1([one]));
  });

  it('rejects a name with a line break', () => {
    expect(() => computeH1([file('a\nb', '')])).toThrow(UnhashableNameError);
    expect(() => computeH1([file('a\nb', '')])).toThrow(
      expect.objectContaining({ code: 'ERR_DOMAIN_UNHASHABLE_NAME', fileName: 'a\nb' }),
    );
  });
});

describe('parsePackageHash', () => {
  it.each([
    ['h1:abc=', 'h1', true],
    ['zh:00', 'zh', true],
    ['h2:abc', 'h2', false],
    ['test:', 'test', false],
    ['a:b:c', 'a', false],
  ])('accepts %s with scheme %s, known: %s', (text, scheme, known) => {
    const hash = parsePackageHash(text);
    expect(hash).toBe(text);
    expect(hashScheme(hash)).toBe(scheme);
    expect(isKnownScheme(hash)).toBe(known);
  });

  it.each(['', ':', ':abc', 'abc'])('rejects %j', (text) => {
    expect(() => parsePackageHash(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_DOMAIN_INVALID_HASH',
        why: 'hash string must start with a scheme keyword followed by a colon',
      }),
    );
  });
});

describe('zh', () => {
  const hex = 'ab'.repeat(32);

  it('goes from hex and back', () => {
    expect(zhFromHex(hex)).toBe(`zh:${hex}`);
    expect(zhHex(zhFromHex(hex))).toBe(hex);
  });

  it.each(['', 'ab', hex.toUpperCase(), `${hex}0`, `${hex}\n`])('is not made from %j', (text) => {
    expect(() => zhFromHex(text)).toThrow(InvalidHashError);
  });

  it.each(['h1:abc=', 'zh:abc', `zz:${hex}`])('is not read from %s', (text) => {
    expect(() => zhHex(parsePackageHash(text))).toThrow(InvalidHashError);
  });
});
