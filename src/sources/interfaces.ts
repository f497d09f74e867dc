import type { PackageSummary } from '../archive/index.ts';
import type { CallOptions } from '../base/index.ts';
import type { PackageHash, Platform, ProviderAddress, Version } from '../domain/index.ts';
import type { SignedBy } from '../signatures/index.ts';

export interface StageOptions extends CallOptions {
  /** Bytes of the package received so far. */
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/** A package brought to local disk, hashed while it came; nothing about trust is decided yet. */
export type StagedPackage =
  | {
      readonly kind: 'extracted';
      readonly directory: string;
      /** Bytes of the zip. */
      readonly size: number;
      readonly zh: PackageHash;
      readonly h1OfZip: PackageHash;
      readonly h1OfTree: PackageHash;
    }
  | { readonly kind: 'linked'; readonly path: string; readonly h1OfTree: PackageHash };

/** A package that was looked at from end to end and not kept. */
export type MeasuredPackage =
  | ({ readonly kind: 'zip' } & PackageSummary)
  | { readonly kind: 'linked'; readonly path: string; readonly h1OfTree: PackageHash };

export interface PackageLocation {
  /** For messages: `registry.example.com/acme/null@sha256:…`. */
  readonly display: string;
  /** Bytes to transfer, where the source says so beforehand. */
  readonly size?: number | undefined;
  /**
   * Brings the package into `directory`, which is private and empty. Checks what the transport can be
   * held to (digest, size, archive rules), never trust.
   */
  stage(directory: string, options?: StageOptions): Promise<StagedPackage>;
  /** Learns the same, under the same rules, and keeps nothing of it. */
  measure(options?: StageOptions): Promise<MeasuredPackage>;
}

/** A hash in a document with a signature that verified. */
export interface SignedHash {
  readonly hash: PackageHash;
  /** The primary keys, as OpenTofu prints them: 16 upper-case hex digits, or `n/a`. */
  readonly keyIds: readonly string[];
}

/** What a source says about hashes, as data: who vouches for which. */
export interface HashClaims {
  /** The package must match one of these; empty when the source announces none. */
  readonly expected: readonly PackageHash[];
  /** Hashes of all platforms from a mirror that the user declared to be trusted for them. */
  readonly trustedMirror: readonly PackageHash[];
  /** Hashes of all platforms from the documents of the provider's own registry. */
  readonly reportedByRegistry?: readonly PackageHash[] | undefined;
  /** Hashes of all platforms under a signature that verified. */
  readonly signed?: readonly SignedHash[] | undefined;
  /** Who made that signature: for pins, and for a word about a key that expired. */
  readonly signedBy?: SignedBy | undefined;
}

export interface PackageMeta {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
  readonly filename: string;
  readonly location: PackageLocation;
  readonly claims: HashClaims;
}

/** What a source knows of a whole version without transferring any package. */
export interface ReleaseHashes {
  /** For messages: `registry.example.com/acme/null:1.2.3`. */
  readonly display: string;
  /** Every platform of the version. */
  readonly packages: readonly {
    readonly platform: Platform;
    /** Undefined where the source does not say. */
    readonly zh: PackageHash | undefined;
    /** Of the extracted tree; undefined where the source does not say. */
    readonly h1: PackageHash | undefined;
  }[];
  /** The user declared that this source's word counts without a look at the packages. */
  readonly trusted: boolean;
}

export interface VersionQueryOptions extends CallOptions {
  /** What the source has to say about the provider to people; titled `Additional provider information from registry`. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

export interface ProviderSource {
  /** How the source is called in lists of searched places. */
  readonly display: string;
  /**
   * The versions on offer, ascending.
   * @throws ProviderNotFoundError when this source does not serve the provider.
   */
  availableVersions(
    provider: ProviderAddress,
    options?: VersionQueryOptions,
  ): Promise<readonly Version[]>;
  /** @throws PlatformNotSupportedError when the version has no package for the platform. */
  packageMeta(request: PackageRequest, options?: CallOptions): Promise<PackageMeta>;
  /**
   * Where a provider is now that its own registry does not know by this name, as that registry remembers it. For
   * advice: failures count as not knowing.
   */
  successorOf?(
    provider: ProviderAddress,
    options?: CallOptions,
  ): Promise<ProviderAddress | undefined>;
  /**
   * The hashes of all packages of a version; undefined when the source has no small document that says.
   * @throws ProviderNotFoundError, VersionNotFoundError
   */
  releaseHashes?(
    release: Omit<PackageRequest, 'platform'>,
    options?: CallOptions,
  ): Promise<ReleaseHashes | undefined>;
}

export interface PackageRequest {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
}
