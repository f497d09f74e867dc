import { randomUUID } from 'node:crypto';
import { type Clock, errnoOf, FileAccessError, type Files } from '../../base/index.ts';
import { StoreLockedError } from '../errors.ts';
import { layoutPaths } from './paths.ts';
import { makeFolder, readRegular } from './safe-files.ts';

/** A holder touches its lock this often ... */
const heartbeatMs = 10_000;
/** ... and one that has not for this long is gone. Only asked where nothing better is known. */
const staleAfterMs = 60_000;

/** Each but the first means that another process took the lock in the very same moment. */
const maxAttempts = 3;

/** A holder takes two hundred bytes; what has more was not written by us. */
const maxLockBytes = 4096;

/** Whoever holds a lock: which process, on which machine, since when. */
interface Holder {
  /** Tells two holders apart in every case. */
  readonly id: string;
  readonly pid: number;
  /** When the process began, in ticks since the machine did; tells a process from a later one. */
  readonly started: string;
  /** Boot and pid namespace within which `pid` means something; empty where that is not known. */
  readonly scope: string;
}

export interface StoreLock {
  /** False when another process has taken the lock away: this one was believed dead. */
  isHeld(): boolean;
  release(): Promise<void>;
}

/**
 * Makes this process the only one that writes into a folder.
 *
 * A lock whose holder is known to be dead (same machine and pid namespace, and no such process, or one
 * that began at another time) is taken over at once, as after kill -9. Where the holder can not be
 * looked up, in another container or on another system, its heartbeat decides.
 * @throws StoreLockedError when it is held; FileAccessError
 */
export async function acquireLock(
  files: Files,
  path: { readonly folder: string; readonly lock: string },
  clock: Clock,
): Promise<StoreLock> {
  const self = await thisProcess(files);
  for (let attempt = 1; !(await create(files, path.lock, self)); attempt++) {
    const found = await inspect(files, path.lock, clock);
    if (found?.isAlive === true || attempt > maxAttempts) {
      throw new StoreLockedError(path.folder, nameOf(found?.holder));
    }
    if (found !== undefined) await takeAway(files, path.lock, found.holder);
  }
  return keep(files, path.lock, self, clock);
}

/**
 * The lock of a folder by itself, whatever is in it; a layout in it is locked by the same.
 * @throws StoreLockedError when it is held; FileAccessError
 */
export async function lockFolder(files: Files, folder: string, clock: Clock): Promise<StoreLock> {
  const { ours, lock } = layoutPaths(folder);
  await makeFolder(files, ours);
  return acquireLock(files, { folder, lock }, clock);
}

/**
 * The lock appears with its holder in it: who is killed between making and writing it would leave one that nobody can
 * be asked about, and that is held until it is old.
 */
async function create(files: Files, path: string, self: Holder): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await write(files, draft, self);
  try {
    await files.link(draft, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    // A file system without hard links, or whatever else: writing it in place says what is wrong.
  } finally {
    await files.rm(draft, { force: true }).catch(() => undefined);
  }
  try {
    await write(files, path, self);
    return true;
  } catch (error) {
    if (error instanceof FileAccessError && error.errno === 'EEXIST') return false;
    throw error;
  }
}

/** @throws FileAccessError, also when it is there */
async function write(files: Files, path: string, self: Holder): Promise<void> {
  let handle;
  try {
    handle = await files.open(path, 'wx', 0o644);
  } catch (error) {
    throw new FileAccessError('create', path, error);
  }
  try {
    await handle.writeFile(JSON.stringify(self));
  } catch (error) {
    await files.rm(path, { force: true }).catch(() => undefined);
    throw new FileAccessError('write', path, error);
  } finally {
    await handle.close();
  }
}

async function inspect(
  files: Files,
  path: string,
  clock: Clock,
): Promise<{ readonly holder: Holder | undefined; readonly isAlive: boolean } | undefined> {
  let found;
  try {
    found = await files.lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new FileAccessError('look at', path, error);
  }
  // A lock is a file from the moment it is there: a link, a pipe or a folder was put there by somebody else.
  if (!found.isFile()) return { holder: undefined, isAlive: false };
  const holder = await readHolder(files, path);
  const known = holder === undefined ? undefined : await isAliveHere(files, holder);
  // One from the future would be held for ever.
  const isFresh = Math.abs(clock.now() - found.mtimeMs) < staleAfterMs;
  return { holder, isAlive: known ?? isFresh };
}

/** Whether the process still runs; undefined when it can not be told from here. */
async function isAliveHere(files: Files, holder: Holder): Promise<boolean | undefined> {
  const scope = await scopeOf(files);
  if (scope === '' || holder.scope !== scope) return undefined;
  const process = await processOf(files, String(holder.pid));
  return process !== undefined && process.started === holder.started;
}

/** Another process may be doing the same: what is moved aside must be what was judged. */
async function takeAway(files: Files, path: string, judged: Holder | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await files.rename(path, aside);
    const moved = await readHolder(files, aside);
    if (moved?.id !== judged?.id) await files.link(aside, path).catch(() => undefined);
    const isFolder = (await files.lstat(aside)).isDirectory();
    await files.rm(aside, { force: true, recursive: isFolder });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw new FileAccessError('replace', path, error);
  }
}

function keep(files: Files, path: string, self: Holder, clock: Clock): StoreLock {
  let held = true;
  const beat = async () => {
    // Throws where the file can not be read just now, which does not mean that it is another's.
    const bytes = await readRegular(files, path, maxLockBytes);
    if (parseHolder(bytes)?.id !== self.id) {
      held = false;
      clearInterval(timer);
      return;
    }
    const handle = await files.open(path, 'r+');
    const now = new Date(clock.now());
    await handle.utimes(now, now).finally(() => handle.close());
  };
  // One beat that fails is no harm: the next comes long before the lock counts as left behind.
  const timer = setInterval(() => void beat().catch(() => undefined), heartbeatMs);
  timer.unref();
  return {
    isHeld: () => held,
    release: async () => {
      clearInterval(timer);
      held = false;
      try {
        const holder = await readHolder(files, path);
        if (holder?.id === self.id) await files.rm(path, { force: true });
      } catch (error) {
        throw new FileAccessError('remove', path, error);
      }
    },
  };
}

async function readHolder(files: Files, path: string): Promise<Holder | undefined> {
  try {
    return parseHolder(await readRegular(files, path, maxLockBytes));
  } catch {
    // What can not be read is nobody's; its age decides.
    return undefined;
  }
}

function parseHolder(bytes: Buffer | undefined): Holder | undefined {
  try {
    const value: unknown = JSON.parse(bytes?.toString() ?? '');
    if (typeof value !== 'object' || value === null) return undefined;
    const { id, pid, started, scope } = value as Readonly<Record<string, unknown>>;
    if (typeof id !== 'string' || typeof pid !== 'number' || !Number.isSafeInteger(pid)) {
      return undefined;
    }
    if (typeof started !== 'string' || typeof scope !== 'string') return undefined;
    return { id, pid, started, scope };
  } catch {
    // Half written by a process that died; its age decides.
    return undefined;
  }
}

function nameOf(holder: Holder | undefined): string {
  return holder === undefined || holder.pid === 0 ? 'another process' : `process ${holder.pid}`;
}

async function thisProcess(files: Files): Promise<Holder> {
  const self = await processOf(files, 'self');
  const scope = await scopeOf(files);
  return { id: randomUUID(), pid: self?.pid ?? 0, started: self?.started ?? '', scope };
}

/** Linux tells; elsewhere there is only the heartbeat. */
async function scopeOf(files: Files): Promise<string> {
  try {
    const boot = await files.readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${await files.readlink('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

async function processOf(
  files: Files,
  name: string,
): Promise<{ readonly pid: number; readonly started: string } | undefined> {
  try {
    const text = await files.readFile(`/proc/${name}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may have anything in it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid: Number.parseInt(text, 10), started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
