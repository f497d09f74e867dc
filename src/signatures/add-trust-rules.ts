import { InternalError, printable } from '../base/index.ts';
import { formatProviderAddress, type ProviderAddress } from '../domain/index.ts';
import { readTrustPolicy } from './trust-policy.ts';

/** A pin for exactly one provider, as it is proposed to the user. */
export interface ProposedRule {
  readonly provider: ProviderAddress;
  readonly keys: readonly {
    /** Of the primary key. */
    readonly fingerprint: string;
    /** For whoever reviews it; somebody else's words may be in it. */
    readonly remark: string;
  }[];
}

/**
 * The text of a trust file with a `trust` block more at its end. What is there stays as it is, byte for byte.
 * @param text of a sound file that has no rule for any of the providers alone; empty for a new file
 * @param filename only a name for places
 * @throws TrustPolicyError when the text, or what becomes of it, is no sound policy
 */
export function addTrustRules(
  text: string,
  rules: readonly ProposedRule[],
  filename: string,
): string {
  if (rules.length === 0) return text;
  const lines = rules.flatMap(({ keys, provider }) => [
    `  provider "${formatProviderAddress(provider)}" {`,
    '    keys = [',
    ...keys.flatMap(({ fingerprint, remark }) => [
      `      # ${printable(remark, 300)}`,
      `      "${fingerprint}",`,
    ]),
    '    ]',
    '  }',
  ]);
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' ? '' : /\n$/u.test(text) ? lineEnd : lineEnd + lineEnd;
  const added = `${text}${gap}${['trust {', ...lines, '}', ''].join(lineEnd)}`;
  const [before, after] = [readTrustPolicy(text, filename), readTrustPolicy(added, filename)];
  if (after.rules.length !== before.rules.length + rules.length) {
    throw new InternalError('the rules that were added are not the rules that are read');
  }
  return added;
}
