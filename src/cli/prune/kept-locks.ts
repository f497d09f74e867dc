import { upgradeFromPredecessor } from '../../domain/index.ts';
import type { LockedVersion } from '../../publish/index.ts';
import { readLockFiles } from '../lock-files.ts';

/**
 * What lock files need. What a lock file of OpenTofu's predecessor stands for in OpenTofu's registry counts, too.
 * @param patterns lock files, folders that have one, or patterns of either; links are followed
 * @throws UsageError for a pattern that matches none; ConfigurationError, FileAccessError: nothing may be missed
 */
export async function readKeptLocks(
  patterns: readonly string[],
  directory: string,
): Promise<readonly LockedVersion[]> {
  const found = await readLockFiles(patterns, { directory, option: '--keep-lock' });
  return found.flatMap(({ file, lockFile }) =>
    upgradeFromPredecessor(lockFile)
      .lockFile.providers()
      .map(({ provider, version }) => ({ provider, version, file })),
  );
}
