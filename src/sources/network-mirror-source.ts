import { type CallOptions, compareBytes, findInCauses, redactUrl } from '../base/index.ts';
import {
  formatPlatform,
  InvalidPlatformError,
  isKnownScheme,
  packageFilename,
  type PackageHash,
  parsePlatform,
  type Platform,
  sameVersion,
} from '../domain/index.ts';
import {
  type Download,
  type MirrorArchives,
  type NetworkMirror,
  NoPackageError,
  UnsuccessfulStatusError,
} from '../origin/index.ts';
import {
  PackageChecksumError,
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from './errors.ts';
import type { PackageMeta, PackageRequest, ProviderSource, ReleaseHashes } from './interfaces.ts';
import { zipLocation } from './zip-location.ts';

export interface NetworkMirrorSourceOptions {
  readonly mirror: NetworkMirror;
  readonly download: Download;
  /** `trust_all_hashes`: the mirror's word about the hashes of every platform counts. */
  readonly trustAllHashes?: boolean | undefined;
}

/** Providers from a network mirror: the hashes that it announces are what a package is held to. */
export function createNetworkMirrorSource(options: NetworkMirrorSourceOptions): ProviderSource {
  const { download, mirror } = options;
  const display = `provider mirror at ${mirror.display}`;
  const trusted = options.trustAllHashes ?? false;

  /**
   * A mirror that lists a version and then does not have it is broken; one that never listed it lacks it, and
   * another source may be asked.
   */
  async function archivesOf(
    release: Omit<PackageRequest, 'platform'>,
    call: CallOptions,
  ): Promise<MirrorArchives> {
    try {
      return await mirror.archives(release, call);
    } catch (error) {
      if (findInCauses(error, UnsuccessfulStatusError)?.status !== 404) throw error;
      const versions = await mirror.versions(release.provider, call);
      if (versions === undefined) throw new ProviderNotFoundError(release.provider, [display]);
      if (versions.some((version) => sameVersion(version, release.version))) throw error;
      throw new VersionNotFoundError(release, undefined, display, error);
    }
  }

  return {
    display,

    async availableVersions(provider, call = {}) {
      const versions = await mirror.versions(provider, call);
      if (versions === undefined) throw new ProviderNotFoundError(provider, [display]);
      return versions;
    },

    async packageMeta(request, call = {}): Promise<PackageMeta> {
      const { archives, documentUrl } = await archivesOf(request, call);
      const archive = archives.get(formatPlatform(request.platform));
      if (archive === undefined) {
        const { platform, provider, version } = request;
        const cause = new NoPackageError({ platform, provider, version }, mirror.display);
        throw new PlatformNotSupportedError(request, cause);
      }
      const expected = archive.hashes.filter(isKnownScheme);
      if (archive.hashes.length > 0 && expected.length === 0) {
        throw new PackageChecksumError(
          request.provider,
          'this version of OpenTofu does not support any of the checksum formats given for this provider',
          { hint: 'The mirror announces other hashes than h1: and zh:; ask who runs it.' },
        );
      }
      return {
        provider: request.provider,
        version: request.version,
        platform: request.platform,
        filename: packageFilename(request.provider.type, request.version, request.platform),
        location: zipLocation({
          display: redactUrl(archive.url),
          receive: async (use, receiving) =>
            await download({ url: archive.url, referredBy: documentUrl }, use, receiving),
        }),
        claims: { expected, trustedMirror: trusted ? allHashes(archives) : [] },
      };
    },

    async releaseHashes(release, call = {}): Promise<ReleaseHashes> {
      const { archives } = await archivesOf(release, call);
      const packages = [...archives].flatMap(([name, { hashes }]) => {
        const platform = platformOf(name);
        return platform === undefined
          ? []
          : [{ platform, zh: ofScheme(hashes, 'zh:'), h1: ofScheme(hashes, 'h1:') }];
      });
      return { display, packages, trusted };
    },
  };
}

/** Of all platforms, of the schemes that lock files can use. */
function allHashes(archives: MirrorArchives['archives']): readonly PackageHash[] {
  const hashes = [...archives.values()].flatMap((archive) => archive.hashes.filter(isKnownScheme));
  return [...new Set(hashes)].sort(compareBytes);
}

/** The one hash of a scheme; of several nobody can say which is right. */
function ofScheme(hashes: readonly PackageHash[], scheme: string): PackageHash | undefined {
  const [hash, ...others] = new Set(hashes.filter((each) => each.startsWith(scheme)));
  return others.length === 0 ? hash : undefined;
}

function platformOf(name: string): Platform | undefined {
  try {
    return parsePlatform(name);
  } catch (error) {
    if (error instanceof InvalidPlatformError) return undefined;
    throw error;
  }
}
