import { dirname } from 'node:path';
import { errnoOf, type Files } from '../base/index.ts';

/**
 * Makes a folder and those above it. Not by Node's own way for that, which never ends where a folder may be
 * looked into and nothing can be made in it (`/proc`).
 * @throws the error of the system
 */
export async function makeFolders(folder: string, files: Files, mode?: number): Promise<void> {
  const missing = [folder];
  for (let path = dirname(folder); !(await exists(path, files)); path = dirname(path)) {
    missing.unshift(path);
  }
  for (const path of missing) {
    try {
      await files.mkdir(path, mode === undefined ? {} : { mode });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

async function exists(path: string, files: Files): Promise<boolean> {
  try {
    await files.stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
}
