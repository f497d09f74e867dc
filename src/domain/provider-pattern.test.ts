import { describe, expect, it } from 'vitest';
import { InvalidPatternError } from './errors.ts';
import { parseProviderAddress } from './provider-address.ts';
import { formatProviderPattern, matchesPattern, parseProviderPattern } from './provider-pattern.ts';

describe('parseProviderPattern', () => {
  it.each([
    ['hashicorp/aws', 'registry.opentofu.org/hashicorp/aws'],
    ['HashiCorp/AWS', 'registry.opentofu.org/hashicorp/aws'],
    ['hashicorp/*', 'registry.opentofu.org/hashicorp/*'],
    ['*/*', 'registry.opentofu.org/*/*'],
    ['example.com/a/b', 'example.com/a/b'],
    ['Bücher.example/a/*', 'bücher.example/a/*'],
    ['example.com/*/*', 'example.com/*/*'],
    ['*/*/*', '*/*/*'],
  ])('accepts %s as %s', (text, full) => {
    expect(formatProviderPattern(parseProviderPattern(text))).toBe(full);
  });

  it.each([
    ['aws', 'must have either two or three slash-separated segments'],
    ['a/b/c/d', 'must have either two or three slash-separated segments'],
    [
      '*/a/b',
      'hostname can be a wildcard only if both namespace and provider type are also wildcards',
    ],
    [
      '*/a/*',
      'hostname can be a wildcard only if both namespace and provider type are also wildcards',
    ],
    ['*/aws', 'namespace can be a wildcard only if the provider type is also a wildcard'],
    [
      'example.com/*/aws',
      'namespace can be a wildcard only if the provider type is also a wildcard',
    ],
  ])('rejects %s', (text, why) => {
    expect(() => parseProviderPattern(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_DOMAIN_INVALID_PATTERN',
        message: `invalid provider matching pattern "${text}": ${why}`,
      }),
    );
  });

  it.each([
    [
      'a/b_c',
      'invalid provider type "b_c" in provider matching pattern "a/b_c": must either be the wildcard * or a provider type name',
    ],
    [
      'a*/b',
      'invalid registry namespace "a*" in provider matching pattern "a*/b": must either be the wildcard * or a literal namespace',
    ],
    [
      'a..b/a/b',
      'invalid hostname in provider matching pattern "a..b/a/b": hostname contains empty label (two consecutive periods)',
    ],
  ])('rejects %s, with the part', (text, message) => {
    expect(() => parseProviderPattern(text)).toThrow(InvalidPatternError);
    expect(() => parseProviderPattern(text)).toThrow(message);
  });
});

describe('matchesPattern', () => {
  it.each([
    ['*/*/*', 'example.com/a/b', true],
    ['*/*', 'a/b', true],
    ['*/*', 'example.com/a/b', false],
    ['example.com/*/*', 'example.com/a/b', true],
    ['example.com/*/*', 'a/b', false],
    ['a/*', 'a/b', true],
    ['a/*', 'b/b', false],
    ['a/b', 'registry.opentofu.org/a/b', true],
    ['a/b', 'a/c', false],
    ['Bücher.example/a/b', 'bücher.example/a/b', true],
  ])('of %s and %s is %s', (pattern, provider, expected) => {
    expect(matchesPattern(parseProviderPattern(pattern), parseProviderAddress(provider))).toBe(
      expected,
    );
  });
});
