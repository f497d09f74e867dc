import { nodeFiles, systemClock } from '../base/index.ts';
import type { PackageCache, TryLock } from '../install/index.ts';
import type { Wiring } from './wire.ts';

/** The plugin cache of the CLI configuration; undefined when it names none. @throws FileAccessError */
export async function pluginCache(wiring: Wiring): Promise<PackageCache | undefined> {
  const { config } = await wiring.config();
  if (config.pluginCacheDir === undefined) return undefined;
  const directory = wiring.fromStart(config.pluginCacheDir);
  const { openPackageCache } = await import('../install/index.ts');
  return await openPackageCache({
    directory,
    mayBreakLockFile: config.pluginCacheMayBreakLockFile,
    tryLock: lockIn(directory),
  });
}

const lockIn =
  (folder: string): TryLock =>
  async (lock) => {
    const { acquireLock, StoreLockedError } = await import('../content/index.ts');
    try {
      return await acquireLock(nodeFiles, { folder, lock }, systemClock);
    } catch (error) {
      if (error instanceof StoreLockedError) return undefined;
      throw error;
    }
  };
