import { isTofuOciError, type TofuOciError } from '../base/index.ts';
import { isDefaultHost, type ProviderAddress } from '../domain/index.ts';
import { type SignedBy, verifyDetached } from './verify-detached.ts';

export interface SignatureRules {
  readonly enforceSignatures: boolean;
  readonly enforceExpiration: boolean;
  readonly now: Date;
}

/** The sums document of a release, with who claims to have signed it. */
export interface SignedSums {
  readonly provider: ProviderAddress;
  /** The bytes of SHA256SUMS. */
  readonly sums: Uint8Array;
  /** The bytes of its detached signature; undefined where there is none. */
  readonly signature: Uint8Array | undefined;
  /** ASCII-armored public keys, not judged. */
  readonly signingKeys: readonly string[];
}

export type OriginSignature =
  /** Nobody needed to sign, and nobody did so that it could be checked. */
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'signed'; readonly signedBy: SignedBy }
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly hint: string | undefined;
      /** The signature was verified all the same. */
      readonly signedBy: SignedBy | undefined;
      /** What verifying it threw. */
      readonly cause: TofuOciError | undefined;
    };

/**
 * OpenTofu's rule for the signature over a release's sums with the keys that its registry lists: it is needed as
 * soon as there is a key, and without any key unless the provider is of the default registry. An expired key or
 * signature is good enough, and reported as such, unless that is forbidden.
 */
export async function checkOriginSignature(
  { provider, signature, signingKeys, sums }: SignedSums,
  { enforceExpiration, enforceSignatures, now }: SignatureRules,
): Promise<OriginSignature> {
  const isNeeded = signingKeys.length > 0 || enforceSignatures || !isDefaultHost(provider);
  if (!isNeeded) return { kind: 'unsigned' };
  if (signingKeys.length === 0) {
    return refused('authentication signature from unknown issuer', {
      hint: 'Its registry lists no signing key for it, so nobody can check the signature.',
    });
  }
  if (signature === undefined) {
    return refused('there is no signature', {
      hint: 'Its registry lists a signing key for it, so its releases are to be signed.',
    });
  }
  let signedBy: SignedBy;
  try {
    signedBy = await verifyDetached(sums, signature, signingKeys, { now });
  } catch (cause) {
    if (!isTofuOciError(cause)) throw cause;
    return refused(cause.message, { cause, hint: cause.hint });
  }
  if (enforceExpiration && isExpired(signedBy)) {
    return refused(expiryText(signedBy), {
      signedBy,
      hint: 'OPENTOFU_ENFORCE_GPG_EXPIRATION forbids it; ask the author to renew the key and sign again.',
    });
  }
  return { kind: 'signed', signedBy };
}

function refused(
  why: string,
  details: {
    readonly hint: string | undefined;
    readonly signedBy?: SignedBy;
    readonly cause?: TofuOciError;
  },
): OriginSignature {
  const { cause, hint, signedBy } = details;
  return { kind: 'refused', why, hint, signedBy, cause };
}

export function isExpired({ keyExpired, signatureExpired }: SignedBy): boolean {
  return keyExpired || signatureExpired;
}

/** What is expired of a signature, the key or itself. */
export function expiryText({ keyExpired, keyId }: SignedBy): string {
  return keyExpired ? `key ${keyId} is expired` : `the signature by ${keyId} is expired`;
}
