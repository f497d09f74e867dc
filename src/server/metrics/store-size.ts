import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, errnoOf } from '../../base/index.ts';

export interface StoreSize {
  /** Bytes in files; one that several repositories share by hard links is counted once. */
  readonly bytes: number;
  readonly files: number;
  readonly repositories: number;
}

/** Looking through a million files takes a minute, and nobody needs to know it to the second. */
const freshMs = 5 * 60_000;

/**
 * How large the folder is. Each call gives what the last look found, and has another look begun when that
 * was a while ago: an answer never waits for the disk. `undefined` before the first look has ended.
 */
export function createStoreSize(
  folder: string,
  clock: Clock,
): { current(): StoreSize | undefined; close(): Promise<void> } {
  let found: StoreSize | undefined;
  let lookedAt = -Infinity;
  let looking: Promise<void> | undefined;
  const stop = new AbortController();

  const look = async () => {
    try {
      found = await measure(folder, stop.signal);
      lookedAt = clock.now();
    } catch {
      // Stopped, or a folder that can not be read: the requests that need it say so, with the reason.
      lookedAt = clock.now();
    } finally {
      looking = undefined;
    }
  };

  return {
    current: () => {
      const isFresh = clock.now() - lookedAt < freshMs;
      if (!isFresh && !stop.signal.aborted) looking ??= look();
      return found;
    },
    close: async () => {
      stop.abort();
      await looking;
    },
  };
}

async function measure(root: string, signal: AbortSignal): Promise<StoreSize> {
  const shared = new Set<number>();
  const waiting = [root];
  let [bytes, files, repositories] = [0, 0, 0];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for await (const entry of entriesOf(folder)) {
      signal.throwIfAborted();
      const path = join(folder, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      if (!entry.isFile()) continue;
      if (entry.name === 'oci-layout') repositories++;
      const stat = await lstat(path).catch(() => undefined);
      if (stat === undefined || (stat.nlink > 1 && shared.has(stat.ino))) continue;
      if (stat.nlink > 1) shared.add(stat.ino);
      files++;
      bytes += stat.size;
    }
  }
  return { bytes, files, repositories };
}

/** What goes away while it is looked at was a temporary file, or is deleted. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
