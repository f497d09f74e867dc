import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { type CallOptions, categoryOf, type ErrorCategory } from '../../base/index.ts';
import type { Limiter, SourceRepository, TargetRepository } from '../../content/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  type Version,
  type VersionConstraints,
} from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import type { Digest } from '../../spec/index.ts';
import { dryRunTarget } from './copy-dry-run.ts';
import { type CopiedRelease, copyRelease, type CopyReleaseEvents } from './copy-release.ts';
import { readTags, selectVersions } from './copy-tags.ts';
import { checkOwnership } from '../push/published-release.ts';

/** Where releases come from and go to: one repository for each provider. */
export interface CopyPlaces {
  from(provider: ProviderAddress): Promise<SourceRepository>;
  to(provider: ProviderAddress): Promise<TargetRepository>;
}

export interface CopyRequest {
  /** Each provider once, with what its versions must satisfy, any of them; none: all versions. */
  readonly providers: readonly {
    readonly provider: ProviderAddress;
    readonly constraints: readonly VersionConstraints[];
  }[];
  /** Only look; the target takes nothing. */
  readonly dryRun: boolean;
  /** Contents moved, and questions asked, at the same time. */
  readonly concurrency: number;
}

/** What one release, or a whole provider, failed with. */
export interface CopyFailure {
  readonly provider: string;
  readonly version?: string | undefined;
  readonly error: unknown;
}

export interface CopyEvents extends CopyReleaseEvents {
  /** In the order of the request, versions ascending, whatever was ready first. */
  release?(this: void, release: CopiedRelease): void;
  failure?(this: void, failure: CopyFailure): void;
}

export interface CopyOptions extends CallOptions {
  readonly events?: CopyEvents | undefined;
  /** By what releases are judged; default without any rule. */
  readonly trust?: ReleaseTrust | undefined;
}

export interface CopySummary {
  readonly releases: readonly CopiedRelease[];
  readonly failures: readonly CopyFailure[];
  /** Releases that were not tried, since what failed before them would have failed for them too. */
  readonly skipped: number;
}

/** Failures of one release that say nothing about the next. */
const ownFailures: ReadonlySet<ErrorCategory> = new Set([
  'conflict',
  'integrity',
  'not-found',
  'trust',
  'unsupported',
  'usage',
]);

/**
 * A release waits for lists and tags most of its time, and holds no content: more of them than contents
 * are under way, so that there is always content to move. One content at a time is one release at a time.
 */
const releasesPerContent = 4;

/**
 * Copies releases of several providers from one place to another, several at a time. A release that fails
 * does not keep the others; a registry that does not answer, or refuses the login, does.
 * @throws the signal's reason when aborted; everything else is in the summary
 */
export async function copy(
  places: CopyPlaces,
  request: CopyRequest,
  options: CopyOptions = {},
): Promise<CopySummary> {
  if (options.signal === undefined) return await new CopyRun(places, request, options).finish();
  // One of its own, on which as many may listen as there is to do.
  const signal = AbortSignal.any([options.signal]);
  setMaxListeners(0, signal);
  return await new CopyRun(places, request, { ...options, signal }).finish();
}

interface Outcome {
  readonly release?: CopiedRelease;
  readonly failure?: CopyFailure;
}

class CopyRun {
  readonly #places: CopyPlaces;
  readonly #request: CopyRequest;
  readonly #options: CopyOptions;
  readonly #contents: Limiter;
  readonly #releases: Limiter;
  readonly #providers: Limiter;
  #isStopped = false;

  constructor(places: CopyPlaces, request: CopyRequest, options: CopyOptions) {
    this.#places = places;
    this.#request = request;
    this.#options = options;
    // Three, so that none of them waits for what it holds itself.
    this.#contents = pLimit(request.concurrency);
    this.#releases = pLimit(1 + releasesPerContent * (request.concurrency - 1));
    this.#providers = pLimit(request.concurrency);
  }

  async finish(): Promise<CopySummary> {
    const { events, signal } = this.#options;
    signal?.throwIfAborted();
    const started = this.#request.providers.map((one) => this.#providers(() => this.#start(one)));
    const releases: CopiedRelease[] = [];
    const failures: CopyFailure[] = [];
    let skipped = 0;
    for (const tasks of started) {
      for (const task of await tasks) {
        const { failure, release } = await task;
        if (failure !== undefined) {
          failures.push(failure);
          if (signal?.aborted !== true) events?.failure?.(failure);
        } else if (release !== undefined) {
          releases.push(release);
          events?.release?.(release);
        } else skipped += 1;
      }
    }
    signal?.throwIfAborted();
    return { releases, failures, skipped };
  }

  /** @returns a task for each version; none of them rejects. */
  async #start({
    constraints,
    provider,
  }: CopyRequest['providers'][number]): Promise<readonly Promise<Outcome>[]> {
    const failed = (version: Version | undefined, error: unknown): Outcome => {
      if (!ownFailures.has(categoryOf(error))) this.#isStopped = true;
      const name = version === undefined ? undefined : formatVersion(version);
      return { failure: { provider: formatProviderAddress(provider), version: name, error } };
    };
    if (this.#isDone()) return [Promise.resolve({})];
    try {
      const { signal } = this.#options;
      const from = await this.#places.from(provider);
      const tags = await this.#contents(() => readTags(from, { signal }));
      const versions = selectVersions(tags, constraints, from.name);
      const opened = await this.#places.to(provider);
      const [version] = versions;
      if (version !== undefined) {
        // Made by whatever tool, as long as it is not another provider's.
        const adopt = { signal, adopt: true };
        await this.#contents(() => checkOwnership(opened, { provider, version }, adopt));
      }
      const to = this.#request.dryRun ? dryRunTarget(opened) : opened;
      const shared = { limiter: this.#contents, present: new Set<Digest>(), ...this.#options };
      return versions.map((each) =>
        this.#releases(async () => {
          if (this.#isDone()) return {};
          try {
            return {
              release: await copyRelease({ provider, version: each, from, to, tags }, shared),
            };
          } catch (error) {
            return failed(each, error);
          }
        }),
      );
    } catch (error) {
      return [Promise.resolve(failed(undefined, error))];
    }
  }

  #isDone(): boolean {
    return this.#isStopped || this.#options.signal?.aborted === true;
  }
}
