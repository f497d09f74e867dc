import {
  compareProviders,
  isLockable,
  type ProviderAddress,
  providerKey,
  type Requirement,
  type Requirements,
} from '../domain/index.ts';
import { UnrequiredProviderError } from './errors.ts';

/**
 * The requirements that a lock file has entries for, sorted by provider; only those of `addresses` where they
 * are given.
 * @throws UnrequiredProviderError when the configuration requires one of `addresses` not
 */
export function selectLockable(
  requirements: Requirements,
  addresses: readonly ProviderAddress[] | undefined,
): readonly Requirement[] {
  const required = [...requirements.values()];
  const known = new Set(required.map(({ provider }) => providerKey(provider)));
  const unknown = (addresses ?? []).filter((address) => !known.has(providerKey(address)));
  if (unknown.length > 0) throw new UnrequiredProviderError(unknown);
  const wanted = new Set(addresses?.map(providerKey) ?? known);
  return required
    .filter(({ provider }) => wanted.has(providerKey(provider)) && isLockable(provider))
    .sort((a, b) => compareProviders(a.provider, b.provider));
}
