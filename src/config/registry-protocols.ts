import type { RegistryProtocols } from './cli-config.ts';
import { type Surroundings, variable } from './surroundings.ts';

/** `TF_REGISTRY_DISCOVERY_RETRY` and `TF_REGISTRY_CLIENT_TIMEOUT`, which beat the configuration. */
export function protocolsOfEnvironment(surroundings: Surroundings): RegistryProtocols {
  const seconds = positiveVariable(surroundings, 'TF_REGISTRY_CLIENT_TIMEOUT');
  return defined({
    retries: positiveVariable(surroundings, 'TF_REGISTRY_DISCOVERY_RETRY'),
    requestTimeoutMs: seconds === undefined ? undefined : seconds * 1000,
  });
}

/** Nobody waits longer for an answer; timers count no further than 24 days. */
const maxTimeoutMs = 24 * 60 * 60 * 1000;
/** With pauses of up to half a minute these are hours. */
const maxRetries = 1000;

/** Within sensible bounds: a time of 0 means none, as in OpenTofu. */
export function bounded({ requestTimeoutMs, retries }: RegistryProtocols): RegistryProtocols {
  return defined({
    retries: retries === undefined ? undefined : Math.min(Math.max(retries, 0), maxRetries),
    requestTimeoutMs:
      requestTimeoutMs === undefined || (requestTimeoutMs > 0 && requestTimeoutMs < maxTimeoutMs)
        ? requestTimeoutMs
        : maxTimeoutMs,
  });
}

/** What is not set leaves what was set elsewhere. */
export function defined(settings: RegistryProtocols = {}): RegistryProtocols {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** A number above 0; anything else counts as not set, as in OpenTofu. */
export function positiveVariable(surroundings: Surroundings, name: string): number | undefined {
  const text = variable(surroundings, name) ?? '';
  const value = /^\+?[0-9]{1,15}$/u.test(text) ? Number(text) : 0;
  return value > 0 ? value : undefined;
}
