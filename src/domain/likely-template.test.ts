import { describe, expect, it } from 'vitest';
import { likelyTemplate } from './likely-template.ts';
import { parseProviderAddress } from './provider-address.ts';

describe('the template that a repository was probably named by', () => {
  it.each([
    ['tf/example.com/acme/null', 'tf/{hostname}/{namespace}/{type}'],
    ['example.com/acme/null', '{hostname}/{namespace}/{type}'],
    ['tf/acme/null', 'tf/{namespace}/{type}'],
    ['tf/acme-null', 'tf/{namespace}-{type}'],
    ['providers/provider_acme_null', 'providers/provider_{namespace}_{type}'],
    ['tf/other-example.com/acme/null', 'tf/other-{hostname}/{namespace}/{type}'],
    ['tf/notacme/null', undefined],
    ['tf/acme/null/more', undefined],
    ['null', undefined],
  ])('of %s is %s', (name, template) => {
    expect(likelyTemplate(name, parseProviderAddress('example.com/acme/null'))).toBe(template);
  });
});
