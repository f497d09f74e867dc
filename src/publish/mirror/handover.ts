import type { IndexIdentity } from '../../artifact/index.ts';
import { formatProviderAddress, formatVersion } from '../../domain/index.ts';

/** More than are on their way at once; what is dropped is asked for again. */
const maxKept = 64;

/**
 * Documents that were asked for because of a release's platforms, kept until the release itself is asked for. Releases
 * that are then not wanted would else stay in memory, and a job may have some hundred thousands.
 */
export class Handover<T> {
  readonly #kept = new Map<string, T>();

  keep(identity: IndexIdentity, document: T): void {
    this.#kept.set(keyOf(identity), document);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** What was kept, which is then not any more. */
  take(identity: IndexIdentity): T | undefined {
    const key = keyOf(identity);
    const found = this.#kept.get(key);
    this.#kept.delete(key);
    return found;
  }
}

function keyOf({ provider, version }: IndexIdentity): string {
  return `${formatProviderAddress(provider)}@${formatVersion(version)}`;
}
