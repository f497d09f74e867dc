import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { errnoOf, FileAccessError, type Files, makeFolders } from '../base/index.ts';
import { hashTree } from '../archive/index.ts';
import { displayHost, formatPlatform, formatVersion, type PackageHash } from '../domain/index.ts';
import type { PackageRequest } from '../sources/index.ts';
import { ModifiedPackageError } from './errors.ts';

/**
 * The folder that OpenTofu looks for installed packages in, `<data dir>/providers`, and a private place
 * beside it, on the same file system, where packages are staged.
 */
export interface PackageFolder {
  /** Where a package is, or would be. */
  pathOf(request: PackageRequest): string;
  /** h1 of what is installed there, or undefined when there is nothing. */
  installedHash(request: PackageRequest, signal?: AbortSignal): Promise<PackageHash | undefined>;
  /** Makes a private, empty folder for one package. */
  stagingArea(): Promise<string>;
  /**
   * Makes a staged package visible, by a rename. What is there already stays when it has the same
   * content.
   * @throws ModifiedPackageError when it differs.
   */
  place(
    staged: { directory: string; h1OfTree: PackageHash },
    request: PackageRequest,
  ): Promise<void>;
  /** Removes everything this object staged and did not place. @throws FileAccessError */
  close(): Promise<void>;
}

/** @param providers where packages are, if not in `<data dir>/providers`; on the same file system */
export function openPackageFolder(
  dataDirectory: string,
  files: Files,
  providers: string = join(dataDirectory, 'providers'),
): PackageFolder {
  const staging = join(dataDirectory, `.tofu-oci-stage-${randomBytes(8).toString('hex')}`);
  let staged = 0;

  const pathOf = ({ provider, version, platform }: PackageRequest): string =>
    join(
      providers,
      displayHost(provider.hostname),
      provider.namespace,
      provider.type,
      formatVersion(version),
      formatPlatform(platform),
    );

  const installedHash = async (
    request: PackageRequest,
    signal?: AbortSignal,
  ): Promise<PackageHash | undefined> => {
    const path = pathOf(request);
    try {
      const names = await files.readdir(path);
      if (names.length === 0) return undefined;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw new FileAccessError('read', path, error);
    }
    return await hashTree(path, { files, signal });
  };

  return {
    pathOf,
    installedHash,

    async stagingArea() {
      staged += 1;
      const path = join(staging, String(staged));
      try {
        // The data folder is everybody's; only what is not yet judged is private.
        await makeFolders(files, dataDirectory);
        await makeFolders(files, path, { mode: 0o700 });
      } catch (error) {
        throw new FileAccessError('create', path, error);
      }
      return path;
    },

    async place({ directory, h1OfTree }, request) {
      const path = pathOf(request);
      try {
        await makeFolders(files, dirname(path));
        await files.rename(directory, path);
        return;
      } catch (error) {
        const taken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM'].includes(errnoOf(error) ?? '');
        if (!taken) throw new FileAccessError('place a provider in', path, error);
      }
      if ((await installedHash(request)) !== h1OfTree) throw new ModifiedPackageError(path);
    },

    async close() {
      if (staged === 0) return;
      try {
        await files.rm(staging, { recursive: true, force: true });
      } catch (error) {
        throw new FileAccessError('remove', staging, error);
      }
    },
  };
}
