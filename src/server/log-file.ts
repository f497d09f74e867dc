import type { FileHandle } from 'node:fs/promises';
import {
  type Clock,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
  systemClock,
} from '../base/index.ts';

/** A file that lines are added to. */
export interface LogFile {
  /** Adds a line, soon; the caller never waits. */
  write(line: string): void;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

export interface LogFileOptions {
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
  /** Told once when lines can not be written, and again after it went well in between. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Characters that wait for a disk that stands still; then lines are lost rather than memory. */
const maxWaiting = 4 * 1024 ** 2;

/** How often it is looked whether the file was moved away, as log rotation does. */
const lookMs = 1000;

/**
 * Opens a log for adding lines. When the file is moved away or removed a new one is begun in its place
 * within a second of the next line, so that rotating it takes no signal.
 * @throws FileAccessError
 */
export async function openLogFile(path: string, options: LogFileOptions = {}): Promise<LogFile> {
  const { files = nodeFiles, clock = systemClock, onError } = options;
  let handle = await openToAdd(files, path);
  let waiting: string[] = [];
  let length = 0;
  let lookedAt = clock.now();
  let writing: Promise<void> | undefined;
  let isFailing = false;

  const writeAll = async () => {
    while (waiting.length > 0) {
      const text = waiting.join('');
      waiting = [];
      length = 0;
      try {
        if (clock.now() - lookedAt >= lookMs) {
          lookedAt = clock.now();
          handle = await whereItIs(files, path, handle);
        }
        await handle.appendFile(text);
        isFailing = false;
      } catch (error) {
        if (!isFailing) onError?.(error);
        isFailing = true;
      }
    }
  };

  return {
    write: (line) => {
      if (length > maxWaiting) return;
      waiting.push(`${line}\n`);
      length += line.length;
      writing ??= writeAll().finally(() => (writing = undefined));
    },
    close: async () => {
      await writing;
      await handle.close();
    },
  };
}

/** The same handle while it is the file that stands at `path`; else a new one. */
async function whereItIs(files: Files, path: string, handle: FileHandle): Promise<FileHandle> {
  const [there, open] = [await inodeAt(files, path), await handle.stat()];
  if (there === open.ino) return handle;
  const next = await openToAdd(files, path);
  await handle.close();
  return next;
}

async function inodeAt(files: Files, path: string): Promise<number | undefined> {
  try {
    return (await files.stat(path)).ino;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function openToAdd(files: Files, path: string): Promise<FileHandle> {
  try {
    // Addresses and names of people are in it.
    return await files.open(path, 'a', 0o640);
  } catch (error) {
    throw new FileAccessError('write', path, error);
  }
}
