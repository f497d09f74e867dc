export { createPackage, type CreatePackageOptions, type PackageFile } from './create-package.ts';
export {
  ArchiveChecksumError,
  ArchiveLimitError,
  HostileEntryError,
  type HostileEntryReason,
  type Inconsistency,
  InconsistentArchiveError,
  NotAProviderPackageError,
  NotAZipError,
  TruncatedArchiveError,
  UnhashableFolderError,
  UnsupportedArchiveError,
  type UnsupportedFeature,
} from './errors.ts';
export { extractPackage, type ExtractOptions } from './extract-package.ts';
export { hashTree, type HashTreeOptions } from './hash-tree.ts';
export { hashPackage, inspectPackage, type InspectOptions } from './inspect-package.ts';
export { type ArchiveLimits, defaultArchiveLimits } from './limits.ts';
export type { ExpectedPackage, PackageEntry, PackageSummary } from './package-summary.ts';
export { checkProviderPackage, findExecutable } from './provider-package.ts';
