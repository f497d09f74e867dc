import type { ReleaseTrust } from '../release/index.ts';
import type { Wiring } from './wire.ts';

/**
 * By what releases are judged: the policy that the user named, and the settings of OpenTofu that are stricter.
 * @param given `--trust`, as it was given
 * @throws UsageError, TrustPolicyError
 */
export async function releaseTrust(
  wiring: Pick<Wiring, 'environment' | 'trust'>,
  given: string | undefined,
): Promise<ReleaseTrust> {
  const { enforceExpiration, enforceSignatures } = wiring.environment;
  const policy = await wiring.trust(given);
  return { policy, now: new Date(), enforceExpiration, enforceSignatures };
}
