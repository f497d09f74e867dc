import { formatPlatform, parsePlatform, type Platform } from './platform.ts';
import { formatVersion, type Version } from './version.ts';
import { InvalidPlatformError } from './errors.ts';

export interface PackageFilename {
  readonly type: string;
  /** As it stands in the name; may begin with `v`. */
  readonly version: string;
  readonly platform: Platform;
}

/** The name under which releases publish a package: `terraform-provider-TYPE_VERSION_OS_ARCH.zip`. */
export function packageFilename(type: string, version: Version, platform: Platform): string {
  return `terraform-provider-${type}_${formatVersion(version)}_${formatPlatform(platform)}.zip`;
}

const filenamePattern =
  /^terraform-provider-(?<type>.+)_(?<version>v?[0-9][0-9A-Za-z.+-]*)_(?<platform>[^_]+_[^_]+)\.zip$/u;

/** What a package's file name says, or undefined for any other file. Takes a name, not a path. */
export function parsePackageFilename(name: string): PackageFilename | undefined {
  const groups = filenamePattern.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { type = '', version = '', platform = '' } = groups;
  if (/[/\\]/u.test(type)) return undefined;
  try {
    return { type, version, platform: parsePlatform(platform) };
  } catch (error) {
    if (error instanceof InvalidPlatformError) return undefined;
    throw error;
  }
}

/**
 * Whether a file in the top folder of a package can be the provider's executable: named
 * `terraform-provider-TYPE`, alone or followed by `_` or `.`.
 */
export function executableMatches(type: string, filename: string): boolean {
  const prefix = `terraform-provider-${type}`;
  if (!filename.startsWith(prefix)) return false;
  const next = filename.charAt(prefix.length);
  return next === '' || next === '_' || next === '.';
}
