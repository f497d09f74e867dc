import { mapBounded, SingleFlight, type Clock } from '../../base/index.ts';
import { type ProviderAddress, providerKey, type Version } from '../../domain/index.ts';
import { listVersions } from '../../release/index.ts';
import type { ProviderShelf } from '../gateway/index.ts';
import { newestOf } from './words.ts';

/** What a list says of a provider, by the tags of its repository; nothing is judged for it. */
export interface VersionSummary {
  readonly newest: Version;
  readonly count: number;
}

/** By what `providerKey` gives; who is not in it could not be asked in time. */
export type VersionSummaries = ReadonlyMap<string, VersionSummary>;

interface Known {
  /** Undefined where there was nothing, or it could not be read. */
  readonly summary: VersionSummary | undefined;
  readonly at: number;
}

export interface SummariesOptions {
  readonly shelf: ProviderShelf;
  readonly clock: Clock;
}

/** Requests to the registry at one time, of one list. */
const concurrency = 16;
/** A list that comes at once with gaps is better than one that is waited for; the next look has the rest. */
const patienceMs = 1000;
/** Lists are looked at to find a provider, not to see what came in the last minute. */
const staleLists = 10;
/** More providers than any mirror has. */
const maxKnown = 10_000;

/** Knows for a while which versions there are, so that a list of providers costs few requests. */
export function createVersionSummaries({
  clock,
  shelf,
}: SummariesOptions): (providers: readonly ProviderAddress[]) => Promise<VersionSummaries> {
  const known = new Map<string, Known>();
  const running = new SingleFlight<void>();
  const isFresh = (key: string): boolean => {
    const { at } = known.get(key) ?? {};
    return at !== undefined && clock.now() - at < shelf.freshMs * staleLists;
  };

  const look = async (provider: ProviderAddress): Promise<void> => {
    const key = providerKey(provider);
    const summary = await summaryOf(shelf, provider).catch(() => known.get(key)?.summary);
    known.delete(key);
    known.set(key, { summary, at: clock.now() });
    const [oldest] = known.keys();
    if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
  };

  return async (providers) => {
    const unknown = providers.filter((provider) => !isFresh(providerKey(provider)));
    const looking = mapBounded(unknown, concurrency, (provider) =>
      running.run(providerKey(provider), () => look(provider)),
    );
    const enough = new AbortController();
    await Promise.race([looking, clock.sleep(patienceMs, enough.signal).catch(() => undefined)]);
    enough.abort();
    return new Map(
      providers.flatMap((provider) => {
        const key = providerKey(provider);
        const { summary } = known.get(key) ?? {};
        return summary === undefined ? [] : [[key, summary] as const];
      }),
    );
  };
}

/** A list can do without it: why it failed is seen on the provider's own page. */
async function summaryOf(
  shelf: ProviderShelf,
  provider: ProviderAddress,
): Promise<VersionSummary | undefined> {
  const shelved = await shelf.find(provider);
  const versions = shelved && (await listVersions(shelved.repository));
  const newest = newestOf((versions ?? []).map((version) => ({ version })));
  return newest && { newest: newest.version, count: versions?.length ?? 0 };
}
