import { realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import {
  FileAccessError,
  hasErrors,
  nodeFiles,
  quoted,
  readRegularFile,
} from '../../base/index.ts';
import { parseLockFile, upgradeFromPredecessor } from '../../domain/index.ts';
import type { LockedVersion } from '../../publish/index.ts';
import { ConfigurationError } from '../errors.ts';
import { matchPaths } from '../match-paths.ts';
import { UsageError } from '../usage-error.ts';

/** Locks of the largest projects have some hundred kilobytes. */
const maxLockFileBytes = 16 * 1024 * 1024;

/**
 * What lock files need. What a lock file of OpenTofu's predecessor stands for in OpenTofu's registry counts, too.
 * @param patterns lock files, folders that have one, or patterns of either; links are followed
 * @throws UsageError for a pattern that matches none; ConfigurationError, FileAccessError: nothing may be missed
 */
export async function readKeptLocks(
  patterns: readonly string[],
  directory: string,
): Promise<readonly LockedVersion[]> {
  /** By where it really is, with the first path that leads there. */
  const files = new Map<string, string>();
  for (const pattern of patterns) {
    for (const path of await lockFilesOf(pattern, directory)) {
      const place = await realPath(path);
      if (!files.has(place)) files.set(place, path);
    }
  }
  const locked: LockedVersion[] = [];
  for (const path of files.values()) {
    const file = shown(path, directory);
    const bytes = await readRegularFile(path, { files: nodeFiles, maxBytes: maxLockFileBytes });
    const { diagnostics, lockFile } = parseLockFile(bytes.toString('utf8'), file);
    if (hasErrors(diagnostics)) throw new ConfigurationError(diagnostics);
    for (const { provider, version } of upgradeFromPredecessor(lockFile).lockFile.providers()) {
      locked.push({ provider, version, file });
    }
  }
  return locked;
}

async function lockFilesOf(pattern: string, directory: string): Promise<readonly string[]> {
  const { lockFileName } = await import('../../install/index.ts');
  const found = [...(await matchPaths(pattern, { directory, kind: 'files', followLinks: true }))];
  if (pattern === '') throw new UsageError('--keep-lock names no file');
  const folders = await matchPaths(pattern, { directory, kind: 'folders', followLinks: true });
  for (const folder of folders) {
    const path = join(folder, lockFileName);
    const isThere = await nodeFiles.stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (isThere) found.push(path);
  }
  if (found.length > 0) return found;
  throw new UsageError(`--keep-lock: no lock file matches ${quoted(pattern)}`, {
    hint: `Nothing was removed. For all projects below a folder: --keep-lock './live/**/${lockFileName}'`,
  });
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
}

/** `./a/.terraform.lock.hcl`, or as it is when it is elsewhere. */
function shown(path: string, directory: string): string {
  const below = relative(directory, path);
  return below.startsWith('..') || dirname(below) === below ? path : `./${below}`;
}
