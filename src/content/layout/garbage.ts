import type { CallOptions, Clock } from '../../base/index.ts';
import type { Digest } from '../../spec/index.ts';
import type { CollectedGarbage } from '../hosted.ts';
import type { ManifestTable } from '../manifest-table.ts';
import type { BlobFiles } from './blob-files.ts';
import { KeyedMutex } from './keyed-mutex.ts';

export interface GarbagePlace {
  readonly table: ManifestTable;
  readonly blobs: BlobFiles;
  readonly clock: Clock;
  /** Milliseconds; `Infinity`: nothing is ever collected. */
  readonly graceMs: number;
}

/** Everything that the manifests of the repository need, themselves included. */
export type FindNeeded = (options: CallOptions) => Promise<ReadonlySet<Digest>>;

const turn = 'turn';

/** Removed in one turn: whoever pushes waits for so many at most, some milliseconds. */
const batch = 32;

const nothing: CollectedGarbage = { removed: 0, bytes: 0, waiting: 0 };

/**
 * Removes content files that no manifest needs, while the repository is in use.
 *
 * A client pushes in steps: it is told that a blob is there (it uploaded or mounted it, or asked), and some
 * time later it puts a manifest that needs the blob. So:
 *
 * 1. Whoever tells that a blob is there does so in a shared turn, and `promise`s it. A promised blob stays
 *    for the grace period. Promises are not written down; instead, for one grace period after the
 *    repository was opened, all blobs count as promised.
 * 2. Whoever stores a manifest checks its children and commits in one shared turn, and says what it
 *    `need`s. Whoever removes a manifest promises its children, since somebody may just be told of them.
 * 3. A collection notes from its begin on what becomes needed, then reads what all manifests need, then
 *    lists the files, and removes what is in none of the three: not needed at the begin, not since, not
 *    promised. That last look and the removal are one turn by itself: while it lasts nobody is told of a
 *    blob, and no manifest is stored.
 *
 * So a manifest that was acknowledged has its children whatever the grace period is, and a client that is
 * quicker than the grace period is never refused for a blob it was told of.
 */
export class GarbageCollector {
  readonly #place: GarbagePlace;
  readonly #turns = new KeyedMutex();
  /** When somebody was last told of a blob; oldest first. */
  readonly #promised = new Map<Digest, number>();
  #allPromisedAt: number;
  #neededSince: Set<Digest> | undefined;
  /** False when there was nothing to collect, and nothing has come that could be. */
  #mayHaveSome = true;

  constructor(place: GarbagePlace) {
    this.#place = place;
    this.#allPromisedAt = place.clock.now();
  }

  /** Runs the task while nothing is removed. Such tasks must not be begun within each other. */
  share<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.share(turn, task);
  }

  /** The blob stays for the grace period from now on. In a shared turn. */
  promise(digest: Digest): void {
    this.#mayHaveSome = true;
    if (this.#place.graceMs === Infinity) return;
    this.#promised.delete(digest);
    this.#promised.set(digest, this.#place.clock.now());
  }

  /** All that is there stays for the grace period from now on. */
  promiseAll(): void {
    this.#mayHaveSome = true;
    this.#promised.clear();
    this.#allPromisedAt = this.#place.clock.now();
  }

  /** A manifest needs these, and is in the table. In the same shared turn in which it came there. */
  need(digests: Iterable<Digest>): void {
    for (const digest of digests) {
      this.#neededSince?.add(digest);
      // Promised anew when the manifest goes.
      this.#promised.delete(digest);
    }
  }

  /**
   * One collection; when one is under way already, or there can be nothing to collect, does nothing.
   * @throws what `findNeeded` throws; then nothing was removed. FileAccessError
   */
  async collect(findNeeded: FindNeeded, { signal }: CallOptions = {}): Promise<CollectedGarbage> {
    const isIdle = this.#place.graceMs === Infinity || !this.#mayHaveSome;
    if (isIdle || this.#neededSince !== undefined) return nothing;
    this.#neededSince = new Set();
    this.#mayHaveSome = false;
    let isDone = false;
    try {
      const needed = await findNeeded({ signal });
      const unneeded = (await this.#place.blobs.list()).filter((digest) => !needed.has(digest));
      const collected = await this.#removeAll(unneeded, signal);
      isDone = collected.waiting === 0;
      return collected;
    } finally {
      if (!isDone) this.#mayHaveSome = true;
      this.#neededSince = undefined;
      this.#forgetOldPromises();
    }
  }

  async #removeAll(
    unneeded: readonly Digest[],
    signal: AbortSignal | undefined,
  ): Promise<CollectedGarbage> {
    let [removed, bytes] = [0, 0];
    for (let from = 0; from < unneeded.length; from += batch) {
      signal?.throwIfAborted();
      await this.#turns.run(turn, async () => {
        const gone = unneeded.slice(from, from + batch).filter((digest) => this.#isGarbage(digest));
        bytes += await this.#place.blobs.removeAll(gone);
        removed += gone.length;
      });
    }
    return { removed, bytes, waiting: unneeded.length - removed };
  }

  #isGarbage(digest: Digest): boolean {
    const { table, clock, graceMs } = this.#place;
    if (this.#neededSince?.has(digest) === true || table.find(digest) !== undefined) return false;
    const promisedAt = this.#promised.get(digest) ?? this.#allPromisedAt;
    return clock.now() - Math.max(promisedAt, this.#allPromisedAt) >= graceMs;
  }

  #forgetOldPromises(): void {
    const { clock, graceMs } = this.#place;
    for (const [digest, at] of this.#promised) {
      if (clock.now() - at < graceMs) return;
      this.#promised.delete(digest);
    }
  }
}
