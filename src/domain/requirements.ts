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
export function mergeRequirements(...all: readonly Requirements[]): Requirements {
  const merged = new Map<ProviderKey, Requirement>();
  for (const { provider, constraints } of all.flatMap((one) => [...one.values()])) {
    const key = providerKey(provider);
    const before = merged.get(key);
    merged.set(key, {
      provider,
      constraints:
        before === undefined ? constraints : intersectConstraints(before.constraints, constraints),
    });
  }
  return merged;
}
