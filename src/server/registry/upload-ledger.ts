import type { Clock } from '../../base/index.ts';
import { uploadExpiryMs } from '../../content/index.ts';

/**
 * Sessions open at once. Each may hold a file of the greatest blob size; a large parallel push opens
 * some tens.
 */
const maxOpen = 512;

/** Of these one caller can have half, or whoever may write somewhere could keep everybody else from pushing. */
const maxOpenOfOne = maxOpen / 2;

interface Open {
  readonly at: number;
  readonly caller: string | undefined;
}

/** Counts upload sessions, so that starting them without end fills neither memory nor disk. */
export class UploadLedger {
  readonly #clock: Clock;
  readonly #touched = new Map<string, Open>();
  readonly #byCaller = new Map<string | undefined, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the caller may start another session; undefined where callers are not told apart. */
  hasRoom(caller: string | undefined): boolean {
    return this.#fits(caller) || (this.open() < maxOpen && this.#fits(caller));
  }

  /** How many there are that can still be gone on with. */
  open(): number {
    const oldest = this.#clock.now() - uploadExpiryMs;
    for (const [id, { at }] of this.#touched) {
      if (at > oldest) break;
      this.end(id);
    }
    return this.#touched.size;
  }

  /** It counts for the one who began it, whoever goes on with it. */
  touch(id: string, caller: string | undefined): void {
    const known = this.#touched.get(id);
    if (known === undefined) this.#add(caller, 1);
    else this.#touched.delete(id);
    this.#touched.set(id, {
      at: this.#clock.now(),
      caller: known === undefined ? caller : known.caller,
    });
  }

  end(id: string): void {
    const known = this.#touched.get(id);
    if (known === undefined) return;
    this.#touched.delete(id);
    this.#add(known.caller, -1);
  }

  #fits(caller: string | undefined): boolean {
    if (this.#touched.size >= maxOpen) return false;
    return caller === undefined || (this.#byCaller.get(caller) ?? 0) < maxOpenOfOne;
  }

  #add(caller: string | undefined, change: 1 | -1): void {
    const count = (this.#byCaller.get(caller) ?? 0) + change;
    if (count === 0) this.#byCaller.delete(caller);
    else this.#byCaller.set(caller, count);
  }
}
