import type { CallOptions, Files } from '../../base/index.ts';
import type { EvidenceDocuments, SigningKey } from '../../artifact/index.ts';
import type { PackageHash, Platform, ProviderAddress, Version } from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import type { Verdict } from '../../signatures/index.ts';
import type { ArrivingPackage } from './arriving-package.ts';
import type { LocalPackage } from '../push/local-package.ts';

/** A version as an origin lists it. */
export interface OriginVersion {
  readonly version: Version;
  /** Sorted; empty where the origin does not tell in its list. */
  readonly platforms: readonly Platform[];
  /** Asks for them where the list has none; without it nothing of such a version can be mirrored. */
  readonly askPlatforms?: ((options?: CallOptions) => Promise<readonly Platform[]>) | undefined;
}

/** One package of a release, as far as it is known before it is fetched. */
export interface OriginPackage {
  readonly platform: Platform;
  /** As the release's SHA256SUMS, or else the origin, states it; undefined where only the package itself tells. */
  readonly zh: PackageHash | undefined;
  /** Bytes of the zip, where the origin says so without being asked for it. */
  readonly size?: number | undefined;
}

/** Who vouches for a release. */
export interface OriginProof {
  /** Undefined where nobody signed, and where nobody verified it: what proves nothing is not kept. */
  readonly signature: Buffer | undefined;
  readonly keys: readonly SigningKey[];
  readonly verdict: Verdict;
  /** Documents about the release that somebody made before, to be kept as they are; nothing is said anew then. */
  readonly documents?: readonly EvidenceDocuments[] | undefined;
}

export interface FetchPackageOptions extends CallOptions {
  readonly files?: Files | undefined;
  /** It has to end with so many bytes. */
  readonly maxBytes?: number | undefined;
  /** Bytes of the zip received so far, of how many where that is known; starts again when it is tried again. */
  readonly onProgress?: ((receivedBytes: number, totalBytes?: number) => void) | undefined;
  /** The file begins to fill, and its size is known: for whoever sends it on while it arrives. Told once. */
  readonly onArriving?: ((arriving: ArrivingPackage) => void) | undefined;
}

/** A release as its origin states it. Nothing of its packages has been fetched. */
export interface OriginRelease {
  readonly provider: ProviderAddress;
  readonly version: Version;
  /** Who states it; comparison form. */
  readonly host: string;
  /** Plugin protocol versions, `5.0`. */
  readonly protocols: readonly string[];
  /** The bytes of SHA256SUMS; undefined where the origin has none, and then nothing is signed. */
  readonly sums: Buffer | undefined;
  /** The sums name every package that the release has, of whatever platform. */
  readonly sumsNameAll: boolean;
  /** By what it is judged; undefined where no rule of the user's is for the provider. */
  readonly trust: ReleaseTrust | undefined;
  /** Those that were asked for, in that order. */
  readonly packages: readonly OriginPackage[];
  /**
   * Fetches the signature, and judges it. A verdict that is not accepted is no failure here.
   * @throws what the origin throws
   */
  prove(options?: CallOptions): Promise<OriginProof>;
  /** The hash of a package that is stated nowhere, where it costs no download. */
  identify?(one: OriginPackage, options?: CallOptions): Promise<PackageHash>;
  /** Asks for the bytes of a zip without fetching it; undefined where the origin does not tell. */
  measure(one: OriginPackage, options?: CallOptions): Promise<number | undefined>;
  /**
   * Fetches one package to `path` and reads it once: its hash is what was stated, if it was, and it is this
   * provider's.
   * @throws BadPackageError, and what the origin throws; nothing is left at `path` then
   */
  fetch(one: OriginPackage, path: string, options?: FetchPackageOptions): Promise<LocalPackage>;
}

/** Where releases come from when they are mirrored. */
export interface MirrorOrigin {
  /** Ascending. */
  versions(provider: ProviderAddress, options?: CallOptions): Promise<readonly OriginVersion[]>;
  /**
   * A version that is not listed, and there all the same, as in a registry that lists only what it has cached;
   * undefined when it is not. Without it what is not listed is not there.
   */
  find?(
    wanted: { readonly provider: ProviderAddress; readonly version: Version },
    options?: CallOptions,
  ): Promise<OriginVersion | undefined>;
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
