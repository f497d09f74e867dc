import { describe, expect, it } from 'vitest';
import { formatProviderAddress, parseProviderAddress, providerKey } from './provider-address.ts';
import { mergeRequirements, type Requirements } from './requirements.ts';
import { formatConstraints, parseConstraints } from './version-constraints.ts';

const needs = (entries: Readonly<Record<string, string>>): Requirements =>
  new Map(
    Object.entries(entries).map(([text, constraints]) => {
      const provider = parseProviderAddress(text);
      return [
        providerKey(provider),
        { provider, constraints: parseConstraints(constraints) },
      ] as const;
    }),
  );

describe('mergeRequirements', () => {
  it('joins the constraints on one provider and keeps the others', () => {
    const merged = mergeRequirements([
      needs({ 'a/x': '>= 1', 'a/y': '' }),
      needs({}),
      needs({ 'registry.opentofu.org/A/x': '< 2', 'example.com/a/x': '1.0.0' }),
    ]);
    const shown = [...merged.values()].map(({ provider, constraints }) => [
      formatProviderAddress(provider),
      formatConstraints(constraints),
    ]);
    expect(shown).toEqual([
      ['registry.opentofu.org/a/x', '>= 1.0.0, < 2.0.0'],
      ['registry.opentofu.org/a/y', ''],
      ['example.com/a/x', '1.0.0'],
    ]);
  });

  it('of nothing is nothing', () => {
    expect(mergeRequirements([]).size).toBe(0);
  });

  it('joins as many as a hostile configuration has, in linear time', () => {
    const one = needs({ 'a/x': '>= 1' });
    const merged = mergeRequirements(Array.from({ length: 300_000 }, () => one));
    expect([...merged.values()][0]?.constraints.terms).toHaveLength(300_000);
  });
});
