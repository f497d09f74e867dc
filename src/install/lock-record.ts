import { compareBytes } from '../base/index.ts';
import {
  isDefaultHost,
  isKnownScheme,
  type PackageHash,
  type ProviderAddress,
  type ProviderLock,
  sameVersion,
  type Version,
} from '../domain/index.ts';
import type { HashDisposition, HashDispositions } from './dispositions.ts';

export interface RecordRequest {
  readonly provider: ProviderAddress;
  readonly version: Version;
  /** h1 of the installed folder. */
  readonly installed: PackageHash;
  readonly dispositions: HashDispositions;
  /** What the lock file said before. */
  readonly previous: ProviderLock | undefined;
  /** `OPENTOFU_ENFORCE_GPG_VALIDATION=true`: nothing counts that was not verified. */
  readonly enforceSignatures: boolean;
}

export interface RecordedHashes {
  readonly hashes: readonly PackageHash[];
  /** Nothing is recorded beyond the package installed here: other platforms will fail to verify. */
  readonly onlyThisPlatform: boolean;
}

/**
 * The hashes to record after an installation, as OpenTofu chooses them: the installed tree, what was
 * recorded for the same version before, what was verified here, what is signed, and, for providers of the
 * default registry unless signatures are enforced, what that registry, or a mirror trusted for it, reports of
 * other platforms.
 */
export function hashesToRecord(request: RecordRequest): RecordedHashes {
  const { previous, version } = request;
  const kept =
    previous !== undefined && sameVersion(previous.version, version)
      ? previous.hashes.filter(isKnownScheme)
      : [];
  const reportsCount = isDefaultHost(request.provider) && !request.enforceSignatures;
  const hashesThat = (counts: (why: HashDisposition) => boolean): readonly PackageHash[] =>
    [...request.dispositions].flatMap(([hash, why]) => (counts(why) ? [hash] : []));
  const vouched = hashesThat((why) => {
    if (why.signedBy !== undefined && why.signedBy.length > 0) return true;
    const isReported = why.reportedByRegistry === true || why.reportedByTrustedMirror === true;
    return isReported && reportsCount;
  });
  const verified = hashesThat(({ verifiedLocally }) => verifiedLocally === true);
  const local = new Set([request.installed, ...verified]);
  return {
    hashes: [...new Set([request.installed, ...kept, ...verified, ...vouched])].sort(compareBytes),
    onlyThisPlatform: vouched.length === 0 && kept.every((hash) => local.has(hash)),
  };
}
