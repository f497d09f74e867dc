import { TofuOciError } from '../base/index.ts';
import type { IndexIdentity } from '../artifact/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';
import type { Digest } from '../spec/index.ts';

/** The index is there and something below it is not; not the same as a release that is not there. */
export class IncompleteReleaseError extends TofuOciError {
  readonly code = 'ERR_RELEASE_INCOMPLETE';
  readonly category = 'integrity';
  readonly missing: Digest;
  /** @param namedBy what names it, when it is not the index */
  constructor(missing: Digest, cause: unknown, namedBy = 'its index') {
    super(
      `the release is incomplete: ${namedBy} names ${missing}, which is not in the repository`,
      {
        cause,
        hint: 'Cleaning jobs that delete untagged manifests remove the platforms of a release. Push it again.',
      },
    );
    this.missing = missing;
  }
}

/** Two documents that should say the same of a release do not: one of them is wrong, and nobody knows which. */
export class EvidenceConflictError extends TofuOciError {
  readonly code = 'ERR_RELEASE_EVIDENCE_CONFLICT';
  readonly category = 'integrity';
  constructor(message: string) {
    super(message, {
      hint: 'Nothing that the evidence says of this release can be relied on. Compare it with the release at its origin, and find out who attached the other.',
    });
  }
}

/** The release is not what its evidence, or its own index, says that it is. */
export class EvidenceMismatchError extends TofuOciError {
  readonly code = 'ERR_RELEASE_EVIDENCE_MISMATCH';
  readonly category = 'integrity';
  constructor(message: string) {
    super(message, {
      hint: 'The package was replaced, or the evidence belongs to another release. Do not use it before you know which.',
    });
  }
}

/** A trust rule speaks of the provider, and what is attached to the release is not enough for it. */
export class UntrustedEvidenceError extends TofuOciError {
  readonly code = 'ERR_RELEASE_UNTRUSTED';
  readonly category = 'trust';
  readonly provider: ProviderAddress;
  readonly version: Version;
  /** Where the rule is written. */
  readonly place: string;
  constructor(
    { place, provider, version }: IndexIdentity & { readonly place: string },
    why: string,
    cause?: TofuOciError,
  ) {
    super(
      `${formatProviderAddress(provider)} ${formatVersion(version)} is not trusted: ${why}, and there is a rule for it at ${place}`,
      {
        cause,
        hint:
          cause?.hint ??
          'Mirror the release again from its origin: that attaches what its developers signed.',
      },
    );
    this.provider = provider;
    this.version = version;
    this.place = place;
  }
}
