import { type CallOptions, type Clock, type Files } from '../base/index.ts';

export interface HeldLock {
  release(): Promise<void>;
}

/** Takes the lock of that name for this process; undefined while another has it. Never waits. */
export type TryLock = (path: string, options: CallOptions) => Promise<HeldLock | undefined>;

export interface LockWait extends CallOptions {
  readonly clock: Clock;
  /** Called once, when it takes long. */
  readonly onWait?: (() => void) | undefined;
}

const pollMs = 100;

/** OpenTofu tells people that it waits after as long. */
const noticeMs = 5_000;

/** Asks again and again until it gets the lock; there is no deadline, the caller has a signal. */
export async function waitForLock(
  attempt: () => Promise<HeldLock | undefined>,
  { clock, onWait, signal }: LockWait,
): Promise<HeldLock> {
  const began = clock.now();
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const lock = await attempt();
    if (lock !== undefined) return lock;
    if (!told && clock.now() - began >= noticeMs) {
      told = true;
      onWait?.();
    }
    await clock.sleep(pollMs, signal);
  }
}

/** A machine with ten thousand locks held has a table of half a megabyte. */
const maxTableBytes = 16 * 1024 * 1024;

/**
 * Whether an OpenTofu works in the place that `path` is the lock file of. It takes POSIX record locks, which
 * Node can neither take nor test; but Linux has a table of them. Elsewhere, and in another pid namespace, they
 * can not be seen; false then.
 */
export async function isRecordLocked(path: string, files: Files): Promise<boolean> {
  try {
    const { dev, ino } = await files.stat(path, { bigint: true });
    const table = await files.readFile('/proc/locks', 'latin1');
    if (table.length > maxTableBytes) return false;
    const name = `${deviceName(dev)}:${ino}`;
    // `1: POSIX  ADVISORY  WRITE 4890 fe:00:9986409 0 EOF`; who waits for it has `->` in its second field.
    return table.split('\n').some((line) => {
      const fields = line.trim().split(/\s+/u);
      return fields[1] === 'POSIX' && fields[3] === 'WRITE' && fields[5] === name;
    });
  } catch {
    return false;
  }
}

/** The numbers of a device as the table has them (makedev(3)). */
function deviceName(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  const hex = (number: bigint): string => number.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)}`;
}
