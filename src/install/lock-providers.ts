import {
  type CallOptions,
  type Diagnostic,
  type Files,
  hasErrors,
  nodeFiles,
} from '../base/index.ts';
import {
  compareProviders,
  formatLockFile,
  formatPlatform,
  type LockFile,
  type Platform,
  type ProviderAddress,
  type ProviderLock,
  type Requirement,
  type Requirements,
  upgradeFromPredecessor,
} from '../domain/index.ts';
import type { ProviderSource } from '../sources/index.ts';
import { chooseVersion } from './choose.ts';
import {
  InvalidLockFileError,
  LockError,
  LockFileOutdatedError,
  type LockFailure,
} from './errors.ts';
import { InOrder } from './in-order.ts';
import { changeOf, type LockChange, type LockEvents, mergeLocks } from './lock-changes.ts';
import { type LockContext, lockPackage, type LockTask } from './lock-package.ts';
import { readLockFile, writeLockFile } from './lock-store.ts';
import { selectLockable } from './select-lockable.ts';
import { createWorkLimits, type WorkLimits } from './work-limits.ts';

export interface LockRequest {
  /** The working folder: the lock file is here. */
  readonly directory: string;
  readonly source: ProviderSource;
  readonly requirements: Requirements;
  /** Only these providers; undefined for all that the configuration requires. */
  readonly addresses?: readonly ProviderAddress[] | undefined;
  /** In the order in which they are told of; at least one. */
  readonly platforms: readonly Platform[];
  /** `'check'` changes nothing and fails where there is something to change. */
  readonly mode: 'update' | 'check';
  readonly enforceSignatures: boolean;
  /** Large packages fetched side by side; default 4. */
  readonly concurrency?: number | undefined;
}

export interface LockOptions extends CallOptions {
  readonly events?: LockEvents | undefined;
  readonly files?: Files | undefined;
}

export interface LockSummary {
  readonly lockFile: 'created' | 'changed' | 'unchanged';
  /** One for each provider and platform, in that order. */
  readonly changes: readonly LockChange[];
  /** What is in the lock file now, sorted by provider. */
  readonly providers: readonly ProviderLock[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Records the hashes of the required providers for several platforms, as `tofu providers lock` does.
 *
 * 1. For each provider a version is chosen once: the locked one, or the newest that the constraints admit.
 * 2. A source that the user trusts for all hashes tells them in one small document, and nothing is fetched.
 * 3. Otherwise each package is fetched, hashed and thrown away, several at once.
 * 4. What was locked for the same version stays; the new hashes join it. A mirror whose packages are not those
 *    that were locked is refused.
 *
 * @throws InvalidLockFileError, UnrequiredProviderError, LockError (the lock file is untouched then),
 *   LockFileOutdatedError in `check` mode
 */
export async function lockProviders(
  request: LockRequest,
  options: LockOptions = {},
): Promise<LockSummary> {
  const files = options.files ?? nodeFiles;
  const required = selectLockable(request.requirements, request.addresses);
  const read = await readLockFile(request.directory, files);
  if (hasErrors(read.diagnostics)) throw new InvalidLockFileError(read.diagnostics);
  const { lockFile: before, ...upgrade } = upgradeFromPredecessor(read.lockFile);

  const failures: LockFailure[] = [];
  const limits = createWorkLimits(request.concurrency);
  const tasks = await chooseAll({ ...request, before, limits, required }, options, failures);
  const locks = await lockAll(request, { ...options, files, limits, tasks }, failures);
  options.signal?.throwIfAborted();
  if (failures.length > 0) throw new LockError(failures, request.platforms);

  const changes = tasks.flatMap((task) =>
    request.platforms.map((platform) => ({
      provider: task.provider,
      platform,
      kind: changeOf(
        before.get(task.provider),
        locks.get(task)?.get(formatPlatform(platform)) ?? [],
      ),
    })),
  );
  for (const change of changes) options.events?.obtained?.(change);
  const after = mergeLocks(before, locks);
  const hasNews = changes.some(({ kind }) => kind !== 'none');
  if (request.mode === 'check' && hasNews) throw new LockFileOutdatedError();
  // As in OpenTofu, constraints alone are no news, and yet they are brought up to date.
  if (request.mode === 'update' && read.text !== formatLockFile(after)) {
    await writeLockFile(request.directory, after, files);
  }
  const isNew = read.lockFile.providers().length === 0;
  return {
    lockFile: hasNews ? (isNew ? 'created' : 'changed') : 'unchanged',
    changes,
    providers: after.providers(),
    diagnostics: [...read.diagnostics, ...upgrade.diagnostics],
  };
}

async function chooseAll(
  request: LockRequest & {
    readonly before: LockFile;
    readonly limits: WorkLimits;
    readonly required: readonly Requirement[];
  },
  { signal }: CallOptions,
  failures: LockFailure[],
): Promise<readonly LockTask[]> {
  const { before, limits, required, source } = request;
  const tasks = await Promise.all(
    required.map(({ provider, constraints }) =>
      limits.provider(async (): Promise<LockTask | undefined> => {
        const locked = before.get(provider);
        const wanted = { provider, constraints, locked };
        try {
          const { version } = await chooseVersion(source, wanted, { mode: 'use-locked', signal });
          const release = await source.releaseHashes?.({ provider, version }, { signal });
          return { ...wanted, version, release };
        } catch (error) {
          failures.push({ provider, platform: undefined, error });
          return undefined;
        }
      }),
    ),
  );
  return tasks
    .filter((task) => task !== undefined)
    .sort((a, b) => compareProviders(a.provider, b.provider));
}

/** The hashes to record of each task, by platform. */
type Locks = ReadonlyMap<LockTask, ReadonlyMap<string, ProviderLock['hashes']>>;

async function lockAll(
  request: LockRequest,
  context: Omit<LockContext, 'say' | 'source' | 'enforceSignatures'> & {
    readonly tasks: readonly LockTask[];
  },
  failures: LockFailure[],
): Promise<Locks> {
  const locks = new Map<LockTask, Map<string, ProviderLock['hashes']>>();
  const places = request.platforms.flatMap((platform) =>
    context.tasks.map((task) => ({ task, platform })),
  );
  const order = new InOrder(places.length);
  await Promise.all(
    places.map(({ platform, task }, index) =>
      context.limits.provider(async () => {
        try {
          const say = (report: () => void): void => order.say(index, report);
          const { enforceSignatures, source } = request;
          const call = { ...context, source, enforceSignatures, say };
          const hashes = await lockPackage(task, platform, call);
          const known = locks.get(task) ?? new Map<string, ProviderLock['hashes']>();
          locks.set(task, known.set(formatPlatform(platform), hashes));
        } catch (error) {
          failures.push({ provider: task.provider, platform, error });
        } finally {
          order.done(index);
        }
      }),
    ),
  );
  return locks;
}
