import type { CallOptions } from '../base/index.ts';
import {
  formatLoginTarget,
  removeLogin,
  type RemoveLoginOptions,
  type RepositoryPrefix,
  type Surroundings,
} from '../config/index.ts';

export interface LogoutPowers extends RemoveLoginOptions {
  readonly surroundings: Surroundings;
}

export interface LogoutSummary {
  readonly registry: string;
  /** Where the login was, and is no more; empty when there was none. */
  readonly removed: readonly string[];
  /** Where credentials for the registry still stand. */
  readonly remaining: readonly string[];
  /** What could not be removed; the rest was. */
  readonly failures: readonly Error[];
}

/** Forgets the login to a registry, or to a path in it, wherever `login`, Docker, Podman or ORAS stored it. */
export async function logout(
  target: RepositoryPrefix,
  powers: LogoutPowers,
  options: CallOptions = {},
): Promise<LogoutSummary> {
  const { surroundings, ...keep } = powers;
  const result = await removeLogin(surroundings, target, { ...keep, signal: options.signal });
  return { registry: formatLoginTarget(target), ...result };
}
