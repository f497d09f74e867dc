import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, nodeFiles, readFileBounded } from '../base/index.ts';

/** Reads a text file of at most `maxBytes`. @throws FileAccessError, LimitExceededError */
export type ReadText = (path: string, maxBytes: number) => Promise<string>;

/** Something that was read from files which may be changed while the server runs. */
export interface Reloadable<T> {
  get(): T;
  /** Reads the files again when their content is another one. Never rejects. */
  check(): Promise<void>;
}

export interface ReloadEvents {
  readonly reloaded: (file: string) => void;
  /** The new content can not be used, for the reason given; what was there before stays in force. */
  readonly kept: (file: string, error: unknown) => void;
}

/**
 * Loads something from files, and again when they change. Content is compared, not times: files are
 * replaced by links, by copies that keep their time, and twice in one second. What is broken is
 * complained about once.
 * @throws what `load` throws the first time
 */
export async function openReloadable<T>(
  load: (read: ReadText) => Promise<T>,
  events: ReloadEvents,
): Promise<Reloadable<T>> {
  let seen = new Map<string, SeenFile>();
  const tryLoad = async (): Promise<T> => {
    const files = new Map<string, SeenFile>();
    try {
      return await load(async (path, maxBytes) => {
        // Before it is read: a file that can not be read is looked at again, too.
        files.set(path, { maxBytes, fingerprint: '' });
        const { text, fingerprint, error } = await readSeen(path, maxBytes);
        files.set(path, { maxBytes, fingerprint });
        if (text === undefined) throw error;
        return text;
      });
    } finally {
      seen = files;
    }
  };

  let value = await tryLoad();
  let checking: Promise<void> | undefined;
  const check = async () => {
    const changed = await firstChanged(seen);
    if (changed === undefined) return;
    const found = await fingerprintsOf(seen);
    await delay(settleMs, undefined, { ref: false });
    // Somebody is writing: half of a rule may allow more than the whole. The next check sees all of it.
    if ((await fingerprintsOf(seen)) !== found) return;
    try {
      value = await tryLoad();
      events.reloaded(changed);
    } catch (error) {
      events.kept(changed, error);
    }
  };
  return {
    get: () => value,
    check: () => (checking ??= check().finally(() => (checking = undefined))),
  };
}

/** Longer than an editor takes from emptying a file to having written it. */
const settleMs = 100;

interface SeenFile {
  readonly maxBytes: number;
  readonly fingerprint: string;
}

async function firstChanged(seen: ReadonlyMap<string, SeenFile>): Promise<string | undefined> {
  for (const [path, { maxBytes, fingerprint }] of seen) {
    if ((await readSeen(path, maxBytes)).fingerprint !== fingerprint) return path;
  }
  return undefined;
}

async function fingerprintsOf(seen: ReadonlyMap<string, SeenFile>): Promise<string> {
  const all = [...seen].map(([path, { maxBytes }]) => readSeen(path, maxBytes));
  return (await Promise.all(all)).map(({ fingerprint }) => fingerprint).join(' ');
}

async function readSeen(path: string, maxBytes: number) {
  try {
    const bytes = await readFileBounded(path, { files: nodeFiles, maxBytes });
    const fingerprint = createHash('sha256').update(bytes).digest('base64');
    return { text: bytes.toString(), fingerprint, error: undefined };
  } catch (error) {
    return { text: undefined, fingerprint: errnoOf(error) ?? 'unreadable', error };
  }
}
