/** Fewer turns between disk and network than with smaller ones; larger ones are no faster. */
const largeBytes = 512 * 1024;

/** So many clients are served from large buffers at once, two each: 32 MiB, whatever they do. */
const maxLarge = 64;

/** All others, which may be some hundreds that read slowly. */
const smallBytes = 64 * 1024;

/**
 * Memory through which files go to clients. Lent and taken back, because new memory costs as much as
 * reading into it does.
 */
export class ServingBuffers {
  readonly #free: Buffer[] = [];
  #lent = 0;

  /** At most `wanted` bytes long, and often shorter. Belongs to the caller until it is returned. */
  take(wanted: number): Buffer {
    if (wanted <= smallBytes) return Buffer.allocUnsafe(wanted);
    if (this.#lent >= maxLarge) return Buffer.allocUnsafeSlow(smallBytes);
    this.#lent++;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(largeBytes);
  }

  /** @param state `unsure` when something may still read from it: then it is not lent again. */
  giveBack(buffer: Buffer, state: 'idle' | 'unsure'): void {
    if (buffer.length !== largeBytes) return;
    this.#lent--;
    if (state === 'idle') this.#free.push(buffer);
  }
}
