import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CallOptions,
  compareBytes,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
} from '../base/index.ts';
import { computeH1, type PackageHash } from '../domain/index.ts';
import { ArchiveLimitError, UnhashableFolderError } from './errors.ts';
import { defaultArchiveLimits } from './limits.ts';

export interface HashTreeOptions extends CallOptions {
  readonly files?: Files | undefined;
}

/** Larger reads gain nothing (measured: 575 ms for 707 MB with 1 MiB, 540 ms with 4 MiB). */
const bufferBytes = 1024 * 1024;

/** A pipe in the folder must not make us wait for its writer. Windows has no such flag. */
const openFlags = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

interface TreeFile {
  readonly name: string;
  readonly path: string;
}

/**
 * The h1 of an installed package's folder, as OpenTofu computes it: over all that is not a folder, by
 * path relative to the folder. A link at the root is followed; a linked file counts with its target's
 * content. Modes, times and empty folders do not count. Two buffers, whatever the size.
 * @throws UnhashableFolderError for a link to a folder, a pipe, a socket or a device
 * @throws ArchiveLimitError when there are more files, or they are deeper, than a package may have
 * @throws FileAccessError
 */
export async function hashTree(
  directory: string,
  options: HashTreeOptions = {},
): Promise<PackageHash> {
  const { files = nodeFiles, signal } = options;
  let root: string;
  try {
    root = await files.realpath(directory);
  } catch (error) {
    throw new FileAccessError('hash the folder', directory, error);
  }
  const hashed: { name: string; sha256: string }[] = [];
  // Read and hashed in turns, so that the disk and the processor both work.
  const buffers = [
    Buffer.allocUnsafeSlow(bufferBytes),
    Buffer.allocUnsafeSlow(bufferBytes),
  ] as const;
  for await (const { name, path } of walk({ files, root, signal })) {
    hashed.push({ name, sha256: await hashFile({ path, files, signal, buffers }) });
  }
  return computeH1(hashed);
}

async function* walk(tree: {
  readonly files: Files;
  readonly root: string;
  readonly signal: AbortSignal | undefined;
}): AsyncGenerator<TreeFile> {
  const { maxDepth, maxEntries } = defaultArchiveLimits;
  let seen = 0;
  const below = async function* (
    folder: string,
    prefix: string,
    depth: number,
  ): AsyncGenerator<TreeFile> {
    if (depth > maxDepth) {
      throw new ArchiveLimitError('maxDepth', maxDepth, `the depth of the folder ${tree.root}`);
    }
    tree.signal?.throwIfAborted();
    for (const entry of await list(tree.files, folder)) {
      seen += 1;
      if (seen > maxEntries) {
        throw new ArchiveLimitError(
          'maxEntries',
          maxEntries,
          `the number of files in ${tree.root}`,
        );
      }
      const name = `${prefix}${entry.name}`;
      const path = join(folder, entry.name);
      if (entry.isFolder) yield* below(path, `${name}/`, depth + 1);
      else yield { name, path };
    }
  };
  yield* below(tree.root, '', 1);
}

async function list(
  files: Files,
  folder: string,
): Promise<readonly { readonly name: string; readonly isFolder: boolean }[]> {
  try {
    const entries = await files.readdir(folder, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => compareBytes(a.name, b.name));
  } catch (error) {
    throw new FileAccessError('hash the folder', folder, error);
  }
}

interface HashFileOptions {
  readonly path: string;
  readonly files: Files;
  readonly signal: AbortSignal | undefined;
  readonly buffers: readonly [Buffer, Buffer];
}

async function hashFile({ path, files, signal, buffers }: HashFileOptions): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await files.open(path, openFlags);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new UnhashableFolderError(path, 'it is a link to a folder');
    if (!stat.isFile()) throw new UnhashableFolderError(path, 'it is not a regular file');
    return await hashHandle(handle, buffers, signal);
  } catch (error) {
    if (error instanceof UnhashableFolderError || signal?.aborted === true) throw error;
    // A socket can not even be opened.
    if (errnoOf(error) === 'ENXIO')
      throw new UnhashableFolderError(path, 'it is not a regular file');
    throw new FileAccessError('hash', path, error);
  } finally {
    await handle?.close();
  }
}

async function hashHandle(
  handle: FileHandle,
  [first, second]: readonly [Buffer, Buffer],
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  let [current, other] = [first, second];
  let length = (await handle.read(current, 0, current.length, null)).bytesRead;
  while (length > 0) {
    signal?.throwIfAborted();
    const reading = handle.read(other, 0, other.length, null);
    hash.update(current.subarray(0, length));
    length = (await reading).bytesRead;
    [current, other] = [other, current];
  }
  return hash.digest('hex');
}
