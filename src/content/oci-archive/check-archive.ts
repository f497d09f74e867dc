import { createHash } from 'node:crypto';
import type { CallOptions } from '../../base/index.ts';
import { type Digest, digestParts, parseDigest } from '../../spec/index.ts';
import { ArchiveCorruptError } from '../errors.ts';
import type { OpenedTar, TarFile } from './scan-tar.ts';

/** Which bytes an archive is, to the last one. */
export interface ArchiveIdentity {
  /** Of the whole file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface CheckArchiveOptions extends CallOptions {
  /** Bytes of the whole file read so far. */
  readonly onProgress?: ((readBytes: number) => void) | undefined;
}

export interface PlacedBlob extends TarFile {
  readonly digest: Digest;
}

/** Read and hashed at once; one buffer serves for all. */
const chunkBytes = 1024 * 1024;

/**
 * Reads a tar from its first byte to its last, once: the hash of all of it, and of each blob in it, which has to be
 * the one that it is named by. Blobs that nothing leads to are held to their names as well.
 * @throws ArchiveCorruptError for a blob that is another one, or a file that becomes shorter; the signal's reason
 */
export async function checkArchive(
  tar: OpenedTar,
  blobs: readonly PlacedBlob[],
  { onProgress, signal }: CheckArchiveOptions = {},
): Promise<ArchiveIdentity> {
  const whole = createHash('sha256');
  const hasher = new BlobHasher(tar.path, blobs);
  const buffer = Buffer.alloc(Math.min(chunkBytes, tar.size));
  for (let at = 0; at < tar.size;) {
    signal?.throwIfAborted();
    const length = Math.min(buffer.length, tar.size - at);
    const { bytesRead } = await tar.handle.read(buffer, 0, length, at);
    if (bytesRead === 0) {
      throw new ArchiveCorruptError(tar.path, 'it became shorter while it was read');
    }
    const chunk = buffer.subarray(0, bytesRead);
    whole.update(chunk);
    hasher.add(chunk, at);
    at += bytesRead;
    onProgress?.(at);
  }
  return { sha256: whole.digest('hex'), size: tar.size };
}

/** Takes the bytes of a file in their order, and looks at those of its blobs. */
class BlobHasher {
  readonly #path: string;
  readonly #blobs: readonly PlacedBlob[];
  #next = 0;
  #hash: ReturnType<typeof createHash> | undefined;

  constructor(path: string, blobs: readonly PlacedBlob[]) {
    this.#path = path;
    this.#blobs = blobs.toSorted((a, b) => a.offset - b.offset || a.size - b.size);
  }

  /** @throws ArchiveCorruptError */
  add(chunk: Buffer, start: number): void {
    const end = start + chunk.length;
    for (;;) {
      const blob = this.#blobs[this.#next];
      // A tar ends with blocks of its own: whatever has no bytes begins before the last chunk is over.
      if (blob === undefined || blob.offset >= end) return;
      const { algorithm } = digestParts(blob.digest);
      this.#hash ??= createHash(algorithm);
      const blobEnd = blob.offset + blob.size;
      const from = Math.max(blob.offset, start);
      this.#hash.update(chunk.subarray(from - start, Math.min(blobEnd, end) - start));
      if (blobEnd > end) return;
      const actual = parseDigest(`${algorithm}:${this.#hash.digest('hex')}`);
      if (actual !== blob.digest) {
        throw new ArchiveCorruptError(this.#path, `what it has as ${blob.digest} is ${actual}`);
      }
      this.#hash = undefined;
      this.#next += 1;
    }
  }
}
