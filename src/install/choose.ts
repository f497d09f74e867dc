import {
  displayProvider,
  formatConstraints,
  formatVersion,
  newestSatisfying,
  noConstraints,
  onlyUnspecified,
  type ProviderAddress,
  type ProviderLock,
  satisfies,
  type Version,
  type VersionConstraints,
} from '../domain/index.ts';
import type { ProviderSource, VersionQueryOptions } from '../sources/index.ts';
import {
  BuiltInProviderError,
  LockedVersionConflictError,
  NoMatchingVersionError,
  UnpublishedVersionError,
} from './errors.ts';

export interface Choice {
  readonly version: Version;
}

interface Wanted {
  readonly provider: ProviderAddress;
  readonly constraints: VersionConstraints;
  readonly locked: ProviderLock | undefined;
}

/**
 * The version to install: the locked one without asking the source (its package is asked for next, and
 * an absent one is reported then), else the newest on offer that satisfies the constraints.
 * @throws UnpublishedVersionError, LockedVersionConflictError, NoMatchingVersionError, and whatever the source throws.
 */
export async function chooseVersion(
  source: ProviderSource,
  wanted: Wanted,
  options: VersionQueryOptions & { readonly mode: 'use-locked' | 'upgrade' },
): Promise<Choice> {
  const { provider, constraints, locked } = wanted;
  if (onlyUnspecified(constraints)) throw new UnpublishedVersionError();
  if (locked !== undefined && options.mode === 'use-locked') {
    if (satisfies(constraints, locked.version)) return { version: locked.version };
    throw new LockedVersionConflictError(provider, locked.version, constraints);
  }
  const { onWarning, signal } = options;
  const offered = await source.availableVersions(provider, { signal, onWarning });
  const version = newestSatisfying(offered, constraints);
  if (version !== undefined) return { version };
  const newest = offered.at(-1);
  throw new NoMatchingVersionError(
    `no available releases match the given constraints ${formatConstraints(constraints)}`,
    {
      hint:
        newest === undefined
          ? `There is no release of ${displayProvider(provider)} at all.`
          : `The newest release on offer is ${formatVersion(newest)}.`,
    },
  );
}

/** @throws BuiltInProviderError */
export function checkBuiltIn(provider: ProviderAddress, constraints: VersionConstraints): void {
  if (provider.type !== 'terraform') {
    throw new BuiltInProviderError(
      `this OpenTofu release has no built-in provider named "${provider.type}"`,
    );
  }
  if (formatConstraints(constraints) !== formatConstraints(noConstraints)) {
    throw new BuiltInProviderError(
      'built-in providers do not support explicit version constraints',
    );
  }
}
