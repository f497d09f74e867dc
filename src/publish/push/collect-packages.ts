import { basename, join } from 'node:path';
import { compareBytes, FileAccessError, type Files, nodeFiles } from '../../base/index.ts';
import {
  comparePlatforms,
  formatPlatform,
  formatVersion,
  parsePackageFilename,
  parseVersion,
  type Platform,
  sameVersion,
  type Version,
} from '../../domain/index.ts';
import { NoPackagesError, PackageSelectionError } from '../errors.ts';

/** A zip on disk whose name says which package it is. */
export interface PackageFile {
  readonly path: string;
  readonly version: Version;
  readonly platform: Platform;
}

export interface CollectedFiles {
  readonly version: Version;
  /** Sorted by platform; one per platform. */
  readonly packages: readonly PackageFile[];
  /** The folders that were looked into, for the documents that lie beside the zips. */
  readonly folders: readonly string[];
}

export interface CollectRequest {
  readonly type: string;
  /** Only this version; else the one version that all file names agree on. */
  readonly version: Version | undefined;
  /** Zips, and folders of them. */
  readonly paths: readonly string[];
}

/** A release has some tens of packages; a folder with this many is not a release folder. */
const maxFolderEntries = 10_000;

/**
 * Finds the packages of one release by their file names. In a folder, files with other names are passed
 * over; a file that was named itself must be a package of this provider.
 * @throws PackageSelectionError, NoPackagesError, FileAccessError
 */
export async function collectPackages(
  request: CollectRequest,
  files: Files = nodeFiles,
): Promise<CollectedFiles> {
  const found: PackageFile[] = [];
  const folders = new Set<string>();
  for (const path of request.paths) {
    if (await isFolder(path, files)) {
      folders.add(path);
      found.push(...(await packagesIn(path, request, files)));
    } else {
      folders.add(join(path, '..'));
      found.push(namedPackage(path, request));
    }
  }
  const version = request.version ?? theOneVersion(found, request);
  const packages = found.filter((file) => sameVersion(file.version, version));
  if (packages.length === 0) {
    throw new NoPackagesError(
      `no terraform-provider-${request.type}_${formatVersion(version)}_OS_ARCH.zip in ${request.paths.join(', ')}`,
      { hint: found.length === 0 ? noneHint : `There are packages of ${versionsOf(found)}.` },
    );
  }
  packages.sort((a, b) => comparePlatforms(a.platform, b.platform) || compareBytes(a.path, b.path));
  refuseDoubles(packages);
  return { version, packages, folders: [...folders] };
}

async function isFolder(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.stat(path)).isDirectory();
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
}

async function packagesIn(
  folder: string,
  request: CollectRequest,
  files: Files,
): Promise<readonly PackageFile[]> {
  const names = await files.readdir(folder);
  if (names.length > maxFolderEntries) {
    throw new PackageSelectionError(
      `${folder} has ${names.length} entries, more than ${maxFolderEntries}: it is no release folder`,
    );
  }
  return names.flatMap((name) => {
    const file = readName(join(folder, name), request.type);
    return file === undefined ? [] : [file];
  });
}

function namedPackage(path: string, request: CollectRequest): PackageFile {
  const file = readName(path, request.type);
  if (file === undefined) {
    throw new PackageSelectionError(
      `${basename(path)} is not named terraform-provider-${request.type}_VERSION_OS_ARCH.zip`,
    );
  }
  if (request.version !== undefined && !sameVersion(file.version, request.version)) {
    throw new PackageSelectionError(
      `${basename(path)} is version ${formatVersion(file.version)}, expected ${formatVersion(request.version)}`,
    );
  }
  return file;
}

/** A leading `v` of the version is dropped, as some build scripts write one. */
function readName(path: string, type: string): PackageFile | undefined {
  const parts = parsePackageFilename(basename(path));
  if (parts?.type !== type) return undefined;
  try {
    const version = parseVersion(parts.version.replace(/^v/u, ''));
    return { path, version, platform: parts.platform };
  } catch {
    return undefined;
  }
}

const noneHint =
  'Give the folder that the zips are in, or the zips themselves; check the type in the address, too.';

function versionsOf(found: readonly PackageFile[]): string {
  const versions = new Set(found.map((file) => formatVersion(file.version)));
  return [...versions].sort(compareBytes).join(', ');
}

function theOneVersion(found: readonly PackageFile[], { paths, type }: CollectRequest): Version {
  const [first] = found;
  if (first === undefined) {
    throw new NoPackagesError(
      `no terraform-provider-${type}_VERSION_OS_ARCH.zip in ${paths.join(', ')}`,
      { hint: noneHint },
    );
  }
  if (found.some((file) => !sameVersion(file.version, first.version))) {
    throw new PackageSelectionError(`the packages are of several versions: ${versionsOf(found)}`, {
      hint: 'Name the one to publish: HOST/NAMESPACE/TYPE@VERSION.',
    });
  }
  return first.version;
}

function refuseDoubles(packages: readonly PackageFile[]): void {
  for (const [index, file] of packages.entries()) {
    const next = packages[index + 1];
    if (next === undefined || formatPlatform(file.platform) !== formatPlatform(next.platform))
      continue;
    throw new PackageSelectionError(
      `two packages for ${formatPlatform(file.platform)}: ${file.path} and ${next.path}`,
    );
  }
}
