import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileAccessError, type Files } from '../base/index.ts';
import type { ByteInput, ChunkSource } from './byte-input.ts';
import { drain } from './package-stream.ts';
import { writeFully } from './write-fully.ts';

const chunkBytes = 512 * 1024;

/**
 * The rest of a zip in a temporary file, for archives that can not be read in one direction. The file
 * has no name any more once it is open, so nothing is left behind even if the process is killed.
 */
export interface Spool {
  /** Offset in the zip of the first byte here. */
  readonly start: number;
  /** Bytes here. */
  readonly length: number;
  /** Up to `count` bytes from an offset in the zip; fewer only at the end. */
  read(offset: number, count: number): Promise<Buffer>;
  /** The bytes from an offset in the zip to the end. */
  chunksFrom(offset: number): ChunkSource;
  close(): Promise<void>;
}

/**
 * Reads the input to its end into a new file in `folder`.
 * @throws FileAccessError
 */
export async function spoolRest(
  input: ByteInput,
  { folder, files }: { readonly folder: string; readonly files: Files },
): Promise<Spool> {
  const path = join(folder, `.tofu-oci-spool-${randomBytes(8).toString('hex')}`);
  const start = input.position;
  const handle = await openNameless(path, files);
  try {
    await drain(input, (chunk) => writeFully(handle, chunk, path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return spoolOver(handle, { path, start, length: input.position - start });
}

async function openNameless(path: string, files: Files): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await files.open(path, 'wx+', 0o600);
    await files.unlink(path);
    return handle;
  } catch (error) {
    await handle?.close();
    throw new FileAccessError('create a temporary file at', path, error);
  }
}

function spoolOver(
  handle: FileHandle,
  file: { readonly path: string; readonly start: number; readonly length: number },
): Spool {
  const { path, start, length } = file;
  const read = async (offset: number, count: number): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(count, start + length - offset)));
    let filled = 0;
    while (filled < buffer.length) {
      const wanted = buffer.length - filled;
      let bytesRead: number;
      try {
        ({ bytesRead } = await handle.read(buffer, filled, wanted, offset - start + filled));
      } catch (error) {
        throw new FileAccessError('read the temporary file', path, error);
      }
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  };
  return {
    start,
    length,
    read,
    chunksFrom(offset) {
      let next = offset;
      return {
        async next() {
          const chunk = await read(next, chunkBytes);
          next += chunk.length;
          return chunk.length === 0 ? undefined : chunk;
        },
      };
    },
    close: () => handle.close(),
  };
}
