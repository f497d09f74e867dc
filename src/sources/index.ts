export {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from './errors.ts';
export type {
  HashClaims,
  PackageLocation,
  PackageMeta,
  PackageRequest,
  ProviderSource,
  StagedPackage,
  StageOptions,
} from './interfaces.ts';
export { createMultiSource, type SelectedSource } from './multi-source.ts';
export { createOciMirrorSource, type OciMirrorOptions } from './oci-mirror-source.ts';
