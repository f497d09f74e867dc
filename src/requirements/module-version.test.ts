import { describe, expect, it } from 'vitest';
import { meets, parseModuleConstraints, parseModuleVersion } from './module-version.ts';

function admits(constraints: string, version: string): boolean | undefined {
  const terms = parseModuleConstraints(constraints);
  const parsed = parseModuleVersion(version);
  return terms && parsed && meets(parsed, terms);
}

describe('constraints on modules', () => {
  it.each([
    ['1.2', '1.2.0', true],
    ['= v1.2.0', '1.2', true],
    ['1.2.0', '1.2.0+build', true],
    ['1.2.0', '1.2.0-rc1', false],
    ['!= 1.2.0', '1.2.1', true],
    ['!= 1.2.0', 'v1.2', false],
    ['> 1.0, < 2', '1.5', true],
    ['> 1.0, < 2', '2.0.0', false],
    ['>= 1.0', '1.0.0.1', true],
    ['<= 1.0', '1.0.0.1', false],
    ['~> 1.2', '1.9.9', true],
    ['~> 1.2', '2.0.0', false],
    ['~> 1.2.3', '1.2.9', true],
    ['~> 1.2.3', '1.3.0', false],
    ['~> 1.2.3', '1.2.2', false],
    ['~> 1', '1.9', true],
    // Only where the constraint is about the same numbers.
    ['>= 1.0.0', '1.1.0-beta', false],
    ['>= 1.1.0-alpha', '1.1.0-beta', true],
    ['>= 1.1.0-beta.2', '1.1.0-beta.10', true],
    ['< 1.1.0-beta', '1.1.0-alpha', true],
    ['> 1.1.0-1', '1.1.0-a', true],
    ['~> 1.1.0-alpha', '1.1.0-beta', true],
    ['~> 1.1.0-alpha', '1.1.1', false],
    ['>= 1.0.0', '9223372036854775807.0.0', true],
  ])('%j and the version %j: %s', (constraints, version, expected) => {
    expect(admits(constraints, version)).toBe(expected);
  });

  it.each([
    '',
    ',',
    '1.0,',
    'one',
    '=> 1',
    '>= 1.x',
    '1.0 2.0',
    '>> 1',
    '9223372036854775808',
    '-1',
    `1.${'0'.repeat(1100)}`,
  ])('are not %j', (text) => {
    expect(parseModuleConstraints(text)).toBeUndefined();
  });

  it.each(['', 'v', 'x', '1.', '1..2', ' 1', '1.0 ', '1.0+'])(
    'are not for a version %j',
    (text) => {
      expect(parseModuleVersion(text)).toBeUndefined();
    },
  );
});
