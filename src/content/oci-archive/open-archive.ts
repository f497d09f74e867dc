import {
  type CallOptions,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
} from '../../base/index.ts';
import { ArchiveChangedError } from '../errors.ts';
import type { TargetRepository } from '../interfaces.ts';
import { ArchivePool } from './archive-pool.ts';
import { ArchiveRepository, DraftLedger } from './archive-repository.ts';
import { type ArchiveFile, readArchive } from './read-archive.ts';
import { writeArchive, type WriteArchiveOptions } from './write-archive.ts';

export interface ArchiveOptions extends CallOptions {
  readonly files?: Files | undefined;
}

/** Several repositories in one tar: one OCI image layout, in which tags are named `REPOSITORY:TAG`. */
export interface Archive {
  /** Repositories that have a tag, in bytewise order. Their names may be anything. */
  repositories(): readonly string[];
  /** For reading: what writes is refused. */
  repository(name: string): TargetRepository;
  close(): Promise<void>;
}

/**
 * Opens an archive for reading.
 * @throws ArchiveCorruptError; FileAccessError, also when there is no such file
 */
export async function openArchive(path: string, options: ArchiveOptions = {}): Promise<Archive> {
  const { files = nodeFiles, signal } = options;
  const file = await readArchive(path, files, { signal });
  const { pool } = file;
  return {
    repositories: () => pool.repositories(),
    repository: (name) => new ArchiveRepository({ pool, repository: name, ledger: undefined }),
    close: () => file.close(),
  };
}

/** An archive that is being put together, with everything in it that was there before. */
export interface ArchiveDraft extends Archive {
  /** For writing. Blobs are read when the draft is written; their sources must stay open so long. */
  repository(name: string): TargetRepository;
  /**
   * Writes the archive, in one step for whoever reads it; contents that nothing leads to stay out. The
   * draft is over then.
   * @returns false when there was nothing new, and the file was left as it is
   * @throws CopyError, FileAccessError; ArchiveChangedError when another program wrote it meanwhile
   */
  write(options?: Omit<WriteArchiveOptions, 'beforeReplacing'>): Promise<boolean>;
  /** Without `write` nothing has happened. */
  close(): Promise<void>;
}

/** @throws ArchiveCorruptError for a file that is there and is no such archive; FileAccessError */
export async function draftArchive(
  path: string,
  options: ArchiveOptions = {},
): Promise<ArchiveDraft> {
  const { files = nodeFiles, signal } = options;
  const before = await readIfThere(path, files, { signal });
  const pool = before?.pool ?? new ArchivePool(`oci-archive:${path}`);
  const ledger = new DraftLedger();
  let isOpen = before !== undefined;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await before?.close();
  };
  return {
    repositories: () => pool.repositories(),
    repository: (name) => new ArchiveRepository({ pool, repository: name, ledger }),
    write: async (write = {}) => {
      if (!ledger.changed) return false;
      const beforeReplacing = async (): Promise<void> => {
        await close(); // Windows does not replace a file that somebody has open.
        await checkUnchanged(path, files, before);
      };
      await writeArchive(pool, path, files, { ...write, beforeReplacing });
      ledger.changed = false;
      return true;
    },
    close,
  };
}

async function readIfThere(
  path: string,
  files: Files,
  options: CallOptions,
): Promise<ArchiveFile | undefined> {
  try {
    return await readArchive(path, files, options);
  } catch (error) {
    if (error instanceof FileAccessError && error.errno === 'ENOENT') return undefined;
    throw error;
  }
}

/** What another program put there would be lost. */
async function checkUnchanged(
  path: string,
  files: Files,
  before: ArchiveFile | undefined,
): Promise<void> {
  let now;
  try {
    now = await files.stat(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw new FileAccessError('look at', path, error);
  }
  const then = before?.stats;
  const isSame =
    now?.ino === then?.ino && now?.size === then?.size && now?.mtimeMs === then?.mtimeMs;
  if (!isSame) throw new ArchiveChangedError(path);
}
