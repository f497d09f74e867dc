import {
  checkOriginSignature,
  type SignatureRules,
  type SignedBy,
  type SignedSums,
} from '../signatures/index.ts';
import { PackageSignatureError } from './errors.ts';

export type { SignatureRules, SignedSums } from '../signatures/index.ts';

/**
 * OpenTofu's rule for the signature over the sums document, with the keys that the registry lists.
 * @returns who signed; undefined when nobody needed to
 * @throws PackageSignatureError
 */
export async function checkSignature(
  signed: SignedSums,
  rules: SignatureRules,
): Promise<SignedBy | undefined> {
  const checked = await checkOriginSignature(signed, rules);
  if (checked.kind !== 'refused') {
    return checked.kind === 'signed' ? checked.signedBy : undefined;
  }
  const { cause, hint, why } = checked;
  throw new PackageSignatureError(signed.provider, why, { cause, hint });
}
