import {
  checkOriginSignature,
  judgeSignature,
  type SignatureRules,
  type SignedBy,
  type SignedSums,
  type TrustPolicy,
} from '../signatures/index.ts';
import { PackageSignatureError } from './errors.ts';

export type { SignatureRules, SignedSums } from '../signatures/index.ts';

/**
 * Judges the signature over the sums document, with the keys that the registry lists: by the user's rule where the
 * policy has one for the provider, else by OpenTofu's.
 * @returns who signed; undefined when nobody needed to
 * @throws PackageSignatureError; UntrustedReleaseError by a rule of the user
 */
export async function checkSignature(
  signed: SignedSums,
  rules: SignatureRules & { readonly policy?: TrustPolicy | undefined },
): Promise<SignedBy | undefined> {
  const { policy } = rules;
  if (policy?.ruleFor(signed.provider) !== undefined) {
    const verdict = await judgeSignature(signed, { ...rules, policy, fallback: 'origin' });
    if (verdict.error !== undefined) throw verdict.error;
    return verdict.signedBy;
  }
  const checked = await checkOriginSignature(signed, rules);
  if (checked.kind !== 'refused') {
    return checked.kind === 'signed' ? checked.signedBy : undefined;
  }
  const { cause, hint, why } = checked;
  throw new PackageSignatureError(signed.provider, why, { cause, hint });
}
