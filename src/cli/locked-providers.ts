import {
  formatVersion,
  parseConstraints,
  type ProviderAddress,
  providerKey,
  sameProvider,
  sameVersion,
  type Version,
} from '../domain/index.ts';
import type { LockedProvider } from '../publish/index.ts';
import { readLockFiles } from './lock-files.ts';
import type { RequestedProviders } from './requested-providers.ts';
import { UsageError } from './usage-error.ts';

/** What several lock files say. */
export interface LockedProviders {
  readonly requested: RequestedProviders;
  /** What they say of one version. */
  of(provider: ProviderAddress, version: Version): readonly LockedProvider[];
}

/**
 * Reads lock files, for whoever compares with them.
 * @param patterns lock files, folders that have one, or patterns of either
 * @param only the providers that count; undefined for all
 * @throws UsageError where nothing matches, ConfigurationError, FileAccessError
 */
export async function readLockedProviders(
  patterns: readonly string[],
  {
    directory,
    only,
  }: { readonly directory: string; readonly only: readonly ProviderAddress[] | undefined },
): Promise<LockedProviders> {
  const found = await readLockFiles(patterns, { directory, option: '--lock' });
  const locked = found.flatMap(({ file: place, lockFile }) =>
    lockFile
      .providers()
      .filter(({ provider }) => only?.some((one) => sameProvider(one, provider)) ?? true)
      .map((lock): LockedProvider => ({ lock, place })),
  );
  if (locked.length === 0) throw new UsageError('--lock: none of the providers is locked there');
  return {
    requested: requestedOf(locked),
    of: (provider, version) =>
      locked.filter(
        ({ lock }) => sameProvider(lock.provider, provider) && sameVersion(lock.version, version),
      ),
  };
}

/** Each provider once, with the versions that are locked somewhere. */
function requestedOf(locked: readonly LockedProvider[]): RequestedProviders {
  const versions = new Map<string, { provider: ProviderAddress; texts: Set<string> }>();
  for (const { lock } of locked) {
    const { provider } = lock;
    const entry = versions.get(providerKey(provider)) ?? { provider, texts: new Set<string>() };
    entry.texts.add(`= ${formatVersion(lock.version)}`);
    versions.set(providerKey(provider), entry);
  }
  const providers = [...versions.values()].map(({ provider, texts }) => ({
    provider,
    constraints: [...texts].map((text) => parseConstraints(text)),
  }));
  return { providers, leftOut: undefined };
}
