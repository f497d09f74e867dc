import { join } from 'node:path';
import {
  type Diagnostic,
  FileAccessError,
  type Files,
  nodeFiles,
  readRegularFile,
  replaceFile,
} from '../base/index.ts';
import { emptyLockFile, formatLockFile, type LockFile, parseLockFile } from '../domain/index.ts';

export const lockFileName = '.terraform.lock.hcl';

/** Locks of the largest projects have some hundred kilobytes. */
const maxLockFileBytes = 16 * 1024 * 1024;

export interface ReadLockFile {
  readonly lockFile: LockFile;
  /** As it stands on disk; undefined when there is none. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the lock file of a working folder; a missing one is empty.
 * @throws FileAccessError, LimitExceededError
 */
export async function readLockFile(
  directory: string,
  files: Files = nodeFiles,
): Promise<ReadLockFile> {
  const path = join(directory, lockFileName);
  try {
    const bytes = await readRegularFile(path, { files, maxBytes: maxLockFileBytes });
    const text = bytes.toString('utf8');
    return { ...parseLockFile(text, lockFileName), text };
  } catch (error) {
    const missing = error instanceof FileAccessError && error.errno === 'ENOENT';
    if (missing) return { lockFile: emptyLockFile, text: undefined, diagnostics: [] };
    throw error;
  }
}

/**
 * Replaces the lock file atomically, as OpenTofu does.
 * @throws FileAccessError
 */
export async function writeLockFile(
  directory: string,
  lockFile: LockFile,
  files: Files = nodeFiles,
): Promise<void> {
  await replaceFile(join(directory, lockFileName), formatLockFile(lockFile), files);
}
