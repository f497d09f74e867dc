import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { errnoOf, FileAccessError, type Files, syncFolder } from '../../base/index.ts';
import { LayoutCorruptError } from '../errors.ts';

/** Windows has neither of the two, nor such links and pipes in a folder like this. */
const flags: Readonly<Partial<Record<string, number>>> = constants;
const readSafely = constants.O_RDONLY | (flags['O_NOFOLLOW'] ?? 0) | (flags['O_NONBLOCK'] ?? 0);

/**
 * Opens a file of a layout for reading: a regular file, never through a link (a hostile layout points
 * one at the secrets of its reader), never waiting for the other end of a pipe.
 * @returns undefined when there is no such file.
 * @throws LayoutCorruptError when it is anything but a regular file; FileAccessError
 */
export async function openRegular(
  files: Files,
  path: string,
): Promise<{ readonly handle: FileHandle; readonly size: number } | undefined> {
  let handle;
  try {
    handle = await files.open(path, readSafely);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, size: stat.size };
  } catch (error) {
    await handle?.close();
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    if (errno === 'ELOOP' || errno === 'EMLINK' || errno === 'ENXIO') throw notRegular(path, error);
    throw new FileAccessError('open', path, error);
  }
  await handle.close();
  throw notRegular(path);
}

/**
 * The whole of a small file of a layout, or undefined when it is not there.
 * @throws LayoutCorruptError, also when it is larger than it may be; FileAccessError
 */
export async function readRegular(
  files: Files,
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const opened = await openRegular(files, path);
  if (opened === undefined) return undefined;
  const { handle, size } = opened;
  try {
    if (size > maxBytes) throw new LayoutCorruptError(path, `it has more than ${maxBytes} bytes`);
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, await readFully(handle, bytes, 0));
  } finally {
    await handle.close();
  }
}

/** Fills the buffer from `position` of the file on. @returns how many bytes there were. */
export async function readFully(
  handle: FileHandle,
  buffer: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const rest = buffer.length - filled;
    const { bytesRead } = await handle.read(buffer, filled, rest, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** @throws LayoutCorruptError when there is something else, a link to a folder included. */
export async function makeFolder(files: Files, path: string, mode?: number): Promise<void> {
  try {
    await files.mkdir(path, mode === undefined ? {} : { mode });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw new FileAccessError('create', path, error);
    await checkFolder(files, path);
  }
}

/** @throws LayoutCorruptError when it is not a folder itself. Absent is fine. */
export async function checkFolder(files: Files, path: string): Promise<void> {
  let stat;
  try {
    stat = await files.lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw new FileAccessError('look at', path, error);
  }
  if (!stat.isDirectory()) throw new LayoutCorruptError(path, 'it should be a folder, and no link');
}

/** Replaces `path` by these pieces, durably and in one step: a reader sees the old text or the new. */
export async function replaceFile(
  files: Files,
  path: { readonly folder: string; readonly target: string; readonly temporary: string },
  pieces: readonly Uint8Array[],
): Promise<void> {
  try {
    // Never through what is there already: in a hostile layout, a link to a file of its reader.
    await files.rm(path.temporary, { force: true });
    const handle = await files.open(path.temporary, 'wx', 0o644);
    try {
      for (const [index, batch] of inBatches(pieces).entries()) {
        if (index > 0) await handle.datasync();
        await writeAll(handle, batch);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(path.temporary, path.target);
    await syncFolder(files, path.folder);
  } catch (error) {
    await files.rm(path.temporary, { force: true }).catch(() => undefined);
    throw new FileAccessError('write', path.target, error);
  }
}

/** Writes the buffers one after the other, at the file's own position. */
export async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[]): Promise<void> {
  const size = buffers.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await handle.writev(buffers);
  // A disk that fills up writes a part first; the next write says what is wrong.
  for (let rest = bytesWritten; rest < size;) {
    const [buffer, start] = locate(buffers, rest);
    rest += (await handle.write(buffer, start)).bytesWritten;
  }
}

function locate(buffers: readonly Uint8Array[], position: number): [Uint8Array, number] {
  let start = position;
  for (const buffer of buffers) {
    if (start < buffer.length) return [buffer, start];
    start -= buffer.length;
  }
  throw new RangeError('beyond the last byte');
}

/**
 * What is synced at once: a sync of more would hold up all others on the disk for as long as that takes,
 * and somebody waits for those.
 */
const batchBytes = 4 * 1024 * 1024;

/** What one call can take, on Linux. */
const maxVector = 1024;

function inBatches(pieces: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const batches: (readonly Uint8Array[])[] = [];
  let [from, bytes] = [0, 0];
  for (const [index, { length }] of pieces.entries()) {
    bytes += length;
    if (bytes < batchBytes && index + 1 - from < maxVector) continue;
    batches.push(pieces.slice(from, index + 1));
    [from, bytes] = [index + 1, 0];
  }
  return from < pieces.length ? [...batches, pieces.slice(from)] : batches;
}

function notRegular(path: string, cause?: unknown): LayoutCorruptError {
  return new LayoutCorruptError(path, 'it should be a regular file, and no link', { cause });
}
