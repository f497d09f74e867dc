export type { ModuleCall } from './declarations.ts';
export { TooManyFilesError } from './errors.ts';
export {
  type ReadOptions,
  readRootRequirements,
  type RootRequirements,
} from './root-requirements.ts';
