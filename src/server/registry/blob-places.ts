import type { Digest } from '../../spec/index.ts';

/** Some megabytes at most, and more than a mirror of all known providers pushes in a day. */
const maxPlaces = 20_000;

/**
 * In which repository a blob came in last: where to look first when one is to be mounted from wherever
 * it is. Only a hint; it may have been deleted since.
 */
export class BlobPlaces {
  readonly #places = new Map<Digest, string>();

  note(digest: Digest, repository: string): void {
    this.#places.delete(digest);
    this.#places.set(digest, repository);
    if (this.#places.size <= maxPlaces) return;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined) this.#places.delete(oldest);
  }

  find(digest: Digest): string | undefined {
    return this.#places.get(digest);
  }
}
