import { compareBytes, printable } from '../../base/index.ts';
import {
  comparePlatforms,
  formatPlatform,
  hashScheme,
  isKnownScheme,
  type PackageHash,
  parsePlatform,
  InvalidPlatformError,
  type Platform,
} from '../../domain/index.ts';
import {
  type Download,
  type MeasureDownload,
  type MirrorArchive,
  type MirrorArchives,
  type NetworkMirror,
  NoPackageError,
} from '../../origin/index.ts';
import { PackageChecksumError, ProviderNotFoundError } from '../../sources/index.ts';
import { fetchPackage } from './fetch-package.ts';
import { Handover } from './handover.ts';
import type { LocalPackage } from '../push/local-package.ts';
import type { MirrorOrigin, OriginPackage, OriginRelease } from './mirror-origin.ts';
import { type OriginTrust, ruledTrust, unsignedProof } from './origin-trust.ts';

export interface NetworkMirrorOriginOptions extends OriginTrust {
  readonly mirror: NetworkMirror;
  readonly download: Download;
  /** Without it sizes are not known. */
  readonly measure?: MeasureDownload | undefined;
}

/**
 * Releases from a provider network mirror. Nobody signs what such a mirror says: packages are only held against the
 * hashes that it states, and where the user's rule wants a signature there is none.
 */
export function createNetworkMirrorOrigin(options: NetworkMirrorOriginOptions): MirrorOrigin {
  const { download, measure, mirror } = options;
  const read = new Handover<MirrorArchives>();

  return {
    async versions(provider, call) {
      const versions = await mirror.versions(provider, call);
      if (versions === undefined) throw new ProviderNotFoundError(provider, [mirror.display]);
      return versions.map((version) => ({
        version,
        platforms: [],
        askPlatforms: async (asking) => {
          const found = await mirror.archives({ provider, version }, asking);
          read.keep({ provider, version }, found);
          return [...found.archives.keys()].flatMap(platformIn).sort(comparePlatforms);
        },
      }));
    },

    async release({ platforms, provider, version }, call): Promise<OriginRelease> {
      const identity = { provider, version };
      const { archives, documentUrl } =
        read.take(identity) ?? (await mirror.archives(identity, call));
      const archiveOf = ({ platform }: Pick<OriginPackage, 'platform'>): MirrorArchive => {
        const archive = archives.get(formatPlatform(platform));
        if (archive !== undefined) return archive;
        throw new NoPackageError({ provider, version, platform }, mirror.display);
      };
      return {
        provider,
        version,
        host: new URL(mirror.display).host,
        protocols: [],
        sums: undefined,
        sumsNameAll: false,
        trust: ruledTrust(options, provider),
        packages: platforms.map((platform) => ({
          platform,
          zh: onlyZh(archiveOf({ platform }).hashes),
        })),
        prove: () => unsignedProof(provider, options),
        measure: async (one, asking) =>
          await measure?.({ url: archiveOf(one).url, referredBy: documentUrl }, asking),
        async fetch(one, path, fetching = {}) {
          const { hashes, url } = archiveOf(one);
          const fetched = await fetchPackage(
            { release: { provider, version }, one, path },
            (take) => download({ url, referredBy: documentUrl }, take, { signal: fetching.signal }),
            fetching,
          );
          checkHashes(fetched, hashes, { provider });
          return fetched;
        },
      };
    },
  };
}

/** What is no platform is of no use to anybody. */
function platformIn(text: string): readonly Platform[] {
  try {
    return [parsePlatform(text)];
  } catch (error) {
    if (error instanceof InvalidPlatformError) return [];
    throw error;
  }
}

/** Which of several a package has only the package tells. */
function onlyZh(hashes: readonly PackageHash[]): PackageHash | undefined {
  const [first, ...others] = new Set(hashes.filter((hash) => hashScheme(hash) === 'zh'));
  return others.length === 0 ? first : undefined;
}

/**
 * One of the hashes that a mirror states has to match, as in OpenTofu.
 * @throws PackageChecksumError
 */
function checkHashes(
  { record }: LocalPackage,
  hashes: readonly PackageHash[],
  { provider }: Pick<OriginRelease, 'provider'>,
): void {
  const known = hashes.filter((hash) => isKnownScheme(hash));
  if (hashes.length === 0 || known.includes(record.zh) || known.includes(record.h1)) return;
  const stated = printable([...hashes].sort(compareBytes).join(', '), 500);
  throw new PackageChecksumError(
    provider,
    `${record.filename} is ${record.zh} and ${record.h1}, and the mirror states ${stated}`,
  );
}
