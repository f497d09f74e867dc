import { describe, expect, it } from 'vitest';
import { digestOf, digestParts, InvalidDigestError, isDigest, parseDigest } from './index.ts';

const hex64 = 'a'.repeat(64);

describe('digest', () => {
  it.each([`sha256:${hex64}`, `sha512:${'0f'.repeat(64)}`])('accepts %s', (text) => {
    expect(isDigest(text)).toBe(true);
    expect(parseDigest(text)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['upper case', `sha256:${'A'.repeat(64)}`],
    ['a digit too few', `sha256:${'a'.repeat(63)}`],
    ['a digit too many', `sha256:${'a'.repeat(65)}`],
    ['the length of another algorithm', `sha512:${hex64}`],
    ['an algorithm that is not registered', `md5:${'a'.repeat(32)}`],
    ['a path', `sha256:../../${'a'.repeat(58)}`],
    ['a line after it', `sha256:${hex64}\n`],
    ['no algorithm', hex64],
  ])('rejects %s', (_, text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(InvalidDigestError);
  });

  it('hashes with the algorithm asked for', () => {
    const bytes = Buffer.from('{}');
    expect(digestOf(bytes)).toBe(
      'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    );
    const sha512 = digestParts(digestOf(bytes, 'sha512'));
    expect(sha512.algorithm).toBe('sha512');
    expect(sha512.hex).toHaveLength(128);
  });
});
