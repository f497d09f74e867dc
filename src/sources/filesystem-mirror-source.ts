import type { Readable } from 'node:stream';
import {
  type CallOptions,
  FileAccessError,
  type Files,
  nodeFiles,
  SingleFlight,
} from '../base/index.ts';
import { hashTree } from '../archive/index.ts';
import {
  compareVersions,
  formatProviderAddress,
  formatVersion,
  isUnspecified,
  packageFilename,
  type ProviderAddress,
  providerKey,
  samePlatform,
  sameVersion,
  type Version,
} from '../domain/index.ts';
import {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from './errors.ts';
import type {
  PackageLocation,
  PackageRequest,
  ProviderSource,
  StageOptions,
  VersionQueryOptions,
} from './interfaces.ts';
import { type LocalPackage, openTree, packagesIn, providerFolders } from './local-packages.ts';
import { zipLocation } from './zip-location.ts';

export interface FilesystemMirrorOptions {
  /** As the configuration has it; relative to the working folder. */
  readonly directory: string;
  readonly files?: Files | undefined;
}

/** Larger chunks gain nothing, smaller ones cost a tenth. */
const chunkBytes = 1024 * 1024;

const unspecifiedAdvice =
  'If the version 0.0.0 is intended to represent a non-published provider, consider using dev_overrides - https://opentofu.org/docs/cli/config/config-file/#development-overrides-for-provider-developers';

/**
 * Providers in a local folder, packed (`HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip`) and
 * unpacked (`HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/`). Where a package is there in both layouts the unpacked one
 * counts. Nobody vouches for any of it. The folder is looked at once for a provider.
 * @throws (from all methods) FileAccessError when there is no such folder
 */
export function createFilesystemMirrorSource(options: FilesystemMirrorOptions): ProviderSource {
  const { directory, files = nodeFiles } = options;
  const known = new Map<string, readonly LocalPackage[]>();
  const searching = new SingleFlight<readonly LocalPackage[]>();

  const search = async (provider: ProviderAddress): Promise<readonly LocalPackage[]> => {
    const tree = await openTree(directory, files);
    const packages: LocalPackage[] = [];
    if (tree === undefined) return packages;
    for await (const folder of providerFolders(tree, provider)) {
      for await (const found of packagesIn(folder, files)) packages.push(found);
    }
    return packages;
  };

  const packagesOf = async (
    provider: ProviderAddress,
    { signal }: CallOptions,
  ): Promise<readonly LocalPackage[]> => {
    signal?.throwIfAborted();
    const key = providerKey(provider);
    const packages =
      known.get(key) ?? (await searching.run(key, async () => await search(provider)));
    known.set(key, packages);
    if (packages.length === 0) throw new ProviderNotFoundError(provider, [directory]);
    return packages;
  };

  return {
    display: directory,

    async availableVersions(provider, call: VersionQueryOptions = {}) {
      const packages = await packagesOf(provider, call);
      const versions = new Map<string, Version>();
      for (const { version } of packages) versions.set(formatVersion(version), version);
      const sorted = [...versions.values()].sort(compareVersions);
      if (sorted.some(isUnspecified)) {
        call.onWarning?.(
          `Provider ${formatProviderAddress(provider)} has an unspecified (0.0.0) version available in the filesystem mirror, source at ${directory}. It will not be used. \n${unspecifiedAdvice}`,
        );
      }
      return sorted;
    },

    async packageMeta(request, call = {}) {
      const packages = await packagesOf(request.provider, call);
      const ofVersion = packages.filter((one) => sameVersion(one.version, request.version));
      if (ofVersion.length === 0) {
        throw new VersionNotFoundError(request, undefined, directory);
      }
      const found = ofVersion.find((one) => samePlatform(one.platform, request.platform));
      if (found === undefined) throw new PlatformNotSupportedError(request);
      return {
        ...pick(request),
        filename: packageFilename(request.provider.type, request.version, request.platform),
        location: await locationOf(found, files),
        claims: { expected: [], trustedMirror: [] },
      };
    },
  };
}

function pick({ platform, provider, version }: PackageRequest): PackageRequest {
  return { provider, version, platform };
}

async function locationOf(found: LocalPackage, files: Files): Promise<PackageLocation> {
  const { path } = found;
  if (found.kind === 'archive') {
    let size;
    try {
      ({ size } = await files.stat(path));
    } catch (error) {
      throw new FileAccessError('read', path, error);
    }
    return zipLocation({
      display: path,
      size,
      files,
      receive: async (use, call) => await readArchive(path, use, { ...call, files }),
    });
  }
  const link = async ({ signal }: StageOptions = {}) => {
    const h1OfTree = await hashTree(path, { files, signal });
    return { kind: 'linked', path, h1OfTree } as const;
  };
  return {
    display: path,
    stage: async (_directory, options) => await link(options),
    measure: link,
  };
}

async function readArchive<T>(
  path: string,
  use: (body: Readable) => Promise<T>,
  { files, signal }: CallOptions & { readonly files: Files },
): Promise<T> {
  signal?.throwIfAborted();
  let handle;
  try {
    handle = await files.open(path, 'r');
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
  const source = handle.createReadStream({ highWaterMark: chunkBytes });
  let readError: unknown;
  source.once('error', (error) => (readError = error));
  try {
    return await use(source);
  } catch (error) {
    if (error === readError && signal?.aborted !== true) {
      throw new FileAccessError('read', path, error);
    }
    throw error;
  }
}
