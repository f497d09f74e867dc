import {
  hashScheme,
  type PackageHash,
  type Platform,
  type ProviderAddress,
  samePlatform,
  type Version,
} from '../domain/index.ts';
import type { ReleaseHashes } from '../sources/index.ts';
import { LockedHashMismatchError } from './errors.ts';

interface Comparison {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
  /** What the lock file has for this version; of any platforms. */
  readonly locked: readonly PackageHash[];
  readonly release: ReleaseHashes | undefined;
}

/**
 * Tells another platform's package, whose hashes may join those that are locked, from another package of a
 * platform that is locked already, whose hashes must not. The lock file does not say which hash is whose.
 * But when the release has a package for each hash that is locked, a package that is not locked is one of
 * another platform; and when some locked hash belongs to none of its packages, this one may be in its place.
 *
 * OpenTofu would take either: it unites what any mirror offers with what is locked.
 * @throws LockedHashMismatchError
 */
export function refuseForeignRelease({ locked, platform, release, ...what }: Comparison): void {
  if (release === undefined || locked.length === 0) return;
  const here = release.packages.filter((one) => samePlatform(one.platform, platform));
  const offered = here.flatMap(hashesOf);
  if (offered.length === 0 || offered.some((hash) => locked.includes(hash))) return;
  const known = new Set(release.packages.flatMap(hashesOf));
  const schemes = completeSchemes(release);
  const unexplained = locked.filter((hash) => schemes.has(hashScheme(hash)) && !known.has(hash));
  if (unexplained.length === 0) return;
  throw new LockedHashMismatchError(what.provider, what.version, { offered, locked });
}

/** The schemes in which the release names every package. */
function completeSchemes({ packages }: ReleaseHashes): ReadonlySet<string> {
  return new Set([
    ...(packages.every(({ h1 }) => h1 !== undefined) ? ['h1'] : []),
    ...(packages.every(({ zh }) => zh !== undefined) ? ['zh'] : []),
  ]);
}

function hashesOf({ h1, zh }: ReleaseHashes['packages'][number]): readonly PackageHash[] {
  return [h1, zh].filter((hash) => hash !== undefined);
}
