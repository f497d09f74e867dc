import { type ProviderAddress, type ProviderKey, providerKey } from './provider-address.ts';
import { intersectConstraints, type VersionConstraints } from './version-constraints.ts';

export interface Requirement {
  readonly provider: ProviderAddress;
  /** No terms: any version of it. */
  readonly constraints: VersionConstraints;
}

/** Which providers a configuration needs. A provider that is not in it is not needed at all. */
export type Requirements = ReadonlyMap<ProviderKey, Requirement>;

/** What all of them together need; constraints on one provider are joined in the order given. */
export function mergeRequirements(all: Iterable<Requirements>): Requirements {
  const parts = new Map<
    ProviderKey,
    { readonly provider: ProviderAddress; readonly constraints: VersionConstraints[] }
  >();
  for (const requirements of all) {
    for (const { provider, constraints } of requirements.values()) {
      const key = providerKey(provider);
      const before = parts.get(key);
      if (before === undefined) parts.set(key, { provider, constraints: [constraints] });
      else before.constraints.push(constraints);
    }
  }
  const merged = new Map<ProviderKey, Requirement>();
  // Joined once: step by step, a thousand constraints on one provider are copied a thousand times.
  for (const [key, { constraints, provider }] of parts) {
    merged.set(key, { provider, constraints: intersectConstraints(constraints) });
  }
  return merged;
}
