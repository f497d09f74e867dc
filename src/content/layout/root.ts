import { join } from 'node:path';
import {
  type CallOptions,
  type Clock,
  compareBytes,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
  systemClock,
  makeFolders,
} from '../../base/index.ts';
import { isRepositoryPath } from '../../spec/index.ts';
import { RepositoryNameError, StoreReadOnlyError } from '../errors.ts';
import type { CollectedGarbage, HostedRepository, RegistryStorage } from '../hosted.ts';
import { GroupCommit } from './group-commit.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { ManifestCache } from './manifest-cache.ts';
import { isLayout, openLayout } from './open-layout.ts';
import { checkFolder } from './safe-files.ts';

export interface LayoutRootOptions {
  /** `read` serves a folder without writing anything into it; repositories can not be made. */
  readonly mode?: 'read' | 'write' | undefined;
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
  /** As for a single layout; see `LayoutOptions`. */
  readonly graceMs?: number | undefined;
}

/** These stand in the folder of every repository; a repository below could not be told from them. */
const reserved: ReadonlySet<string> = new Set(['blobs', 'index.json', 'oci-layout']);

/**
 * A folder of OCI image layouts, one for each repository, at the repository's path. Repositories are
 * opened when first asked for, stay open (and locked against other processes) until `close`, and may
 * stand below each other: `acme` and `acme/null`.
 * @throws FileAccessError when there is no such folder and it can not be made
 */
export async function openLayoutRoot(
  folder: string,
  options: LayoutRootOptions = {},
): Promise<RegistryStorage> {
  const files = options.files ?? nodeFiles;
  try {
    if (options.mode !== 'read') await makeFolders(files, folder);
    return new LayoutRoot(await files.realpath(folder), files, options);
  } catch (error) {
    throw new FileAccessError('open', folder, error);
  }
}

interface Asked {
  paths: readonly string[];
}

class LayoutRoot implements RegistryStorage {
  readonly #folder: string;
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #mode: 'read' | 'write';
  readonly #graceMs: number | undefined;
  readonly #open = new Map<string, HostedRepository>();
  /** One opening of a repository at a time: a second one would meet the lock of the first. */
  readonly #turns = new KeyedMutex();
  readonly #cache = new ManifestCache();
  /**
   * Walks through all folders take seconds where there are many, and anybody may ask for one: who asks while
   * one is under way shares the next, which knows all that was made before they asked.
   */
  readonly #walks = new GroupCommit<Asked>(async (all) => {
    const paths = await this.#walk();
    for (const asked of all) asked.paths = paths;
  });
  #closed = false;

  constructor(folder: string, files: Files, { mode, clock, graceMs }: LayoutRootOptions) {
    this.#folder = folder;
    this.#files = files;
    this.#clock = clock ?? systemClock;
    this.#mode = mode ?? 'write';
    this.#graceMs = graceMs;
  }

  async findRepository(
    path: string,
    { signal }: CallOptions = {},
  ): Promise<HostedRepository | undefined> {
    signal?.throwIfAborted();
    checkName(path);
    return this.#open.get(path) ?? (await this.#turns.run(path, () => this.#find(path)));
  }

  async createRepository(path: string, options: CallOptions = {}): Promise<HostedRepository> {
    if (this.#mode === 'read') throw new StoreReadOnlyError(this.#folder, 'read-only');
    const found = await this.findRepository(path, options);
    return found ?? (await this.#turns.run(path, () => this.#openAs(path, 'create')));
  }

  async *repositories({ signal }: CallOptions = {}): AsyncGenerator<string> {
    signal?.throwIfAborted();
    const asked: Asked = { paths: [] };
    await this.#walks.add(asked);
    signal?.throwIfAborted();
    yield* asked.paths;
  }

  async collectGarbage({
    signal,
    onError,
  }: CallOptions & {
    readonly onError?: ((error: unknown) => void) | undefined;
  } = {}): Promise<CollectedGarbage> {
    const total = { removed: 0, bytes: 0, waiting: 0 };
    for (const repository of this.#mode === 'read' ? [] : [...this.#open.values()]) {
      signal?.throwIfAborted();
      try {
        const collected = await repository.collectGarbage({ signal });
        total.removed += collected.removed;
        total.bytes += collected.bytes;
        total.waiting += collected.waiting;
      } catch (error) {
        signal?.throwIfAborted();
        onError?.(error);
      }
    }
    return total;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#open.values()];
    this.#open.clear();
    const results = await Promise.allSettled(open.map((repository) => repository.close()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #find(path: string): Promise<HostedRepository | undefined> {
    const folder = await this.#checkedFolder(path);
    return (await isLayout(this.#files, folder)) ? await this.#openAs(path, this.#mode) : undefined;
  }

  async #openAs(path: string, mode: 'read' | 'write' | 'create'): Promise<HostedRepository> {
    const already = this.#open.get(path);
    if (already !== undefined) return already;
    const folder = await this.#checkedFolder(path);
    const [files, clock, graceMs] = [this.#files, this.#clock, this.#graceMs];
    const options = { name: path, mode, files, clock, graceMs };
    const repository = await openLayout(folder, options, this.#cache);
    if (this.#closed) {
      await repository.close();
      throw new StoreReadOnlyError(this.#folder, 'closed');
    }
    this.#open.set(path, repository);
    return repository;
  }

  async #walk(): Promise<readonly string[]> {
    const paths: string[] = [];
    const waiting = [''];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (path !== '' && (await isLayout(this.#files, join(this.#folder, path)))) paths.push(path);
      for (const name of await this.#foldersIn(path)) {
        const below = path === '' ? name : `${path}/${name}`;
        if (isName(below)) waiting.push(below);
      }
    }
    return paths.sort(compareBytes);
  }

  /** No part of the way may be a link out of the root. */
  async #checkedFolder(path: string): Promise<string> {
    let folder = this.#folder;
    for (const component of path.split('/')) {
      folder = join(folder, component);
      await checkFolder(this.#files, folder);
    }
    return folder;
  }

  async #foldersIn(path: string): Promise<readonly string[]> {
    const folder = join(this.#folder, path);
    try {
      const entries = await this.#files.readdir(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw new FileAccessError('read', folder, error);
    }
  }
}

function checkName(path: string): void {
  if (!isRepositoryPath(path)) throw new RepositoryNameError(path, 'it is not a repository path');
  if (!isName(path)) throw new RepositoryNameError(path, 'a part of it is reserved');
}

function isName(path: string): boolean {
  return isRepositoryPath(path) && !path.split('/').some((part) => reserved.has(part));
}
