import { isTofuOciError } from '../base/index.ts';
import { isDefaultHost } from '../domain/index.ts';
import type { RegistryPackage } from '../origin/index.ts';
import { type SignedBy, verifyDetached } from '../signatures/index.ts';
import { PackageSignatureError } from './errors.ts';

export interface SignatureRules {
  readonly enforceSignatures: boolean;
  readonly enforceExpiration: boolean;
  readonly now: Date;
}

/** The sums document of a release, with who claims to have signed it. */
export type SignedSums = Pick<RegistryPackage, 'provider' | 'signature' | 'signingKeys' | 'sums'>;

/**
 * Verifies the signature over the sums document with the keys that the registry lists, by OpenTofu's rule: it is
 * needed as soon as there is a key, and without any key unless the provider is of the default registry. An
 * expired key or signature is good enough, and reported as such, unless that is forbidden.
 * @returns who signed; undefined when nobody needed to
 * @throws PackageSignatureError
 */
export async function checkSignature(
  { provider, signature, signingKeys, sums }: SignedSums,
  { enforceExpiration, enforceSignatures, now }: SignatureRules,
): Promise<SignedBy | undefined> {
  const isNeeded = signingKeys.length > 0 || enforceSignatures || !isDefaultHost(provider);
  if (!isNeeded) return undefined;
  if (signingKeys.length === 0) {
    throw new PackageSignatureError(provider, 'authentication signature from unknown issuer', {
      hint: 'Its registry lists no signing key for it, so nobody can check the signature.',
    });
  }
  let signedBy: SignedBy;
  try {
    signedBy = await verifyDetached(sums, signature, signingKeys, { now });
  } catch (error) {
    if (!isTofuOciError(error)) throw error;
    throw new PackageSignatureError(provider, error.message, { cause: error, hint: error.hint });
  }
  const { keyExpired, keyId, signatureExpired } = signedBy;
  if (enforceExpiration && (keyExpired || signatureExpired)) {
    const what = keyExpired ? `key ${keyId} is expired` : `the signature by ${keyId} is expired`;
    throw new PackageSignatureError(provider, what, {
      hint: 'OPENTOFU_ENFORCE_GPG_EXPIRATION forbids it; ask the author to renew the key and sign again.',
    });
  }
  return signedBy;
}
