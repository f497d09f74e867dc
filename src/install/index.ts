export {
  type Authentication,
  type AuthenticationLabel,
  authenticationOf,
  checkLocked,
  formatAuthentication,
  type HashDisposition,
  type HashDispositions,
  judge,
  labelOf,
} from './dispositions.ts';
export {
  BuiltInProviderError,
  InstallError,
  InvalidLockFileError,
  LockError,
  LockedHashMismatchError,
  LockedVersionConflictError,
  type LockFailure,
  LockFileOutdatedError,
  LockFileReadOnlyError,
  ModifiedPackageError,
  NoMatchingVersionError,
  PackageHashMismatchError,
  type ProviderFailure,
  UnpublishedVersionError,
  UnrequiredProviderError,
} from './errors.ts';
export type { InstallEvents, InstallPlace } from './events.ts';
export { initProviders, type InitOptions, type InitRequest, type InitSummary } from './init.ts';
export { type Installation, installProviders, type InstallRequest } from './installer.ts';
export type { LockChange, LockedPackage, LockEvents } from './lock-changes.ts';
export {
  type LockOptions,
  lockProviders,
  type LockRequest,
  type LockSummary,
} from './lock-providers.ts';
export { linkPackage, type LinkOptions, type UnpackedPackage } from './link-package.ts';
export { lockFileName, readLockFile, writeLockFile } from './lock-store.ts';
export {
  type CachedPackage,
  type FillOptions,
  openPackageCache,
  type PackageCache,
  type PackageCacheOptions,
} from './package-cache.ts';
export type { HeldLock, TryLock } from './package-cache-locks.ts';
export { recordPluginDirs } from './plugin-path.ts';
