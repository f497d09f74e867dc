import { ArchiveLimitError } from './errors.ts';
import type { ArchiveLimits } from './limits.ts';

/**
 * How much may still be unpacked. Declared sizes are checked before any work, real ones while they
 * come; the ratio counts over the whole archive, so that many small bombs are as bad as a large one.
 */
export class UnpackBudget {
  readonly #limits: ArchiveLimits;
  #unpacked = 0;
  /** Bytes of the zip that were read or offered to the inflater. */
  #packed = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** @throws ArchiveLimitError when an entry of these sizes would be too much. */
  check(sizes: { readonly size: number; readonly compressedSize: number }): void {
    this.#judge(this.#unpacked + sizes.size, this.#packed + sizes.compressedSize);
  }

  /** The zip was read up to this offset. */
  packed(offset: number): void {
    this.#packed = offset;
  }

  /** @throws ArchiveLimitError */
  unpacked(bytes: number): void {
    this.#unpacked += bytes;
    this.#judge(this.#unpacked, this.#packed);
  }

  #judge(unpacked: number, packed: number): void {
    const { maxUnpackedBytes, maxRatio, ratioFloorBytes } = this.#limits;
    const what = 'what the zip archive unpacks to';
    if (unpacked > maxUnpackedBytes) {
      throw new ArchiveLimitError('maxUnpackedBytes', maxUnpackedBytes, what);
    }
    if (unpacked > ratioFloorBytes && unpacked > packed * maxRatio) {
      throw new ArchiveLimitError('maxRatio', maxRatio, 'the compression ratio of the zip archive');
    }
  }
}
