import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { ProposedRule } from '../../signatures/index.ts';
import { type JudgedRelease, statusOf } from './signer-status.ts';

/** A rule for each provider that has none, with the keys that signed what was looked at. */
export function proposedRules(releases: readonly JudgedRelease[]): readonly ProposedRule[] {
  const rules = new Map<string, ProposedRule & { readonly keys: ProposedRule['keys'][number][] }>();
  for (const { expiresAt, provider, verdict, version } of releases) {
    const { error, signedBy } = verdict;
    if (signedBy === undefined || statusOf(verdict) !== 'new' || error !== undefined) continue;
    const name = formatProviderAddress(provider);
    const rule = rules.get(name) ?? { provider, keys: [] };
    rules.set(name, rule);
    if (rule.keys.some(({ fingerprint }) => fingerprint === signedBy.fingerprint)) continue;
    const { fingerprint, keyExpired, userId = 'a key without a user ID' } = signedBy;
    const remark = [
      `signed ${formatVersion(version)}: ${userId}`,
      ...(expiresAt === undefined
        ? []
        : [`${keyExpired ? 'expired' : 'expires'} ${dateText(expiresAt)}`]),
    ].join(', ');
    rule.keys.push({ fingerprint, remark });
  }
  return [...rules.values()];
}

/** `2030-01-31`, in UTC. */
export function dateText(date: Date): string {
  return date.toISOString().slice(0, 10);
}
