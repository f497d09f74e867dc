import type { PackageHash, Platform } from '../domain/index.ts';

/** What is known of one platform's package after one pass over its bytes. */
export interface PackageRecord {
  readonly platform: Platform;
  /** `terraform-provider-TYPE_VERSION_OS_ARCH.zip` */
  readonly filename: string;
  /** Bytes of the zip. */
  readonly size: number;
  /** sha256 of the zip. */
  readonly zh: PackageHash;
  /** h1 of the extracted tree: explicit directory entries of the zip do not count. */
  readonly h1: PackageHash;
}

/** What an index says of a package without having been signed: hints, checked where they matter. */
export interface PackageHints {
  readonly zh?: PackageHash | undefined;
  readonly h1?: PackageHash | undefined;
  readonly size?: number | undefined;
  readonly filename?: string | undefined;
}
