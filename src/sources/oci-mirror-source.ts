import { type CallOptions, compareBytes } from '../base/index.ts';
import { PlatformNotInIndexError, tagOfVersion } from '../artifact/index.ts';
import {
  ContentNotFoundError,
  RepositoryNotFoundError,
  type SourceRepository,
} from '../content/index.ts';
import {
  formatVersion,
  packageFilename,
  type PackageHash,
  type ProviderAddress,
  providerKey,
  zhHex,
} from '../domain/index.ts';
import {
  listVersions,
  readRelease,
  readReleasePackage,
  type Release,
  type ReleasePackage,
  type ReleaseTrust,
} from '../release/index.ts';
import {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from './errors.ts';
import { hashesOfRelease } from './oci-release-hashes.ts';
import { createOciReleaseJudge } from './oci-release-trust.ts';
import type { PackageLocation, PackageMeta, PackageRequest, ProviderSource } from './interfaces.ts';
import { Remembered } from './remember.ts';
import { zipLocation } from './zip-location.ts';

export interface OciMirrorOptions {
  /** The repository a provider's releases are in; rejects when the template gives no valid name. */
  readonly repositoryFor: (provider: ProviderAddress) => Promise<SourceRepository>;
  /**
   * The user declared that this mirror's word about the hashes of every platform counts
   * (`trust_all_hashes` on the method).
   */
  readonly trustAllHashes?: boolean | ((provider: ProviderAddress) => boolean) | undefined;
  /** By what releases are judged where it has a rule; default without any. */
  readonly trust?: ReleaseTrust | undefined;
}

const display = 'OCI registry provider mirror';

/**
 * Providers in OCI repositories, one repository a provider: versions are tags, a version is an index, a
 * platform is a manifest with one zip. Where a trust rule is for a provider, what is attached to its release has to
 * meet it, and the hashes in it are as good as those of the provider's own registry.
 */
export function createOciMirrorSource(options: OciMirrorOptions): ProviderSource {
  const repositoryOf = async (provider: ProviderAddress): Promise<SourceRepository> => {
    try {
      return await options.repositoryFor(provider);
    } catch (error) {
      if (!(error instanceof RepositoryNotFoundError)) throw error;
      throw noRepository(error.repository, provider, error);
    }
  };

  const judge = createOciReleaseJudge(options.trust);

  // A tag is resolved once: whoever moves it meanwhile does not get parts of two releases into one.
  const releases = new Remembered<Release>();
  const releaseOf = async (
    repository: SourceRepository,
    request: Omit<PackageRequest, 'platform'>,
    call: CallOptions,
  ): Promise<Release> => {
    const key = `${providerKey(request.provider)} ${formatVersion(request.version)}`;
    return await releases.get(key, call, (signal) =>
      resolveRelease(repository, request, { signal }),
    );
  };

  const isTrusted = (provider: ProviderAddress): boolean => {
    const { trustAllHashes = false } = options;
    return typeof trustAllHashes === 'boolean' ? trustAllHashes : trustAllHashes(provider);
  };

  return {
    display,

    async availableVersions(provider, call = {}) {
      const repository = await repositoryOf(provider);
      try {
        return await listVersions(repository, call);
      } catch (error) {
        if (!(error instanceof RepositoryNotFoundError)) throw error;
        throw noRepository(repository.name, provider, error);
      }
    },

    async releaseHashes(request, call = {}) {
      const repository = await repositoryOf(request.provider);
      const release = await releaseOf(repository, request, call);
      const { signal } = call;
      const trusted = isTrusted(request.provider);
      const hashes = await hashesOfRelease(repository, release, { trusted, signal });
      await judge.claims(repository, release, { known: hashes.packages, signal });
      return hashes;
    },

    async packageMeta(request, call = {}): Promise<PackageMeta> {
      const repository = await repositoryOf(request.provider);
      const release = await releaseOf(repository, request, call);
      const found = await findPackage(repository, release, request, call);
      return {
        ...request,
        filename: packageFilename(request.provider.type, request.version, request.platform),
        location: layerLocation(repository, found),
        claims: {
          ...(await judge.claims(repository, release, { known: [found], signal: call.signal })),
          expected: [found.zh],
          trustedMirror: isTrusted(request.provider) ? announcedHashes(release) : [],
        },
      };
    },
  };
}

/** A version without its tag is a not-found, so that another source may answer (docs/differences.md). */
async function resolveRelease(
  repository: SourceRepository,
  request: Omit<PackageRequest, 'platform'>,
  call: CallOptions,
): Promise<Release> {
  try {
    return await readRelease(repository, request, call);
  } catch (error) {
    if (error instanceof RepositoryNotFoundError) {
      throw noRepository(repository.name, request.provider, error);
    }
    if (!(error instanceof ContentNotFoundError)) throw error;
    throw new VersionNotFoundError(request, tagOfVersion(request.version), repository.name, error);
  }
}

function noRepository(
  name: string,
  provider: ProviderAddress,
  cause: RepositoryNotFoundError,
): ProviderNotFoundError {
  return new ProviderNotFoundError(provider, [display], {
    cause,
    hint: `The registry has no repository ${name}; check the location, and whether the provider was published there.`,
  });
}

async function findPackage(
  repository: SourceRepository,
  release: Release,
  request: PackageRequest,
  call: CallOptions,
): Promise<ReleasePackage> {
  try {
    return await readReleasePackage(repository, release, request.platform, call);
  } catch (error) {
    if (!(error instanceof PlatformNotInIndexError)) throw error;
    throw new PlatformNotSupportedError(request, error);
  }
}

/** Every hash the index announces for any platform, from its annotations. */
function announcedHashes(release: Release): readonly PackageHash[] {
  const hashes = release.index.targets.flatMap(({ hints }) => [hints.zh, hints.h1]);
  return [...new Set(hashes)].filter((hash) => hash !== undefined).sort(compareBytes);
}

function layerLocation(repository: SourceRepository, found: ReleasePackage): PackageLocation {
  const { layer } = found;
  return zipLocation({
    display: `${repository.name}@${layer.digest}`,
    size: layer.size,
    expected: { size: layer.size, sha256: zhHex(found.zh) },
    receive: async (use, call) => await use(await repository.fetch(layer, call)),
  });
}
