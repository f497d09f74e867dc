export {
  BadPackageError,
  MergeForbiddenError,
  NoPackagesError,
  PackageConflictError,
  PackageSelectionError,
  ReleaseChecksumError,
  RepositoryOwnershipError,
  SignatureInputError,
  TagContentionError,
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
