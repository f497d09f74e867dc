import { join } from 'node:path';
import { nodeFiles } from '../base/index.ts';
import { formatPlatform, packageFilename } from '../domain/index.ts';
import type { LocalPackage } from './local-package.ts';
import type { OriginPackage, OriginRelease } from './mirror-origin.ts';
import type { MirrorReleaseOptions, MirrorReleaseRequest } from './mirror-release.ts';
import type { StandingRelease } from './mirror-target.ts';

/** Bytes by platform; undefined where nobody tells. */
type Sizes = ReadonlyMap<string, number | undefined>;

/** Finds out about packages that are there under some hash, where that costs no download. */
export async function identifyPackages(
  release: OriginRelease,
  standing: StandingRelease | undefined,
  { limiter, signal }: MirrorReleaseOptions,
): Promise<readonly OriginPackage[]> {
  return await Promise.all(
    release.packages.map(async (one) => {
      const isThere = standing?.packages.has(formatPlatform(one.platform)) === true;
      if (one.zh !== undefined || !isThere || release.identify === undefined) return one;
      return { ...one, zh: await limiter(async () => await release.identify?.(one, { signal })) };
    }),
  );
}

/**
 * Brings packages of a release into files of its folder, several at a time. Waits for all, also when one fails:
 * nothing writes into the folder when it returns.
 */
export async function fetchPackages(
  { sizes, wanted }: { readonly wanted: readonly OriginPackage[]; readonly sizes: Sizes },
  { folder, release }: Pick<MirrorReleaseRequest, 'folder' | 'release'>,
  options: MirrorReleaseOptions,
): Promise<readonly LocalPackage[]> {
  const { budget, events, files = nodeFiles, limiter, signal } = options;
  const results = await Promise.allSettled(
    wanted.map((one) =>
      limiter(async () => {
        signal?.throwIfAborted();
        const { provider, version } = release;
        const path = join(folder, packageFilename(provider.type, version, one.platform));
        const fetched = await release.fetch(one, path, {
          files,
          signal,
          // What was promised to fit has to.
          maxBytes: budget === undefined ? undefined : sizes.get(formatPlatform(one.platform)),
          onProgress: (bytes, total) => events?.received?.(release, one, bytes, total),
        });
        events?.fetched?.(release, fetched);
        return fetched;
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** The bytes of each package by platform, asked for only where they matter: in a dry run, and under a budget. */
export async function measurePackages(
  wanted: readonly OriginPackage[],
  { dryRun, release }: Pick<MirrorReleaseRequest, 'dryRun' | 'release'>,
  { budget, limiter, signal }: MirrorReleaseOptions,
): Promise<Sizes> {
  if (!dryRun && budget === undefined) return new Map();
  const sizes = await Promise.all(
    wanted.map(
      async (one) =>
        [
          formatPlatform(one.platform),
          one.size ?? (await limiter(() => release.measure(one, { signal }))),
        ] as const,
    ),
  );
  return new Map(sizes);
}
