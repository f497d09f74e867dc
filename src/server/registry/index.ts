export { accessNeeded, type AccessRequest } from './access.ts';
export type { RegistryLimits } from './limits.ts';
export {
  createRegistry,
  deniedAnswer,
  type RegistryHandler,
  type RegistryOptions,
} from './registry.ts';
export { parseV2Path, type V2Route } from './v2-path.ts';
export { type Refusal, refuse } from './refusal.ts';
