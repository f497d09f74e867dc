import * as fs from 'node:fs/promises';

/**
 * The file system as a port, so that tests can make the n-th write, sync or rename fail. Rooms that
 * write anything they later promise to have written take it as a parameter.
 */
export type Files = Pick<
  typeof fs,
  | 'chmod'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readFile'
  | 'readdir'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'symlink'
  | 'unlink'
>;

export const nodeFiles: Files = fs;

/** Makes the entries of a folder durable. Windows has no such call and needs none. */
export async function syncFolder(files: Files, folder: string): Promise<void> {
  let handle;
  try {
    handle = await files.open(folder, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
