import { formatProviderAddress } from '../../domain/index.ts';
import type { MirrorFailure, MirrorSummary } from './mirror.ts';
import type { MirroredOutcome, MirroredRelease } from './mirror-release.ts';

/** Counts what a mirror job did. */
export class MirrorTally {
  readonly #failures: MirrorFailure[] = [];
  readonly #packages: Record<MirroredOutcome, number> = { pushed: 0, present: 0, planned: 0 };
  #bytes = 0;
  /** Releases come provider by provider: the last one tells whether this is another. */
  #last: string | undefined;
  #providers = 0;
  #releases = 0;

  add({ packages, provider }: MirroredRelease): void {
    const name = formatProviderAddress(provider);
    if (name !== this.#last) this.#providers += 1;
    this.#last = name;
    this.#releases += 1;
    for (const { outcome, size = 0 } of packages) {
      this.#packages[outcome] += 1;
      if (outcome !== 'present') this.#bytes += size;
    }
  }

  fail(failure: MirrorFailure): void {
    this.#failures.push(failure);
  }

  summary(): MirrorSummary {
    return {
      providers: this.#providers,
      releases: this.#releases,
      packages: { ...this.#packages },
      bytes: this.#bytes,
      failures: this.#failures,
    };
  }
}
