export type {
  CliConfig,
  DevOverride,
  InstallationMethod,
  MethodScope,
  OciCredentialsBlock,
  OciCredentialsStyle,
  OciDefaultCredentials,
  ProviderInstallation,
} from './cli-config.ts';
export type { OciLogin } from './credential-candidates.ts';
export {
  type AskHelper,
  createHelperAsker,
  type HelperAnswer,
  type HelperOptions,
} from './credential-helper.ts';
export {
  type CredentialsPolicy,
  type FoundLogin,
  loadCredentialsPolicy,
  type PolicyOptions,
} from './credentials-policy.ts';
export { type Environment, readEnvironment } from './environment.ts';
export {
  CredentialFileError,
  CredentialHelperError,
  type HelperFailure,
  UnwritableBlockError,
} from './errors.ts';
export { formatProviderInstallation, type FormatOptions } from './format-provider-installation.ts';
export { loadCliConfig, type LoadedCliConfig, type LoadOptions } from './load-cli-config.ts';
export type { Surroundings } from './surroundings.ts';
