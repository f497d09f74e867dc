export type {
  CliConfig,
  CredentialsHelper,
  DevOverride,
  InstallationMethod,
  MethodScope,
  OciCredentialsBlock,
  OciCredentialsStyle,
  OciDefaultCredentials,
  ProviderInstallation,
  RegistryProtocols,
} from './cli-config.ts';
export { type CliConfigLocations, findCliConfig } from './cli-config-locations.ts';
export type { OciLogin } from './credential-candidates.ts';
export {
  type AskHelper,
  createCredentialHelpers,
  createHelperAsker,
  type CredentialHelpers,
  type HelperAnswer,
  type HelperOptions,
} from './credential-helper.ts';
export {
  type CredentialMatch,
  type CredentialsPolicy,
  type FoundLogin,
  loadCredentialsPolicy,
  type PolicyOptions,
} from './credentials-policy.ts';
export {
  type Environment,
  environmentForHelpers as environmentForPrograms,
  type ProxyVariables,
  readEnvironment,
} from './environment.ts';
export {
  CredentialFileError,
  CredentialHelperError,
  CredentialStoreError,
  type HelperFailure,
  InvalidMirrorFileError,
  InvalidRegistryError,
  LoginNotReadError,
  RegistryCertificatesError,
  ServiceCredentialsError,
  UnwritableBlockError,
  UnwritableConfigError,
} from './errors.ts';
export { formatProviderInstallation, type FormatOptions } from './format-provider-installation.ts';
export { impliedMirrorFolders } from './implied-mirror-folders.ts';
export { loadCliConfig, type LoadedCliConfig, type LoadOptions } from './load-cli-config.ts';
export type { BasicLogin } from './docker-config-edit.ts';
export { findLoginPlace, type LoginPlace, type LoginPlaceOptions } from './login-place.ts';
export { formatLoginTarget, parseLoginTarget } from './login-target.ts';
export { type MirrorFile, type MirrorFileProvider, parseMirrorFile } from './mirror-file.ts';
export {
  findRegistryCertificates,
  type RegistryCertificates,
  type RegistryCertificatesOptions,
} from './registry-certificates.ts';
export { removeLogin, type RemovedLogin, type RemoveLoginOptions } from './remove-login.ts';
export type { ConfiguredProgram } from './find-program-config.ts';
export {
  type ConfigChanges,
  type HostServices,
  type ProgramConfig,
  type ProgramConfigOptions,
  readProgramConfig,
} from './program-config.ts';
export type { RepositoryPrefix } from './repository-prefix.ts';
export {
  createServiceCredentials,
  type ServiceCredentialsOptions,
  type ServiceTokenFor,
} from './service-credentials.ts';
export { type KeepLoginOptions, type StoredLogin, storeLogin } from './store-login.ts';
export { displayPath, type Surroundings } from './surroundings.ts';
