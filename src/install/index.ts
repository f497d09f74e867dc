export {
  type AuthenticationLabel,
  type HashDisposition,
  type HashDispositions,
  judge,
  labelOf,
} from './dispositions.ts';
export {
  BuiltInProviderError,
  InstallError,
  InvalidLockFileError,
  LockedHashMismatchError,
  LockedVersionConflictError,
  LockFileReadOnlyError,
  ModifiedPackageError,
  NoMatchingVersionError,
  PackageHashMismatchError,
  type ProviderFailure,
  UnpublishedVersionError,
} from './errors.ts';
export type { InstallEvents } from './events.ts';
export { initProviders, type InitOptions, type InitRequest, type InitSummary } from './init.ts';
export { type Installation, installProviders, type InstallRequest } from './installer.ts';
export { lockFileName, readLockFile, writeLockFile } from './lock-store.ts';
