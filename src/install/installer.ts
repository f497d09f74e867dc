import pLimit from 'p-limit';
import { findExecutable } from '../archive/index.ts';
import { type CallOptions, type Files, nodeFiles } from '../base/index.ts';
import {
  type LockFile,
  type Platform,
  type PackageHash,
  type ProviderAddress,
  type ProviderLock,
  isBuiltIn,
  isKnownScheme,
  type Requirements,
  sameVersion,
  type VersionConstraints,
  compareProviders,
  providerKey,
} from '../domain/index.ts';
import type { PackageMeta, PackageRequest, ProviderSource } from '../sources/index.ts';
import { checkBuiltIn, chooseVersion, type Choice } from './choose.ts';
import { checkLocked, judge, labelOf } from './dispositions.ts';
import { InstallError, LockedHashMismatchError, type ProviderFailure } from './errors.ts';
import type { InstallEvents } from './events.ts';
import { describeFailure } from './failures.ts';
import { InOrder } from './in-order.ts';
import { linkPackage } from './link-package.ts';
import { hashesToRecord } from './lock-record.ts';
import { openPackageFolder, type PackageFolder } from './package-folder.ts';

export interface InstallRequest extends CallOptions {
  readonly source: ProviderSource;
  readonly requirements: Requirements;
  /** The lock file as it was read. */
  readonly lockFile: LockFile;
  readonly platform: Platform;
  /** `.terraform`, or what TF_DATA_DIR says. */
  readonly dataDirectory: string;
  /** `'upgrade'` ignores the locked versions. */
  readonly mode: 'use-locked' | 'upgrade';
  readonly enforceSignatures?: boolean | undefined;
  readonly events?: InstallEvents | undefined;
  readonly files?: Files | undefined;
  /** Providers handled side by side; default 4. */
  readonly concurrency?: number | undefined;
}

export interface Installation {
  readonly lockFile: LockFile;
  /** Providers for which only this platform's hashes could be recorded; sorted. */
  readonly incomplete: readonly ProviderAddress[];
}

/** What is known of one provider while it is being installed. */
interface Task {
  readonly provider: ProviderAddress;
  readonly constraints: VersionConstraints;
  readonly locked: ProviderLock | undefined;
}

/**
 * Brings every required provider into the data folder and returns the lock file that describes it.
 *
 * 1. Built-in providers are checked and set aside.
 * 2. For each provider a version is chosen: the locked one, or the newest that the constraints admit.
 * 3. What is installed already and matches the lock is kept, without asking anybody.
 * 4. Otherwise the source names the package; when it shares no hash with the locked version, that is an
 *    error before anything is downloaded.
 * 5. The package is staged in a private folder, judged, compared with the lock again, searched for the
 *    provider's executable, and renamed into place.
 * 6. Requirements that went away leave the lock file.
 *
 * Every provider is tried; nothing is returned, and so nothing recorded, unless all succeeded.
 * @throws InstallError with one failure per provider, sorted.
 */
export async function installProviders(request: InstallRequest): Promise<Installation> {
  const files = request.files ?? nodeFiles;
  const folder = openPackageFolder(request.dataDirectory, files);
  let installation: Installation;
  try {
    installation = await run(request, folder);
  } catch (error) {
    // What is left of the staging place matters less than what went wrong.
    await folder.close().catch(() => undefined);
    throw error;
  }
  await folder.close();
  return installation;
}

async function run(request: InstallRequest, folder: PackageFolder): Promise<Installation> {
  const failures: ProviderFailure[] = [];
  const tasks: Task[] = [];
  const required = [...request.requirements.values()].sort((a, b) =>
    compareProviders(a.provider, b.provider),
  );
  for (const { provider, constraints } of required) {
    if (!isBuiltIn(provider)) {
      tasks.push({ provider, constraints, locked: request.lockFile.get(provider) });
      continue;
    }
    try {
      checkBuiltIn(provider, constraints);
      request.events?.builtIn?.(provider);
    } catch (error) {
      failures.push(describeFailure('built-in', { provider }, error));
    }
  }

  const chosen = await chooseAll(request, tasks, failures);
  const installed = await installAll(request, folder, chosen, failures);
  request.signal?.throwIfAborted();
  if (failures.length > 0) {
    throw new InstallError(failures.sort((a, b) => compareProviders(a.provider, b.provider)));
  }
  return {
    lockFile: withLocks(
      request.lockFile,
      installed.map(({ lock }) => lock),
    ),
    incomplete: installed.filter((one) => one.onlyThisPlatform).map(({ lock }) => lock.provider),
  };
}

interface Chosen extends Task, Choice {}

async function chooseAll(
  request: InstallRequest,
  tasks: readonly Task[],
  failures: ProviderFailure[],
): Promise<readonly Chosen[]> {
  const limit = pLimit(request.concurrency ?? 4);
  const order = new InOrder(tasks.length);
  const chosen = await Promise.all(
    tasks.map((task, index) =>
      limit(async (): Promise<Chosen | undefined> => {
        order.say(index, () => request.events?.query?.(queryOf(task, request)));
        try {
          return { ...task, ...(await chooseVersion(request.source, task, request)) };
        } catch (error) {
          failures.push(describeFailure('query', task, error));
          return undefined;
        } finally {
          order.done(index);
        }
      }),
    ),
  );
  return chosen.filter((choice) => choice !== undefined);
}

function queryOf(
  task: Task,
  request: InstallRequest,
): { provider: ProviderAddress; constraints: VersionConstraints; locked: boolean } {
  const locked = task.locked !== undefined && request.mode === 'use-locked';
  return { provider: task.provider, constraints: task.constraints, locked };
}

async function installAll(
  request: InstallRequest,
  folder: PackageFolder,
  chosen: readonly Chosen[],
  failures: ProviderFailure[],
): Promise<readonly Installed[]> {
  const limit = pLimit(request.concurrency ?? 4);
  const order = new InOrder(chosen.length);
  const installed = await Promise.all(
    chosen.map((choice, index) =>
      limit(async (): Promise<Installed | undefined> => {
        try {
          const say = (report: () => void): void => order.say(index, report);
          return await installOne(request, { folder, choice, say });
        } catch (error) {
          failures.push(describeFailure('install', choice, error));
          return undefined;
        } finally {
          order.done(index);
        }
      }),
    ),
  );
  return installed.filter((one) => one !== undefined);
}

interface Installed {
  readonly lock: ProviderLock;
  readonly onlyThisPlatform: boolean;
}

interface OneInstall {
  readonly folder: PackageFolder;
  readonly choice: Chosen;
  readonly say: (report: () => void) => void;
}

async function installOne(request: InstallRequest, one: OneInstall): Promise<Installed> {
  const { folder, choice, say } = one;
  const { events, signal } = request;
  const { provider, version } = choice;
  const wanted: PackageRequest = { provider, version, platform: request.platform };
  const allowed = allowedHashes(choice);

  const installed = await folder.installedHash(wanted, signal);
  if (installed !== undefined && allowed.includes(installed)) {
    say(() => events?.alreadyInstalled?.(provider, version));
    return { lock: lockOf(choice, choice.locked?.hashes ?? []), onlyThisPlatform: false };
  }

  say(() => events?.installing?.(provider, version));
  const meta = await request.source.packageMeta(wanted, { signal });
  refuseUnlocked(meta, allowed);
  const directory = await folder.stagingArea();
  const staged = await meta.location.stage(directory, {
    signal,
    onProgress: (received) => events?.progress?.(provider, received, meta.location.size),
  });
  const dispositions = judge(staged, meta.claims);
  checkLocked(staged, { provider, version, locked: allowed });
  // OpenTofu would refuse it after the installation, with the lock file changed already.
  await findExecutable(
    staged.kind === 'extracted' ? staged.directory : staged.path,
    provider.type,
    {
      files: request.files,
      signal,
    },
  );
  if (staged.kind === 'extracted') await folder.place(staged, wanted);
  else await linkPackage(staged, folder.pathOf(wanted), { files: request.files, signal });
  say(() => events?.installed?.(provider, version, labelOf(dispositions)));
  const { hashes, onlyThisPlatform } = hashesToRecord({
    provider,
    version,
    installed: staged.h1OfTree,
    dispositions,
    previous: choice.locked,
    enforceSignatures: request.enforceSignatures ?? false,
  });
  return { lock: lockOf(choice, hashes), onlyThisPlatform };
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

function withLocks(previous: LockFile, locks: readonly ProviderLock[]): LockFile {
  const required = new Set(locks.map((lock) => providerKey(lock.provider)));
  let next = previous;
  for (const { provider } of previous.providers()) {
    if (!required.has(providerKey(provider))) next = next.without(provider);
  }
  for (const lock of locks) next = next.with(lock);
  return next;
}
