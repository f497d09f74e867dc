import { compareBytes, InternalError } from '../../base/index.ts';
import type { PackageHash } from '../package-hash.ts';
import {
  compareProviders,
  formatProviderAddress,
  isLockable,
  type ProviderAddress,
  type ProviderKey,
  providerKey,
} from '../provider-address.ts';
import { sameVersion, type Version } from '../version.ts';
import type { VersionConstraints } from '../version-constraints.ts';

/** What the lock file records of one provider. */
export interface ProviderLock {
  readonly provider: ProviderAddress;
  readonly version: Version;
  /** Those that led to the version; a note for people, which decides nothing. */
  readonly constraints: VersionConstraints;
  /** Of the packages of any platforms. */
  readonly hashes: readonly PackageHash[];
}

/** The content of `.terraform.lock.hcl`. Never changes; `with` and `without` give another one. */
export interface LockFile {
  get(provider: ProviderAddress): ProviderLock | undefined;
  /** Adds or replaces an entry, its hashes sorted and each once. Built-in and legacy providers have none. */
  with(lock: ProviderLock): LockFile;
  without(provider: ProviderAddress): LockFile;
  /** All entries, in the order of the file: by provider. */
  providers(): readonly ProviderLock[];
}

export const emptyLockFile: LockFile = lockFileOf(new Map());

/** Takes entries as they are: a file on disk may have its hashes in another order. */
export function lockFileOf(locks: ReadonlyMap<ProviderKey, ProviderLock>): LockFile {
  return {
    get: (provider) => locks.get(providerKey(provider)),
    with: (lock) => {
      if (!isLockable(lock.provider)) {
        throw new InternalError(`${formatProviderAddress(lock.provider)} can not be locked`);
      }
      const hashes = sortedHashes(lock.hashes);
      return lockFileOf(new Map([...locks, [providerKey(lock.provider), { ...lock, hashes }]]));
    },
    without: (provider) => {
      const rest = new Map(locks);
      rest.delete(providerKey(provider));
      return lockFileOf(rest);
    },
    providers: () => [...locks.values()].sort((a, b) => compareProviders(a.provider, b.provider)),
  };
}

/** Bytewise, so that `h1:` comes before `zh:`; each once. */
export function sortedHashes(hashes: readonly PackageHash[]): readonly PackageHash[] {
  return [...new Set(hashes)].sort(compareBytes);
}

/**
 * Whether a file with `b` would say the same as one with `a`, as OpenTofu judges it before it writes:
 * providers, versions and lists of hashes. Constraints do not count.
 */
export function sameLocks(a: LockFile, b: LockFile): boolean {
  const left = a.providers();
  return (
    left.length === b.providers().length &&
    left.every((lock) => {
      const other = b.get(lock.provider);
      return (
        other !== undefined &&
        sameVersion(lock.version, other.version) &&
        lock.hashes.length === other.hashes.length &&
        lock.hashes.every((hash, i) => hash === other.hashes[i])
      );
    })
  );
}
