import type { FileHandle } from 'node:fs/promises';
import { type Stats } from 'node:fs';
import { Readable } from 'node:stream';
import {
  type CallOptions,
  errnoOf,
  FileAccessError,
  type Files,
  isTofuOciError,
} from '../../base/index.ts';
import { type Annotations, type Digest, isDigest } from '../../spec/index.ts';
import { fileChunkBytes } from '../blob-sources.ts';
import { ArchiveCorruptError } from '../errors.ts';
import { type IndexFile, parseIndexFile } from '../layout/index-file.ts';
import { ArchivePool, type PoolContent } from './archive-pool.ts';
import {
  type ArchiveIdentity,
  checkArchive,
  type CheckArchiveOptions,
  type PlacedBlob,
} from './check-archive.ts';
import { type OpenedTar, scanTar, type TarFile } from './scan-tar.ts';

/** An archive on the disk, open. */
export interface ArchiveFile {
  readonly pool: ArchivePool;
  /** What was opened, so that a later change by others can be noticed. */
  readonly stats: Stats;
  /** What `index.json` says of the archive as a whole. */
  readonly annotations: Annotations;
  /** @see checkArchive */
  check(options?: CheckArchiveOptions): Promise<ArchiveIdentity>;
  close(): Promise<void>;
}

/** As many entries as the scanner takes, each as long as a descriptor with a name is. */
const maxIndexBytes = 128 * 1024 * 1024;

/**
 * Opens a tar that has an OCI image layout in it, ours or another tool's. Nothing is unpacked; contents
 * are read from where they are in the file, and verified then.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @throws ArchiveCorruptError, FileAccessError
 */
export async function readArchive(
  path: string,
  files: Files,
  options: CallOptions = {},
): Promise<ArchiveFile> {
  const { handle, stats } = await open(path, files);
  try {
    const tar: OpenedTar = { path, handle, size: stats.size };
    const entries = await scanTar(tar, options);
    checkVersion(path, await readSmall(tar, entries.get('oci-layout'), 'oci-layout', 4096));
    const index = await readSmall(tar, entries.get('index.json'), 'index.json', maxIndexBytes);
    const { head, table } = parseIndex(path, index);
    const blobs = blobsAmong(entries);
    const pool = new ArchivePool(`oci-archive:${path}`, table, contentsOf(blobs, tar));
    return {
      pool,
      stats,
      annotations: annotationsIn(head),
      check: async (check) => await onFile(path, () => checkArchive(tar, blobs, check)),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function open(
  path: string,
  files: Files,
): Promise<{ readonly handle: FileHandle; readonly stats: Stats }> {
  let handle: FileHandle | undefined;
  try {
    // Asked before it is opened: opening a pipe waits for its other end.
    if ((await files.stat(path)).isFile()) {
      handle = await files.open(path, 'r');
      return { handle, stats: await handle.stat() };
    }
  } catch (error) {
    await handle?.close();
    throw new FileAccessError('open', path, error);
  }
  throw new ArchiveCorruptError(path, 'it is not a regular file');
}

function blobsAmong(entries: ReadonlyMap<string, TarFile>): readonly PlacedBlob[] {
  const blobs: PlacedBlob[] = [];
  for (const [name, { offset, size }] of entries) {
    const [folder, algorithm = '', hex = '', ...more] = name.split('/');
    const digest = `${algorithm}:${hex}`;
    if (folder !== 'blobs' || more.length > 0 || !isDigest(digest)) continue;
    blobs.push({ digest, offset, size });
  }
  return blobs;
}

function contentsOf(
  blobs: readonly PlacedBlob[],
  tar: OpenedTar,
): ReadonlyMap<Digest, PoolContent> {
  const contents = new Map<Digest, PoolContent>();
  for (const { digest, offset, size } of blobs) {
    const open = (): Promise<Readable> => Promise.resolve(partOf(tar, { offset, size }));
    contents.set(digest, { size, open });
  }
  return contents;
}

/** The bytes of one file in the archive; the handle stays open. */
function partOf(tar: OpenedTar, { offset, size }: TarFile): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < size;) {
      const piece = Buffer.allocUnsafe(Math.min(fileChunkBytes, size - at));
      const { bytesRead } = await read(tar, piece, offset + at);
      if (bytesRead === 0) return; // Shorter than it was: whoever verifies says so.
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }
  return Readable.from(pieces(), { highWaterMark: 2 });
}

async function read(
  { handle, path }: OpenedTar,
  into: Buffer,
  position: number,
): Promise<{ readonly bytesRead: number }> {
  return await onFile(path, () => handle.read(into, 0, into.length, position));
}

/** What the file system says, with the name of the file. */
async function onFile<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (isTofuOciError(error) || errnoOf(error) === undefined) throw error;
    throw new FileAccessError('read', path, error);
  }
}

async function readSmall(
  tar: OpenedTar,
  file: TarFile | undefined,
  name: string,
  maxBytes: number,
): Promise<string> {
  if (file === undefined) {
    throw new ArchiveCorruptError(tar.path, `it has no file "${name}"`, {
      hint: 'An archive for oci-archive: has "oci-layout", "index.json" and "blobs" at its top.',
    });
  }
  if (file.size > maxBytes) {
    throw new ArchiveCorruptError(tar.path, `"${name}" has more than ${maxBytes} bytes`);
  }
  const pieces: Buffer[] = [];
  for await (const piece of partOf(tar, file)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function checkVersion(path: string, text: string): void {
  let version: unknown;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'imageLayoutVersion' in value) {
      version = value.imageLayoutVersion;
    }
  } catch {
    // No version, as in any other document.
  }
  if (version === '1.0.0') return;
  throw new ArchiveCorruptError(path, 'the imageLayoutVersion in "oci-layout" should be 1.0.0');
}

function parseIndex(path: string, text: string): IndexFile {
  try {
    return parseIndexFile(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ArchiveCorruptError(path, `"index.json": ${why}`, { cause: error });
  }
}

/** Those that are texts, as all should be. */
function annotationsIn({ annotations }: IndexFile['head']): Annotations {
  if (typeof annotations !== 'object' || annotations === null) return {};
  return Object.fromEntries(
    Object.entries(annotations).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
