import { basename, dirname, join } from 'node:path';
import { findExecutable } from '../archive/index.ts';
import {
  type CallOptions,
  type Clock,
  errnoOf,
  FileAccessError,
  type Files,
  nodeFiles,
  systemClock,
  makeFolders,
} from '../base/index.ts';
import { isKnownScheme, type PackageHash } from '../domain/index.ts';
import type { PackageRequest, StagedPackage } from '../sources/index.ts';
import { hashesOf } from './dispositions.ts';
import { linkPackage, type UnpackedPackage } from './link-package.ts';
import { isRecordLocked, type TryLock, waitForLock } from './package-cache-locks.ts';
import { openPackageFolder } from './package-folder.ts';

export interface PackageCacheOptions {
  /** `TF_PLUGIN_CACHE_DIR` or `plugin_cache_dir`; must exist. */
  readonly directory: string;
  /**
   * `plugin_cache_may_break_dependency_lock_file`: a cached package is good enough where the lock file has no
   * checksums of its version.
   */
  readonly mayBreakLockFile: boolean;
  /** Keeps our own processes from fetching the same package at once; without it they do, and agree. */
  readonly tryLock?: TryLock | undefined;
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
}

export interface CachedPackage extends UnpackedPackage {
  /** `'matches-lock'`: verified checksum, and the lock file stays. `'unchecked'`: only its own h1 is known. */
  readonly standing: 'matches-lock' | 'unchecked';
}

export interface FillOptions extends CallOptions {
  /** The lock file's hashes of this version. */
  readonly locked: readonly PackageHash[];
  /** Fetches the package into a private, empty folder and judges it; throws when it may not be used. */
  readonly stage: (directory: string) => Promise<StagedPackage>;
  /** Called once when another process has been working on the same package for long. */
  readonly onWait?: ((directory: string) => void) | undefined;
}

/**
 * The folder that several working folders share packages in, laid out like `<data dir>/providers`, the same as
 * OpenTofu's (v1.12.6, `-plugin-cache`). A package is staged beside its place and renamed into it, so nobody
 * ever finds half of one, whether or not locks work.
 */
export interface PackageCache {
  readonly directory: string;
  /**
   * The cached package, if it may be used without asking its source: its content has one of the `locked`
   * hashes, or there are none and the cache may break the lock file. What can not be hashed may not.
   */
  find(
    request: PackageRequest,
    options: CallOptions & { readonly locked: readonly PackageHash[] },
  ): Promise<CachedPackage | undefined>;
  /**
   * Puts a package into the cache, or finds that another process did so meanwhile.
   * @returns `filled` unless what was found is used
   * @throws ModifiedPackageError when something else is in its place; what `stage` throws; FileAccessError
   */
  fill(
    request: PackageRequest,
    options: FillOptions,
  ): Promise<{ readonly filled: boolean; readonly cached: CachedPackage }>;
  /** Links a cached package, or copies it, to where an installation looks for it. @throws FileAccessError */
  linkInto(
    cached: UnpackedPackage,
    target: string,
    options?: CallOptions,
  ): Promise<'linked' | 'copied'>;
  /** Removes everything this object staged and did not place. @throws FileAccessError */
  close(): Promise<void>;
}

/** @throws FileAccessError when the folder does not exist or is none, in OpenTofu's words */
export async function openPackageCache(options: PackageCacheOptions): Promise<PackageCache> {
  const { clock = systemClock, directory, files = nodeFiles, mayBreakLockFile, tryLock } = options;
  await requireFolder(directory, files);
  const folder = openPackageFolder(directory, files, directory);

  const find: PackageCache['find'] = async (request, { locked, signal }) => {
    const allowed = locked.filter(isKnownScheme);
    if (allowed.length === 0 && !mayBreakLockFile) return undefined;
    const path = folder.pathOf(request);
    try {
      const h1OfTree = await folder.installedHash(request, signal);
      if (h1OfTree === undefined) return undefined;
      if (allowed.includes(h1OfTree)) return { path, h1OfTree, standing: 'matches-lock' };
      if (allowed.length > 0) return undefined;
      await findExecutable(path, request.provider.type, { files, signal });
      return { path, h1OfTree, standing: 'unchecked' };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return undefined;
    }
  };

  const store = async (request: PackageRequest, fill: FillOptions): Promise<CachedPackage> => {
    const { signal } = fill;
    const path = folder.pathOf(request);
    const staged = await fill.stage(await folder.stagingArea());
    const { h1OfTree } = staged;
    if (staged.kind === 'linked') await linkPackage(staged, path, { files, signal });
    else {
      await removeDeadLink(path, files);
      await folder.place(staged, request);
    }
    const matches = hashesOf(staged).some((hash) => fill.locked.includes(hash));
    return { path, h1OfTree, standing: matches ? 'matches-lock' : 'unchecked' };
  };

  return {
    directory,
    find,

    async fill(request, fill) {
      const { signal } = fill;
      const path = folder.pathOf(request);
      // Without hashes to compare it with, nobody may use what another process fetched: no use in waiting.
      const canShare = fill.locked.some(isKnownScheme) || mayBreakLockFile;
      const lock = await waitForLock(
        async () => {
          if (await isRecordLocked(`${path}.lock`, files)) return undefined;
          if (tryLock === undefined || !canShare) return noLock;
          await makeParent(path, files);
          return await tryLock(ownLockOf(path), { signal });
        },
        { clock, signal, onWait: () => fill.onWait?.(directory) },
      );
      try {
        const found = await find(request, fill);
        if (found !== undefined) return { filled: false, cached: found };
        return { filled: true, cached: await store(request, fill) };
      } finally {
        await lock.release();
      }
    },

    async linkInto(cached, target, { signal } = {}) {
      return await linkPackage(cached, target, { files, signal });
    },

    close: () => folder.close(),
  };
}

const noLock = { release: () => Promise.resolve() };

/** Not the name of OpenTofu's own lock file, which it locks in another way and never removes. */
function ownLockOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.tofu-oci.lock`);
}

async function requireFolder(directory: string, files: Files): Promise<void> {
  try {
    if ((await files.stat(directory)).isDirectory()) return;
    throw Object.assign(new Error('it is not a directory'), { code: 'ENOTDIR' });
  } catch (error) {
    throw new FileAccessError('open the plugin cache directory', directory, error, {
      hint: 'Create it, or correct plugin_cache_dir or TF_PLUGIN_CACHE_DIR.',
    });
  }
}

async function makeParent(path: string, files: Files): Promise<void> {
  try {
    await makeFolders(files, dirname(path));
  } catch (error) {
    throw new FileAccessError('create', dirname(path), error);
  }
}

/** A link to a mirror that is gone is nobody's package. Another process may put one there at any time. */
async function removeDeadLink(path: string, files: Files): Promise<void> {
  try {
    if (!(await files.lstat(path)).isSymbolicLink()) return;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw new FileAccessError('read', path, error);
  }
  try {
    await files.realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return;
    await unlinkIfLink(path, files);
  }
}

async function unlinkIfLink(path: string, files: Files): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    // It is a folder by now, or was taken away: EISDIR on Linux, EPERM elsewhere.
    if (['EISDIR', 'ENOENT', 'EPERM'].includes(errnoOf(error) ?? '')) return;
    throw new FileAccessError('remove', path, error);
  }
}
