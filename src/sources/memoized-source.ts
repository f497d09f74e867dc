import { formatPlatform, formatVersion, providerKey, type Version } from '../domain/index.ts';
import type { PackageMeta, PackageRequest, ProviderSource, ReleaseHashes } from './interfaces.ts';
import { Remembered } from './remember.ts';

interface Listing {
  readonly versions: readonly Version[];
  readonly warnings: readonly string[];
}

/**
 * Asks `source` each question once and remembers the answer, also a failure, for as long as it lives (as
 * OpenTofu does for origin registries): one command is to see one state of the world. Warnings are told to
 * everybody who asks. Packages themselves are not kept.
 */
export function memoizeSource(source: ProviderSource): ProviderSource {
  const listings = new Remembered<Listing>();
  const metas = new Remembered<PackageMeta>();
  const releases = new Remembered<ReleaseHashes | undefined>();
  const memoized: ProviderSource = {
    display: source.display,

    successorOf: async (provider, call) => await source.successorOf?.(provider, call),

    async availableVersions(provider, call = {}) {
      const listing = await listings.get(providerKey(provider), call, async (signal) => {
        const warnings: string[] = [];
        const onWarning = (text: string): void => void warnings.push(text);
        const versions = await source.availableVersions(provider, { signal, onWarning });
        return { versions, warnings };
      });
      for (const warning of listing.warnings) call.onWarning?.(warning);
      return listing.versions;
    },

    async packageMeta(request, call = {}) {
      const key = `${releaseKey(request)} ${formatPlatform(request.platform)}`;
      return await metas.get(
        key,
        call,
        async (signal) => await source.packageMeta(request, { signal }),
      );
    },
  };
  if (source.releaseHashes === undefined) return memoized;
  return {
    ...memoized,
    async releaseHashes(release, call = {}) {
      return await releases.get(
        releaseKey(release),
        call,
        async (signal) => await source.releaseHashes?.(release, { signal }),
      );
    },
  };
}

function releaseKey({ provider, version }: Omit<PackageRequest, 'platform'>): string {
  return `${providerKey(provider)} ${formatVersion(version)}`;
}
