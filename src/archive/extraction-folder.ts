import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileAccessError, type Files } from '../base/index.ts';
import type { EntryName } from './entry-name.ts';
import type { EntrySink, FileSink } from './local-entry.ts';
import type { PackageEntry } from './package-summary.ts';
import { writeFully } from './write-fully.ts';

const { O_WRONLY, O_CREAT, O_EXCL } = constants;
/** Windows has no such flag; there O_EXCL alone refuses whatever has the name already. */
const O_NOFOLLOW = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;

const modes = {
  inDoubt: 0o600,
  folderInDoubt: 0o700,
  executable: 0o755,
  plain: 0o644,
  folder: 0o755,
} as const;

/**
 * Unpacks into a private, empty folder. Names were checked before they come here; still every file is
 * made new and no link is followed, so that nothing outside can be reached.
 */
export class ExtractionFolder implements EntrySink {
  readonly #root: string;
  readonly #files: Files;
  readonly #folders = new Set<string>();

  constructor(root: string, files: Files) {
    this.#root = root;
    this.#files = files;
  }

  async folder(name: EntryName): Promise<void> {
    await this.#makeFolders(name.segments);
  }

  async file(name: EntryName): Promise<FileSink> {
    await this.#makeFolders(name.segments.slice(0, -1));
    const path = this.#pathOf(name.segments);
    const handle = await this.#create(path);
    return {
      write: (chunk) => writeFully(handle, chunk, path),
      close: () => handle.close(),
    };
  }

  /** Once everything is right: what was private becomes readable, what is a program executable. */
  async release(entries: readonly PackageEntry[]): Promise<void> {
    for (const { name, kind, executable } of entries) {
      if (kind === 'folder') continue;
      const mode = executable ? modes.executable : modes.plain;
      await this.#chmod(this.#pathOf(name.split('/')), mode);
    }
    for (const folder of this.#folders) await this.#chmod(join(this.#root, folder), modes.folder);
    await this.#chmod(this.#root, modes.folder);
  }

  /** Empties the folder again: with one call for each file, since there may be thousands. */
  async discard(): Promise<void> {
    await this.#empty(this.#root);
  }

  async #empty(folder: string): Promise<void> {
    for (const entry of await this.#files.readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) {
        await this.#files.unlink(path);
        continue;
      }
      try {
        await this.#files.rmdir(path);
      } catch {
        await this.#empty(path);
        await this.#files.rmdir(path);
      }
    }
  }

  async #makeFolders(segments: readonly string[]): Promise<void> {
    for (const [index] of segments.entries()) {
      const inside = join(...segments.slice(0, index + 1));
      if (this.#folders.has(inside)) continue;
      const path = join(this.#root, inside);
      try {
        await this.#files.mkdir(path, { mode: modes.folderInDoubt });
      } catch (error) {
        throw new FileAccessError('create the folder', path, error);
      }
      this.#folders.add(inside);
    }
  }

  async #create(path: string): Promise<FileHandle> {
    try {
      return await this.#files.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, modes.inDoubt);
    } catch (error) {
      throw new FileAccessError('create', path, error);
    }
  }

  async #chmod(path: string, mode: number): Promise<void> {
    try {
      await this.#files.chmod(path, mode);
    } catch (error) {
      throw new FileAccessError('set the mode of', path, error);
    }
  }

  #pathOf(segments: readonly string[]): string {
    return join(this.#root, ...segments);
  }
}
