import { devNull } from 'node:os';
import { FileAccessError } from './errors.ts';
import { readFileBounded, type ReadFileOptions } from './read-file.ts';

/**
 * Reads a file of a folder that may come from a stranger, as configurations do: a pipe or a terminal, where reading can wait
 * for ever, is refused. A link to the null device stands for an empty file, as it does everywhere.
 * @throws FileAccessError, LimitExceededError, or the signal's reason
 */
export async function readRegularFile(path: string, options: ReadFileOptions): Promise<Buffer> {
  const { files, signal } = options;
  signal?.throwIfAborted();
  let info;
  try {
    info = await files.stat(path);
    if (info.isCharacterDevice() && (await files.realpath(path)) === devNull) {
      return Buffer.alloc(0);
    }
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
  if (info.isFile() || info.isDirectory()) return await readFileBounded(path, options);
  throw new FileAccessError('read', path, new Error('it is no regular file'));
}
