import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidConstraintsError } from './errors.ts';
import { formatVersion, parseVersion } from './version.ts';
import {
  formatConstraints,
  intersectConstraints,
  newestSatisfying,
  noConstraints,
  onlyUnspecified,
  parseConfigConstraints,
  parseConstraints,
  satisfies,
} from './version-constraints.ts';

function refusal(parse: () => unknown): InvalidConstraintsError {
  try {
    parse();
  } catch (error) {
    if (error instanceof InvalidConstraintsError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('formatConstraints normalises', () => {
  it.each([
    ['', ''],
    ['  ', ''],
    ['1.2.3', '1.2.3'],
    ['= 1.2', '1.2.0'],
    ['=1', '1.0.0'],
    ['1.2.3-beta', '1.2.3-beta'],
    ['1.2.3+foo.bar', '1.2.3+foo.bar'],
    ['1.2.3-beta+foo.bar', '1.2.3-beta+foo.bar'],
    ['>= 3', '>= 3.0.0'],
    ['>=3', '>= 3.0.0'],
    ['~> 3', '~> 3.0'],
    ['~> 3.0', '~> 3.0'],
    ['~> 3.0.0', '~> 3.0.0'],
    ['~> 1.2-beta', '~> 1.2-beta'],
    ['~> 1-beta', '~> 1.0-beta'],
    ['~> 1.2.3-beta', '~> 1.2.3-beta'],
    ['>= 1.0.0+x', '>= 1.0.0+x'],
    ['1.0.0,', '1.0.0'],
    [' >= 3.0 , < 4.0 , ', '>= 3.0.0, < 4.0.0'],
    ['> 1, < 1, >= 1, <= 1, != 1', '> 1.0.0, >= 1.0.0, <= 1.0.0, < 1.0.0, != 1.0.0'],
    ['>= 1.2.3, 1.2.3, ~> 1.2, 1.2.3', '~> 1.2, >= 1.2.3, 1.2.3'],
    ['>= 2.68, >= 2.68.0', '>= 2.68.0'],
    ['~> 1.2, >= 1.2, 1.2.4', '>= 1.2.0, ~> 1.2, 1.2.4'],
    ['>= 2, >= 1.2, < 1.3', '>= 1.2.0, < 1.3.0, >= 2.0.0'],
    [
      '< 1.2.3, <= 1.2.3, != 1.2.3, 1.2.3+local.2, 1.2.3+local.1, = 1.2.4, = 1.2.3, > 2, > 1.2.3, >= 1.2.3, ~> 1.2.3, ~> 1.2',
      '~> 1.2, > 1.2.3, >= 1.2.3, 1.2.3, ~> 1.2.3, <= 1.2.3, < 1.2.3, != 1.2.3, 1.2.3+local.1, 1.2.3+local.2, 1.2.4, > 2.0.0',
    ],
  ])('%j to %j, and that to itself', (text, normalised) => {
    expect(formatConstraints(parseConstraints(text))).toBe(normalised);
    expect(formatConstraints(parseConstraints(normalised))).toBe(normalised);
  });

  it('whatever the terms and their order', () => {
    const term = fc
      .tuple(
        fc.constantFrom('', '= ', '!= ', '> ', '>=', '< ', '<= ', '~> '),
        fc.constantFrom('0', '1', '1.0', '1.2', '1.2.0', '1.2.3', '2'),
        fc.constantFrom('', '-beta', '-1', '+m', '-beta+m'),
      )
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(term, { maxLength: 6 }), (terms) => {
        const once = formatConstraints(parseConstraints(terms.join(', ')));
        expect(formatConstraints(parseConstraints(once))).toBe(once);
        expect(formatConstraints(parseConstraints(terms.toReversed().join(',')))).toBe(once);
      }),
    );
  });
});

describe('parseConstraints rejects', () => {
  const vPrefix = 'a "v" prefix should not be used when specifying versions';

  it.each([
    [
      '=< 1.1',
      'invalid specification "=< 1.1": invalid constraint operator "=<"; did you mean "<="?',
    ],
    ['=> 1', 'invalid specification "=> 1": invalid constraint operator "=>"; did you mean ">="?'],
    ['& 1.1', 'invalid specification "& 1.1": invalid constraint operator "&"'],
    ['^1', 'invalid specification "^1": invalid constraint operator "^"'],
    [', 1', 'invalid specification ", 1": invalid constraint operator ","'],
    ['1,,2', 'invalid specification ",2": invalid constraint operator ","'],
    ['=  1', 'invalid specification "=  1": only one space is expected after the operator "="'],
    ['>=\t1', 'invalid specification ">=\\t1": only one space is expected after the operator ">="'],
    ['v1.0.0', `invalid specification "v1.0.0": ${vPrefix}`],
    ['>= v1', `invalid specification ">= v1": ${vPrefix}`],
    ['1 v2', vPrefix],
    [
      '1.*',
      'invalid specification "1.*": can\'t use wildcard for minor number; omit segments that should be unconstrained',
    ],
    [
      'x',
      'invalid specification "x": can\'t use wildcard for major number; omit segments that should be unconstrained',
    ],
    [
      '1.2.3.4',
      'invalid specification "1.2.3.4": too many numbered portions; only three are allowed (major, minor, patch)',
    ],
    ['>= 1.0 < 2', 'missing comma after ">= 1.0"'],
    ['1.0.0 - 2.0.0', 'missing comma after "1.0.0"'],
    ['>', 'invalid specification ">": a version number is expected after the operator ">"'],
    ['~> , 1', 'invalid specification "~> ": a version number is expected after the operator "~>"'],
    ['foo', 'invalid specification "": a version number is expected, not "foo"'],
    [
      '18446744073709551616',
      'invalid specification "18446744073709551616": the major number is larger than 18446744073709551615',
    ],
    ['1,'.repeat(40_000), 'longer than 65536 characters'],
  ])('%j', (text, why) => {
    const error = refusal(() => parseConstraints(text));
    expect(error.code).toBe('ERR_DOMAIN_INVALID_CONSTRAINTS');
    expect(error.why).toBe(why);
    expect(error.detail).toBe(`Incorrect version constraint syntax: ${why}.`);
  });
});

describe('parseConfigConstraints', () => {
  it.each(['1.0', '>= 1.0, < 2.0.0', '~> 1.2-beta', ' 1 '])('accepts %j', (text) => {
    expect(parseConfigConstraints(text)).toEqual(parseConstraints(text));
  });

  it.each(['', '1.0,', 'foo', '=> 1', '^ 1', '1.x', '9'.repeat(19), '1,'.repeat(40_000)])(
    'finds %j wrong at the first look',
    (text) => {
      const error = refusal(() => parseConfigConstraints(text));
      expect(error.summary).toBe('Invalid version constraint');
      expect(error.detail).toBe('This string does not use correct version constraint syntax.');
    },
  );

  it.each([
    [
      'v1.0',
      'invalid specification "v1.0": a "v" prefix should not be used when specifying versions',
    ],
    [
      '>=   1.0',
      'invalid specification ">=   1.0": only one space is expected after the operator ">="',
    ],
    [
      '1.2.3.4',
      'invalid specification "1.2.3.4": too many numbered portions; only three are allowed (major, minor, patch)',
    ],
    ['1.0beta', 'missing comma after "1.0"'],
  ])('finds %j wrong at the second look', (text, why) => {
    const error = refusal(() => parseConfigConstraints(text));
    expect(error.summary).toBe('Invalid version constraint');
    expect(error.detail).toBe(`Incorrect version constraint syntax: ${why}.`);
  });
});

describe('hostile constraints', () => {
  it.each([
    `1-${'a'.repeat(65_000)}_`,
    `1${'-~'.repeat(32_000)}_`,
    `1.${'1.'.repeat(32_000)}_`,
    `1${' '.repeat(65_000)}_`,
    '1'.repeat(65_000),
    `${' '.repeat(65_000)}_`,
    `>${' '.repeat(65_000)}_`,
  ])('are refused in linear time', (text) => {
    // Each of them a hundred times: what grows with the square of the length would time out.
    for (let i = 0; i < 100; i++) {
      expect(() => parseConfigConstraints(text)).toThrow(InvalidConstraintsError);
      expect(() => parseConstraints(text)).toThrow(InvalidConstraintsError);
    }
  });
});

describe('satisfies', () => {
  it.each([
    ['', '1.0.0', true],
    ['', '1.0.0-beta', false],
    ['', '0.0.0', false],
    ['0.0.0', '0.0.0', false],
    ['1.2', '1.2.0', true],
    ['1.2', '1.2.5', false],
    ['1.0.0', '1.0.0+x', false],
    ['1.0.0+x', '1.0.0+x', true],
    ['!= 1.0.0', '1.0.0', false],
    ['!= 1.0.0', '1.0.0+x', true],
    ['>= 1.0.0, 2.0.0-beta1', '2.0.0-beta1', true],
    ['< 2.0.0-alpha, 2.0.0-beta1', '2.0.0-beta1', false],
    ['!= 2.0.0-beta1, 2.0.0-beta1', '2.0.0-beta1', false],
    ['>= 1.0.0-alpha', '1.0.0-beta', false],
    ['>= 1.0.0-alpha', '1.0.0', true],
    ['2.0.0-beta1', '2.0.0-beta1+x', false],
    ['> 1.2.0', '1.2.0', false],
    ['> 1.2.0', '1.2.1', true],
    ['>= 1.2.0+x', '1.2.0', true],
    ['< 1.2', '1.1.9', true],
    ['< 1.2', '1.2.0', false],
    ['<= 1.2', '1.2.0+x', true],
    ['<= 1.2', '1.2.1', false],
    ['~> 1.2.3', '1.2.3', true],
    ['~> 1.2.3', '1.2.99', true],
    ['~> 1.2.3', '1.2.2', false],
    ['~> 1.2.3', '1.3.0', false],
    ['~> 1.2', '1.99.0', true],
    ['~> 1.2', '1.1.9', false],
    ['~> 1.2', '2.0.0', false],
    ['~> 1', '1.0.0', true],
    ['~> 1', '2.0.0', false],
    ['~> 1.2-beta', '1.2.0', true],
  ])('%j admits %s: %s', (constraints, version, expected) => {
    expect(satisfies(parseConstraints(constraints), parseVersion(version))).toBe(expected);
  });

  it('asks all of the joined constraints', () => {
    const joined = intersectConstraints([
      parseConstraints('>= 1'),
      noConstraints,
      parseConstraints('< 2'),
    ]);
    expect(formatConstraints(joined)).toBe('>= 1.0.0, < 2.0.0');
    expect(satisfies(joined, parseVersion('1.5.0'))).toBe(true);
    expect(satisfies(joined, parseVersion('2.5.0'))).toBe(false);
  });
});

describe('newestSatisfying', () => {
  const newest = (versions: string[], constraints: string): string | undefined => {
    const found = newestSatisfying(versions.map(parseVersion), parseConstraints(constraints));
    return found && formatVersion(found);
  };

  it.each([
    [['1.0.0', '1.10.0', '1.9.0'], '', '1.10.0'],
    [['1.0.0', '1.10.0', '2.0.0-rc1'], '', '1.10.0'],
    [['1.0.0', '1.10.0', '2.0.0-rc1'], '2.0.0-rc1', '2.0.0-rc1'],
    [['1.0.0', '1.10.0'], '~> 1.0.0', '1.0.0'],
    [['1.0.0'], '> 1.0.0', undefined],
    [['0.0.0'], '', undefined],
    [[], '', undefined],
  ])('of %j with %j is %s', (versions, constraints, expected) => {
    expect(newest(versions, constraints)).toBe(expected);
  });

  it('does not depend on the order where versions differ in metadata only', () => {
    const some = ['1.0.0+b', '1.0.0+a'];
    expect(newest(some, '')).toBe('1.0.0+b');
    expect(newest(some.toReversed(), '')).toBe('1.0.0+b');
    expect(newest([...some, '1.0.0'], '')).toBe('1.0.0');
    expect(newest(['1.0.0', ...some], '')).toBe('1.0.0');
  });
});

describe('onlyUnspecified', () => {
  it.each([
    ['0.0.0', true],
    ['= 0, 0.0.0', true],
    ['', false],
    ['0.0.0, >= 0', false],
    ['0.0.0+x', false],
  ])('of %j is %s', (constraints, expected) => {
    expect(onlyUnspecified(parseConstraints(constraints))).toBe(expected);
  });
});
