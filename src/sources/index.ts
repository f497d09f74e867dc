export { NoProviderServiceError, UnsupportedProtocolError } from '../origin/index.ts';
export { createDirectSource, type DirectSourceOptions } from './direct-source.ts';
export { checkSignature, type SignatureRules, type SignedSums } from './direct-source-signature.ts';
export {
  type NotFoundOptions,
  PackageChecksumError,
  PackageSignatureError,
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from './errors.ts';
export {
  createFilesystemMirrorSource,
  type FilesystemMirrorOptions,
} from './filesystem-mirror-source.ts';
export { type ImpliedMirrors, impliedMirrors } from './implied-mirrors.ts';
export type {
  HashClaims,
  MeasuredPackage,
  PackageLocation,
  PackageMeta,
  PackageRequest,
  ProviderSource,
  ReleaseHashes,
  SignedHash,
  StagedPackage,
  StageOptions,
  VersionQueryOptions,
} from './interfaces.ts';
export {
  type LocalPackage as ShelvedPackage,
  openTree,
  packagesIn,
  providerFolders,
} from './local-packages.ts';
export { memoizeSource } from './memoized-source.ts';
export { createMultiSource, type SelectedSource } from './multi-source.ts';
export {
  createNetworkMirrorSource,
  type NetworkMirrorSourceOptions,
} from './network-mirror-source.ts';
export { createOciMirrorSource, type OciMirrorOptions } from './oci-mirror-source.ts';
