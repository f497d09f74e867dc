import type { FileHandle } from 'node:fs/promises';
import { FileAccessError } from '../base/index.ts';

/**
 * Appends all of `bytes`: one write may take only a part, for example just before the disk is full.
 * @throws FileAccessError
 */
export async function writeFully(handle: FileHandle, bytes: Buffer, path: string): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    try {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, null);
      written += bytesWritten;
    } catch (error) {
      throw new FileAccessError('write', path, error);
    }
  }
}
