import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Counts and hashes unpacked bytes. */
export class ContentMeter {
  size = 0;
  #crc = 0;
  readonly #hash = createHash('sha256');

  update(chunk: Buffer): void {
    this.size += chunk.length;
    this.#crc = crc32(chunk, this.#crc);
    this.#hash.update(chunk);
  }

  finish(): { readonly size: number; readonly crc: number; readonly sha256: string } {
    return { size: this.size, crc: this.#crc, sha256: this.#hash.digest('hex') };
  }
}
