import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import pLimit from 'p-limit';
import {
  type CallOptions,
  type Clock,
  FileAccessError,
  type Files,
  nodeFiles,
} from '../base/index.ts';
import type { TargetRepository } from '../content/index.ts';
import {
  formatConstraints,
  formatProviderAddress,
  formatVersion,
  newestSatisfying,
  type Platform,
  type ProviderAddress,
  samePlatform,
  sameVersion,
  satisfies,
  type Version,
  type VersionConstraints,
} from '../domain/index.ts';
import { NoVersionsError } from './errors.ts';
import type { MirrorOrigin, OriginVersion } from './mirror-origin.ts';
import { type MirroredRelease, mirrorRelease, type MirrorReleaseEvents } from './mirror-release.ts';

/** What is to be mirrored of one provider. */
export interface MirroredProvider {
  readonly provider: ProviderAddress;
  /** These, whatever else. */
  readonly versions: readonly Version[];
  /** The newest version that satisfies each of these, or all that satisfy any of them. */
  readonly constraints: readonly VersionConstraints[];
}

export interface MirrorRequest {
  /** Each provider once. */
  readonly providers: readonly MirroredProvider[];
  readonly select: 'newest' | 'all';
  /** Only these; undefined for all that a release has. */
  readonly platforms: readonly Platform[] | undefined;
  readonly adopt: boolean;
  /** Whether published packages of this release may change. */
  readonly mayReplace: (provider: ProviderAddress, version: Version) => boolean;
  readonly dryRun: boolean;
  /** Packages on their way, and releases that are asked about, at the same time. */
  readonly concurrency: number;
  /** An empty, private folder for packages on their way; it is empty again afterwards. */
  readonly folder: string;
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

export interface MirrorSummary {
  readonly releases: readonly MirroredRelease[];
  readonly failures: readonly MirrorFailure[];
}

export interface MirrorPlaces {
  readonly origin: MirrorOrigin;
  to(provider: ProviderAddress): Promise<TargetRepository>;
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
      const platforms = wantedPlatforms(offered, request, provider);
      const release = await places.origin.release({ provider, version, platforms }, { signal });
      count += 1;
      const folder = join(request.folder, String(count));
      const mirrored = await inFolder(folder, options, async () =>
        mirrorRelease(
          {
            release,
            to: await places.to(provider),
            folder,
            adopt: request.adopt,
            replace: request.mayReplace(provider, version),
            dryRun: request.dryRun,
          },
          { ...options, signal, limiter: packages },
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
      const offered = await releases(() => places.origin.versions(provider, { signal }));
      const { missing, versions } = selectVersions(wanted, offered, request.select);
      return [
        ...missing.map((error) => Promise.resolve(failed(provider, undefined, error))),
        ...versions.map((each) => releases(() => one(provider, each))),
      ];
    } catch (error) {
      return [Promise.resolve(failed(provider, undefined, error))];
    }
  };

  const summary = { releases: [] as MirroredRelease[], failures: [] as MirrorFailure[] };
  const started = request.providers.map(start);
  for (const tasks of started) {
    for (const task of await tasks) {
      const { failure, release } = await task;
      if (release !== undefined) {
        summary.releases.push(release);
        options.events?.release?.(release);
      } else if (failure !== undefined) {
        summary.failures.push(failure);
        if (signal?.aborted !== true) options.events?.failure?.(failure);
      }
    }
  }
  signal?.throwIfAborted();
  return summary;
}

function wantedPlatforms(
  { platforms, version }: OriginVersion,
  request: MirrorRequest,
  provider: ProviderAddress,
): readonly Platform[] {
  const { platforms: wanted } = request;
  const found = platforms.filter(
    (one) => wanted === undefined || wanted.some((each) => samePlatform(each, one)),
  );
  if (found.length > 0) return found;
  const release = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
  throw new NoVersionsError(
    platforms.length === 0
      ? `the registry does not tell for which platforms there are packages of ${release}`
      : `${release} has no package for a platform that was asked for`,
  );
}

/** Ascending, each once; and what was asked for and is not offered. */
function selectVersions(
  { constraints, provider, versions }: MirroredProvider,
  offered: readonly OriginVersion[],
  select: MirrorRequest['select'],
): { readonly versions: readonly OriginVersion[]; readonly missing: readonly NoVersionsError[] } {
  const chosen = new Set<OriginVersion>();
  const missing: NoVersionsError[] = [];
  const none = (what: string): void => {
    const newest = offered.at(-1)?.version;
    missing.push(
      new NoVersionsError(`the registry of ${formatProviderAddress(provider)} has no ${what}`, {
        hint: newest === undefined ? undefined : `The newest version is ${formatVersion(newest)}.`,
      }),
    );
  };
  for (const version of versions) {
    const found = offered.find((each) => sameVersion(each.version, version));
    if (found === undefined) none(`version ${formatVersion(version)}`);
    else chosen.add(found);
  }
  for (const each of constraints) {
    const fitting = offered.filter(({ version }) => satisfies(each, version));
    const newest = newestSatisfying(
      fitting.map(({ version }) => version),
      each,
    );
    if (newest === undefined)
      none(`version that satisfies ${formatConstraints(each) || 'anything'}`);
    for (const one of fitting) {
      if (select === 'all' || one.version === newest) chosen.add(one);
    }
  }
  return { versions: offered.filter((each) => chosen.has(each)), missing };
}

/** Makes a private folder for the time of the work. @throws FileAccessError */
async function inFolder<T>(
  folder: string,
  { files = nodeFiles }: Pick<MirrorOptions, 'files'>,
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
    await files.rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
