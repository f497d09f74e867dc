import { type Clock, systemClock } from '../../base/index.ts';
import type { ProviderAddress } from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import {
  judgeSignature,
  noTrustPolicy,
  type SignatureRules,
  type TrustPolicy,
} from '../../signatures/index.ts';
import type { OriginProof } from './mirror-origin.ts';

/** By what the releases of an origin are judged. */
export interface OriginTrust {
  /** What the environment forbids. */
  readonly rules: Omit<SignatureRules, 'now'>;
  /** What the user says about who may sign; without it nothing. */
  readonly trust?: TrustPolicy | undefined;
  readonly clock?: Clock | undefined;
}

/** As judges take it. */
export function trustOf({
  clock = systemClock,
  rules,
  trust,
}: OriginTrust): ReleaseTrust & SignatureRules {
  const { enforceExpiration, enforceSignatures } = rules;
  const policy = trust ?? noTrustPolicy;
  return { policy, now: new Date(clock.now()), enforceExpiration, enforceSignatures };
}

/** The same where a rule of the user's is for the provider. */
export function ruledTrust(
  options: OriginTrust,
  provider: ProviderAddress,
): ReleaseTrust | undefined {
  return options.trust?.ruleFor(provider) === undefined ? undefined : trustOf(options);
}

/** The proof of what nobody signs, by the user's rule where there is one. */
export async function unsignedProof(
  provider: ProviderAddress,
  options: OriginTrust,
): Promise<OriginProof> {
  const nothing = { provider, sums: Buffer.alloc(0), signature: undefined, signingKeys: [] };
  const verdict = await judgeSignature(nothing, { ...trustOf(options), fallback: 'mirror' });
  return { signature: undefined, keys: [], verdict };
}
