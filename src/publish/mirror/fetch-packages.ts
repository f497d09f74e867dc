import { join } from 'node:path';
import { providerTypes } from '../../artifact/index.ts';
import { nodeFiles } from '../../base/index.ts';
import type { BlobSource } from '../../content/index.ts';
import { formatPlatform, packageFilename, type PackageHash, zhHex } from '../../domain/index.ts';
import { parseDigest } from '../../spec/index.ts';
import type { ArrivingPackage } from './arriving-package.ts';
import type { LocalPackage } from '../push/local-package.ts';
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

export interface PackagesToFetch {
  readonly wanted: readonly OriginPackage[];
  readonly sizes: Sizes;
  /** Takes a package on while it arrives. Failures are for whoever publishes it then. */
  readonly send: ((content: BlobSource) => Promise<void>) | undefined;
}

/**
 * Brings packages of a release into files of its folder, several at a time. Waits for all, also when one fails:
 * nothing writes into the folder when it returns.
 */
export async function fetchPackages(
  { send, sizes, wanted }: PackagesToFetch,
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
        let sending: Promise<void> | undefined;
        const fetching = release.fetch(one, path, {
          files,
          signal,
          // What was promised to fit has to.
          maxBytes: budget === undefined ? undefined : sizes.get(formatPlatform(one.platform)),
          onProgress: (bytes, total) => events?.received?.(release, one, bytes, total),
          onArriving: (arriving) => {
            if (send === undefined || one.zh === undefined) return;
            sending = send(arrivingSource(arriving, one.zh)).catch(() => undefined);
          },
        });
        // Whatever becomes of the package, what reads its file comes to an end before it goes.
        const fetched = await fetching.finally(async () => await sending);
        events?.fetched?.(release, fetched);
        return fetched;
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function arrivingSource(arriving: ArrivingPackage, zh: PackageHash): BlobSource {
  const digest = parseDigest(`sha256:${zhHex(zh)}`);
  return {
    descriptor: { mediaType: providerTypes.packageLayer, digest, size: arriving.size },
    open: () => Promise.resolve(arriving.open()),
  };
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
