import type { ProviderAddress, Version } from '../../domain/index.ts';
import type { Verdict } from '../../signatures/index.ts';

/** A release, and who signed it. */
export interface JudgedRelease {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly verdict: Verdict;
  /** When the key that signed ends; undefined for never, and where nobody signed. */
  readonly expiresAt: Date | undefined;
}

/**
 * - `pinned`: a rule names the key
 * - `new`: no rule is for the provider yet
 * - `changed`: a rule is for it, and does not name the key
 * - the others as verdicts have them: nobody verified who signed
 */
export type SignerStatus =
  'pinned' | 'new' | 'changed' | 'unsigned' | 'bad-signature' | 'unknown-key';

export function statusOf({ kind, rule, signedBy }: Verdict): SignerStatus {
  if (signedBy !== undefined) {
    if (rule === undefined) return 'new';
    return rule.keys.includes(signedBy.fingerprint) ? 'pinned' : 'changed';
  }
  return kind === 'unknown-key' || kind === 'bad-signature' ? kind : 'unsigned';
}
