import { createHash, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import {
  type CallOptions,
  errnoOf,
  FileAccessError,
  type Files,
  systemClock,
} from '../../base/index.ts';
import { type Descriptor, digestParts } from '../../spec/index.ts';
import { fileChunkBytes } from '../blob-sources.ts';
import { acquireLock } from '../layout/lock.ts';

/** The file that becomes the archive when it is complete. */
export interface TemporaryArchive {
  readonly name: string;
  readonly handle: FileHandle;
  /** An earlier writer left it. */
  readonly isContinued: boolean;
  release(): Promise<void>;
}

/**
 * Beside the archive: of a random name, or, where it is to be continued, of one that is always the same; then only one
 * process at a time has it.
 * @throws StoreLockedError, FileAccessError
 */
export async function openTemporary(
  path: string,
  files: Files,
  { isResumable }: { readonly isResumable: boolean },
): Promise<TemporaryArchive> {
  if (!isResumable) {
    const name = `${path}.${randomBytes(6).toString('hex')}.part`;
    const handle = await openFile(name, path, files, 'wx');
    return { name, handle, isContinued: false, release: () => Promise.resolve() };
  }
  const name = `${path}.part`;
  const lock = await acquireLock(files, { folder: name, lock: `${name}.lock` }, systemClock);
  const release = (): Promise<void> => lock.release();
  try {
    const left = await openIfThere(name, path, files);
    if (left !== undefined) return { name, handle: left, isContinued: true, release };
    const handle = await openFile(name, path, files, 'wx+');
    return { name, handle, isContinued: false, release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function openIfThere(
  name: string,
  path: string,
  files: Files,
): Promise<FileHandle | undefined> {
  try {
    // A link that somebody put there would lead what is written elsewhere.
    if (!(await files.lstat(name)).isFile()) await files.rm(name, { recursive: false });
    else return await files.open(name, 'r+');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw new FileAccessError('write', path, error);
  }
  return undefined;
}

async function openFile(
  name: string,
  path: string,
  files: Files,
  flags: string,
): Promise<FileHandle> {
  try {
    return await files.open(name, flags, 0o644);
  } catch (error) {
    throw new FileAccessError('write', path, error);
  }
}

export interface ContentPlace {
  readonly handle: FileHandle;
  readonly offset: number;
  /** What is before the content. */
  readonly head: Buffer;
  readonly content: Descriptor;
}

/**
 * Whether a content is where it belongs, to the last byte. Its header is written before it: where that is not, nothing
 * more is read.
 */
export async function isWritten(
  { content, handle, head, offset }: ContentPlace,
  { signal }: CallOptions,
): Promise<boolean> {
  const there = Buffer.alloc(head.length);
  await handle.read(there, 0, there.length, offset);
  if (!there.equals(head)) return false;
  const { algorithm, hex } = digestParts(content.digest);
  const hash = createHash(algorithm);
  const buffer = Buffer.alloc(Math.min(fileChunkBytes, content.size));
  for (let done = 0; done < content.size;) {
    signal?.throwIfAborted();
    const length = Math.min(buffer.length, content.size - done);
    const { bytesRead } = await handle.read(buffer, 0, length, offset + head.length + done);
    if (bytesRead === 0) return false;
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash.digest('hex') === hex;
}
