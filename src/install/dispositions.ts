import { compareBytes } from '../base/index.ts';
import {
  isKnownScheme,
  type PackageHash,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';
import type { HashClaims, MeasuredPackage, StagedPackage } from '../sources/index.ts';
import { LockedHashMismatchError, PackageHashMismatchError } from './errors.ts';

/** Why a hash is believed. */
export interface HashDisposition {
  /** We computed it over the package that was installed, and the source had announced it. */
  readonly verifiedLocally?: true;
  /** The provider's own registry announced it; the package may be another platform's. */
  readonly reportedByRegistry?: true;
  /** A mirror that the user trusts for all hashes announced it; the package may be another platform's. */
  readonly reportedByTrustedMirror?: true;
  /** It stands in a document that these keys signed; sorted. */
  readonly signedBy?: readonly string[];
}

export type HashDispositions = ReadonlyMap<PackageHash, HashDisposition>;

/** The hashes a staged package is known to have. */
export function hashesOf(found: StagedPackage | MeasuredPackage): readonly PackageHash[] {
  return found.kind === 'linked' ? [found.h1OfTree] : [found.zh, found.h1OfZip, found.h1OfTree];
}

/**
 * Compares what was staged with what the source claimed, and says who vouches for which hash; what several say
 * of one hash is joined. Pure. A folder that is linked is not authenticated, as in OpenTofu: claims about zips
 * do not speak of it.
 * @throws PackageHashMismatchError when the source announced hashes and the package has none of them.
 */
export function judge(
  found: StagedPackage | MeasuredPackage,
  claims: HashClaims,
): HashDispositions {
  const actual = new Set(hashesOf(found));
  const dispositions = new Map<PackageHash, HashDisposition>();
  const add = (hash: PackageHash, why: HashDisposition): void => {
    dispositions.set(hash, { ...dispositions.get(hash), ...why });
  };
  for (const hash of claims.trustedMirror) add(hash, { reportedByTrustedMirror: true });
  for (const hash of claims.reportedByRegistry ?? []) add(hash, { reportedByRegistry: true });
  const matching = claims.expected.filter((hash) => actual.has(hash));
  if (claims.expected.length > 0 && matching.length === 0) {
    throw new PackageHashMismatchError(claims.expected, [...actual]);
  }
  for (const hash of matching) add(hash, { verifiedLocally: true });
  for (const { hash, keyIds } of claims.signed ?? []) {
    const known = dispositions.get(hash)?.signedBy ?? [];
    const signedBy = [...new Set([...known, ...keyIds])].sort(compareBytes);
    add(hash, { reportedByRegistry: true, signedBy });
  }
  return dispositions;
}

/**
 * Holds a staged package against the lock file: it must have one of the hashes recorded for its version.
 * @param expected.locked of any scheme; those of unknown schemes do not count. Nothing known means anything goes.
 * @throws LockedHashMismatchError
 */
export function checkLocked(
  staged: StagedPackage,
  expected: {
    readonly provider: ProviderAddress;
    readonly version: Version;
    readonly locked: readonly PackageHash[];
  },
): void {
  const known = expected.locked.filter(isKnownScheme);
  const offered = hashesOf(staged);
  if (known.length === 0 || offered.some((hash) => known.includes(hash))) return;
  const { provider, version } = expected;
  const isFolder = staged.kind === 'linked';
  throw new LockedHashMismatchError(provider, version, { offered, locked: known, isFolder });
}

/** How OpenTofu calls the outcome. */
export type AuthenticationLabel =
  'signed' | 'signing skipped' | 'verified checksum' | 'unauthenticated';

export interface Authentication {
  readonly label: AuthenticationLabel;
  /** Of the keys that signed, sorted; empty unless the label is `signed`. */
  readonly keyIds: readonly string[];
  /**
   * Nothing is signed though somebody reports hashes whose word would be signed elsewhere: OpenTofu then prints
   * a sentence about it in place of the label.
   */
  readonly signatureSkipped: boolean;
}

/** What the dispositions amount to: the strongest word about any hash decides. */
export function authenticationOf(dispositions: HashDispositions): Authentication {
  const all = [...dispositions.values()];
  const keyIds = [...new Set(all.flatMap(({ signedBy }) => signedBy ?? []))].sort(compareBytes);
  const byRegistry = all.some(({ reportedByRegistry }) => reportedByRegistry === true);
  const byMirror = all.some(({ reportedByTrustedMirror }) => reportedByTrustedMirror === true);
  const verified = all.some(({ verifiedLocally }) => verifiedLocally === true);
  if (keyIds.length > 0) return { label: 'signed', keyIds, signatureSkipped: false };
  const signatureSkipped = byRegistry || byMirror;
  if (byRegistry) return { label: 'signing skipped', keyIds, signatureSkipped };
  if (verified) return { label: 'verified checksum', keyIds, signatureSkipped };
  return { label: byMirror ? 'signing skipped' : 'unauthenticated', keyIds, signatureSkipped };
}

/** The text in brackets behind an installed package: `verified checksum`, `signed, key ID 0123456789ABCDEF`. */
export function formatAuthentication({ keyIds, label }: Authentication): string {
  return keyIds.length === 0 ? label : `${label}, key ID ${keyIds.join(', ')}`;
}

export function labelOf(dispositions: HashDispositions): AuthenticationLabel {
  return authenticationOf(dispositions).label;
}
