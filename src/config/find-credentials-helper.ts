import { join } from 'node:path';
import { compareBytes, type Files } from '../base/index.ts';
import {
  compareVersions,
  formatPlatform,
  parseVersion,
  platformOfNode,
  type Version,
} from '../domain/index.ts';
import { dataFolders } from './implied-mirror-folders.ts';
import type { Surroundings } from './surroundings.ts';

export interface FindHelperOptions {
  readonly surroundings: Surroundings;
  readonly files: Files;
  /** `process.arch`. */
  readonly arch: string;
}

/**
 * `terraform-credentials-NAME`, or the newest `terraform-credentials-NAME_vVERSION`, in the `plugins` of OpenTofu's
 * data folders, or in the folder of the platform there. It is never looked for on PATH.
 */
export async function findCredentialsHelper(
  name: string,
  { arch, files, surroundings }: FindHelperOptions,
): Promise<string | undefined> {
  if (!/^[\w.-]+$/u.test(name)) return undefined;
  const platform = formatPlatform(platformOfNode(surroundings.platform, arch));
  const found: FoundHelper[] = [];
  for (const folder of dataFolders(surroundings)) {
    for (const plugins of [join(folder, 'plugins'), join(folder, 'plugins', platform)]) {
      for (const file of await namesIn(plugins, files)) {
        const version = versionOfHelper(file, name);
        const path = join(plugins, file);
        if (version !== undefined && (await isFile(path, files))) found.push({ path, version });
      }
    }
  }
  // Sorting is stable: of equals the first one counts.
  return found.sort((a, b) => compareVersions(b.version, a.version))[0]?.path;
}

interface FoundHelper {
  readonly path: string;
  readonly version: Version;
}

/** Undefined for other programs; 0.0.0 when its name has no version. */
function versionOfHelper(file: string, name: string): Version | undefined {
  const match =
    /^terraform-credentials-(?<name>.+?)(?:_v(?<version>.*?)(?:_x.*)?)?(?:\.exe)?$/iu.exec(file);
  // OpenTofu does not tell upper from lower case in the file's name, and wants lower case in the configuration.
  if (match?.groups?.['name']?.toLowerCase() !== name) return undefined;
  try {
    return parseVersion(match.groups['version'] ?? '0.0.0');
  } catch {
    return undefined;
  }
}

async function namesIn(folder: string, files: Files): Promise<readonly string[]> {
  try {
    return (await files.readdir(folder)).toSorted(compareBytes);
  } catch {
    return [];
  }
}

async function isFile(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.stat(path)).isFile();
  } catch {
    return false;
  }
}
