import { dirname, join } from 'node:path';
import {
  type Clock,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
  syncFolder,
  systemClock,
  makeFolders,
} from '../../base/index.ts';
import { LayoutCorruptError, RepositoryNotFoundError, StoreLockedError } from '../errors.ts';
import type { HostedRepository } from '../hosted.ts';
import { Catalog, readCatalog } from './catalog.ts';
import { emptyIndex, snapshotIndex, writeIndexFile } from './index-file.ts';
import { LayoutRepository } from './layout-repository.ts';
import { acquireLock, type StoreLock } from './lock.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { type LayoutPaths, layoutPaths } from './paths.ts';
import { checkFolder, makeFolder, openRegular, readRegular, replaceFile } from './safe-files.ts';
import { removeLeftovers } from './uploads.ts';

export interface LayoutOptions {
  /** For messages; default: the folder. */
  readonly name?: string | undefined;
  /**
   * `write` (default) takes the layout's lock; `create` makes the layout first when there is none;
   * `read` needs no lock and no permission to write, and shows the layout as it was when it was opened.
   */
  readonly mode?: 'read' | 'write' | 'create' | undefined;
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
  /**
   * Milliseconds that content stays which nothing needs, before a collection of garbage removes it.
   * Default: for ever. Longer than any client takes from its first blob to its last manifest.
   */
  readonly graceMs?: number | undefined;
}

const marker = '{"imageLayoutVersion":"1.0.0"}';

/**
 * Opens a folder in the OCI image layout, ours or another tool's, as a repository. What a write
 * acknowledged survives a crash of the program and of the machine.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @throws RepositoryNotFoundError when there is no layout; LayoutCorruptError when it is damaged, or uses
 * links where files should be; StoreLockedError when another process writes into it; FileAccessError
 */
export async function openLayoutRepository(
  folder: string,
  options: LayoutOptions = {},
): Promise<HostedRepository> {
  return openLayout(folder, options);
}

/** As `openLayoutRepository`, with what the repositories of one server share. */
export async function openLayout(
  folder: string,
  options: LayoutOptions,
  cache?: ManifestCache,
): Promise<HostedRepository> {
  const { name = folder, mode = 'write', files = nodeFiles, clock = systemClock } = options;
  const { graceMs = Infinity } = options;
  const paths = layoutPaths(folder);
  if (mode === 'read') {
    await checkLayout(files, paths, name);
    const table = await readCatalog(files, paths);
    return new LayoutRepository({
      name,
      files,
      clock,
      paths,
      table,
      graceMs,
      cache,
      writer: undefined,
    });
  }
  const changed = mode === 'create' ? await makeParents(files, folder) : [];
  if (mode !== 'create') await checkLayout(files, paths, name);
  await makeFolder(files, paths.ours);
  const lock = await acquireLock(files, { folder, lock: paths.lock }, clock);
  try {
    const isNew = mode === 'create' && !(await isLayout(files, folder));
    // The folder's own parent in any case: whoever made it may have been stopped before that was synced.
    if (isNew) await create(files, paths, new Set([...changed, dirname(folder)]));
    await checkLayout(files, paths, name);
    if (!isNew) await makeBlobFolders(files, paths, []);
    await removeLeftovers(files, paths.uploads);
    const catalog = await Catalog.open(files, paths, () => checkLock(lock, folder));
    const writer = {
      commit: catalog.commit.bind(catalog),
      close: () => catalog.close().finally(() => lock.release()),
    };
    const { table } = catalog;
    return new LayoutRepository({ name, files, clock, paths, table, graceMs, cache, writer });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Whether the folder claims to be a layout. */
export async function isLayout(files: Files, folder: string): Promise<boolean> {
  try {
    return (await files.lstat(layoutPaths(folder).marker)).isFile();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return false;
    throw new FileAccessError('look at', folder, error);
  }
}

async function checkLayout(files: Files, paths: LayoutPaths, name: string): Promise<void> {
  const bytes = await readRegular(files, paths.marker, 4096);
  if (bytes === undefined) {
    throw new RepositoryNotFoundError(name, {
      hint: `${paths.folder} has no file "oci-layout".`,
    });
  }
  const version = versionIn(bytes.toString());
  if (version !== '1.0.0') {
    throw new LayoutCorruptError(paths.marker, 'imageLayoutVersion should be 1.0.0');
  }
  for (const path of [
    paths.ours,
    paths.blobs,
    join(paths.blobs, 'sha256'),
    join(paths.blobs, 'sha512'),
  ]) {
    await checkFolder(files, path);
  }
}

function versionIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    return 'imageLayoutVersion' in value ? value.imageLayoutVersion : undefined;
  } catch {
    return undefined;
  }
}

/** The marker comes last: a folder that has it has everything else. */
async function create(files: Files, paths: LayoutPaths, changed: Iterable<string>): Promise<void> {
  const index = await openRegular(files, paths.index);
  // Nothing may go on when one of them fails: the folder is opened again perhaps.
  const results = await Promise.allSettled([
    makeBlobFolders(files, paths, changed),
    index?.handle.close() ?? writeIndexFile(files, paths, snapshotIndex(emptyIndex())),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const temporary = join(paths.ours, 'oci-layout.new');
  const target = { folder: paths.folder, target: paths.marker, temporary };
  await replaceFile(files, target, [Buffer.from(marker)]);
}

/**
 * What is new becomes durable, our own folder with it: the journal in it is worth nothing without. All at
 * once, since a disk that is told to write several things writes them together.
 * @param changed other folders that something was made in
 */
async function makeBlobFolders(
  files: Files,
  paths: LayoutPaths,
  changed: Iterable<string>,
): Promise<void> {
  await makeFolder(files, paths.blobs);
  await makeFolder(files, join(paths.blobs, 'sha256'));
  try {
    const folders = [...changed, paths.folder, paths.blobs];
    const results = await Promise.allSettled(folders.map((folder) => syncFolder(files, folder)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    throw new FileAccessError('write', paths.folder, error);
  }
}

/** @returns the folders in which others were made @throws FileAccessError */
async function makeParents(files: Files, folder: string): Promise<readonly string[]> {
  try {
    return (await makeFolders(files, folder)).map((made) => dirname(made));
  } catch (error) {
    throw new FileAccessError('create', folder, error);
  }
}

function checkLock(lock: StoreLock, folder: string): void {
  if (!lock.isHeld()) throw new StoreLockedError(folder, 'another process, which took it over');
}
