import { dirname, join } from 'node:path';
import {
  type Clock,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
  syncFolder,
  systemClock,
} from '../../base/index.ts';
import { LayoutCorruptError, RepositoryNotFoundError, StoreLockedError } from '../errors.ts';
import type { HostedRepository } from '../hosted.ts';
import { Catalog, readCatalog } from './catalog.ts';
import { emptyIndex, snapshotIndex, writeIndexFile } from './index-file.ts';
import { LayoutRepository } from './layout-repository.ts';
import { acquireLock, type StoreLock } from './lock.ts';
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
  const { name = folder, mode = 'write', files = nodeFiles, clock = systemClock } = options;
  const paths = layoutPaths(folder);
  if (mode === 'read') {
    await checkLayout(files, paths, name);
    const table = await readCatalog(files, paths);
    return new LayoutRepository({ name, files, clock, paths, table, writer: undefined });
  }
  if (mode === 'create') await makeFolders(files, folder);
  else await checkLayout(files, paths, name);
  await makeFolder(files, paths.ours);
  const lock = await acquireLock(files, { folder, lock: paths.lock }, clock);
  try {
    if (mode === 'create') await create(files, paths);
    await checkLayout(files, paths, name);
    await makeBlobFolders(files, paths);
    await removeLeftovers(files, paths.uploads);
    const catalog = await Catalog.open(files, paths, () => checkLock(lock, folder));
    const writer = {
      commit: catalog.commit.bind(catalog),
      close: () => catalog.close().finally(() => lock.release()),
    };
    return new LayoutRepository({ name, files, clock, paths, table: catalog.table, writer });
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
async function create(files: Files, paths: LayoutPaths): Promise<void> {
  if (await isLayout(files, paths.folder)) return;
  await makeBlobFolders(files, paths);
  const index = await openRegular(files, paths.index);
  if (index === undefined) await writeIndexFile(files, paths, snapshotIndex(emptyIndex()));
  else await index.handle.close();
  const temporary = join(paths.ours, 'oci-layout.new');
  const target = { folder: paths.folder, target: paths.marker, temporary };
  await replaceFile(files, target, [Buffer.from(marker)]);
}

/** With them, our own folder becomes durable: the journal in it is worth nothing without. */
async function makeBlobFolders(files: Files, paths: LayoutPaths): Promise<void> {
  await makeFolder(files, paths.blobs);
  await makeFolder(files, join(paths.blobs, 'sha256'));
  try {
    await syncFolder(files, paths.blobs);
    await syncFolder(files, paths.folder);
  } catch (error) {
    throw new FileAccessError('write', paths.folder, error);
  }
}

/** Makes the folder and those above it, each durable in its parent. */
async function makeFolders(files: Files, folder: string): Promise<void> {
  try {
    await files.mkdir(folder);
    await syncFolder(files, dirname(folder));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return;
    if (errno !== 'ENOENT' || dirname(folder) === folder) {
      throw new FileAccessError('create', folder, error);
    }
    await makeFolders(files, dirname(folder));
    await makeFolders(files, folder);
  }
}

function checkLock(lock: StoreLock, folder: string): void {
  if (!lock.isHeld()) throw new StoreLockedError(folder, 'another process, which took it over');
}
