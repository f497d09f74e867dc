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
    const before = seen;
    const changed = await firstChanged(before);
    if (changed === undefined) return;
    const found = await fingerprintsOf(before);
    await delay(settleMs, undefined, { ref: false });
    // Somebody may be writing: half of a rule may allow more than the whole. The next check sees all of it.
    if (differs(found, await fingerprintsOf(before))) return;
    let loaded: { readonly fresh: Awaited<T> } | { readonly error: unknown };
    try {
      loaded = { fresh: await tryLoad() };
    } catch (error) {
      loaded = { error };
    }
    if (differs(found, fingerprintsIn(seen))) {
      seen = before;
    } else if ('fresh' in loaded) {
      value = loaded.fresh;
      events.reloaded(changed);
    } else {
      events.kept(changed, loaded.error);
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

type Fingerprints = ReadonlyMap<string, string>;

async function fingerprintsOf(seen: ReadonlyMap<string, SeenFile>): Promise<Fingerprints> {
  const all = [...seen].map(async ([path, { maxBytes }]) => {
    return [path, (await readSeen(path, maxBytes)).fingerprint] as const;
  });
  return new Map(await Promise.all(all));
}

function fingerprintsIn(seen: ReadonlyMap<string, SeenFile>): Fingerprints {
  return new Map([...seen].map(([path, { fingerprint }]) => [path, fingerprint]));
}

/** Of files that are in both: which others there are may depend on what is in the first. */
function differs(one: Fingerprints, other: Fingerprints): boolean {
  return [...one].some(([path, fingerprint]) => (other.get(path) ?? fingerprint) !== fingerprint);
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
