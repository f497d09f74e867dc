import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractPackage } from '../../src/archive/index.ts';
import { readableOf } from '../../src/content/index.ts';
import {
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  packageFilename,
} from '../../src/domain/index.ts';
import type { PackageRequest } from '../../src/sources/index.ts';

/** Puts a package into a filesystem mirror, as a zip. */
export async function putPacked(
  mirror: string,
  { platform, provider, version }: PackageRequest,
  zip: Buffer,
): Promise<string> {
  const folder = join(mirror, formatProviderAddress(provider));
  await mkdir(folder, { recursive: true });
  const path = join(folder, packageFilename(provider.type, version, platform));
  await writeFile(path, zip);
  return path;
}

/** Puts a package into a filesystem mirror, as a folder. */
export async function putUnpacked(
  mirror: string,
  { platform, provider, version }: PackageRequest,
  zip: Buffer,
): Promise<string> {
  const path = join(
    mirror,
    formatProviderAddress(provider),
    formatVersion(version),
    formatPlatform(platform),
  );
  await mkdir(path, { recursive: true });
  await extractPackage(readableOf(zip), path);
  return path;
}
