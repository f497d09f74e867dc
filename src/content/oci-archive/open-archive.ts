import type { Stats } from 'node:fs';
import {
  type CallOptions,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
} from '../../base/index.ts';
import type { Annotations, Digest } from '../../spec/index.ts';
import { ArchiveChangedError } from '../errors.ts';
import type { TargetRepository } from '../interfaces.ts';
import { ArchivePool } from './archive-pool.ts';
import { ArchiveRepository, DraftLedger } from './archive-repository.ts';
import type { ArchiveIdentity, CheckArchiveOptions } from './check-archive.ts';
import { type ArchiveFile, readArchive } from './read-archive.ts';
import { sizeOfArchive, writeArchive, type WriteArchiveOptions } from './write-archive.ts';

export interface ArchiveOptions extends CallOptions {
  readonly files?: Files | undefined;
}

export interface DraftOptions extends ArchiveOptions {
  /** What is at the path is replaced as a whole, not added to. */
  readonly startsEmpty?: boolean | undefined;
}

/** Several repositories in one tar: one OCI image layout, in which tags are named `REPOSITORY:TAG`. */
export interface Archive {
  /** Repositories that have a tag, in bytewise order. Their names may be anything. */
  repositories(): readonly string[];
  /** What its `index.json` says of it as a whole; nobody vouches for that. */
  readonly annotations: Annotations;
  /** For reading: what writes is refused. */
  repository(name: string): TargetRepository;
  /**
   * Reads every byte of the file, and holds every blob to its digest. What was opened is what was read: a file that
   * another one wrote to meanwhile is refused.
   * @throws ArchiveCorruptError, ArchiveChangedError, FileAccessError
   */
  check(options?: CheckArchiveOptions): Promise<ArchiveIdentity>;
  close(): Promise<void>;
}

/**
 * Opens an archive for reading.
 * @throws ArchiveCorruptError; FileAccessError, also when there is no such file
 */
export async function openArchive(path: string, options: ArchiveOptions = {}): Promise<Archive> {
  const { files = nodeFiles, signal } = options;
  const file = await readArchive(path, files, { signal });
  const { annotations, pool } = file;
  return {
    annotations,
    repositories: () => pool.repositories(),
    repository: (name) => new ArchiveRepository({ pool, repository: name, ledger: undefined }),
    check: async (check) => {
      const identity = await file.check(check);
      await checkUnchanged(path, files, file.stats);
      return identity;
    },
    close: () => file.close(),
  };
}

/** An archive that is being put together, with everything in it that was there before. */
export interface ArchiveDraft extends Omit<Archive, 'annotations' | 'check'> {
  /** For writing. Blobs are read when the draft is written; their sources must stay open so long. */
  repository(name: string): TargetRepository;
  /** Manifests may name this blob, although it is not in the archive, but in another one. */
  relyOn(digest: Digest): void;
  /** Bytes of the file that would be written. */
  size(options?: Pick<WriteArchiveOptions, 'annotations' | 'signal'>): Promise<number>;
  /**
   * Writes the archive, in one step for whoever reads it; contents that nothing leads to stay out. The
   * draft is over then. Without annotations those that were there stay.
   * @returns false when there was nothing new, and the file was left as it is
   * @throws CopyError, FileAccessError; ArchiveChangedError when another program wrote it meanwhile
   */
  write(options?: WriteArchiveOptions): Promise<boolean>;
  /** Without `write` nothing has happened. */
  close(): Promise<void>;
}

/** @throws ArchiveCorruptError for a file that is there and is no such archive; FileAccessError */
export async function draftArchive(
  path: string,
  options: DraftOptions = {},
): Promise<ArchiveDraft> {
  const { files = nodeFiles, signal, startsEmpty = false } = options;
  const before = startsEmpty ? undefined : await readIfThere(path, files, { signal });
  const statsBefore = startsEmpty ? await statIfThere(path, files) : before?.stats;
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
    relyOn: (digest) => pool.relyOn(digest),
    size: (size = {}) => sizeOfArchive(pool, size),
    write: async (write = {}) => {
      if (!ledger.changed) return false;
      const beforeReplacing = async (temporary: string): Promise<void> => {
        await write.beforeReplacing?.(temporary);
        await close(); // Windows does not replace a file that somebody has open.
        await checkUnchanged(path, files, statsBefore);
      };
      const annotations = write.annotations ?? before?.annotations;
      await writeArchive(pool, path, files, { ...write, annotations, beforeReplacing });
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

async function statIfThere(path: string, files: Files): Promise<Stats | undefined> {
  try {
    return await files.stat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new FileAccessError('look at', path, error);
  }
}

/** What another program put there would be lost. */
async function checkUnchanged(path: string, files: Files, then: Stats | undefined): Promise<void> {
  const now = await statIfThere(path, files);
  const isSame =
    now?.ino === then?.ino && now?.size === then?.size && now?.mtimeMs === then?.mtimeMs;
  if (!isSame) throw new ArchiveChangedError(path);
}
