import { describe, expect, it } from 'vitest';
import { parseExactRequest, parseProviderRequest } from './address-request.ts';
import {
  HostRequiredError,
  InvalidConstraintsError,
  InvalidProviderAddressError,
  InvalidVersionError,
} from './errors.ts';
import { formatProviderAddress } from './provider-address.ts';
import { formatVersion } from './version.ts';
import { formatConstraints } from './version-constraints.ts';

describe('parseProviderRequest', () => {
  it.each([
    ['aws', 'registry.opentofu.org/hashicorp/aws', ''],
    ['hashicorp/aws@~> 5.0', 'registry.opentofu.org/hashicorp/aws', '~> 5.0'],
    ['hashicorp/aws@>= 5.0,< 6', 'registry.opentofu.org/hashicorp/aws', '>= 5.0.0, < 6.0.0'],
    ['example.com:8443/a/b@1.2.3', 'example.com:8443/a/b', '1.2.3'],
    ['a/b@', 'registry.opentofu.org/a/b', ''],
  ])('accepts %s', (text, provider, constraints) => {
    const request = parseProviderRequest(text);
    expect(formatProviderAddress(request.provider)).toBe(provider);
    expect(formatConstraints(request.constraints)).toBe(constraints);
  });

  it('takes the default host it is given', () => {
    const { provider } = parseProviderRequest('a/b@1', { defaultHost: 'registry.terraform.io' });
    expect(provider.hostname).toBe('registry.terraform.io');
  });

  it('rejects what is no address or no constraint', () => {
    expect(() => parseProviderRequest('a/b/c/d@1')).toThrow(InvalidProviderAddressError);
    expect(() => parseProviderRequest('@1')).toThrow(InvalidProviderAddressError);
    expect(() => parseProviderRequest('a/b@latest')).toThrow(InvalidConstraintsError);
    expect(() => parseProviderRequest('a/b@1@2')).toThrow(InvalidConstraintsError);
  });
});

describe('an address with a version written otherwise', () => {
  it.each([
    ['example.com/acme/null:3.2.4', 'as in example.com/acme/null@3.2.4'],
    ['localhost:5000/acme/null:v3.2', 'as in localhost:5000/acme/null@v3.2'],
    ['3.2.4', 'as in hashicorp/aws@3.2.4'],
  ])('%s is told how', (text, advice) => {
    for (const parse of [parseProviderRequest, parseExactRequest]) {
      expect(() => parse(text)).toThrow(
        expect.objectContaining({
          code: 'ERR_DOMAIN_INVALID_PROVIDER',
          hint: expect.stringContaining(advice) as unknown,
        }),
      );
    }
  });

  it('is not supposed where something else is wrong', () => {
    expect(() => parseProviderRequest('a.b/c')).toThrow(
      expect.objectContaining({ hint: undefined }),
    );
  });
});

describe('parseExactRequest', () => {
  it.each([
    ['example.com/corp/foo', undefined],
    ['example.com/corp/foo@1.2', '1.2.0'],
    ['example.com/corp/foo@v1.2.3-rc.1', '1.2.3-rc.1'],
  ])('accepts %s', (text, version) => {
    const request = parseExactRequest(text);
    expect(formatProviderAddress(request.provider)).toBe('example.com/corp/foo');
    expect(request.version && formatVersion(request.version)).toBe(version);
  });

  it.each(['corp/foo', 'foo@1.0.0'])('wants the host in %s', (text) => {
    expect(() => parseExactRequest(text)).toThrow(HostRequiredError);
    expect(() => parseExactRequest(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_DOMAIN_HOST_REQUIRED',
        hint: expect.stringContaining('registry.example.com/') as unknown,
      }),
    );
    const { provider } = parseExactRequest(text, { defaultHost: 'registry.corp.example' });
    expect(provider.hostname).toBe('registry.corp.example');
  });

  it.each(['example.com/corp/foo@', 'example.com/corp/foo@~> 1', 'example.com/corp/foo@vv1'])(
    'rejects %s',
    (text) => {
      expect(() => parseExactRequest(text)).toThrow(InvalidVersionError);
    },
  );
});
