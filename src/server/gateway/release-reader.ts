import { type CallOptions, type Clock, categoryOf, SingleFlight } from '../../base/index.ts';
import { evidenceTypes, type IndexIdentity, tagOfVersion } from '../../artifact/index.ts';
import { ContentNotFoundError } from '../../content/index.ts';
import { formatVersion, providerKey } from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import { isOffered } from './catalog.ts';
import { offerRelease } from './offer-release.ts';
import type { OfferedRelease, WithheldRelease } from './offered-release.ts';
import type { ShelvedRepository } from './shelf.ts';
import { WeightedCache } from './weighted-cache.ts';

export interface ReleaseReaderOptions {
  readonly trust: () => ReleaseTrust;
  /** Whether the gateway has a key of its own. */
  readonly canSign: boolean;
  readonly clock: Clock;
  /** Milliseconds for which nobody looks whether a tag moved. */
  readonly freshMs: number;
}

type Read = OfferedRelease | WithheldRelease;

interface Kept {
  readonly read: Read;
  /** Of the index and of everything that refers to it as evidence. */
  readonly state: string;
  readonly policy: ReleaseTrust['policy'];
  readonly judgedAt: number;
  readonly lookedAt: number;
}

/** Keys expire: what was judged is judged again after so long, though nothing changed. */
const judgedForMs = 60 * 60 * 1000;
/** Reading it costs some requests; a registry that lied is asked again soon. */
const withheldForMs = 2000;
/** Some 30,000 releases of ten platforms. */
const maxBytes = 64 * 1024 * 1024;
/** About what a release takes beside its documents, and each of its packages. */
const releaseBytes = 1024;
const packageBytes = 600;
/** An error, with its reasons and where it came from. */
const errorBytes = 4096;

/**
 * Reads releases, and keeps what it read while the repository shows the same: the same index under the tag, and the
 * same evidence attached to it.
 */
export class ReleaseReader {
  readonly #options: ReleaseReaderOptions;
  readonly #kept = new WeightedCache<Kept>(maxBytes);
  readonly #running = new SingleFlight<Read | undefined>();

  constructor(options: ReleaseReaderOptions) {
    this.#options = options;
  }

  /**
   * @returns undefined when there is no such release
   * @throws failures that say nothing about the release: no network, no rights
   */
  async read(
    shelved: ShelvedRepository,
    identity: IndexIdentity,
    options: CallOptions & {
      /** Milliseconds for which nobody looks again; default that of the reader. */
      readonly freshMs?: number;
    } = {},
  ): Promise<Read | undefined> {
    const key = `${providerKey(identity.provider)} ${formatVersion(identity.version)}`;
    const { clock, freshMs, trust } = this.#options;
    const kept = this.#kept.get(key);
    const isFresh =
      kept !== undefined &&
      clock.now() - kept.lookedAt < freshFor(kept.read, options.freshMs ?? freshMs) &&
      this.#isGood(kept, trust());
    if (isFresh) return kept.read;
    // Whoever waits shares the work, so nobody's leaving ends it.
    return await this.#running.run(key, () => this.#refresh(key, shelved, identity));
  }

  async #refresh(
    key: string,
    { repository }: ShelvedRepository,
    identity: IndexIdentity,
  ): Promise<Read | undefined> {
    const { clock } = this.#options;
    const trust = this.#options.trust();
    const lookedAt = clock.now();
    const state = await stateOf(repository, identity);
    if (state === undefined) {
      this.#kept.delete(key);
      return undefined;
    }
    const kept = this.#kept.get(key);
    if (kept?.state === state && isOffered(kept.read) && this.#isGood(kept, trust)) {
      this.#kept.set(key, { ...kept, lookedAt }, weightOf(kept.read));
      return kept.read;
    }
    const read = await this.#offer(repository, identity, trust);
    const { policy } = trust;
    this.#kept.set(key, { read, state, policy, judgedAt: lookedAt, lookedAt }, weightOf(read));
    return read;
  }

  #isGood({ judgedAt, policy }: Kept, trust: ReleaseTrust): boolean {
    return policy === trust.policy && this.#options.clock.now() - judgedAt < judgedForMs;
  }

  async #offer(
    repository: ShelvedRepository['repository'],
    identity: IndexIdentity,
    trust: ReleaseTrust,
  ): Promise<Read> {
    const { canSign } = this.#options;
    try {
      return await offerRelease(repository, identity, { trust, canSign });
    } catch (error) {
      switch (categoryOf(error)) {
        case 'integrity':
        case 'trust':
        case 'not-found':
        case 'unsupported':
        case 'conflict':
          return { ...identity, error };
        default:
          throw error;
      }
    }
  }
}

/** What could not be read right may be right the next time. */
function freshFor(read: Read, freshMs: number): number {
  return isOffered(read) ? freshMs : Math.min(freshMs, withheldForMs);
}

async function stateOf(
  repository: ShelvedRepository['repository'],
  { version }: IndexIdentity,
): Promise<string | undefined> {
  try {
    const index = await repository.resolve(tagOfVersion(version));
    const evidence: string[] = [];
    const wanted = { artifactType: evidenceTypes.manifest };
    for await (const { digest } of repository.referrers(index, wanted)) evidence.push(digest);
    return [index.digest, ...evidence.sort()].join(' ');
  } catch (error) {
    if (error instanceof ContentNotFoundError) return undefined;
    throw error;
  }
}

/** Bytes of memory, about. */
export function weightOf(read: Read): number {
  if (!isOffered(read)) return releaseBytes + errorBytes;
  const documents = read.proofs.reduce(
    (sum, { publicArmor, signature, sums }) =>
      sum + sums.length + signature.length + publicArmor.length,
    0,
  );
  return releaseBytes + documents + read.packages.length * packageBytes;
}
