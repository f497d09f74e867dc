import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidVersionError } from './errors.ts';
import {
  compareVersions,
  formatVersion,
  isUnspecified,
  parseVersion,
  sameVersion,
} from './version.ts';

describe('parseVersion accepts', () => {
  it.each([
    ['1', '1.0.0'],
    ['1.1', '1.1.0'],
    ['1.1.1', '1.1.1'],
    ['1.02', '1.2.0'],
    ['007', '7.0.0'],
    ['0.0.0', '0.0.0'],
    ['1.0.0-beta2', '1.0.0-beta2'],
    ['1.0-beta2', '1.0.0-beta2'],
    ['1.0.0-beta.2', '1.0.0-beta.2'],
    ['1.0.0-01', '1.0.0-01'],
    ['1.0.0-a..b', '1.0.0-a..b'],
    ['1.0.0-a-b', '1.0.0-a-b'],
    ['1.0.0+foo.bar', '1.0.0+foo.bar'],
    ['1.0.0-beta1+foo.bar', '1.0.0-beta1+foo.bar'],
    // Punctuation that nothing follows is dropped.
    ['1.', '1.0.0'],
    ['1.0.0-', '1.0.0'],
    ['1.0.0+', '1.0.0'],
    ['1.0.0-beta+', '1.0.0-beta'],
    ['18446744073709551615.0.0', '18446744073709551615.0.0'],
  ])('%s as %s', (text, canonical) => {
    const version = parseVersion(text);
    expect(formatVersion(version)).toBe(canonical);
    expect(parseVersion(canonical)).toEqual(version);
  });

  it('numbers beyond what a double can count', () => {
    expect(parseVersion('9007199254740993.0.0').major).toBe(9007199254740993n);
  });
});

describe('parseVersion rejects', () => {
  const operator = (text: string) =>
    `can't use constraint operator "${text}"; an exact version is required`;
  const several = "can't specify multiple versions; a single exact version is required";
  const format =
    'invalid specification; required format is three positive integers separated by periods';

  it.each([
    ['', 'empty specification'],
    ['  ', 'empty specification'],
    ['v1.0.0', 'a "v" prefix should not be used'],
    ['v', 'a "v" prefix should not be used'],
    [' 1.0.0', 'extraneous spaces at start of specification'],
    ['1.0.0 ', 'extraneous spaces at end of specification'],
    ['> 1.1.1', operator('>')],
    ['>=1', operator('>=')],
    ['< 1', operator('<')],
    ['<= 1', operator('<=')],
    ['! 1', operator('!')],
    ['!= 1', operator('!=')],
    ['~> 1', operator('~>')],
    ['^1', operator('^')],
    ['~1', operator('~')],
    ['= 1', 'invalid sequence "=" at start of specification'],
    ['& 1.1.0', 'invalid sequence "&" at start of specification'],
    ['-1', 'invalid sequence "-" at start of specification'],
    ['1.0.0.0', 'too many numbered portions; only three are allowed (major, minor, patch)'],
    ['1.*.*', "can't use wildcard for minor number; an exact version is required"],
    ['1.0.x', "can't use wildcard for patch number; an exact version is required"],
    ['X', "can't use wildcard for major number; an exact version is required"],
    ['garbage', format],
    ['1.0 || 2.0', several],
    ['1.0.0, 2.0.0', several],
    ['1.0.0 - 2.0.0', "can't specify version range; a single exact version is required"],
    ['1.0.0+foo+bar', 'invalid characters "+bar"'],
    ['1.0.0-+', 'invalid characters "+"'],
    ['1..2', 'invalid characters ".2"'],
    ['1.0.0-β', 'invalid characters "β"'],
    ['1.0.0 x', 'invalid characters "x"'],
    ['18446744073709551616.0.0', 'the major number is larger than 18446744073709551615'],
    [`1.${'9'.repeat(500)}`, 'the minor number is larger than 18446744073709551615'],
    ['1'.repeat(1025), 'longer than 1024 characters'],
  ])('%j', (text, why) => {
    let caught;
    try {
      parseVersion(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InvalidVersionError);
    expect(caught).toMatchObject({ code: 'ERR_DOMAIN_INVALID_VERSION', text, why });
  });
});

describe('compareVersions', () => {
  it.each([
    ['1.0.0', '2.0.0'],
    ['1.9.0', '1.10.0'],
    ['1.0.9', '1.0.10'],
    ['1.0.0-beta', '1.0.0'],
    ['1.0.0-alpha', '1.0.0-beta'],
    ['1.0.0-1', '1.0.0-a'],
    ['1.0.0-9', '1.0.0-10'],
    ['1.0.0-9', '1.0.0-01'],
    ['1.0.0-a.2', '1.0.0-a.10'],
    ['1.0.0-B', '1.0.0-a'],
    // Not so in semver: the side with no further dot is lower whatever it says.
    ['1.0.0-beta', '1.0.0-alpha.1'],
    ['1.0.0-z', '1.0.0-1.1'],
    ['1.0.0-a.z', '1.0.0-a.b.c'],
  ])('puts %s before %s', (lower, higher) => {
    const [a, b] = [parseVersion(lower), parseVersion(higher)];
    expect(compareVersions(a, b)).toBeLessThan(0);
    expect(compareVersions(b, a)).toBeGreaterThan(0);
  });

  it('does not see metadata, sameVersion does', () => {
    const [a, b] = [parseVersion('1.0.0+x'), parseVersion('1.0.0+y')];
    expect(compareVersions(a, b)).toBe(0);
    expect(sameVersion(a, b)).toBe(false);
    expect(sameVersion(a, parseVersion('1.0+x'))).toBe(true);
  });

  it('takes 0.0.0 alone for no version', () => {
    expect(isUnspecified(parseVersion('0'))).toBe(true);
    expect(isUnspecified(parseVersion('0.0.0+x'))).toBe(false);
    expect(isUnspecified(parseVersion('0.0.0-a'))).toBe(false);
  });

  const extra = fc
    .array(fc.constantFrom('0', '1', '10', 'a', 'B', '.', '-'), { maxLength: 5 })
    .map((characters) => characters.join(''));
  const number = fc.constantFrom(0n, 1n, 2n, 18446744073709551615n);
  const version = fc.record({
    major: number,
    minor: number,
    patch: number,
    prerelease: extra,
    metadata: extra,
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        const [first, second, third] = [a, b, c].sort(compareVersions);
        expect(compareVersions(first!, second!)).toBeLessThanOrEqual(0);
        expect(compareVersions(second!, third!)).toBeLessThanOrEqual(0);
        expect(compareVersions(first!, third!)).toBeLessThanOrEqual(0);
        if (compareVersions(a, b) === 0) {
          expect({ ...a, metadata: '' }).toEqual({ ...b, metadata: '' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('belongs to versions that survive printing and parsing', () => {
    fc.assert(
      fc.property(version, (value) => {
        expect(parseVersion(formatVersion(value))).toEqual(value);
      }),
    );
  });
});
