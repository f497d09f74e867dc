import type { CallOptions } from './call-options.ts';
import { FileAccessError, isTofuOciError } from './errors.ts';
import type { Files } from './files.ts';
import { readBounded } from './read-bounded.ts';

export interface ReadFileOptions extends CallOptions {
  readonly files: Files;
  /** The most bytes to accept; one more is an error, never a truncation. */
  readonly maxBytes: number;
}

/**
 * Reads a whole file that people edit. The bound holds for devices and pipes too, whose size nobody knows.
 * @throws FileAccessError, LimitExceededError, or the signal's reason
 */
export async function readFileBounded(path: string, options: ReadFileOptions): Promise<Buffer> {
  const { files, maxBytes, signal } = options;
  signal?.throwIfAborted();
  let handle;
  try {
    handle = await files.open(path, 'r');
    return await readBounded(handle.createReadStream({ autoClose: false }), {
      maxBytes,
      what: path,
      signal,
    });
  } catch (error) {
    if (signal?.aborted === true || isTofuOciError(error)) throw error;
    throw new FileAccessError('read', path, error);
  } finally {
    await handle?.close();
  }
}
