export { type Answer, jsonAnswer, sendAnswer } from './answer.ts';
export type { AccessRequest } from './exchange.ts';
export type { RegistryLimits } from './limits.ts';
export { createRegistry, type RegistryHandler, type RegistryOptions } from './registry.ts';
export { parseV2Path, type V2Route } from './v2-path.ts';
export { type Refusal, refuse } from './refusal.ts';
