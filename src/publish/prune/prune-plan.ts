import {
  compareVersions,
  formatConstraints,
  formatVersion,
  noConstraints,
  type ProviderAddress,
  sameProvider,
  sameVersion,
  satisfies,
  type Version,
  type VersionConstraints,
} from '../../domain/index.ts';

/** A version that somebody needs. */
export interface LockedVersion {
  readonly provider: ProviderAddress;
  readonly version: Version;
  /** The lock file, for reasons. */
  readonly file: string;
}

/** What is kept; a version that any of these keeps stays. */
export interface KeepRules {
  /** So many of the newest versions that count; at least one. */
  readonly newest: number | undefined;
  readonly constraints: readonly VersionConstraints[];
  /** Of all providers; undefined when lock files are not asked, as opposed to naming nothing. */
  readonly locked: readonly LockedVersion[] | undefined;
}

/** Why a version stays. */
export type KeepReason =
  | { readonly kind: 'newest'; readonly rank: number; readonly of: number }
  | { readonly kind: 'constraint'; readonly constraint: string }
  | { readonly kind: 'lock'; readonly file: string }
  /** Nobody can say what it is, so nobody removes it. */
  | { readonly kind: 'no-release'; readonly why: string };

/** What is known of a version before it is decided upon. */
export interface CountedVersion {
  readonly version: Version;
  /**
   * `counts`: a release, accepted by the trust policy where a rule is for it, or never asked for that; `refused`: not
   * accepted, `why` says by what; `no-release`: not a release of the provider at all.
   */
  readonly standing: 'counts' | 'refused' | 'no-release';
  readonly why?: string | undefined;
}

export interface DecidedVersion {
  readonly version: Version;
  /** Empty for one that goes. */
  readonly kept: readonly KeepReason[];
  /** Why nothing keeps it; empty for one that stays. */
  readonly removedBecause: string;
}

/** Newest first: releases, and prereleases only where there is nothing else, as for whoever installs. */
export function newestFirst(versions: readonly Version[]): readonly Version[] {
  const releases = versions.filter((version) => satisfies(noConstraints, version));
  return (releases.length > 0 ? releases : versions).toSorted((a, b) => compareVersions(b, a));
}

/** Decides about each version of one provider; ascending. */
export function decideVersions(
  provider: ProviderAddress,
  counted: readonly CountedVersion[],
  rules: KeepRules,
): readonly DecidedVersion[] {
  const ranks = ranksOf(counted, rules.newest);
  return counted
    .toSorted((a, b) => compareVersions(a.version, b.version))
    .map((one) => {
      const rank = ranks.get(formatVersion(one.version));
      const kept = reasonsToKeep({ provider, one, rank }, rules);
      const removedBecause = kept.length > 0 ? '' : reasonsToRemove(one, rules);
      return { version: one.version, kept, removedBecause };
    });
}

/** For people: `newest 2 of 3`, `locked by ./a/.terraform.lock.hcl`. */
export function describeReason(reason: KeepReason): string {
  switch (reason.kind) {
    case 'newest':
      return `newest ${reason.rank} of ${reason.of}`;
    case 'constraint':
      return `satisfies "${reason.constraint}"`;
    case 'lock':
      return `locked by ${reason.file}`;
    case 'no-release':
      return `no release that could be removed: ${reason.why}`;
  }
}

/** Of the versions that are among the newest. */
function ranksOf(
  counted: readonly CountedVersion[],
  newest: number | undefined,
): ReadonlyMap<string, number> {
  const counting = counted.filter(({ standing }) => standing === 'counts');
  const chosen = newestFirst(counting.map(({ version }) => version)).slice(0, newest ?? 0);
  return new Map(chosen.map((version, index) => [formatVersion(version), index + 1]));
}

function reasonsToKeep(
  about: {
    readonly provider: ProviderAddress;
    readonly one: CountedVersion;
    readonly rank: number | undefined;
  },
  { constraints, locked = [], newest }: KeepRules,
): readonly KeepReason[] {
  const { one, provider, rank } = about;
  const { version } = one;
  const files = locked
    .filter((lock) => sameProvider(lock.provider, provider) && sameVersion(lock.version, version))
    .map(({ file }) => file);
  return [
    ...(one.standing === 'no-release'
      ? [{ kind: 'no-release', why: one.why ?? 'unknown' } as const]
      : []),
    ...(rank === undefined || newest === undefined
      ? []
      : [{ kind: 'newest', rank, of: newest } as const]),
    ...constraints
      .filter((constraint) => satisfies(constraint, version))
      .map((one) => ({ kind: 'constraint', constraint: formatConstraints(one) }) as const),
    ...[...new Set(files)].map((file) => ({ kind: 'lock', file }) as const),
  ];
}

function reasonsToRemove(
  { standing, version, why }: CountedVersion,
  { constraints, locked, newest }: KeepRules,
): string {
  const parts: string[] = [];
  if (newest !== undefined) {
    if (standing === 'refused') {
      parts.push(
        `it is not accepted, so it does not count among the newest: ${why ?? 'no reason'}`,
      );
    } else if (version.prerelease === '') parts.push(`not among the newest ${newest}`);
    else parts.push(`prereleases do not count among the newest ${newest}`);
  }
  if (constraints.length > 0) {
    const texts = constraints.map((one) => `"${formatConstraints(one)}"`);
    parts.push(`does not satisfy ${texts.join(' or ')}`);
  }
  if (locked !== undefined) parts.push('no lock file needs it');
  return parts.join('; ');
}
