import type { Diagnostic, SourceRange } from '../base/index.ts';
import {
  formatProviderPattern,
  type ProviderAddress,
  type ProviderPattern,
} from '../domain/index.ts';
import { type Block, type Body, parseHcl } from '../hcl/index.ts';
import { TrustPolicyError } from './errors.ts';
import { readTrustRule } from './trust-rule.ts';

/** Who may sign the providers of one pattern. */
export interface TrustRule {
  readonly pattern: ProviderPattern;
  /** Fingerprints of primary keys, upper case, 40 or 64 hex; at least one. */
  readonly keys: readonly string[];
  /** What becomes of a release without a signature, or without any key to check it. Default reject. */
  readonly unsigned: 'accept' | 'reject';
  /** What becomes of a signature whose key, or which itself, is past its end. Default warn. */
  readonly expiredKeys: 'accept' | 'warn' | 'reject';
  /** Where it is written, `trust.hcl:12`. */
  readonly place: string;
}

/** What the user, and nobody else, says about who may sign. */
export interface TrustPolicy {
  /** In the order of the text. */
  readonly rules: readonly TrustRule[];
  /** The most specific one. */
  ruleFor(provider: ProviderAddress): TrustRule | undefined;
}

export const trustLimits = {
  /** Of the file: room for more rules than there are providers in the public registry. */
  fileBytes: 4 * 1024 * 1024,
  /** Each costs memory and time once; the public registry has some 5,000 providers. */
  rules: 20_000,
} as const;

/** Says nothing about any provider. */
export const noTrustPolicy: TrustPolicy = policyOf([]);

/**
 * Reads the `trust` blocks of a file in HCL 2. `mirror` blocks are for another reader, and passed over; whatever
 * else there is must be understood, so that a slip of the pen never loosens the policy. Values are literals.
 * @param filename only a name for the places
 * @throws TrustPolicyError with all that is wrong, each with its place
 */
export function readTrustPolicy(text: string, filename: string): TrustPolicy {
  if (Buffer.byteLength(text) > trustLimits.fileBytes) {
    throw tooLarge(filename, `more than ${trustLimits.fileBytes} bytes`);
  }
  const { body, diagnostics } = parseHcl(text, filename);
  const problems: Diagnostic[] = [...diagnostics];
  const blocks = providerBlocks(body, problems);
  if (blocks.length > trustLimits.rules) {
    throw tooLarge(filename, `more than ${trustLimits.rules} rules`);
  }
  const rules = new Map<string, TrustRule>();
  for (const block of blocks) {
    const rule = readTrustRule(block, { filename, problems });
    if (rule === undefined) continue;
    const pattern = formatProviderPattern(rule.pattern);
    const other = rules.get(pattern);
    if (other === undefined) rules.set(pattern, rule);
    else {
      const detail = `There is a rule for ${pattern} at ${other.place}; write all of its keys there.`;
      problems.push(problem('Duplicate rule', detail, block.headerRange));
    }
  }
  if (problems.length > 0) throw new TrustPolicyError(filename, inTextOrder(problems));
  return policyOf([...rules.values()]);
}

/**
 * What two files say together. Neither outweighs the other, so they may not speak of the same pattern.
 * @throws TrustPolicyError
 */
export function combineTrustPolicies(one: TrustPolicy, other: TrustPolicy): TrustPolicy {
  const places = new Map(one.rules.map(({ pattern, place }) => [keyOf(pattern), place]));
  const twice = other.rules.flatMap(({ pattern, place }): Diagnostic[] => {
    const first = places.get(keyOf(pattern));
    if (first === undefined) return [];
    const detail = `There is a rule for ${formatProviderPattern(pattern)} at ${first} and at ${place}; write all of its keys in one of them.`;
    return [{ severity: 'error', summary: 'Duplicate rule', detail }];
  });
  if (twice.length > 0) throw new TrustPolicyError('the trust policy', twice);
  return policyOf([...one.rules, ...other.rules]);
}

function policyOf(rules: readonly TrustRule[]): TrustPolicy {
  const byPattern = new Map(rules.map((rule) => [keyOf(rule.pattern), rule]));
  return {
    rules,
    ruleFor({ hostname, namespace, type }) {
      // Wildcards stand for all that is to the right of them, so these are all that can match.
      for (const pattern of [
        { hostname, namespace, type },
        { hostname, namespace, type: '*' },
        { hostname, namespace: '*', type: '*' },
        { hostname: '*', namespace: '*', type: '*' },
      ]) {
        const rule = byPattern.get(keyOf(pattern));
        if (rule !== undefined) return rule;
      }
      return undefined;
    },
  };
}

function keyOf({ hostname, namespace, type }: ProviderPattern): string {
  return `${hostname}/${namespace}/${type}`;
}

/** The `provider` blocks in all `trust` blocks. */
function providerBlocks(file: Body, problems: Diagnostic[]): readonly Block[] {
  const hint = 'Expected are "trust" blocks.';
  refuseAttributes(file, { where: 'here', hint, problems });
  const blocks: Block[] = [];
  for (const block of file.blocks) {
    if (block.type === 'mirror') continue;
    if (block.type !== 'trust') {
      problems.push(unsupportedBlock(block, hint));
      continue;
    }
    if (block.labels.length > 0) {
      const detail = 'A "trust" block has no label: the pattern belongs to "provider" within it.';
      problems.push(problem('Extraneous label for trust', detail, block.headerRange));
    }
    const inner = 'In "trust" there are "provider" blocks.';
    refuseAttributes(block.body, { where: 'in "trust"', hint: inner, problems });
    for (const each of block.body.blocks) {
      if (each.type === 'provider') blocks.push(each);
      else problems.push(unsupportedBlock(each, inner));
    }
  }
  return blocks;
}

function refuseAttributes(
  { attributes }: Body,
  context: { readonly where: string; readonly hint: string; readonly problems: Diagnostic[] },
): void {
  const { hint, problems, where } = context;
  for (const { name, nameRange } of attributes) {
    const detail = `An argument named "${name}" is not expected ${where}. ${hint}`;
    problems.push(problem('Unsupported argument', detail, nameRange));
  }
}

function unsupportedBlock({ type, typeRange }: Block, hint: string): Diagnostic {
  return problem(
    'Unsupported block',
    `Blocks of type "${type}" are not expected. ${hint}`,
    typeRange,
  );
}

function problem(summary: string, detail: string, range: SourceRange): Diagnostic {
  return { severity: 'error', summary, detail, range };
}

function tooLarge(filename: string, what: string): TrustPolicyError {
  const detail = `It has ${what}.`;
  return new TrustPolicyError(filename, [{ severity: 'error', summary: 'Too large', detail }]);
}

function inTextOrder(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const byteOf = ({ range }: Diagnostic): number => range?.start.byte ?? 0;
  return [...problems].sort((a, b) => byteOf(a) - byteOf(b));
}
