import pLimit from 'p-limit';
import { type CallOptions, FileAccessError, type Files } from '../../base/index.ts';
import { checkProviderPackage, hashPackage, type PackageSummary } from '../../archive/index.ts';
import type { PackageRecord } from '../../artifact/index.ts';
import { packageFilename, type Version } from '../../domain/index.ts';
import type { PackageFile } from './collect-packages.ts';
import { BadPackageError } from '../errors.ts';

/** A zip on disk that was read once, found to be a provider package, and hashed. */
export interface LocalPackage {
  readonly path: string;
  readonly record: PackageRecord;
}

export interface InspectOptions extends CallOptions {
  readonly files: Files;
  readonly onInspected?: ((path: string) => void) | undefined;
}

/**
 * Reads each zip once: hashes, archive rules, and whether it holds the provider's executable. Nothing is
 * sent before all of them passed.
 * @throws BadPackageError naming the zip that is hostile, truncated or no provider package.
 */
export async function inspectPackages(
  type: string,
  version: Version,
  found: readonly PackageFile[],
  options: InspectOptions,
): Promise<readonly LocalPackage[]> {
  // Inflating is bound by the processor: two at a time keep both cores of a small machine busy.
  const limit = pLimit(2);
  return await Promise.all(
    found.map((file) =>
      limit(async () => {
        const inspected = await inspect(file.path, type, options);
        options.onInspected?.(file.path);
        return {
          path: file.path,
          record: {
            platform: file.platform,
            filename: packageFilename(type, version, file.platform),
            size: inspected.size,
            zh: inspected.zh,
            h1: inspected.h1OfTree,
          },
        };
      }),
    ),
  );
}

async function inspect(
  path: string,
  type: string,
  { files, signal }: InspectOptions,
): Promise<PackageSummary> {
  try {
    const inspected = await hashPackage(path, { files, signal });
    checkProviderPackage(inspected.entries, type);
    return inspected;
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof FileAccessError ? error : new BadPackageError(path, error);
  }
}
