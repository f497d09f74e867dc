import type { Descriptor, Digest } from '../../spec/index.ts';

/** How a piece of content came into the target. */
export type CopyOutcome = 'copied' | 'mounted' | 'present';

/** What became of the contents of one release. */
export class CopyRecord {
  readonly #outcomes = new Map<Digest, CopyOutcome>();
  readonly #layers = new Map<Digest, Descriptor>();
  #bytes = 0;

  /** That went over. */
  get bytes(): number {
    return this.#bytes;
  }

  note({ digest, size }: Descriptor, outcome: CopyOutcome): void {
    this.#outcomes.set(digest, outcome);
    if (outcome === 'copied') this.#bytes += size;
  }

  /** The package that a target manifest, which is being copied, stands for. */
  notePackage(target: Digest, layer: Descriptor): void {
    this.#layers.set(target, layer);
  }

  /** Nothing is noted about what was below something that was there. */
  outcomeOf(digest: Digest): CopyOutcome {
    return this.#outcomes.get(digest) ?? 'present';
  }

  packageOf(target: Digest): {
    readonly layer: Descriptor | undefined;
    readonly outcome: CopyOutcome;
  } {
    const layer = this.#layers.get(target);
    return { layer, outcome: layer === undefined ? 'present' : this.outcomeOf(layer.digest) };
  }
}
