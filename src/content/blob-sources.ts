import { Readable } from 'node:stream';
import {
  type CallOptions,
  FileAccessError,
  type Files,
  LimitExceededError,
  nodeFiles,
  readBounded,
} from '../base/index.ts';
import { type Annotations, type Descriptor, digestOf } from '../spec/index.ts';
import type { BlobSource, Fetcher, ManifestContent } from './interfaces.ts';

/** Hashing and inflating cost half as much in chunks of this size as in Node's 64 KiB. */
export const fileChunkBytes = 1024 * 1024;

export interface BytesSourceOptions {
  readonly artifactType?: string | undefined;
  readonly annotations?: Annotations | undefined;
}

/** Content that is in memory, described by its own digest. `bytes` must not change afterwards. */
export function bytesSource(
  bytes: Uint8Array,
  mediaType: string,
  { artifactType, annotations }: BytesSourceOptions = {},
): BlobSource {
  const descriptor: Descriptor = {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { descriptor, open: () => Promise.resolve(readableOf(bytes)) };
}

/** A manifest as content to push. */
export function manifestSource(manifest: ManifestContent): BlobSource {
  return {
    descriptor: manifest.descriptor,
    open: () => Promise.resolve(readableOf(manifest.bytes)),
  };
}

/** A stream of exactly these bytes. */
export function readableOf(bytes: Uint8Array): Readable {
  return new Readable({
    read() {
      this.push(bytes);
      this.push(null);
    },
  });
}

/**
 * Content that is a local file, known by `descriptor`. The file is not checked here: every store
 * verifies what it takes.
 */
export function fileSource(
  path: string,
  descriptor: Descriptor,
  files: Files = nodeFiles,
): BlobSource {
  return {
    descriptor,
    open: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      try {
        const handle = await files.open(path, 'r');
        return handle.createReadStream({ highWaterMark: fileChunkBytes });
      } catch (error) {
        throw new FileAccessError('open', path, error);
      }
    },
  };
}

/**
 * The whole of a small piece of content, verified. Memory is bounded by `maxBytes`, whatever the
 * descriptor claims.
 * @throws LimitExceededError before anything is fetched when the descriptor claims more.
 */
export async function fetchBytes(
  fetcher: Fetcher,
  target: Descriptor,
  options: CallOptions & { readonly maxBytes: number },
): Promise<Buffer> {
  const { maxBytes, signal } = options;
  if (target.size > maxBytes) throw new LimitExceededError(target.digest, maxBytes);
  const stream = await fetcher.fetch(target, { signal });
  return await readBounded(stream, { maxBytes, signal, what: target.digest });
}
