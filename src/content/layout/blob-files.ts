import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, FileAccessError, type Files, syncFolder } from '../../base/index.ts';
import { type Digest, type DigestAlgorithm, digestParts, isDigest } from '../../spec/index.ts';
import { LayoutCorruptError } from '../errors.ts';
import { GroupCommit } from './group-commit.ts';
import { blobPath } from './paths.ts';
import { makeFolder, openRegular } from './safe-files.ts';

/** What a file system says when it has no (more) hard links, or none to there. */
const noLink = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES']);

const digestAlgorithms: readonly DigestAlgorithm[] = ['sha256', 'sha512'];

/** The content files of a layout: `blobs/ALGORITHM/HEX`, whole or not there, never changed in place. */
export class BlobFiles {
  readonly #files: Files;
  readonly #folder: string;
  readonly #syncs: GroupCommit<string>;

  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
    this.#syncs = new GroupCommit(async (folders) => {
      for (const path of new Set(folders)) await syncFolder(files, path);
    });
  }

  pathOf(digest: Digest): string {
    return blobPath(this.#folder, digest);
  }

  /** Size in bytes, or undefined when it is not there. */
  async size(digest: Digest): Promise<number | undefined> {
    const path = this.pathOf(digest);
    try {
      const stat = await this.#files.lstat(path);
      if (stat.isFile()) return stat.size;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
      throw new FileAccessError('look at', path, error);
    }
    throw new LayoutCorruptError(path, 'it should be a regular file, and no link');
  }

  open(
    digest: Digest,
  ): Promise<{ readonly handle: FileHandle; readonly size: number } | undefined> {
    return openRegular(this.#files, this.pathOf(digest));
  }

  /** Takes over a finished, checked and synced file of the same file system, durably. */
  async adopt(file: string, digest: Digest): Promise<void> {
    const path = this.pathOf(digest);
    await this.#makeFolderOf(digest);
    try {
      // Over an older file of the same digest too: what has just been checked is the better one.
      await this.#files.rename(file, path);
      await this.#syncs.add(dirname(path));
    } catch (error) {
      throw new FileAccessError('write', path, error);
    }
  }

  /** @returns false when the file system can not link these two; the caller copies. */
  async link(file: string, digest: Digest): Promise<boolean> {
    const path = this.pathOf(digest);
    await this.#makeFolderOf(digest);
    try {
      await this.#files.link(file, path);
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (noLink.has(errno)) return false;
      if (errno !== 'EEXIST') throw new FileAccessError('write', path, error);
    }
    await this.#syncs.add(dirname(path));
    return true;
  }

  async remove(digest: Digest): Promise<void> {
    const path = this.pathOf(digest);
    try {
      await this.#files.rm(path, { force: true });
      await this.#syncs.add(dirname(path));
    } catch (error) {
      throw new FileAccessError('remove', path, error);
    }
  }

  /** All content files, as far as their names are those of some. */
  async list(): Promise<readonly Digest[]> {
    const found: Digest[] = [];
    for (const algorithm of digestAlgorithms) {
      const folder = join(this.#folder, algorithm);
      try {
        for (const name of await this.#files.readdir(folder)) {
          const digest = `${algorithm}:${name}`;
          if (isDigest(digest)) found.push(digest);
        }
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw new FileAccessError('read', folder, error);
      }
    }
    return found;
  }

  /** @returns how many bytes they had. */
  async removeAll(digests: readonly Digest[]): Promise<number> {
    let bytes = 0;
    for (const digest of digests) {
      const path = this.pathOf(digest);
      bytes += (await this.size(digest)) ?? 0;
      try {
        await this.#files.rm(path, { force: true });
      } catch (error) {
        throw new FileAccessError('remove', path, error);
      }
    }
    // Not synced: what a crash brings back is garbage still.
    return bytes;
  }

  async #makeFolderOf(digest: Digest): Promise<void> {
    // sha256 is made with the layout; other algorithms when they are first used.
    if (digestParts(digest).algorithm === 'sha256') return;
    await makeFolder(this.#files, dirname(this.pathOf(digest)));
    await this.#syncs.add(this.#folder);
  }
}
