import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { FileAccessError, hasErrors, nodeFiles, quoted, readRegularFile } from '../base/index.ts';
import { type LockFile, parseLockFile } from '../domain/index.ts';
import { ConfigurationError } from './errors.ts';
import { matchPaths } from './match-paths.ts';
import { UsageError } from './usage-error.ts';

/** A lock file that was named. */
export interface FoundLockFile {
  /** As people write it: `./a/.terraform.lock.hcl`, or its path when it is elsewhere. */
  readonly file: string;
  readonly lockFile: LockFile;
}

/** Locks of the largest projects have some hundred kilobytes. */
const maxLockFileBytes = 16 * 1024 * 1024;

/**
 * Reads lock files, each once, by whatever path they are reached.
 * @param patterns lock files, folders that have one, or patterns of either; links are followed
 * @param where.option whose value the patterns are, for messages
 * @throws UsageError for a pattern that matches none; ConfigurationError, FileAccessError: nothing may be missed
 */
export async function readLockFiles(
  patterns: readonly string[],
  { directory, option }: { readonly directory: string; readonly option: string },
): Promise<readonly FoundLockFile[]> {
  /** By where it really is, with the first path that leads there. */
  const files = new Map<string, string>();
  for (const pattern of patterns) {
    for (const path of await lockFilesOf(pattern, { directory, option })) {
      const place = await realPath(path);
      if (!files.has(place)) files.set(place, path);
    }
  }
  const found: FoundLockFile[] = [];
  for (const path of files.values()) {
    const file = shown(path, directory);
    const bytes = await readRegularFile(path, { files: nodeFiles, maxBytes: maxLockFileBytes });
    const { diagnostics, lockFile } = parseLockFile(bytes.toString('utf8'), file);
    if (hasErrors(diagnostics)) throw new ConfigurationError(diagnostics);
    found.push({ file, lockFile });
  }
  return found;
}

async function lockFilesOf(
  pattern: string,
  { directory, option }: { readonly directory: string; readonly option: string },
): Promise<readonly string[]> {
  const { lockFileName } = await import('../install/index.ts');
  if (pattern === '') throw new UsageError(`${option} names no file`);
  const found = [...(await matchPaths(pattern, { directory, kind: 'files', followLinks: true }))];
  const other = found.find((path) => basename(path) !== lockFileName);
  if (other !== undefined) {
    throw new UsageError(`${option}: ${shown(other, directory)} is no lock file`, {
      hint: `Lock files are called ${lockFileName}; a folder that has one will do, too.`,
    });
  }
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
  throw new UsageError(`${option}: no lock file matches ${quoted(pattern)}`, {
    hint: `For all projects below a folder: ${option} './live/**/${lockFileName}'`,
  });
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
}

function shown(path: string, directory: string): string {
  const below = relative(directory, path);
  return below.startsWith('..') || dirname(below) === below ? path : `./${below}`;
}
