import { type CallOptions, type Files, nodeFiles } from '../base/index.ts';
import {
  type LockFile,
  type Platform,
  type ProviderAddress,
  type ProviderLock,
  isBuiltIn,
  type Requirements,
  compareProviders,
  providerKey,
} from '../domain/index.ts';
import type { ProviderSource } from '../sources/index.ts';
import { checkBuiltIn, chooseVersion } from './choose.ts';
import { InstallError, type ProviderFailure } from './errors.ts';
import type { InstallEvents } from './events.ts';
import { describeFailure } from './failures.ts';
import { InOrder } from './in-order.ts';
import { type Chosen, type Installed, installOne } from './install-one.ts';
import type { PackageCache } from './package-cache.ts';
import { missingProviderAdvice } from './missing-provider-advice.ts';
import { openPackageFolder, type PackageFolder } from './package-folder.ts';
import { createWorkLimits, type WorkLimits } from './work-limits.ts';

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
  /** The plugin cache, if there is one: packages are put there and linked from there. */
  readonly cache?: PackageCache | undefined;
  /** Providers that somebody else has started already: they are not installed, and stay locked as they are. */
  readonly unmanaged?: readonly ProviderAddress[] | undefined;
  readonly events?: InstallEvents | undefined;
  readonly files?: Files | undefined;
  /** Large packages handled side by side; default 4. */
  readonly concurrency?: number | undefined;
}

export interface Installation {
  readonly lockFile: LockFile;
  /** Providers for which only this platform's hashes could be recorded; sorted. */
  readonly incomplete: readonly ProviderAddress[];
}

/** What is known of one provider before a version is chosen. */
type Task = Omit<Chosen, 'version'>;

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
  const unmanaged = new Set(request.unmanaged?.map(providerKey));
  for (const { provider, constraints } of required) {
    if (unmanaged.has(providerKey(provider))) continue;
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

  const limits = createWorkLimits(request.concurrency);
  const chosen = await chooseAll({ ...request, limits }, tasks, failures);
  const installed = await installAll({ ...request, limits, folder }, chosen, failures);
  request.signal?.throwIfAborted();
  if (failures.length > 0) {
    throw new InstallError(failures.sort((a, b) => compareProviders(a.provider, b.provider)));
  }
  return {
    lockFile: withLocks(
      request.lockFile,
      installed.map(({ lock }) => lock),
      unmanaged,
    ),
    incomplete: installed.filter((one) => one.onlyThisPlatform).map(({ lock }) => lock.provider),
  };
}

async function chooseAll(
  request: InstallRequest & { readonly limits: WorkLimits },
  tasks: readonly Task[],
  failures: ProviderFailure[],
): Promise<readonly Chosen[]> {
  const order = new InOrder(tasks.length);
  const chosen = await Promise.all(
    tasks.map((task, index) =>
      request.limits.provider(async (): Promise<Chosen | undefined> => {
        order.say(index, () => request.events?.query?.(queryOf(task, request)));
        const warnings: string[] = [];
        try {
          const call = { ...request, onWarning: (text: string) => warnings.push(text) };
          return { ...task, ...(await chooseVersion(request.source, task, call)) };
        } catch (error) {
          const { provider } = task;
          const { requirements, signal, source } = request;
          const missing = { provider, error, requirements, source };
          const advice = await missingProviderAdvice(missing, { signal });
          failures.push(describeFailure('query', { ...task, advice }, error));
          return undefined;
        } finally {
          if (warnings.length > 0) {
            order.say(index, () => request.events?.warned?.(task.provider, warnings));
          }
          order.done(index);
        }
      }),
    ),
  );
  return chosen.filter((choice) => choice !== undefined);
}

function queryOf(
  { constraints, locked, provider }: Task,
  { mode }: InstallRequest,
): Omit<Task, 'locked'> & { readonly locked: boolean } {
  return { provider, constraints, locked: locked !== undefined && mode === 'use-locked' };
}

async function installAll(
  request: InstallRequest & { readonly limits: WorkLimits; readonly folder: PackageFolder },
  chosen: readonly Chosen[],
  failures: ProviderFailure[],
): Promise<readonly Installed[]> {
  const order = new InOrder(chosen.length);
  const installed = await Promise.all(
    chosen.map((choice, index) =>
      request.limits.provider(async (): Promise<Installed | undefined> => {
        try {
          const say = (report: () => void): void => order.say(index, report);
          return await installOne({ ...request, say }, choice);
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

function withLocks(
  previous: LockFile,
  locks: readonly ProviderLock[],
  unmanaged: ReadonlySet<string>,
): LockFile {
  const required = new Set([...unmanaged, ...locks.map((lock) => providerKey(lock.provider))]);
  let next = previous;
  for (const { provider } of previous.providers()) {
    if (!required.has(providerKey(provider))) next = next.without(provider);
  }
  for (const lock of locks) next = next.with(lock);
  return next;
}
