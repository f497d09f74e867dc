export {
  ConfigurationTooLargeError,
  InvalidModuleManifestError,
  TooManyFilesError,
} from './errors.ts';
export {
  type ConfigurationRequirements,
  readConfigurationRequirements,
  type ReadOptions,
} from './configuration-requirements.ts';
export type { ModuleRequirements } from './walk-modules.ts';
