import type { Clock } from '../../base/index.ts';
import { uploadExpiryMs } from '../../content/index.ts';

/**
 * Sessions open at once. Each may hold a file of the greatest blob size; a large parallel push opens
 * some tens.
 */
const maxOpen = 512;

/** Counts upload sessions, so that starting them without end fills neither memory nor disk. */
export class UploadLedger {
  readonly #clock: Clock;
  readonly #touched = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether another session may be started. */
  hasRoom(): boolean {
    return this.#touched.size < maxOpen || this.open() < maxOpen;
  }

  /** How many there are that can still be gone on with. */
  open(): number {
    const oldest = this.#clock.now() - uploadExpiryMs;
    for (const [id, at] of this.#touched) {
      if (at > oldest) break;
      this.#touched.delete(id);
    }
    return this.#touched.size;
  }

  touch(id: string): void {
    this.#touched.delete(id);
    this.#touched.set(id, this.#clock.now());
  }

  end(id: string): void {
    this.#touched.delete(id);
  }
}
