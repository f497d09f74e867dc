import { type CallOptions, categoryOf, mapBounded, SingleFlight } from '../../base/index.ts';
import { RepositoryNotFoundError } from '../../content/index.ts';
import { type ProviderAddress, providerKey } from '../../domain/index.ts';
import { listVersions } from '../../release/index.ts';
import type { SigningKeyPair } from '../../signatures/index.ts';
import { type CatalogedProvider, isOffered, type ReleaseCatalog } from './catalog.ts';
import { withOwnSignature } from './offer-release.ts';
import type { OfferedRelease } from './offered-release.ts';
import { ReleaseReader, type ReleaseReaderOptions, weightOf } from './release-reader.ts';
import type { ProviderShelf } from './shelf.ts';
import { WeightedCache } from './weighted-cache.ts';

export interface CatalogOptions extends Omit<ReleaseReaderOptions, 'canSign' | 'freshMs'> {
  readonly signer: (() => Promise<SigningKeyPair>) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

interface Kept {
  readonly value: CatalogedProvider | undefined;
  readonly policy: unknown;
  readonly at: number;
  readonly tookMs: number;
}

/**
 * Of one provider, the newest ones: the largest has some 700. Whoever may push can make any number of tags, and each
 * costs requests, memory, and a line of every document and page.
 */
const maxVersions = 5000;
/** Requests on their way to the registry for one provider: a list of 400 versions is read in a few seconds. */
const concurrency = 16;
/** Lists of releases hold on to what the reader would forget, so they are bounded in bytes, too. */
const maxBytes = 64 * 1024 * 1024;
/** What a provider takes beside its releases, also one that is not there. */
const providerBytes = 1024;
/** How often it is looked whether a version that is known still is what it was, in lists. */
const staleReleases = 10;
/** What could not be read right may be right the next time. */
const withheldForMs = 2000;
/** Nobody waits longer for what is new because reading all of it takes long. */
const maxTookMs = 30_000;
/** A registry that is away for longer than this is told to the clients. */
const maxStaleMs = 60 * 60 * 1000;

export function createCatalog(shelf: ProviderShelf, options: CatalogOptions): ReleaseCatalog {
  const { clock, onError, signer, trust } = options;
  const { freshMs } = shelf;
  const reader = new ReleaseReader({ clock, trust, canSign: signer !== undefined, freshMs });
  const providers = new WeightedCache<Kept>(maxBytes);
  const running = new SingleFlight<CatalogedProvider | undefined>();

  const read = async (provider: ProviderAddress): Promise<CatalogedProvider | undefined> => {
    const shelved = await shelf.find(provider);
    if (shelved === undefined) return undefined;
    const versions = await listVersions(shelved.repository).catch((error: unknown) => {
      if (error instanceof RepositoryNotFoundError) return undefined;
      throw error;
    });
    if (versions === undefined) return undefined;
    const newest = versions.slice(-maxVersions);
    const lookAgain = { freshMs: freshMs * staleReleases };
    const all = await mapBounded(newest, concurrency, (version) =>
      reader.read(shelved, { provider, version }, lookAgain),
    );
    const there = all.flatMap((one) => (one === undefined ? [] : [one]));
    const releases = there.filter(isOffered);
    const withheld = there.flatMap((one) => (isOffered(one) ? [] : [one]));
    return there.length === 0 ? undefined : { provider, shelved, releases, withheld };
  };

  const refresh = async (key: string, provider: ProviderAddress) => {
    const { policy } = trust();
    const at = clock.now();
    try {
      const value = await read(provider);
      const all = [...(value?.releases ?? []), ...(value?.withheld ?? [])];
      const weight = all.reduce((sum, one) => sum + weightOf(one), providerBytes);
      providers.set(key, { value, policy, at, tookMs: clock.now() - at }, weight);
      return value;
    } catch (error) {
      const kept = providers.get(key);
      const isOutage = categoryOf(error) === 'remote';
      const isKnown = kept?.value !== undefined && kept.policy === policy;
      if (!isOutage || !isKnown || clock.now() - kept.at > maxStaleMs) throw error;
      onError?.(error);
      return kept.value;
    }
  };

  const ownSignatures = new WeakMap<OfferedRelease, Promise<OfferedRelease>>();
  const signed = async (release: OfferedRelease): Promise<OfferedRelease> => {
    if (signer === undefined || release.ownPlatforms.size === 0) return release;
    const known =
      ownSignatures.get(release) ?? signer().then((key) => withOwnSignature(release, key, clock));
    ownSignatures.set(release, known);
    known.catch(() => ownSignatures.delete(release));
    return await known;
  };

  return {
    async provider(provider, { signal }: CallOptions = {}) {
      signal?.throwIfAborted();
      const key = providerKey(provider);
      const kept = providers.get(key);
      const isWhole = (kept?.value?.withheld ?? []).length === 0;
      const wanted = isWhole ? freshMs : Math.min(freshMs, withheldForMs);
      // At most half of the time goes into reading it, however long that takes and however often somebody asks.
      const tookMs = kept?.tookMs ?? 0;
      const freshFor = Math.max(wanted, tookMs + Math.min(tookMs, maxTookMs));
      if (
        kept !== undefined &&
        clock.now() - kept.at < freshFor &&
        kept.policy === trust().policy
      ) {
        return kept.value;
      }
      return await running.run(key, () => refresh(key, provider));
    },
    async release(provider, version, { signal }: CallOptions = {}) {
      signal?.throwIfAborted();
      const shelved = await shelf.find(provider, { signal });
      if (shelved === undefined) return undefined;
      const read = await reader.read(shelved, { provider, version });
      return read !== undefined && isOffered(read) ? await signed(read) : read;
    },
    providers: (call) => shelf.providers(call),
  };
}
