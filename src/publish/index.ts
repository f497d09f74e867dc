export {
  type BundleBase,
  type BundledRelease,
  type BundleReceipt,
  formatReceipt,
  isSha256,
  parseReceipt,
} from './bundle-receipt.ts';
export { describeBundle } from './describe-bundle.ts';
export {
  exportBundle,
  type ExportOptions,
  type ExportPlaces,
  type ExportRequest,
  type ExportSummary,
} from './export-bundle.ts';
export {
  importBundle,
  type ImportOptions,
  type ImportPlaces,
  type ImportRequest,
  type ImportSummary,
} from './import-bundle.ts';
export {
  copy,
  type CopyEvents,
  type CopyFailure,
  type CopyOptions,
  type CopyPlaces,
  type CopyRequest,
  type CopySummary,
} from './copy.ts';
export type { CopyOutcome } from './copy-record.ts';
export {
  type CopiedPackage,
  type CopiedRelease,
  copyRelease,
  type CopyReleaseEvents,
  type CopyReleaseOptions,
  type CopyReleaseRequest,
} from './copy-release.ts';
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
export type { LocalPackage } from './local-package.ts';
export type { PackageOutcome } from './plan-release.ts';
export {
  push,
  type PushedPackage,
  type PushEvents,
  type PushOptions,
  type PushRequest,
  type PushSummary,
} from './push.ts';
export type { ReleaseSigner } from './release-signature.ts';
export {
  type SurveyedRelease,
  type SurveyEvents,
  type SurveyFailure,
  type SurveyOptions,
  type SurveyRequest,
  type SurveySummary,
  survey,
} from './survey.ts';
export {
  LockedPackageMismatchError,
  LockedPackageMissingError,
  type LockedProvider,
  lockFindings,
} from './locked-release.ts';
export { createVerifier, type VerifierOptions } from './verifier.ts';
export type { VerifiedPackage } from './verify-package.ts';
export {
  type VerifiedRelease,
  verifyRelease,
  type VerifyReleaseOptions,
} from './verify-release.ts';
export {
  mirror,
  type MirrorEvents,
  type MirrorFailure,
  type MirrorOptions,
  type MirrorPlaces,
  type MirrorRequest,
  type MirrorSummary,
} from './mirror.ts';
export type { MirrorOrigin, OriginPackage, OriginRelease, OriginVersion } from './mirror-origin.ts';
export type { MirroredOutcome, MirroredPackage, MirroredRelease } from './mirror-release.ts';
export type {
  MirroredEvidence,
  MirrorPlace,
  MirrorTarget,
  StandingPackage,
  StandingRelease,
} from './mirror-target.ts';
export type { MirrorVerdict } from './mirror-verdict.ts';
export { createFilesystemOrigin, type FilesystemOriginOptions } from './filesystem-origin.ts';
export {
  createNetworkMirrorOrigin,
  type NetworkMirrorOriginOptions,
} from './network-mirror-origin.ts';
export { createFilesystemTarget, type FilesystemTargetOptions } from './filesystem-target.ts';
export { MirrorFolderError, UnpackedPackageError } from './mirror-errors.ts';
export type { OriginTrust } from './origin-trust.ts';
export { createRegistryOrigin, type RegistryOriginOptions } from './registry-origin.ts';
export { createRepositoryOrigin, type RepositoryOriginOptions } from './repository-origin.ts';
export { type MirroredProvider, selectVersions, type WantedVersions } from './select-versions.ts';
export {
  compareWithUpstream,
  type HeldRelease,
  type UpstreamComparison,
  type UpstreamKey,
  type UpstreamRelease,
} from './upstream.ts';
export {
  createUpstreamReader,
  type UpstreamReader,
  type UpstreamState,
} from './upstream-reader.ts';
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
} from './prune.ts';
export {
  NoDeletesError,
  NothingAcceptedError,
  PruneLimitError,
  SharedManifestError,
  UnreadableTagError,
} from './prune-errors.ts';
export {
  describeReason,
  type KeepReason,
  type KeepRules,
  type LockedVersion,
} from './prune-plan.ts';
export type { RefuseRelease } from './prune-provider.ts';
export type { PrunableRepository } from './prune-repository.ts';
export { refuseUnaccepted } from './prune-trust.ts';
