import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import pLimit from 'p-limit';
import {
  type CallOptions,
  type Clock,
  FileAccessError,
  type Files,
  nodeFiles,
} from '../../base/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  type Platform,
  type ProviderAddress,
  type Version,
} from '../../domain/index.ts';
import { ByteBudget } from './byte-budget.ts';
import type { MirrorOrigin, OriginVersion } from './mirror-origin.ts';
import {
  type MirroredOutcome,
  type MirroredRelease,
  mirrorRelease,
  type MirrorReleaseEvents,
} from './mirror-release.ts';
import type { MirrorPlace } from './mirror-target.ts';
import { MirrorTally } from './mirror-tally.ts';
import { offeredVersions } from './offered-versions.ts';
import { type MirroredProvider, selectPlatforms, selectVersions } from './select-versions.ts';

export interface MirrorRequest {
  /** Each provider once. */
  readonly providers: readonly MirroredProvider[];
  /** Only these; undefined for all that a release has. */
  readonly platforms: readonly Platform[] | undefined;
  readonly adopt: boolean;
  /** Whether published packages of this release may change. */
  readonly mayReplace: (provider: ProviderAddress, version: Version) => boolean;
  readonly dryRun: boolean;
  /** Looks whether what is named there is there, and brings again what is not. */
  readonly repair?: boolean | undefined;
  /** A release that nobody signed whose word counts is a failure. */
  readonly requireSigned?: boolean | undefined;
  /** A place that does not take evidence is a failure. */
  readonly requireEvidence?: boolean | undefined;
  /** All downloads together; a release that does not fit is a failure. */
  readonly maxBytes?: number | undefined;
  /** Packages on their way, and releases that are asked about, at the same time. */
  readonly concurrency: number;
  /** An empty, private folder for packages on their way; it is empty again afterwards. */
  readonly folder: string;
  /** The place reads packages only when all of them are there, so whoever made the folder removes them. */
  readonly keepsPackages?: boolean | undefined;
}

/** What one release, or a whole provider, failed with. */
export interface MirrorFailure {
  readonly provider: string;
  readonly version?: string | undefined;
  readonly error: unknown;
}

export interface MirrorEvents extends MirrorReleaseEvents {
  /** In the order of the request, versions ascending, whatever was ready first. */
  release?(this: void, release: MirroredRelease): void;
  failure?(this: void, failure: MirrorFailure): void;
}

export interface MirrorOptions extends CallOptions {
  readonly events?: MirrorEvents | undefined;
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
}

/** Counts, since a job may have more releases than fit into memory: each is told by an event. */
export interface MirrorSummary {
  /** With a release that was mirrored, or would be. */
  readonly providers: number;
  readonly releases: number;
  readonly packages: Readonly<Record<MirroredOutcome, number>>;
  /** Of the zips that were pushed, or would be where that is known. */
  readonly bytes: number;
  readonly failures: readonly MirrorFailure[];
}

export interface MirrorPlaces {
  readonly origin: MirrorOrigin;
  to(provider: ProviderAddress): Promise<MirrorPlace>;
}

interface Outcome {
  readonly release?: MirroredRelease;
  readonly failure?: MirrorFailure;
}

/**
 * Brings releases of several providers from their origin into repositories, several at a time. A release that
 * fails does not keep the others.
 * @throws the signal's reason when aborted; everything else is in the summary
 */
export async function mirror(
  places: MirrorPlaces,
  request: MirrorRequest,
  options: MirrorOptions = {},
): Promise<MirrorSummary> {
  options.signal?.throwIfAborted();
  // One of its own, on which as many may listen as there is to do.
  const signal = options.signal === undefined ? undefined : AbortSignal.any([options.signal]);
  if (signal !== undefined) setMaxListeners(0, signal);
  const packages = pLimit(request.concurrency);
  const releases = pLimit(request.concurrency);
  const budget = request.maxBytes === undefined ? undefined : new ByteBudget(request.maxBytes);
  let count = 0;

  const failed = (
    provider: ProviderAddress,
    version: Version | undefined,
    error: unknown,
  ): Outcome => {
    const name = version === undefined ? undefined : formatVersion(version);
    return { failure: { provider: formatProviderAddress(provider), version: name, error } };
  };

  const one = async (provider: ProviderAddress, offered: OriginVersion): Promise<Outcome> => {
    const { version } = offered;
    try {
      signal?.throwIfAborted();
      const platforms = selectPlatforms(
        await withPlatforms(offered, { signal }),
        request.platforms,
        provider,
      );
      const release = await places.origin.release({ provider, version, platforms }, { signal });
      count += 1;
      const folder = join(request.folder, String(count));
      const mirrored = await inFolder(folder, { ...options, ...request }, async () =>
        mirrorRelease(
          {
            release,
            to: await places.to(provider),
            folder,
            adopt: request.adopt,
            replace: request.mayReplace(provider, version),
            repair: request.repair ?? false,
            requireSigned: request.requireSigned ?? false,
            requireEvidence: request.requireEvidence ?? false,
            dryRun: request.dryRun,
          },
          { ...options, signal, limiter: packages, budget },
        ),
      );
      return { release: mirrored };
    } catch (error) {
      return failed(provider, version, error);
    }
  };

  const start = async (wanted: MirroredProvider): Promise<readonly Promise<Outcome>[]> => {
    const { provider } = wanted;
    try {
      const offered = await releases(() => offeredVersions(places.origin, wanted, { signal }));
      const { missing, versions } = selectVersions(wanted, offered);
      return [
        ...missing.map((error) => Promise.resolve(failed(provider, undefined, error))),
        ...versions.map((each) => releases(() => one(provider, each))),
      ];
    } catch (error) {
      return [Promise.resolve(failed(provider, undefined, error))];
    }
  };

  const tally = new MirrorTally();
  for await (const tasks of inOrder(request.providers, request.concurrency, start)) {
    for (const task of tasks) {
      const { failure, release } = await task;
      if (release !== undefined) {
        tally.add(release);
        options.events?.release?.(release);
      } else if (failure !== undefined) {
        tally.fail(failure);
        if (signal?.aborted !== true) options.events?.failure?.(failure);
      }
    }
  }
  signal?.throwIfAborted();
  return tally.summary();
}

async function withPlatforms(offered: OriginVersion, call: CallOptions): Promise<OriginVersion> {
  const { askPlatforms, platforms } = offered;
  if (platforms.length > 0 || askPlatforms === undefined) return offered;
  return { ...offered, platforms: await askPlatforms(call) };
}

/** The results in the order of the items, of which only so many are started ahead: memory stays flat. */
async function* inOrder<T, R>(
  items: readonly T[],
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  for (const item of items) {
    started.push(work(item));
    const first = started.length > ahead ? started.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const rest of started) yield await rest;
}

/** Makes a private folder for the time of the work. @throws FileAccessError */
async function inFolder<T>(
  folder: string,
  {
    files = nodeFiles,
    keepsPackages,
  }: Pick<MirrorOptions & MirrorRequest, 'files' | 'keepsPackages'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await files.mkdir(folder, { mode: 0o700 });
  } catch (error) {
    throw new FileAccessError('create', folder, error);
  }
  try {
    return await work();
  } finally {
    // What became of the release matters more than what could not be removed.
    if (keepsPackages !== true) {
      await files.rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
