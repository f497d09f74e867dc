import { describe, expect, it } from 'vitest';
import {
  formatProviderAddress,
  noConstraints,
  parseConstraints,
  parseProviderAddress,
  parseVersion,
} from '../../domain/index.ts';
import { inShard, Wants } from './wants.ts';

describe('what is to be mirrored', () => {
  it('has each provider once, with all that is wanted of it', () => {
    const wants = new Wants([]);
    const [b, a] = [parseProviderAddress('acme/b'), parseProviderAddress('acme/a')];
    wants.addVersion(b, parseVersion('1.0.0'));
    wants.addVersion(b, parseVersion('1.0.0'));
    wants.addWanted(b, { constraints: parseConstraints('~> 1.0'), newest: 1 });
    wants.addWanted(b, { constraints: parseConstraints('~> 1.0'), newest: 1 });
    wants.addWanted(a, { constraints: noConstraints, newest: 'all' });
    const [first, second, ...more] = wants.providers();
    expect(more).toEqual([]);
    expect(first).toMatchObject({ provider: a, versions: [], wanted: [{ newest: 'all' }] });
    expect(second).toMatchObject({ provider: b, wanted: [{ newest: 1 }] });
    expect(second?.versions).toHaveLength(1);
  });

  it('wants a provider of one host of several of all of them', () => {
    const wants = new Wants(['registry.opentofu.org', 'registry.terraform.io']);
    wants.addWanted(parseProviderAddress('acme/a'), { constraints: noConstraints, newest: 1 });
    wants.addWanted(parseProviderAddress('example.com/acme/a'), {
      constraints: noConstraints,
      newest: 1,
    });
    const names = wants.providers().map(({ provider }) => formatProviderAddress(provider));
    expect(names).toEqual([
      'example.com/acme/a',
      'registry.opentofu.org/acme/a',
      'registry.terraform.io/acme/a',
    ]);
  });

  it.each([1, 2, 3, 7, 64])('is divided into %i parts, disjoint and complete', (of) => {
    const all = Array.from({ length: 500 }, (_, index) => ({
      provider: parseProviderAddress(`acme/provider-${index}`),
    }));
    const parts = Array.from({ length: of }, (_, index) => inShard(all, { part: index + 1, of }));
    const names = parts.flat().map(({ provider }) => provider.type);
    expect(new Set(names).size).toBe(all.length);
    expect(names).toHaveLength(all.length);
    // No part is empty, and none has far more than its share.
    const sizes = parts.map((part) => part.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual((500 / of) * 2 + 10);
  });
});
