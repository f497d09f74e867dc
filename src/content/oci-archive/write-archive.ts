import { setMaxListeners } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import {
  type CallOptions,
  compareBytes,
  FileAccessError,
  type Files,
  syncFolder,
} from '../../base/index.ts';
import {
  type Annotations,
  canonicalJson,
  type Descriptor,
  digestParts,
  mediaTypes,
} from '../../spec/index.ts';
import { CopyError } from '../errors.ts';
import type { ArchivePool } from './archive-pool.ts';
import { blockBytes, formatTarHeader, paddingAfter } from './tar-header.ts';
import { isWritten, openTemporary } from './temporary-archive.ts';

export interface WriteArchiveOptions extends CallOptions {
  /** Contents that are read at the same time; default 3. */
  readonly concurrency?: number | undefined;
  /** Bytes of this content written so far; at last all of them. */
  readonly onProgress?: ((content: Descriptor, writtenBytes: number) => void) | undefined;
  /** Of `index.json` as a whole. */
  readonly annotations?: Annotations | undefined;
  /**
   * What is written, under a temporary name, stays there when it can not be completed, and the next time what is
   * complete in it is not read from its source again. One writer at a time.
   */
  readonly isResumable?: boolean | undefined;
  /** Told about contents that an earlier writer left. */
  readonly onKept?: ((content: Descriptor) => void) | undefined;
  /** Asked when everything is written, under this name; the archive is replaced only when it does not throw. */
  readonly beforeReplacing?: ((temporary: string) => Promise<void>) | undefined;
}

/** A piece of the archive whose place is known. */
interface Placed {
  readonly offset: number;
  /** The header of a file, with the content itself where that is in memory. */
  readonly head: Buffer;
  readonly content: Descriptor | undefined;
}

/**
 * Writes what is in the pool as a tar: marker, index, contents in the order of their digests. The same
 * pool gives the same bytes, always and everywhere.
 *
 * 1. Sizes are known, and with them every place; so contents are written side by side, as they arrive.
 * 2. Each is verified on its way. The first failure ends everything.
 * 3. The file is synced, and renamed from its temporary name beside the target. Until then there is the
 *    archive that was there before, or none.
 * @throws CopyError for contents that can not be read or are not what they should be; FileAccessError;
 *   StoreLockedError when another process writes the same resumable archive
 */
export async function writeArchive(
  pool: ArchivePool,
  path: string,
  files: Files,
  options: WriteArchiveOptions = {},
): Promise<void> {
  const { total, pieces } = await placeAll(pool, options);
  const { isResumable = false } = options;
  const temporary = await openTemporary(path, files, { isResumable });
  const { handle, name } = temporary;
  let isComplete = false;
  try {
    try {
      await onFile(path, () => handle.truncate(total - 2 * blockBytes));
      await onFile(path, () => handle.truncate(total));
      await writeAll({ pool, path, handle, pieces, isContinued: temporary.isContinued }, options);
      await onFile(path, () => handle.sync());
    } finally {
      await handle.close();
    }
    await options.beforeReplacing?.(name);
    options.signal?.throwIfAborted();
    await onFile(path, () => files.rename(name, path));
    isComplete = true;
    await onFile(path, () => syncFolder(files, dirname(path)));
  } finally {
    if (!isComplete && !isResumable) await files.rm(name, { force: true }).catch(() => undefined);
    await temporary.release();
  }
}

/** Bytes that the archive will have. @throws integrity errors for a manifest that is damaged */
export async function sizeOfArchive(
  pool: ArchivePool,
  options: Pick<WriteArchiveOptions, 'annotations' | 'signal'>,
): Promise<number> {
  return (await placeAll(pool, options)).total;
}

async function placeAll(
  pool: ArchivePool,
  options: Pick<WriteArchiveOptions, 'annotations' | 'signal'>,
): Promise<{ readonly total: number; readonly pieces: readonly Placed[] }> {
  const contents: { readonly name: string; readonly content: Descriptor }[] = [];
  for await (const content of pool.reachable(options)) {
    const { algorithm, hex } = digestParts(content.digest);
    contents.push({ name: `blobs/${algorithm}/${hex}`, content });
  }
  contents.sort((a, b) => compareBytes(a.name, b.name));
  const algorithms = new Set(contents.map(({ name }) => name.slice(0, name.lastIndexOf('/'))));

  let total = 0;
  const pieces: Placed[] = [];
  const place = (head: Buffer, content?: Descriptor): void => {
    pieces.push({ offset: total, head, content });
    const size = content === undefined ? 0 : content.size;
    total += head.length + size + paddingAfter(size);
  };
  place(smallFile('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')));
  place(smallFile('index.json', indexOf(pool, options.annotations ?? {})));
  for (const folder of ['blobs', ...[...algorithms].sort()]) {
    place(formatTarHeader({ name: `${folder}/`, size: 0, type: 'folder' }));
  }
  for (const { name, content } of contents) {
    place(formatTarHeader({ name, size: content.size, type: 'file' }), content);
  }
  return { total: total + 2 * blockBytes, pieces };
}

function smallFile(name: string, bytes: Buffer): Buffer {
  const header = formatTarHeader({ name, size: bytes.length, type: 'file' });
  return Buffer.concat([header, bytes, Buffer.alloc(paddingAfter(bytes.length))]);
}

/** Named manifests by their names, then those without one by their digests; children are found by them. */
function indexOf(pool: ArchivePool, annotations: Annotations): Buffer {
  const entries: { readonly key: string; readonly descriptor: Descriptor }[] = [];
  for (const { descriptor, names } of pool.table.rows()) {
    if (pool.sizeOf(descriptor.digest) === undefined) continue;
    const { mediaType, digest, size, artifactType } = descriptor;
    const type = artifactType === undefined ? {} : { artifactType };
    const plain: Descriptor = { mediaType, digest, size, ...type };
    for (const name of names) {
      const annotations = { 'org.opencontainers.image.ref.name': name };
      entries.push({ key: `0${name}`, descriptor: { ...plain, annotations } });
    }
    if (names.length === 0) entries.push({ key: `1${digest}`, descriptor: plain });
  }
  entries.sort((a, b) => compareBytes(a.key, b.key));
  return canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: entries.map(({ descriptor }) => descriptor),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
}

interface Writing {
  readonly pool: ArchivePool;
  readonly path: string;
  readonly handle: FileHandle;
  readonly pieces: readonly Placed[];
  /** The file is an earlier writer's, who may have come far. */
  readonly isContinued: boolean;
}

/** Waits for all that is under way, also after a failure: nobody writes into a closed file. */
async function writeAll(writing: Writing, options: WriteArchiveOptions): Promise<void> {
  const { pool, path, handle, pieces } = writing;
  const failed = new AbortController();
  const signal =
    options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  setMaxListeners(0, signal);
  const limit = pLimit(options.concurrency ?? 3);
  await limit.map(pieces, async ({ offset, head, content }) => {
    if (signal.aborted) return;
    try {
      if (content !== undefined && writing.isContinued) {
        const place = { ...writing, offset, head, content };
        if (await isWritten(place, { signal })) {
          await clearBehind(writing, content, offset + head.length + content.size);
          options.onKept?.(content);
          options.onProgress?.(content, content.size);
          return;
        }
      }
      await writeAt(writing, head, offset);
      if (content === undefined) return;
      let written = 0;
      for await (const chunk of readPieces(pool, content, signal)) {
        await writeAt({ path, handle }, chunk, offset + head.length + written);
        written += chunk.length;
        options.onProgress?.(content, written);
      }
      await clearBehind(writing, content, offset + head.length + written);
    } catch (error) {
      // The first failure is the reason that everything else stops with; later ones are its echo.
      failed.abort(error);
    }
  });
  signal.throwIfAborted();
}

/** A new file is all zeros where nothing was written; one that was left holds what its writer had planned. */
async function clearBehind(writing: Writing, { size }: Descriptor, end: number): Promise<void> {
  if (writing.isContinued) await writeAt(writing, Buffer.alloc(paddingAfter(size)), end);
}

async function* readPieces(
  pool: ArchivePool,
  content: Descriptor,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let stream;
  try {
    stream = await pool.open(content, { signal });
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    signal.throwIfAborted();
    throw new CopyError('source', content, error, { isPart: true });
  } finally {
    stream?.destroy();
  }
}

async function writeAt(
  { path, handle }: Pick<Writing, 'handle' | 'path'>,
  bytes: Buffer,
  position: number,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const rest = bytes.length - written;
    const start = position + written;
    const result = await onFile(path, () => handle.write(bytes, written, rest, start));
    written += result.bytesWritten;
  }
}

async function onFile<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw new FileAccessError('write', path, error);
  }
}
