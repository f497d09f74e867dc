import { categoryOf, type ErrorCategory, TofuOciError } from '../base/index.ts';
import type { IndexIdentity } from '../artifact/index.ts';
import { formatProviderAddress, formatVersion, type PackageHash } from '../domain/index.ts';
import type { SignedBy, Verdict } from '../signatures/index.ts';
import type { Digest } from '../spec/index.ts';

/** The paths given to `push` hold no package of the provider, or packages that do not go together. */
export class PackageSelectionError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_SELECTION';
  readonly category = 'usage';
}

/** The paths given to `push` hold nothing that matches. */
export class NoPackagesError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_NO_PACKAGES';
  readonly category = 'not-found';
}

/** A zip that is no provider package, is damaged, or breaks the rules for archives; the cause says which. */
export class BadPackageError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_BAD_PACKAGE';
  readonly category: ErrorCategory;
  readonly path: string;
  /** @param category what it means where the package comes from; by default what the cause says */
  constructor(path: string, cause: unknown, category: ErrorCategory = categoryOf(cause)) {
    super(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.path = path;
    this.category = category;
  }
}

/** A package does not have the checksum that the release's own SHA256SUMS states. */
export class ReleaseChecksumError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_CHECKSUM';
  readonly category = 'integrity';
  readonly filename: string;
  constructor(filename: string, message: string) {
    super(message, {
      hint: 'Build the release again, or remove a SHA256SUMS that does not belong to these files.',
    });
    this.filename = filename;
  }
}

/** A signature without its key, or a key without its signature. */
export class SignatureInputError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_SIGNATURE_INPUT';
  readonly category = 'usage';
}

/** A published version is immutable: the platform is there with other bytes. */
export class PackageConflictError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_CONFLICT';
  readonly category = 'conflict';
  readonly platform: string;
  readonly published: PackageHash;
  readonly offered: PackageHash;
  /** @param statedBy the document that states what is offered, where no package itself is */
  constructor(
    platform: string,
    hashes: { published: PackageHash; offered: PackageHash },
    statedBy?: string,
  ) {
    super(
      statedBy === undefined
        ? `the published package for ${platform} is ${hashes.published}, the one to publish is ${hashes.offered}`
        : `the published package for ${platform} is ${hashes.published}, and ${statedBy} states ${hashes.offered} for it`,
      {
        hint:
          statedBy === undefined
            ? 'A version never changes: publish a new version, or use --replace if you must.'
            : `The package to publish and the published one are of different builds. Publish all platforms of one build, or a package without ${statedBy} beside it.`,
      },
    );
    this.platform = platform;
    this.published = hashes.published;
    this.offered = hashes.offered;
  }
}

/** The version is published, platforms would be added, and `--no-merge` forbids it. */
export class MergeForbiddenError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_MERGE_FORBIDDEN';
  readonly category = 'conflict';
}

/** The repository belongs to another provider, or to nobody that says so. */
export class RepositoryOwnershipError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_OWNERSHIP';
  readonly category = 'conflict';
}

/** A tag that should be copied is at other content in the target. */
export class CopyConflictError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_COPY_CONFLICT';
  readonly category = 'conflict';
  readonly repository: string;
  readonly tag: string;
  readonly source: Digest;
  readonly target: Digest;
  constructor(place: { repository: string; tag: string }, digests: { from: Digest; to: Digest }) {
    super(
      `tag ${place.tag} of ${place.repository} is at ${digests.to}, in the source it is at ${digests.from}`,
      {
        hint: 'A copy changes nothing that is published. If the two hold the same packages nothing is wrong; platforms that are missing there are added by "tofu-oci mirror ADDRESS --from SOURCE --to TARGET".',
      },
    );
    this.repository = place.repository;
    this.tag = place.tag;
    this.source = digests.from;
    this.target = digests.to;
  }
}

/** The source has no version of the provider that was asked for. */
export class NoVersionsError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_NO_VERSIONS';
  readonly category = 'not-found';
}

/** Other writers kept moving the tag. */
export class TagContentionError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_CONTENTION';
  readonly category = 'conflict';
}

/** A platform is published of which the release's own SHA256SUMS says nothing. */
export class UnlistedPackageError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_UNLISTED';
  readonly category = 'conflict';
  readonly platform: string;
  readonly published: PackageHash;
  constructor(platform: string, published: PackageHash) {
    super(
      `${published} is published for ${platform}, and SHA256SUMS of the origin has no package for it`,
      {
        hint: 'Somebody else published it. Find out who; nothing is added to the release as long as it is there.',
      },
    );
    this.platform = platform;
    this.published = published;
  }
}

/** A signature is required, and nobody whose word counts signed the release. */
export class UnsignedReleaseError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_UNSIGNED';
  readonly category = 'trust';
  /** @param found what the signature came to */
  constructor({ provider, version }: IndexIdentity, found: string) {
    super(
      `a signature is required, and ${formatProviderAddress(provider)} ${formatVersion(version)} is ${found}`,
      { hint: 'Ask its author to sign it, or mirror it without --require-signed.' },
    );
  }
}

/** Evidence is required, and the registry does not take it. */
export class EvidenceRefusedError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_EVIDENCE_REFUSED';
  readonly category = 'unsupported';
  constructor(place: string, cause?: unknown) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    super(`${place} does not take the evidence (SHA256SUMS and its signature)${why}`, {
      cause,
      hint: 'Let the registry accept artifacts of any type, or leave out --require-evidence.',
    });
  }
}

/** The packages of a release do not fit into what may be downloaded. */
export class ByteBudgetError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_MAX_BYTES';
  readonly category = 'usage';
  readonly maxBytes: number;
  /** Undefined where the origin does not tell. */
  readonly wanted: number | undefined;
  constructor(maxBytes: number, left: number, wanted: number | undefined) {
    super(
      wanted === undefined
        ? `the origin does not tell the size of a package, so it may not fit into the ${maxBytes} bytes that may be downloaded`
        : `its packages have ${wanted} bytes, and ${left} of the ${maxBytes} that may be downloaded are left`,
      {
        hint: 'Raise --max-bytes, or run it again: what is there by then is not downloaded again.',
      },
    );
    this.maxBytes = maxBytes;
    this.wanted = wanted;
  }
}

/** A release is held with packages that its origin does not state, or not any more. */
export class UpstreamPackageError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_UPSTREAM_PACKAGE';
  readonly category = 'integrity';
  constructor(
    { provider, version }: IndexIdentity,
    found: {
      readonly changed: readonly {
        readonly platform: string;
        readonly held: PackageHash;
        readonly upstream: PackageHash;
      }[];
      readonly unlisted: readonly string[];
    },
  ) {
    const { changed, unlisted } = found;
    const what = [
      ...changed.map(
        ({ held, platform, upstream }) =>
          `the package for ${platform} is ${held}, and SHA256SUMS of the origin states ${upstream}`,
      ),
      ...(unlisted.length === 0
        ? []
        : [`the origin has no package for ${unlisted.join(', ')}, and no evidence names one`]),
    ];
    super(
      `${formatProviderAddress(provider)} ${formatVersion(version)} is another one at its origin: ${what.join('; ')}`,
      {
        hint:
          changed.length > 0
            ? 'Find out from the author which build is right. Lock files with the hashes of one refuse the other; "tofu-oci mirror --replace" takes the one of the origin.'
            : 'Find out who published it: the authors of the provider did not, as far as anybody can tell.',
      },
    );
  }
}

/** A release is signed in another way at its origin than it was when it was mirrored. */
export class UpstreamKeyError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_UPSTREAM_KEY';
  readonly category = 'trust';
  /** @param signature what the origin's signature comes to, and by whom it is; who signed what is kept */
  constructor(
    { provider, version }: IndexIdentity,
    signature: {
      readonly before: SignedBy | undefined;
      readonly now: Pick<Verdict, 'kind' | 'signedBy'> | undefined;
    },
  ) {
    const { before, now } = signature;
    const found =
      now?.signedBy !== undefined
        ? `is signed by ${signerText(now.signedBy)} at its origin`
        : now?.kind === 'unsigned'
          ? 'is not signed at its origin any more'
          : 'has a signature at its origin that none of the keys there verifies';
    const kept = before === undefined ? '' : `, and what is kept by ${signerText(before)}`;
    super(`${formatProviderAddress(provider)} ${formatVersion(version)} ${found}${kept}`, {
      hint: 'Find out from the author, by another way than their registry, whether that is theirs; then add the key to the trust rule.',
    });
  }
}

function signerText({ fingerprint, userId }: SignedBy): string {
  return userId === undefined ? fingerprint : `${fingerprint} (${userId})`;
}

/** What `--since` or `--receipt` names is no receipt of a bundle. */
export class BundleReceiptError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_BUNDLE_RECEIPT';
  readonly category = 'usage';
  constructor(path: string, why: string, cause?: unknown) {
    super(`${path} is no receipt of a bundle: ${why}`, {
      cause,
      hint: 'Give the FILE.tar.receipt.json that "tofu-oci export" wrote beside the bundle.',
    });
  }
}

/** A bundle is another one than its receipt, or whoever imports it, says. */
export class BundleMismatchError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_BUNDLE_MISMATCH';
  readonly category = 'integrity';
  readonly expected: string;
  readonly actual: string;
  constructor(path: string, expected: string, actual: string) {
    super(`${path} is not the bundle that was meant: expected sha256 ${expected}, got ${actual}`, {
      hint: 'It was damaged, made again or replaced on its way. Fetch it again, or ask for the receipt of this one. Nothing was imported.',
    });
    this.expected = expected;
    this.actual = actual;
  }
}

/** A delta leaves out what an earlier bundle holds, and the target does not have that. */
export class BundleBaseMissingError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_BUNDLE_BASE';
  readonly category = 'not-found';
  readonly missing: readonly Digest[];
  /** sha256 of the earlier bundles. */
  readonly bases: readonly string[];
  constructor(target: string, missing: readonly Digest[], bases: readonly string[]) {
    super(
      `${missing.length} of its contents are neither in the bundle nor in ${target}, ${missing[0] ?? ''} for one; it is a delta since ${bases.map((sha256) => `the bundle sha256:${sha256}`).join(' and ')}`,
      { hint: 'Import the earlier bundles first, oldest first, into the same place.' },
    );
    this.missing = missing;
    this.bases = bases;
  }
}

/** A bundle names contents that it does not hold, and says of no other bundle that it does. */
export class BundleIncompleteError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_BUNDLE_INCOMPLETE';
  readonly category = 'integrity';
  readonly missing: readonly Digest[];
  constructor(path: string, missing: readonly Digest[]) {
    super(
      `${missing.length} of its contents are not in ${path}, ${missing[0] ?? ''} for one, and it does not say that it is a delta`,
      { hint: 'Make the bundle again. Nothing was imported.' },
    );
    this.missing = missing;
  }
}
