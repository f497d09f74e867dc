import { randomBytes } from 'node:crypto';
import { FileAccessError } from './errors.ts';
import type { Files } from './files.ts';

/**
 * Replaces a file atomically: a reader, and a crash, sees the old text or the new one. The folder may come from
 * a stranger, with links in it: one in the file's place is replaced, and nothing is written through any other.
 * @throws FileAccessError
 */
export async function replaceFile(path: string, text: string, files: Files): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.new`;
  try {
    const handle = await files.open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(temporary, path);
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => undefined);
    throw new FileAccessError('write', path, error);
  }
}
