import { parseSha256Sums } from '../../artifact/index.ts';
import { compareBytes } from '../../base/index.ts';
import { formatPlatform, packageFilename, parsePlatform } from '../../domain/index.ts';
import { PackageConflictError, UnlistedPackageError } from '../errors.ts';
import type { LocalPackage } from '../push/local-package.ts';
import type { OriginPackage, OriginRelease } from './mirror-origin.ts';
import type { MirroredPackage, MirrorReleaseRequest } from './mirror-release.ts';
import type { StandingRelease } from './mirror-target.ts';

/** What a release has, what is there of it, and what is wanted. */
export interface MirrorPlan {
  /** That were asked for. */
  readonly packages: readonly OriginPackage[];
  readonly standing: StandingRelease | undefined;
  readonly wanted: readonly OriginPackage[];
}

/**
 * The origin's own sums name every package of a release: what is published beside those was put there by somebody
 * else, and must not get the proof of the others.
 * @throws UnlistedPackageError, PackageConflictError
 */
export function refuseUnlisted(
  release: OriginRelease,
  standing: StandingRelease | undefined,
): void {
  if (release.sums === undefined || !release.sumsNameAll || standing === undefined) return;
  const stated = parseSha256Sums(release.sums.toString('utf8'));
  const { provider, version } = release;
  for (const [name, { zh }] of standing.packages) {
    const filename = packageFilename(provider.type, version, parsePlatform(name));
    if (!stated.has(filename)) throw new UnlistedPackageError(name, zh);
  }
}

/**
 * What has to be fetched: what is missing or damaged, what may be replaced, and what only the package itself can tell.
 * @throws PackageConflictError
 */
export function wantedPackages(
  packages: readonly OriginPackage[],
  { replace }: Pick<MirrorReleaseRequest, 'replace'>,
  standing: StandingRelease | undefined,
): readonly OriginPackage[] {
  return packages.filter(({ platform, zh }) => {
    const name = formatPlatform(platform);
    const there = standing?.packages.get(name);
    if (there === undefined || zh === undefined) return true;
    if (there.zh === zh) return there.isDamaged;
    if (!replace) throw new PackageConflictError(name, { published: there.zh, offered: zh });
    return true;
  });
}

/**
 * Whether a package that was fetched has to be published.
 * @throws PackageConflictError
 */
export function isChange(
  { record }: LocalPackage,
  { replace }: Pick<MirrorReleaseRequest, 'replace'>,
  standing: StandingRelease | undefined,
): boolean {
  const name = formatPlatform(record.platform);
  const there = standing?.packages.get(name);
  if (there === undefined) return true;
  if (there.zh === record.zh) return there.isDamaged;
  if (replace) return true;
  throw new PackageConflictError(name, { published: there.zh, offered: record.zh });
}

/** What was done with the packages that were wanted; without it, what is planned. */
interface Done {
  readonly sizes?: ReadonlyMap<string, number | undefined>;
  readonly fetched?: readonly LocalPackage[];
  readonly changed?: readonly LocalPackage[];
}

/** What becomes, or became, of each package, sorted by platform. */
export function outcomes(
  { packages, standing, wanted }: MirrorPlan,
  { changed = [], fetched, sizes }: Done = {},
): readonly MirroredPackage[] {
  return packages
    .map((one): MirroredPackage => {
      const platform = formatPlatform(one.platform);
      const isThis = ({ record }: LocalPackage): boolean =>
        formatPlatform(record.platform) === platform;
      const there = standing?.packages.get(platform);
      const record = fetched?.find(isThis)?.record;
      const isWanted = wanted.includes(one);
      return {
        platform,
        outcome: changed.some(isThis)
          ? 'pushed'
          : isWanted && fetched === undefined
            ? 'planned'
            : 'present',
        zh: record?.zh ?? one.zh,
        size: record?.size ?? (isWanted ? sizes?.get(platform) : undefined) ?? there?.size,
      };
    })
    .sort((a, b) => compareBytes(a.platform, b.platform));
}
