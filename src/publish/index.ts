export {
  type BundleBase,
  type BundledRelease,
  type BundleReceipt,
  formatReceipt,
  isSha256,
  parseReceipt,
} from './bundle/bundle-receipt.ts';
export { describeBundle } from './bundle/describe-bundle.ts';
export {
  exportBundle,
  type ExportOptions,
  type ExportPlaces,
  type ExportRequest,
  type ExportSummary,
} from './bundle/export-bundle.ts';
export {
  importBundle,
  type ImportOptions,
  type ImportPlaces,
  type ImportRequest,
  type ImportSummary,
} from './bundle/import-bundle.ts';
export {
  copy,
  type CopyEvents,
  type CopyFailure,
  type CopyOptions,
  type CopyPlaces,
  type CopyRequest,
  type CopySummary,
} from './copy/copy.ts';
export type { CopyOutcome } from './copy/copy-record.ts';
export {
  type CopiedPackage,
  type CopiedRelease,
  copyRelease,
  type CopyReleaseEvents,
  type CopyReleaseOptions,
  type CopyReleaseRequest,
} from './copy/copy-release.ts';
export {
  BadPackageError,
  BundleBaseMissingError,
  BundleIncompleteError,
  BundleMismatchError,
  BundleReceiptError,
  ByteBudgetError,
  CopyConflictError,
  EvidenceRefusedError,
  MergeForbiddenError,
  NoPackagesError,
  NoVersionsError,
  PackageConflictError,
  PackageSelectionError,
  ReleaseChecksumError,
  RepositoryOwnershipError,
  SignatureInputError,
  TagContentionError,
  UnlistedPackageError,
  UnsignedReleaseError,
  UpstreamKeyError,
  UpstreamPackageError,
} from './errors.ts';
export type { LocalPackage } from './push/local-package.ts';
export type { PackageOutcome } from './push/plan-release.ts';
export {
  push,
  type PushedPackage,
  type PushEvents,
  type PushOptions,
  type PushRequest,
  type PushSummary,
} from './push/push.ts';
export type { ReleaseSigner } from './push/release-signature.ts';
export {
  type SurveyedRelease,
  type SurveyEvents,
  type SurveyFailure,
  type SurveyOptions,
  type SurveyRequest,
  type SurveySummary,
  survey,
} from './verify/survey.ts';
export {
  LockedPackageMismatchError,
  LockedPackageMissingError,
  type LockedProvider,
  lockFindings,
} from './verify/locked-release.ts';
export { createVerifier, type VerifierOptions } from './verify/verifier.ts';
export type { VerifiedPackage } from './verify/verify-package.ts';
export {
  type VerifiedRelease,
  verifyRelease,
  type VerifyReleaseOptions,
} from './verify/verify-release.ts';
export {
  mirror,
  type MirrorEvents,
  type MirrorFailure,
  type MirrorOptions,
  type MirrorPlaces,
  type MirrorRequest,
  type MirrorSummary,
} from './mirror/mirror.ts';
export type {
  MirrorOrigin,
  OriginPackage,
  OriginRelease,
  OriginVersion,
} from './mirror/mirror-origin.ts';
export type { MirroredOutcome, MirroredPackage, MirroredRelease } from './mirror/mirror-release.ts';
export type {
  MirroredEvidence,
  MirrorPlace,
  MirrorTarget,
  StandingPackage,
  StandingRelease,
} from './mirror/mirror-target.ts';
export type { MirrorVerdict } from './mirror/mirror-verdict.ts';
export {
  createFilesystemOrigin,
  type FilesystemOriginOptions,
} from './mirror/filesystem-origin.ts';
export {
  createNetworkMirrorOrigin,
  type NetworkMirrorOriginOptions,
} from './mirror/network-mirror-origin.ts';
export {
  createFilesystemTarget,
  type FilesystemTargetOptions,
} from './mirror/filesystem-target.ts';
export { MirrorFolderError, UnpackedPackageError } from './mirror/mirror-errors.ts';
export type { OriginTrust } from './mirror/origin-trust.ts';
export { createRegistryOrigin, type RegistryOriginOptions } from './mirror/registry-origin.ts';
export {
  createRepositoryOrigin,
  type RepositoryOriginOptions,
} from './mirror/repository-origin.ts';
export {
  type MirroredProvider,
  selectVersions,
  type WantedVersions,
} from './mirror/select-versions.ts';
export {
  compareWithUpstream,
  type HeldRelease,
  type UpstreamComparison,
  type UpstreamKey,
  type UpstreamRelease,
} from './verify/upstream.ts';
export {
  createUpstreamReader,
  type UpstreamReader,
  type UpstreamState,
} from './verify/upstream-reader.ts';
export {
  prune,
  type PrunedVersion,
  type PruneEvents,
  type PruneFailure,
  type PruneOptions,
  type PrunePlaces,
  type PruneRequest,
  type PruneSummary,
  type PruneTarget,
} from './prune/prune.ts';
export {
  NoDeletesError,
  NothingAcceptedError,
  PruneLimitError,
  SharedManifestError,
  UnreadableTagError,
} from './prune/prune-errors.ts';
export {
  describeReason,
  type KeepReason,
  type KeepRules,
  type LockedVersion,
} from './prune/prune-plan.ts';
export type { RefuseRelease } from './prune/prune-provider.ts';
export type { PrunableRepository } from './prune/prune-repository.ts';
export { refuseUnaccepted } from './prune/prune-trust.ts';
