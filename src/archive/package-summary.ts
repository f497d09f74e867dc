import type { PackageHash } from '../domain/index.ts';

/** One entry of the archive, as its central directory and its bytes agree. */
export interface PackageEntry {
  /** Verbatim; folders end with a slash. */
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Bytes when unpacked; 0 for folders. */
  readonly size: number;
  /** Any of the three execute bits of its Unix mode is set. */
  readonly executable: boolean;
  /** Lower-case hex, of the unpacked bytes. */
  readonly sha256: string;
}

/** All that one pass over a zip learns. */
export interface PackageSummary {
  /** Bytes of the zip. */
  readonly size: number;
  /** sha256 of the zip. */
  readonly zh: PackageHash;
  /** h1 over every name in the central directory, explicit folders included. */
  readonly h1OfZip: PackageHash;
  /** h1 of the folder that the zip unpacks to: folders themselves do not count. */
  readonly h1OfTree: PackageHash;
  /** In the order of the central directory. */
  readonly entries: readonly PackageEntry[];
}

/** What the zip must be; either may be unknown. */
export interface ExpectedPackage {
  /** Bytes. */
  readonly size?: number | undefined;
  /** Lower-case hex of the zip's sha256. */
  readonly sha256?: string | undefined;
}
