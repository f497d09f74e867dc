import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProviderAddress } from '../domain/index.ts';
import { addTrustRules, type ProposedRule, readTrustPolicy, TrustPolicyError } from './index.ts';

const [a, b] = ['A1'.repeat(20), 'B2'.repeat(32)];
const ruleFor = (address: string, ...remarks: readonly string[]): ProposedRule => ({
  provider: parseProviderAddress(address),
  keys: remarks.map((remark, at) => ({ fingerprint: at === 0 ? a : b, remark })),
});

describe('addTrustRules', () => {
  it('writes rules that are read as they were meant', () => {
    const text = addTrustRules(
      '',
      [ruleFor('example.com/a/b', 'one', 'two'), ruleFor('aws', 'three')],
      'trust.hcl',
    );
    expect(readTrustPolicy(text, 'trust.hcl').rules).toMatchObject([
      { pattern: { hostname: 'example.com', namespace: 'a', type: 'b' }, keys: [a, b] },
      { pattern: { namespace: 'hashicorp', type: 'aws' }, keys: [a], unsigned: 'reject' },
    ]);
  });

  it('keeps names in other scripts', () => {
    const text = addTrustRules('', [ruleFor('bücher.example/ακμή/b', 'one')], 'trust.hcl');
    const provider = parseProviderAddress('bücher.example/ακμή/b');
    expect(readTrustPolicy(text, 'trust.hcl').ruleFor(provider)?.keys).toEqual([a]);
  });

  it('adds nothing where there is nothing to add', () => {
    expect(addTrustRules('# mine', [], 'trust.hcl')).toBe('# mine');
  });

  it('does not let a user ID out of its comment', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n}\nprovider "*/*/*" {', '\r\n"x",', '*/ "', '\u2028"x",', '${x}', '%{'),
    );
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 4 }), (parts) => {
        const text = addTrustRules('', [ruleFor('example.com/a/b', parts.join(''))], 'trust.hcl');
        expect(readTrustPolicy(text, 'trust.hcl').rules).toMatchObject([{ keys: [a] }]);
        expect(text.split('\n')).toHaveLength(9);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a file with errors', 'trust {'],
    ['a rule that is there', `trust {\n provider "example.com/a/b" {\n keys = ["${b}"]\n }\n}\n`],
  ])('refuses %s', (_, text) => {
    const add = (): string => addTrustRules(text, [ruleFor('example.com/a/b', 'x')], 'trust.hcl');
    expect(add).toThrow(TrustPolicyError);
  });
});
