import type { CallOptions } from '../base/index.ts';
import type { PackageHash, Platform, ProviderAddress, Version } from '../domain/index.ts';

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
}

/** What a source says about hashes, as data: who vouches for which. */
export interface HashClaims {
  /** The package must match one of these; empty when the source announces none. */
  readonly expected: readonly PackageHash[];
  /** Hashes of all platforms from a mirror that the user declared to be trusted for them. */
  readonly trustedMirror: readonly PackageHash[];
}

export interface PackageMeta {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
  readonly filename: string;
  readonly location: PackageLocation;
  readonly claims: HashClaims;
}

export interface ProviderSource {
  /** How the source is called in lists of searched places. */
  readonly display: string;
  /**
   * The versions on offer, ascending.
   * @throws ProviderNotFoundError when this source does not serve the provider.
   */
  availableVersions(provider: ProviderAddress, options?: CallOptions): Promise<readonly Version[]>;
  /** @throws PlatformNotSupportedError when the version has no package for the platform. */
  packageMeta(request: PackageRequest, options?: CallOptions): Promise<PackageMeta>;
}

export interface PackageRequest {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
}
