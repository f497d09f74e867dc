import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { InternalError } from '../base/index.ts';
import type { ByteInput, ChunkSource } from './byte-input.ts';
import { ArchiveChecksumError, ArchiveLimitError } from './errors.ts';
import type { ArchiveLimits } from './limits.ts';
import type { ExpectedPackage } from './package-summary.ts';

/** Below 512 KiB the calls into zlib and the hash cost more than they do (measured: 2.0 s against 1.7 s). */
const chunkBytes = 512 * 1024;

export interface PackageStreamOptions {
  readonly expected: ExpectedPackage;
  readonly limits: ArchiveLimits;
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/**
 * The arriving zip as chunks of one size, hashed and counted. However the sender cuts the bytes, the
 * reader sees the same chunks, so its verdict never depends on the network.
 */
export class PackageStream implements ChunkSource {
  readonly #source: AsyncIterator<unknown>;
  readonly #options: PackageStreamOptions;
  readonly #hash = createHash('sha256');
  #rest: Uint8Array = Buffer.alloc(0);
  #received = 0;
  #tooMuch = false;
  #ended = false;

  constructor(source: Readable, options: PackageStreamOptions) {
    this.#source = source[Symbol.asyncIterator]();
    this.#options = options;
  }

  async next(): Promise<Buffer | undefined> {
    if (this.#ended && this.#rest.length === 0) {
      if (this.#tooMuch) throw this.#excess();
      return undefined;
    }
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    let filled = 0;
    while (filled < chunkBytes) {
      if (this.#rest.length === 0) {
        if (this.#ended) break;
        await this.#receive();
        continue;
      }
      const part = this.#rest.subarray(0, chunkBytes - filled);
      chunk.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    if (filled === 0) return await this.next();
    const bytes = chunk.subarray(0, filled);
    this.#hash.update(bytes);
    return bytes;
  }

  /**
   * After everything was read: what arrived.
   * @throws ArchiveChecksumError when it is not what was expected.
   */
  finish(): { readonly size: number; readonly sha256: string } {
    const { expected } = this.#options;
    this.checkSize();
    const sha256 = this.#hash.digest('hex');
    if (expected.sha256 !== undefined && expected.sha256 !== sha256) {
      throw new ArchiveChecksumError('sha256', expected.sha256, sha256);
    }
    return { size: this.#received, sha256 };
  }

  /**
   * Once the bytes have ended: throws when they ended early. A short transfer is not the archive's fault.
   * @throws ArchiveChecksumError
   */
  checkSize(): void {
    const { size } = this.#options.expected;
    if (this.#ended && !this.#tooMuch && size !== undefined && this.#received !== size) {
      throw new ArchiveChecksumError('size', `${size} bytes`, `${this.#received} bytes`);
    }
  }

  async #receive(): Promise<void> {
    const result = await this.#source.next();
    if (result.done === true) {
      this.#ended = true;
      return;
    }
    if (!(result.value instanceof Uint8Array)) {
      throw new InternalError('a package stream gave something else than bytes');
    }
    this.#rest = result.value;
    this.#received += result.value.length;
    this.#options.onProgress?.(this.#received);
    const over = this.#received - this.#maximum();
    if (over > 0) {
      // The bytes before the limit are still judged: what is wrong with them is the better message.
      this.#rest = this.#rest.subarray(0, this.#rest.length - over);
      this.#tooMuch = true;
      this.#ended = true;
    }
  }

  #maximum(): number {
    const { expected, limits } = this.#options;
    return Math.min(expected.size ?? Infinity, limits.maxPackedBytes);
  }

  #excess(): ArchiveChecksumError | ArchiveLimitError {
    const { expected, limits } = this.#options;
    return expected.size !== undefined && expected.size <= limits.maxPackedBytes
      ? new ArchiveChecksumError('size', `${expected.size} bytes`, 'more')
      : new ArchiveLimitError('maxPackedBytes', limits.maxPackedBytes, 'the zip archive');
  }
}

/** Reads and hashes what is left, and gives it to `use`. */
export async function drain(
  input: ByteInput,
  use: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  for (;;) {
    const chunk = await input.available();
    if (chunk === undefined) return;
    await use(chunk);
    input.skip(chunk.length);
  }
}
