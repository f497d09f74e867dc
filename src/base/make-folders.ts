import { dirname } from 'node:path';
import { errnoOf } from './errors.ts';
import type { Files } from './files.ts';

export interface MakeFoldersOptions {
  /** Of every folder that is made. */
  readonly mode?: number | undefined;
}

/**
 * Makes a folder and those above it; what is there is left as it is. Not by Node's own way for that, which never
 * ends where a folder may be looked into and nothing can be made in it (`/proc`), or below a link that leads
 * nowhere.
 * @returns those that were made, the outermost first
 * @throws the error of the system
 */
export async function makeFolders(
  files: Files,
  folder: string,
  { mode }: MakeFoldersOptions = {},
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let path = folder; !(await isThere(path, files)); path = dirname(path))
    missing.unshift(path);
  const made: string[] = [];
  for (const path of missing) {
    try {
      await files.mkdir(path, mode === undefined ? {} : { mode });
      made.push(path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      // Somebody else made it meanwhile; or it is a link that leads nowhere.
      if (!(await isFolder(path, files))) throw notAFolder(path);
    }
  }
  return made;
}

/** @throws the error of the system for anything that is no folder */
async function isThere(path: string, files: Files): Promise<boolean> {
  try {
    if ((await files.stat(path)).isDirectory()) return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
  throw notAFolder(path);
}

function notAFolder(path: string): Error {
  return Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR' });
}

async function isFolder(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.stat(path)).isDirectory();
  } catch {
    return false;
  }
}
