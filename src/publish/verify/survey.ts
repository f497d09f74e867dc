import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { type CallOptions, categoryOf } from '../../base/index.ts';
import type { IndexIdentity } from '../../artifact/index.ts';
import type { Limiter, SourceRepository } from '../../content/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  newestSatisfying,
  noConstraints,
  type ProviderAddress,
  type Version,
  type VersionConstraints,
} from '../../domain/index.ts';
import { readTags, selectVersions } from '../copy/copy-tags.ts';

export interface SurveyRequest {
  /** Each provider once, with what its versions must satisfy, any of them; none: all versions. */
  readonly providers: readonly {
    readonly provider: ProviderAddress;
    readonly constraints: readonly VersionConstraints[];
  }[];
  /** Of several versions the newest only, for each of the constraints. */
  readonly newestOnly: boolean;
  /** Releases looked at, and questions asked, at the same time. */
  readonly concurrency: number;
}

/** A release that is there, by its tag. */
export interface SurveyedRelease extends IndexIdentity {
  readonly repository: SourceRepository;
  /** All tags of the repository. */
  readonly tags: ReadonlySet<string>;
  /** What was asked for of the provider: any of these; none: all versions. */
  readonly constraints?: readonly VersionConstraints[] | undefined;
}

/** What one release, or a whole provider, could not be looked at for. */
export interface SurveyFailure {
  readonly provider: string;
  readonly version?: string | undefined;
  readonly error: unknown;
}

export interface SurveyEvents<T> {
  /** In the order of the request, versions ascending, whatever was ready first. */
  result?(this: void, result: T): void;
  failure?(this: void, failure: SurveyFailure): void;
}

export interface SurveyOptions<T> extends CallOptions {
  readonly events?: SurveyEvents<T> | undefined;
}

export interface SurveySummary<T> {
  readonly results: readonly T[];
  readonly failures: readonly SurveyFailure[];
  /** Releases that were not tried, since what failed before them would have failed for them too. */
  readonly skipped: number;
}

/** A registry that failed so often, each time after several tries, will not answer the next question either. */
const maxRemoteFailures = 3;

/**
 * Looks at releases of several providers, several at a time. A release that can not be looked at does not
 * keep the others from it; a login that is refused does, and a registry that fails again and again.
 * @throws the signal's reason when aborted; everything else is in the summary
 */
export async function survey<T>(
  place: (provider: ProviderAddress) => Promise<SourceRepository>,
  request: SurveyRequest,
  visit: (release: SurveyedRelease, options: CallOptions) => Promise<T>,
  options: SurveyOptions<T> = {},
): Promise<SurveySummary<T>> {
  const { events } = options;
  options.signal?.throwIfAborted();
  // One of its own, on which as many may listen as there is to do.
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  setMaxListeners(0, signal);
  const state = new SurveyState(signal);
  const [releases, providers] = [pLimit(request.concurrency), pLimit(request.concurrency)];
  const look = async (release: SurveyedRelease): Promise<Outcome<T>> => {
    if (state.isDone()) return {};
    try {
      return { result: await visit(release, { signal }) };
    } catch (error) {
      return { failure: state.failed(error, release) };
    }
  };
  const start = async (
    one: SurveyRequest['providers'][number],
  ): Promise<readonly Promise<Outcome<T>>[]> => {
    if (state.isDone()) return [Promise.resolve({})];
    try {
      const found = await findReleases(place, one, { ...request, signal, limiter: releases });
      return found.map((release) => releases(() => look(release)));
    } catch (error) {
      return [Promise.resolve({ failure: state.failed(error, one) })];
    }
  };
  const started = request.providers.map((one) => providers(() => start(one)));
  const results: T[] = [];
  const failures: SurveyFailure[] = [];
  let skipped = 0;
  for (const tasks of started) {
    for (const task of await tasks) {
      const { failure, result } = await task;
      if (failure !== undefined) {
        failures.push(failure);
        if (!signal.aborted) events?.failure?.(failure);
      } else if (result === undefined) {
        skipped += 1;
      } else {
        results.push(result);
        events?.result?.(result);
      }
    }
  }
  signal.throwIfAborted();
  return { results, failures, skipped };
}

interface Outcome<T> {
  readonly result?: T;
  readonly failure?: SurveyFailure;
}

class SurveyState {
  readonly #signal: AbortSignal;
  #remoteFailures = 0;
  #isStopped = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  isDone(): boolean {
    return this.#isStopped || this.#signal.aborted;
  }

  failed(
    error: unknown,
    { provider, version }: { readonly provider: ProviderAddress; readonly version?: Version },
  ): SurveyFailure {
    const category = categoryOf(error);
    if (category === 'remote') this.#remoteFailures += 1;
    this.#isStopped ||=
      category === 'auth' || category === 'bug' || this.#remoteFailures >= maxRemoteFailures;
    return {
      provider: formatProviderAddress(provider),
      version: version === undefined ? undefined : formatVersion(version),
      error,
    };
  }
}

interface FindOptions extends CallOptions {
  readonly newestOnly: boolean;
  readonly limiter: Limiter;
}

async function findReleases(
  place: (provider: ProviderAddress) => Promise<SourceRepository>,
  { constraints, provider }: SurveyRequest['providers'][number],
  { limiter, newestOnly, signal }: FindOptions,
): Promise<readonly SurveyedRelease[]> {
  const repository = await place(provider);
  const tags = await limiter(() => readTags(repository, { signal }));
  const all = selectVersions(tags, constraints, repository.name);
  const versions = newestOnly ? newestOf(all, constraints) : all;
  return versions.map((version) => ({ provider, version, repository, tags, constraints }));
}

/** Prereleases come last in the race, as for whoever installs: only where there is nothing else. */
function newestOf(
  versions: readonly Version[],
  constraints: readonly VersionConstraints[],
): readonly Version[] {
  const wanted = constraints.length === 0 ? [noConstraints] : constraints;
  const newest = new Set(wanted.map((one) => newestSatisfying(versions, one)));
  newest.delete(undefined);
  const found = versions.filter((version) => newest.has(version));
  return found.length > 0 ? found : versions.slice(-1);
}
