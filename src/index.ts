/** The library: what the command line is made of. Names not exported here may change at any time. */
export {
  categoryOf,
  exitCodeOf,
  type ErrorCategory,
  isNotFound,
  isTofuOciError,
  TofuOciError,
} from './base/index.ts';
export type { SourceRepository, TargetRepository } from './content/index.ts';
export { openLayoutRepository } from './content/index.ts';
export {
  type LockFile,
  type Location,
  parseConstraints,
  parseLocation,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  type Platform,
  type ProviderAddress,
  type Requirements,
  type Version,
} from './domain/index.ts';
export { createHttpClient, type HttpClient, type HttpClientOptions } from './http/index.ts';
export {
  initProviders,
  type InitOptions,
  type InitRequest,
  type InitSummary,
  type InstallEvents,
} from './install/index.ts';
export {
  createRegistryClient,
  type Credentials,
  type CredentialSource,
  type RegistryClient,
  type RegistryClientOptions,
} from './oci/index.ts';
export {
  push,
  type PushEvents,
  type PushOptions,
  type PushRequest,
  type PushSummary,
} from './publish/index.ts';
export {
  type ConfigurationRequirements,
  type ModuleRequirements,
  readConfigurationRequirements,
} from './requirements/index.ts';
export { type RunningServer, type ServerOptions, startServer } from './server/index.ts';
export {
  createMultiSource,
  createOciMirrorSource,
  type OciMirrorOptions,
  type ProviderSource,
} from './sources/index.ts';
