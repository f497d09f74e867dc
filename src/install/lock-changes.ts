import type {
  LockFile,
  PackageHash,
  Platform,
  ProviderAddress,
  ProviderLock,
  Version,
} from '../domain/index.ts';
import type { Authentication } from './dispositions.ts';

/** What locking one platform of one provider did to its entry, judged against the file as it was before. */
export interface LockChange {
  readonly provider: ProviderAddress;
  readonly platform: Platform;
  readonly kind: 'new-provider' | 'new-hashes' | 'none';
}

/** A package of a version, for reports. */
export interface LockedPackage {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
}

/** What happens while providers are locked, in the order of platforms; progress comes as it happens. */
export interface LockEvents {
  fetching?(this: void, one: LockedPackage): void;
  progress?(this: void, one: LockedPackage, received: number, total?: number): void;
  /** The key that signed it has expired, which is not forbidden. */
  keyExpired?(this: void, provider: ProviderAddress): void;
  retrieved?(this: void, one: LockedPackage, authentication: Authentication): void;
  /** The source, which is trusted for it, told the hashes; no package was fetched. */
  told?(this: void, one: LockedPackage, source: string): void;
  obtained?(this: void, change: LockChange): void;
}

export function changeOf(
  before: ProviderLock | undefined,
  hashes: readonly PackageHash[],
): LockChange['kind'] {
  if (before === undefined) return 'new-provider';
  return hashes.every((hash) => before.hashes.includes(hash)) ? 'none' : 'new-hashes';
}

/** The lock file with the hashes of all platforms; entries that were not asked for stay. */
export function mergeLocks(
  before: LockFile,
  locks: ReadonlyMap<Omit<ProviderLock, 'hashes'>, ReadonlyMap<string, readonly PackageHash[]>>,
): LockFile {
  let after = before;
  for (const [{ constraints, provider, version }, platforms] of locks) {
    const kept = before.get(provider)?.hashes ?? [];
    const hashes = [...kept, ...[...platforms.values()].flat()];
    after = after.with({ provider, version, constraints, hashes });
  }
  return after;
}
