import {
  formatConstraints,
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  type Platform,
  type ProviderAddress,
  samePlatform,
  sameVersion,
  satisfies,
  type Version,
  type VersionConstraints,
} from '../../domain/index.ts';
import { NoVersionsError } from '../errors.ts';
import type { OriginVersion } from './mirror-origin.ts';

/** Some versions of a provider. */
export interface WantedVersions {
  /** No terms: any that is no prerelease. */
  readonly constraints: VersionConstraints;
  /** Only so many of those that satisfy the constraints, counted from the newest; at least one. */
  readonly newest: number | 'all';
}

/** What is to be mirrored of one provider. */
export interface MirroredProvider {
  readonly provider: ProviderAddress;
  /** These, whatever else. */
  readonly versions: readonly Version[];
  /** And what satisfies any of these. */
  readonly wanted: readonly WantedVersions[];
}

/** Ascending, each once; and what was asked for and is not offered. */
export function selectVersions(
  { provider, versions, wanted }: MirroredProvider,
  offered: readonly OriginVersion[],
): { readonly versions: readonly OriginVersion[]; readonly missing: readonly NoVersionsError[] } {
  const chosen = new Set<OriginVersion>();
  const missing: NoVersionsError[] = [];
  const none = (what: string): void => {
    const newest = offered.at(-1)?.version;
    missing.push(
      new NoVersionsError(`the registry of ${formatProviderAddress(provider)} has no ${what}`, {
        hint: newest === undefined ? undefined : `The newest version is ${formatVersion(newest)}.`,
      }),
    );
  };
  for (const version of versions) {
    const found = offered.find((each) => sameVersion(each.version, version));
    if (found === undefined) none(`version ${formatVersion(version)}`);
    else chosen.add(found);
  }
  for (const { constraints, newest } of wanted) {
    const fitting = offered.filter(({ version }) => satisfies(constraints, version));
    if (fitting.length === 0) {
      none(`version that satisfies ${formatConstraints(constraints) || 'anything'}`);
    }
    for (const one of newest === 'all' ? fitting : fitting.slice(-newest)) chosen.add(one);
  }
  return { versions: offered.filter((each) => chosen.has(each)), missing };
}

/**
 * The platforms of a version that are to be mirrored.
 * @param wanted undefined for all that it has
 * @throws NoVersionsError when there are none
 */
export function selectPlatforms(
  { platforms, version }: OriginVersion,
  wanted: readonly Platform[] | undefined,
  provider: ProviderAddress,
): readonly Platform[] {
  const found = platforms.filter(
    (one) => wanted === undefined || wanted.some((each) => samePlatform(each, one)),
  );
  if (found.length > 0) return found;
  const release = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
  if (platforms.length === 0) {
    throw new NoVersionsError(
      `the registry does not tell for which platforms there are packages of ${release}`,
    );
  }
  throw new NoVersionsError(`${release} has no package for a platform that was asked for`, {
    hint: `It has packages for ${platforms.map(formatPlatform).join(', ')}.`,
  });
}
