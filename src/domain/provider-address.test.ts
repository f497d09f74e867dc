import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidProviderAddressError } from './errors.ts';
import {
  compareProviders,
  displayProvider,
  formatProviderAddress,
  impliedProviderAddress,
  isBuiltIn,
  isDefaultHost,
  isLegacy,
  isLockable,
  parseProviderAddress,
  parseProviderPart,
  providerKey,
  sameProvider,
} from './provider-address.ts';

/** What the parser says against a text. */
function refusal(text: string): InvalidProviderAddressError {
  try {
    parseProviderAddress(text);
  } catch (error) {
    if (error instanceof InvalidProviderAddressError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('parseProviderAddress accepts', () => {
  it.each([
    ['aws', 'registry.opentofu.org', 'hashicorp', 'aws'],
    ['AWS', 'registry.opentofu.org', 'hashicorp', 'aws'],
    ['hashicorp/aws', 'registry.opentofu.org', 'hashicorp', 'aws'],
    ['HashiCorp/AWS', 'registry.opentofu.org', 'hashicorp', 'aws'],
    ['foo-bar/baz-boop', 'registry.opentofu.org', 'foo-bar', 'baz-boop'],
    ['registry.opentofu.org/HashiCorp/AWS', 'registry.opentofu.org', 'hashicorp', 'aws'],
    ['Example.COM/foo-bar/baz-boop', 'example.com', 'foo-bar', 'baz-boop'],
    ['example.com:443/a/b', 'example.com', 'a', 'b'],
    ['localhost:8080/foo/bar', 'localhost:8080', 'foo', 'bar'],
    ['this/one/okay', 'this', 'one', 'okay'],
    ['Испытание.com/Испытание/Испытание', 'xn--80akhbyknj4f.com', 'испытание', 'испытание'],
    ['-/null', 'registry.opentofu.org', '-', 'null'],
    ['registry.opentofu.org/-/null', 'registry.opentofu.org', '-', 'null'],
    ['a/terraform', 'registry.opentofu.org', 'a', 'terraform'],
  ])('%s', (text, hostname, namespace, type) => {
    expect(parseProviderAddress(text)).toEqual({ hostname, namespace, type });
  });

  it('another default host for addresses that name none', () => {
    const options = { defaultHost: 'registry.terraform.io' };
    expect(parseProviderAddress('aws', options).hostname).toBe('registry.terraform.io');
    expect(parseProviderAddress('a/b', options).hostname).toBe('registry.terraform.io');
    expect(parseProviderAddress('example.com/a/b', options).hostname).toBe('example.com');
  });
});

describe('parseProviderAddress rejects', () => {
  const format = 'The "source" attribute must be in the format "[hostname/][namespace/]name"';
  const characters =
    'must contain only letters, digits, and dashes, and may not use leading or trailing dashes';

  it.each([
    ['', 'Invalid provider source string', format],
    ['example.com/too/many/parts', 'Invalid provider source string', format],
    ['/too///many//slashes', 'Invalid provider source string', format],
    ['///', 'Invalid provider source string', format],
    ['a/', 'Invalid provider source string', format],
    ['/ / /', 'Invalid provider source string', format],
    [
      'badhost!/hashicorp/aws',
      'Invalid provider source hostname',
      'Invalid provider source hostname "badhost!" in source "badhost!/hashicorp/aws": labels must contain only letters, digits, and dashes, and may not use leading or trailing dashes',
    ],
    [
      'example.com/bad!/aws',
      'Invalid provider namespace',
      `Invalid provider namespace "bad!" in source "example.com/bad!/aws": ${characters}`,
    ],
    [
      'bad--ns/aws',
      'Invalid provider namespace',
      'Invalid provider namespace "bad--ns" in source "bad--ns/aws": cannot use multiple consecutive dashes',
    ],
    [
      'a/bad.type',
      'Invalid provider type',
      'Invalid provider type "bad.type" in source "a/bad.type": dots are not allowed',
    ],
    [
      'a/-bad',
      'Invalid provider type',
      `Invalid provider type "-bad" in source "a/-bad": ${characters}`,
    ],
    [
      'example.com/-/null',
      'Invalid provider namespace',
      'The legacy provider namespace "-" can be used only with hostname registry.opentofu.org.',
    ],
    [
      'x.com/a/terraform-foo',
      'Invalid provider type',
      `Provider source "x.com/a/terraform-foo" has a type with the prefix "terraform-", which isn't allowed because it would be redundant to name a Terraform provider with that prefix. If you are the author of this provider, rename it to not include the prefix.`,
    ],
    [
      'a/opentofu-foo',
      'Invalid provider type',
      `Provider source "registry.opentofu.org/a/opentofu-foo" has a type with the prefix "opentofu-", which isn't allowed because it would be redundant to name an OpenTofu provider with that prefix. If you are the author of this provider, rename it to not include the prefix.`,
    ],
    [
      'a/Terraform-Provider-foo',
      'Invalid provider type',
      `Provider source "a/terraform-provider-foo" has a type with the prefix "terraform-provider-", which isn't valid. Although that prefix is often used in the names of version control repositories for Terraform providers, provider source strings should not include it.\n\nDid you mean "a/foo"?`,
    ],
    [
      'x.com/a/opentofu-provider-foo',
      'Invalid provider type',
      `Provider source "x.com/a/opentofu-provider-foo" has a type with the prefix "opentofu-provider-", which isn't valid. Although that prefix is sometimes used in the names of version control repositories for OpenTofu providers, provider source strings should not include it.\n\nDid you mean "x.com/a/foo"?`,
    ],
  ])('%j', (text, summary, detail) => {
    const error = refusal(text);
    expect(error.code).toBe('ERR_DOMAIN_INVALID_PROVIDER');
    expect({ summary: error.summary, detail: error.detail }).toEqual({ summary, detail });
    expect(error.message).toBe(`${summary}: ${detail}`);
  });

  it('and suggests the type behind the prefix of a repository name', () => {
    expect(refusal('terraform-provider-null').hint).toBe('Write hashicorp/null.');
  });

  it('and shows invisible characters of what it was given', () => {
    expect(refusal('a/b\u202e!').detail).toContain('\\u202e');
  });
});

describe('parseProviderPart', () => {
  it.each([
    ['foo', 'foo'],
    ['FOO', 'foo'],
    ['abc-123', 'abc-123'],
    ['Испытание', 'испытание'],
    ['m\u00fcnchen', 'm\u00fcnchen'],
    ['mu\u0308nchen', 'm\u00fcnchen'],
    ['123', '123'],
    ['１２３', '123'],
    ['ß', 'ß'],
  ])('accepts %s as %s, and that as itself', (text, part) => {
    expect(parseProviderPart(text)).toEqual({ part });
    expect(parseProviderPart(part)).toEqual({ part });
  });

  it.each([
    ['', 'must have at least one character'],
    ['abc.123', 'dots are not allowed'],
    ['abc--123', 'cannot use multiple consecutive dashes'],
    ['xn--80akhbyknj4f', 'cannot use multiple consecutive dashes'],
    ['-abc123', 'must contain only letters'],
    ['abc123-', 'must contain only letters'],
    ['a_b', 'must contain only letters'],
    ['a/b', 'must contain only letters'],
    ['*', 'must contain only letters'],
    // Characters that turn into a dot, nothing, a slash or two dashes.
    ['a。b', 'must contain only letters'],
    ['。。', 'must contain only letters'],
    ['\u00ad', 'must contain only letters'],
    ['a／b', 'must contain only letters'],
    ['a－－b', 'must contain only letters'],
    // Right-to-left letters among others.
    ['aא', 'must contain only letters'],
    ['a\u202eb', 'must contain only letters'],
    ['a'.repeat(256), 'must contain only letters'],
  ])('rejects %j', (text, why) => {
    expect(parseProviderPart(text)).toEqual({ why: expect.stringContaining(why) as unknown });
  });
});

describe('a provider address', () => {
  const parse = parseProviderAddress;

  it.each([
    ['hashicorp/test', 'registry.opentofu.org/hashicorp/test', 'hashicorp/test'],
    ['othercorp/test', 'registry.opentofu.org/othercorp/test', 'othercorp/test'],
    ['example.com/a/b', 'example.com/a/b', 'example.com/a/b'],
    ['Bücher.example:8443/a/b', 'bücher.example:8443/a/b', 'bücher.example:8443/a/b'],
  ])('%s prints in full as %s and short as %s', (text, full, short) => {
    expect(formatProviderAddress(parse(text))).toBe(full);
    expect(displayProvider(parse(text))).toBe(short);
  });

  it.each([
    ['terraform.io/builtin/terraform', true],
    ['opentofu.org/builtin/test', true],
    ['terraform.io/boop/test', false],
    ['builtin/test', false],
  ])('%s is built in: %s', (text, expected) => {
    expect(isBuiltIn(parse(text))).toBe(expected);
    expect(isLockable(parse(text))).toBe(!expected);
  });

  it('with the legacy namespace is recognised and never locked', () => {
    expect(isLegacy(parse('-/test'))).toBe(true);
    expect(isLockable(parse('-/test'))).toBe(false);
    expect(isLegacy(parse('hashicorp/test'))).toBe(false);
  });

  it('knows whether its host is the default', () => {
    expect(isDefaultHost(parse('a/b'))).toBe(true);
    expect(isDefaultHost(parse('registry.terraform.io/a/b'))).toBe(false);
  });

  it('is the same for the same parts only', () => {
    expect(sameProvider(parse('foo/test'), parse('registry.opentofu.org/Foo/test'))).toBe(true);
    expect(sameProvider(parse('foo/test'), parse('bar/test'))).toBe(false);
    expect(providerKey(parse('Bücher.example/a/b'))).toBe('xn--bcher-kva.example/a/b');
  });

  it('sorts by host in comparison form, then namespace, then type', () => {
    const sorted = ['a.com/b/b', 'a.com/b/c', 'a.com/c/a', 'x.com/a/a', 'ü.com/a/a', 'z.com/a/a'];
    const shuffled = sorted.toReversed().map((text) => parse(text));
    expect(shuffled.sort(compareProviders).map(formatProviderAddress)).toEqual(sorted);
  });

  it('is implied by a bare name', () => {
    expect(formatProviderAddress(impliedProviderAddress('terraform'))).toBe(
      'terraform.io/builtin/terraform',
    );
    expect(formatProviderAddress(impliedProviderAddress('AWS'))).toBe(
      'registry.opentofu.org/hashicorp/aws',
    );
    expect(() => impliedProviderAddress('a_b')).toThrow(InvalidProviderAddressError);
  });

  it('is read from its full form as what it was', () => {
    const part = fc
      .array(fc.constantFrom('a', 'b', '1', '-', 'é', 'Я', '中'), { minLength: 1, maxLength: 6 })
      .map((characters) => characters.join(''));
    fc.assert(
      fc.property(part, part, part, (host, namespace, type) => {
        let address;
        try {
          address = parse(`${host}.example:8080/${namespace}/${type}`);
        } catch {
          return;
        }
        expect(parse(formatProviderAddress(address))).toEqual(address);
      }),
    );
  });
});
