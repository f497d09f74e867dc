import { type CallOptions, FileAccessError, type Files, nodeFiles } from '../../base/index.ts';
import {
  comparePlatforms,
  compareVersions,
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  isUnspecified,
  type Platform,
  type ProviderAddress,
  samePlatform,
  sameVersion,
  type Version,
} from '../../domain/index.ts';
import {
  openTree,
  packagesIn,
  PlatformNotSupportedError,
  providerFolders,
  ProviderNotFoundError,
  type ShelvedPackage,
} from '../../sources/index.ts';
import { inspectFetched } from './fetch-package.ts';
import { hashFile } from '../push/hash-file.ts';
import { UnpackedPackageError } from './mirror-errors.ts';
import type { MirrorOrigin, OriginRelease } from './mirror-origin.ts';
import { type OriginTrust, ruledTrust, unsignedProof } from './origin-trust.ts';

export interface FilesystemOriginOptions extends OriginTrust {
  /** A filesystem mirror with packed packages, as `tofu providers mirror` writes it. */
  readonly directory: string;
  readonly files?: Files | undefined;
}

/**
 * Releases from a filesystem mirror. Nobody vouches for them: where the user's rule wants a signature there is none.
 * Packages are read where they are. Only the zips of a release are its packages: a folder has lost its zip, and with
 * it the hash that its developers signed.
 * @throws (from all methods) FileAccessError when there is no such folder
 */
export function createFilesystemOrigin(options: FilesystemOriginOptions): MirrorOrigin {
  const { directory, files = nodeFiles } = options;

  /** Of one version, where one is given. */
  const find = async (
    provider: ProviderAddress,
    only?: Version,
  ): Promise<readonly ShelvedPackage[]> => {
    const tree = await openTree(directory, files);
    const found: ShelvedPackage[] = [];
    if (tree === undefined) return found;
    for await (const folder of providerFolders(tree, provider)) {
      for await (const one of packagesIn(folder, files)) {
        if (only === undefined || sameVersion(one.version, only)) found.push(one);
      }
    }
    return found;
  };

  return {
    async versions(provider, { signal }: CallOptions = {}) {
      signal?.throwIfAborted();
      const versions = new Map<string, { version: Version; platforms: Platform[] }>();
      for (const { platform, version } of await find(provider)) {
        if (isUnspecified(version)) continue;
        const key = formatVersion(version);
        const known = versions.get(key) ?? { version, platforms: [] };
        versions.set(key, known);
        if (!known.platforms.some((one) => samePlatform(one, platform))) {
          known.platforms.push(platform);
        }
      }
      if (versions.size === 0) throw new ProviderNotFoundError(provider, [directory]);
      for (const { platforms } of versions.values()) platforms.sort(comparePlatforms);
      return [...versions.values()].sort((a, b) => compareVersions(a.version, b.version));
    },

    async release({ platforms, provider, version }, { signal }: CallOptions = {}) {
      signal?.throwIfAborted();
      const found = await find(provider, version);
      const zips = platforms.map((platform) => {
        const here = found.filter((one) => samePlatform(one.platform, platform));
        const zip = here.find(({ kind }) => kind === 'archive');
        if (zip !== undefined) return zip;
        const [folder] = here;
        const request = { provider, version, platform };
        if (folder === undefined) throw new PlatformNotSupportedError(request);
        const name = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
        throw new UnpackedPackageError(`${name} for ${formatPlatform(platform)}`, folder.path);
      });
      const pathOf = (platform: Platform): string =>
        zips.find((one) => samePlatform(one.platform, platform))?.path ?? '';
      return {
        provider,
        version,
        host: provider.hostname,
        protocols: [],
        sums: undefined,
        sumsNameAll: false,
        trust: ruledTrust(options, provider),
        packages: await Promise.all(
          zips.map(async ({ path, platform }) => ({
            platform,
            zh: undefined,
            size: await sizeOf(path, files),
          })),
        ),
        prove: () => unsignedProof(provider, options),
        identify: async ({ platform }, call = {}) =>
          await hashFile(pathOf(platform), { ...call, files }),
        measure: async ({ platform }) => await sizeOf(pathOf(platform), files),
        fetch: async (one, _path, fetching = {}) => {
          const at = { one, path: pathOf(one.platform), release: { provider, version } };
          const fetched = await inspectFetched(at, { files, signal: fetching.signal });
          fetching.onProgress?.(fetched.record.size, fetched.record.size);
          return fetched;
        },
      } satisfies OriginRelease;
    },
  };
}

async function sizeOf(path: string, files: Files): Promise<number> {
  try {
    return (await files.stat(path)).size;
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
}
