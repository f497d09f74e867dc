import { TofuOciError } from '../../base/index.ts';
import {
  formatPlatform,
  formatVersion,
  displayProvider,
  type PackageHash,
  type Platform,
  type ProviderAddress,
  type ProviderLock,
  type Version,
  zhFromHex,
} from '../../domain/index.ts';
import type { Finding } from '../../release/index.ts';
import type { VerifiedRelease } from './verify-release.ts';

/** A lock file holds a release to packages that the mirror does not have. */
export class LockedPackageMissingError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_LOCKED_MISSING';
  readonly category = 'not-found';
}

/** What the mirror has under the version is not what the lock file means by it. */
export class LockedPackageMismatchError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_LOCKED_MISMATCH';
  readonly category = 'integrity';
  constructor({ provider, version }: { provider: ProviderAddress; version: Version }, why: string) {
    super(`${displayProvider(provider)} ${formatVersion(version)}: ${why}`, {
      hint: 'Somebody built or published it anew: find out which of the two is the right one before anybody installs it.',
    });
  }
}

/** What a lock file says of a provider, and where it stands. */
export interface LockedProvider {
  readonly lock: ProviderLock;
  /** The file, as the user knows it. */
  readonly place: string;
}

/**
 * A release beside what a lock file says of it.
 *
 * - A package that shares no hash with the lock file can not be installed. Where none of them does, the mirror has
 *   other packages under this version, and that is a problem; where some do, the lock file was merely not made for
 *   every platform, and it is told.
 * - `zh:` hashes of the lock file that no package has are packages that the mirror lacks. With `platforms` only those
 *   platforms have to be there.
 *
 * @param platforms undefined: everything that the lock file knows of
 */
export function lockFindings(
  release: Pick<VerifiedRelease, 'packages' | 'provider' | 'version'>,
  { lock, place }: LockedProvider,
  platforms: readonly Platform[] | undefined,
): readonly Finding[] {
  const locked = new Set(lock.hashes);
  if (locked.size === 0) {
    const message = `${place} locks no hash of it, so anything would be installed`;
    return [{ severity: 'warning', message }];
  }
  const isLocked = (hashes: readonly PackageHash[]): boolean => hashes.some((h) => locked.has(h));
  const held = release.packages.map(({ digest, h1, platform }) => {
    const zh = zhFromHex(digest.slice('sha256:'.length));
    return { platform, zh, hashes: h1 === undefined ? [zh] : [zh, h1] };
  });
  if (held.length > 0 && !held.some(({ hashes }) => isLocked(hashes))) {
    const why = `none of its packages has a hash that ${place} locks`;
    return [{ severity: 'problem', error: new LockedPackageMismatchError(release, why) }];
  }
  const wanted = platforms?.map(formatPlatform);
  const unlocked = held.filter(({ hashes }) => !isLocked(hashes));
  const findings = unlocked.map(({ platform }): Finding => {
    const why = `${place} has no hash of the package`;
    return wanted?.includes(platform) === true
      ? { severity: 'problem', platform, error: new LockedPackageMismatchError(release, why) }
      : { severity: 'warning', platform, message: `${why}: it can not be installed with it` };
  });
  const missing =
    wanted === undefined
      ? countMissing(lock, held, place)
      : wanted.filter((name) => !held.some(({ platform }) => platform === name)).map(absent);
  return [...findings, ...missing];
}

function absent(platform: string): Finding {
  const error = new LockedPackageMissingError('the mirror has no package', {
    hint: 'Mirror the release for this platform, too.',
  });
  return { severity: 'problem', platform, error };
}

/** A `zh:` hash does not say whose it is. */
function countMissing(
  lock: ProviderLock,
  held: readonly { readonly zh: PackageHash }[],
  place: string,
): readonly Finding[] {
  const known = new Set(held.map(({ zh }) => zh));
  const all = lock.hashes.filter((hash) => hash.startsWith('zh:'));
  const missing = all.filter((hash) => !known.has(hash));
  if (missing.length === 0) return [];
  const [first = ''] = missing;
  const error = new LockedPackageMissingError(
    `the mirror lacks ${missing.length} of the ${all.length} packages that ${place} locks, ${first} for one`,
    { hint: 'Mirror the other platforms, too, or name those that have to be there by --platform.' },
  );
  return [{ severity: 'problem', error }];
}
