import type { CallOptions, Files } from '../base/index.ts';
import type { SigningKey } from '../artifact/index.ts';
import type { PackageHash, Platform, ProviderAddress, Version } from '../domain/index.ts';
import type { SignedBy } from '../signatures/index.ts';
import type { LocalPackage } from './local-package.ts';

/** A version as an origin lists it. */
export interface OriginVersion {
  readonly version: Version;
  /** Sorted; empty where the origin does not tell, and then nothing of it can be mirrored. */
  readonly platforms: readonly Platform[];
}

/** One package of a release, known before it is fetched. */
export interface OriginPackage {
  readonly platform: Platform;
  /** As the release's SHA256SUMS states it. */
  readonly zh: PackageHash;
}

/** Who vouches for a release. */
export interface OriginProof {
  /** Undefined where nobody signed and nobody needed to. */
  readonly signature: Buffer | undefined;
  readonly keys: readonly SigningKey[];
  readonly signedBy: SignedBy | undefined;
}

export interface FetchPackageOptions extends CallOptions {
  readonly files?: Files | undefined;
  /** Bytes of the zip received so far, of how many where that is known; starts again when it is tried again. */
  readonly onProgress?: ((receivedBytes: number, totalBytes?: number) => void) | undefined;
}

/** A release as its origin states it. Nothing of its packages has been fetched. */
export interface OriginRelease {
  readonly provider: ProviderAddress;
  readonly version: Version;
  /** Who states it; comparison form. */
  readonly host: string;
  /** Plugin protocol versions, `5.0`. */
  readonly protocols: readonly string[];
  /** The bytes of SHA256SUMS. */
  readonly sums: Buffer;
  /** Those that were asked for, in that order. */
  readonly packages: readonly OriginPackage[];
  /**
   * Fetches the signature, and verifies it by the rules for this provider.
   * @throws PackageSignatureError, and what the origin throws
   */
  prove(options?: CallOptions): Promise<OriginProof>;
  /**
   * Fetches one package to `path` and reads it once: its hash is what SHA256SUMS states, and it is this
   * provider's.
   * @throws BadPackageError, and what the origin throws; nothing is left at `path` then
   */
  fetch(one: OriginPackage, path: string, options?: FetchPackageOptions): Promise<LocalPackage>;
}

/** Where releases come from when they are mirrored. */
export interface MirrorOrigin {
  /** Ascending. */
  versions(provider: ProviderAddress, options?: CallOptions): Promise<readonly OriginVersion[]>;
  /** @param platforms those that are wanted; at least one */
  release(
    what: {
      readonly provider: ProviderAddress;
      readonly version: Version;
      readonly platforms: readonly Platform[];
    },
    options?: CallOptions,
  ): Promise<OriginRelease>;
}
