import type { PackageHash } from '../domain/index.ts';
import type { HashClaims, StagedPackage } from '../sources/index.ts';
import { PackageHashMismatchError } from './errors.ts';

/** Why a hash is believed. */
export interface HashDisposition {
  /** We computed it over the package that was installed, and the source had announced it. */
  readonly verifiedLocally?: true;
  /** A mirror that the user trusts for all hashes announced it; the package may be another platform's. */
  readonly reportedByTrustedMirror?: true;
}

export type HashDispositions = ReadonlyMap<PackageHash, HashDisposition>;

/** The hashes a staged package is known to have. */
export function hashesOf(staged: StagedPackage): readonly PackageHash[] {
  return staged.kind === 'extracted'
    ? [staged.zh, staged.h1OfZip, staged.h1OfTree]
    : [staged.h1OfTree];
}

/**
 * Compares what was staged with what the source claimed, and says who vouches for which hash. Pure.
 * @throws PackageHashMismatchError when the source announced hashes and the package has none of them.
 */
export function judge(staged: StagedPackage, claims: HashClaims): HashDispositions {
  const actual = new Set(hashesOf(staged));
  const dispositions = new Map<PackageHash, HashDisposition>();
  for (const hash of claims.trustedMirror) {
    dispositions.set(hash, { reportedByTrustedMirror: true });
  }
  const matching = claims.expected.filter((hash) => actual.has(hash));
  if (claims.expected.length > 0 && matching.length === 0) {
    throw new PackageHashMismatchError(claims.expected, [...actual]);
  }
  for (const hash of matching) {
    dispositions.set(hash, { ...dispositions.get(hash), verifiedLocally: true });
  }
  return dispositions;
}

/** How OpenTofu calls the outcome. */
export type AuthenticationLabel = 'verified checksum' | 'unauthenticated';

export function labelOf(dispositions: HashDispositions): AuthenticationLabel {
  const verified = [...dispositions.values()].some(
    ({ verifiedLocally }) => verifiedLocally === true,
  );
  return verified ? 'verified checksum' : 'unauthenticated';
}
