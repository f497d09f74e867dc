import { checkProviderPackage, findExecutable } from '../archive/index.ts';
import type { CallOptions, Files } from '../base/index.ts';
import {
  isDefaultHost,
  isKnownScheme,
  type PackageHash,
  type Platform,
  type ProviderAddress,
  type ProviderLock,
  samePlatform,
  sameVersion,
  type Version,
  type VersionConstraints,
} from '../domain/index.ts';
import type { MeasuredPackage, ProviderSource, ReleaseHashes } from '../sources/index.ts';
import { authenticationOf, judge } from './dispositions.ts';
import { locatePackage } from './locate-package.ts';
import type { LockEvents } from './lock-changes.ts';
import { hashesToRecord } from './lock-record.ts';
import { refuseForeignRelease } from './refuse-foreign-release.ts';
import type { WorkLimits } from './work-limits.ts';

/** A provider to be locked, at the version that was chosen for it. */
export interface LockTask {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly constraints: VersionConstraints;
  /** The entry before, of this version or another. */
  readonly locked: ProviderLock | undefined;
  /** What the source knows of all packages without a transfer. */
  readonly release: ReleaseHashes | undefined;
}

export interface LockContext extends CallOptions {
  readonly source: ProviderSource;
  readonly files: Files;
  readonly limits: WorkLimits;
  readonly enforceSignatures: boolean;
  readonly events?: LockEvents | undefined;
  /** Reports when it is this package's turn. */
  readonly say: (report: () => void) => void;
}

/**
 * The hashes to record for one platform: from what a trusted source tells, else from the package itself, which
 * is not kept.
 * @throws LockedHashMismatchError, PackageHashMismatchError, NotAProviderPackageError, and what the source throws
 */
export async function lockPackage(
  task: LockTask,
  platform: Platform,
  context: LockContext,
): Promise<readonly PackageHash[]> {
  const { events, limits, say, signal } = context;
  const { provider, release, version } = task;
  const one = { provider, version, platform };
  const locked = lockedHashes(task);
  refuseForeignRelease({ ...one, locked, release });
  const told = toldHashes(release, platform, context, provider);
  if (told !== undefined && release !== undefined) {
    say(() => events?.told?.(one, release.display));
    return [...locked, ...told];
  }
  const meta = await locatePackage(context.source, one, { locked: task.locked, signal });
  const found = await limits.wholePackage(meta.location.size, async () => {
    say(() => events?.fetching?.(one));
    return await meta.location.measure({
      signal,
      onProgress: (received) => events?.progress?.(one, received, meta.location.size),
    });
  });
  const dispositions = judge(found, meta.claims);
  await checkExecutable(found, provider.type, context);
  if (meta.claims.signedBy?.keyExpired === true) say(() => events?.keyExpired?.(provider));
  say(() => events?.retrieved?.(one, authenticationOf(dispositions)));
  return hashesToRecord({
    provider,
    version,
    installed: found.h1OfTree,
    dispositions,
    previous: task.locked,
    enforceSignatures: context.enforceSignatures,
  }).hashes;
}

async function checkExecutable(
  found: MeasuredPackage,
  type: string,
  { files, signal }: LockContext,
): Promise<void> {
  if (found.kind === 'zip') checkProviderPackage(found.entries, type);
  else await findExecutable(found.path, type, { files, signal });
}

function lockedHashes({ locked, version }: LockTask): readonly PackageHash[] {
  if (locked === undefined || !sameVersion(locked.version, version)) return [];
  return locked.hashes.filter(isKnownScheme);
}

/**
 * Every hash of the release, when the source's word counts (as `trust_all_hashes` does in OpenTofu: for
 * providers of the default registry, and unless signatures are enforced) and it has both hashes of the
 * platform: an entry with `zh:` alone would let any unpacked folder pass.
 */
function toldHashes(
  release: ReleaseHashes | undefined,
  platform: Platform,
  { enforceSignatures }: LockContext,
  provider: ProviderAddress,
): readonly PackageHash[] | undefined {
  const counts = release?.trusted === true && isDefaultHost(provider) && !enforceSignatures;
  if (!counts) return undefined;
  const [found, another] = release.packages.filter((one) => samePlatform(one.platform, platform));
  const isComplete = found?.zh !== undefined && found.h1 !== undefined && another === undefined;
  if (!isComplete) return undefined;
  return release.packages.flatMap(({ h1, zh }) =>
    h1 === undefined || zh === undefined ? [] : [h1, zh],
  );
}
