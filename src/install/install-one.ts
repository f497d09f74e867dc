import { findExecutable } from '../archive/index.ts';
import type { CallOptions, Files } from '../base/index.ts';
import {
  isKnownScheme,
  type PackageHash,
  type Platform,
  type ProviderAddress,
  type ProviderLock,
  sameVersion,
  type VersionConstraints,
} from '../domain/index.ts';
import type {
  PackageMeta,
  PackageRequest,
  ProviderSource,
  StagedPackage,
} from '../sources/index.ts';
import type { Choice } from './choose.ts';
import { authenticationOf, checkLocked, type HashDispositions, judge } from './dispositions.ts';
import { LockedHashMismatchError } from './errors.ts';
import type { InstallEvents, InstallPlace } from './events.ts';
import { linkPackage } from './link-package.ts';
import { locatePackage } from './locate-package.ts';
import { hashesToRecord } from './lock-record.ts';
import type { PackageCache } from './package-cache.ts';
import type { PackageFolder } from './package-folder.ts';
import type { WorkLimits } from './work-limits.ts';

/** A provider to be installed, in the version that was chosen for it. */
export interface Chosen extends Choice {
  readonly provider: ProviderAddress;
  readonly constraints: VersionConstraints;
  /** The entry of the lock file, of this version or another. */
  readonly locked: ProviderLock | undefined;
}

export interface InstallContext extends CallOptions {
  readonly source: ProviderSource;
  readonly platform: Platform;
  readonly folder: PackageFolder;
  readonly cache?: PackageCache | undefined;
  readonly enforceSignatures?: boolean | undefined;
  readonly events?: InstallEvents | undefined;
  readonly files?: Files | undefined;
  readonly limits: WorkLimits;
  /** Reports when it is this provider's turn. */
  readonly say: (report: () => void) => void;
}

export interface Installed {
  readonly lock: ProviderLock;
  readonly onlyThisPlatform: boolean;
}

/**
 * Brings one package to where OpenTofu looks for it, by way of the plugin cache if there is one.
 * @throws LockedHashMismatchError, PackageHashMismatchError, ModifiedPackageError, FileAccessError, and what the
 *   source throws
 */
export async function installOne(context: InstallContext, choice: Chosen): Promise<Installed> {
  const { cache, events, folder, limits, platform, say, signal } = context;
  const { provider, version } = choice;
  const wanted: PackageRequest = { provider, version, platform };
  const installed = await limits.wholePackage(undefined, () =>
    folder.installedHash(wanted, signal),
  );
  if (installed !== undefined && allowedHashes(choice).includes(installed)) {
    say(() => events?.alreadyInstalled?.(provider, version, 'working-folder'));
    return unchanged(choice);
  }
  return cache === undefined
    ? await installHere(context, wanted, choice)
    : await installByCache({ ...context, cache }, wanted, choice);
}

async function installHere(
  context: InstallContext,
  wanted: PackageRequest,
  choice: Chosen,
): Promise<Installed> {
  const { files, folder, signal } = context;
  const { dispositions, staged } = await fetchPackage(context, choice, {
    stagingArea: () => folder.stagingArea(),
    place: 'working-folder',
  });
  if (staged.kind === 'extracted') await folder.place(staged, wanted);
  else await linkPackage(staged, folder.pathOf(wanted), { files, signal });
  return finish(context, choice, { h1OfTree: staged.h1OfTree, dispositions });
}

async function installByCache(
  context: InstallContext & { readonly cache: PackageCache },
  wanted: PackageRequest,
  choice: Chosen,
): Promise<Installed> {
  const { cache, events, folder, say, signal } = context;
  const { provider, version } = choice;
  const locked = allowedHashes(choice);
  let dispositions: HashDispositions | undefined;
  const ready = await cache.find(wanted, { locked, signal });
  const { cached, filled } =
    ready !== undefined
      ? { cached: ready, filled: false }
      : await cache.fill(wanted, {
          locked,
          signal,
          stage: async (directory) => {
            const stagingArea = (): Promise<string> => Promise.resolve(directory);
            const fetched = await fetchPackage(context, choice, { stagingArea, place: 'cache' });
            ({ dispositions } = fetched);
            return fetched.staged;
          },
          onWait: (directory) => say(() => events?.waiting?.(directory)),
        });
  let result: Installed;
  if (!filled && cached.standing === 'matches-lock') {
    say(() => events?.alreadyInstalled?.(provider, version, 'cache'));
    result = unchanged(choice);
  } else {
    // Nobody vouches for what was found and not fetched just now.
    if (!filled) say(() => events?.installing?.(provider, version, 'cache'));
    result = finish(context, choice, {
      h1OfTree: cached.h1OfTree,
      dispositions: dispositions ?? new Map(),
    });
  }
  say(() => events?.usingFromCache?.(provider, version));
  await cache.linkInto(cached, folder.pathOf(wanted), { signal });
  return result;
}

/** Into a private, empty folder, and judged: against the source's word, the lock file, and for an executable. */
async function fetchPackage(
  { events, files, limits, platform, say, signal, source }: InstallContext,
  choice: Chosen,
  {
    place,
    stagingArea,
  }: {
    /** Asked for only when there is something to put there. */
    readonly stagingArea: () => Promise<string>;
    readonly place: InstallPlace;
  },
): Promise<{ readonly staged: StagedPackage; readonly dispositions: HashDispositions }> {
  const { provider, version } = choice;
  const allowed = allowedHashes(choice);
  const { locked } = choice;
  const meta = await locatePackage(source, { provider, version, platform }, { locked, signal });
  refuseUnlocked(meta, allowed);
  const staged = await limits.wholePackage(meta.location.size, async () => {
    say(() => events?.installing?.(provider, version, place));
    return await meta.location.stage(await stagingArea(), {
      signal,
      onProgress: (received) => events?.progress?.(provider, received, meta.location.size),
    });
  });
  const dispositions = judge(staged, meta.claims);
  checkLocked(staged, { provider, version, locked: allowed });
  // OpenTofu would refuse it after the installation, with the lock file changed already.
  const path = staged.kind === 'extracted' ? staged.directory : staged.path;
  await findExecutable(path, provider.type, { files, signal });
  if (meta.claims.signedBy?.keyExpired === true) {
    say(() => events?.keyExpired?.(provider));
  }
  return { staged, dispositions };
}

function finish(
  { enforceSignatures, events, say }: InstallContext,
  choice: Chosen,
  found: { readonly h1OfTree: PackageHash; readonly dispositions: HashDispositions },
): Installed {
  const { locked, provider, version } = choice;
  const { dispositions, h1OfTree } = found;
  say(() => events?.installed?.(provider, version, authenticationOf(dispositions)));
  const { hashes, onlyThisPlatform } = hashesToRecord({
    provider,
    version,
    installed: h1OfTree,
    dispositions,
    previous: locked,
    enforceSignatures: enforceSignatures ?? false,
  });
  return { lock: lockOf(choice, hashes), onlyThisPlatform };
}

function unchanged(choice: Chosen): Installed {
  return { lock: lockOf(choice, choice.locked?.hashes ?? []), onlyThisPlatform: false };
}

/** What the lock file admits for this version; empty when it says nothing about it. */
function allowedHashes({ locked, version }: Chosen): readonly PackageHash[] {
  if (locked === undefined || !sameVersion(locked.version, version)) return [];
  return locked.hashes.filter(isKnownScheme);
}

/**
 * Says before the download that it would be in vain: the source announced hashes of a scheme that the
 * lock file has too, and none of them is there. (A lock with `h1:` only can be judged after it.)
 */
function refuseUnlocked(meta: PackageMeta, allowed: readonly PackageHash[]): void {
  const { expected } = meta.claims;
  if (allowed.length === 0 || expected.length === 0) return;
  if (expected.some((hash) => allowed.includes(hash))) return;
  const schemes = new Set(allowed.map((hash) => hash.slice(0, 3)));
  if (!expected.every((hash) => schemes.has(hash.slice(0, 3)))) return;
  throw new LockedHashMismatchError(meta.provider, meta.version, {
    offered: expected,
    locked: allowed,
  });
}

function lockOf(choice: Chosen, hashes: readonly PackageHash[]): ProviderLock {
  const { provider, version, constraints } = choice;
  return { provider, version, constraints, hashes };
}
