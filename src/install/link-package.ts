import { randomBytes } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { ArchiveLimitError, defaultArchiveLimits, hashTree } from '../archive/index.ts';
import {
  type CallOptions,
  errnoOf,
  FileAccessError,
  type Files,
  isTofuOciError,
  nodeFiles,
  makeFolders,
} from '../base/index.ts';
import type { PackageHash } from '../domain/index.ts';
import { PackageHashMismatchError } from './errors.ts';

export interface LinkOptions extends CallOptions {
  readonly files?: Files | undefined;
}

interface Tools extends CallOptions {
  readonly files: Files;
}

export interface UnpackedPackage {
  /** The folder itself, or a link to it. */
  readonly path: string;
  readonly h1OfTree: PackageHash;
}

/** Each but the first means that another process put something there in the very same moment. */
const maxAttempts = 100;

/** What rename answers when a folder, or something else than what is renamed, has the name. */
const inTheWay = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES']);

/**
 * Makes an unpacked package available under another name, as OpenTofu does: by a link to its absolute path,
 * or by a copy where links can not be made. What has the name already is replaced; whoever looks meanwhile sees
 * the old, or nothing for a moment, or the new, and never half of it.
 * @throws PackageHashMismatchError when the package changed while it was copied
 * @throws FileAccessError
 */
export async function linkPackage(
  from: UnpackedPackage,
  target: string,
  options: LinkOptions = {},
): Promise<'linked' | 'copied'> {
  const { files = nodeFiles, signal } = options;
  signal?.throwIfAborted();
  const source = resolve(from.path);
  if (await leadTogether(files, source, target)) return 'linked';
  const parent = dirname(target);
  const made = join(parent, `.${basename(target)}.${randomBytes(8).toString('hex')}.new`);
  let how: 'linked' | 'copied' = 'linked';
  try {
    await makeFolders(files, parent);
    if (!(await tryLink(files, source, made))) {
      how = 'copied';
      await copyPackage({ ...from, path: source }, made, { files, signal });
    }
    await replace(files, made, target);
    return how;
  } catch (error) {
    await files.rm(made, { recursive: true, force: true }).catch(() => undefined);
    if (isTofuOciError(error) || signal?.aborted === true) throw error;
    throw new FileAccessError('place a provider in', target, error);
  }
}

/** Also a link that leads to itself would be the end of the package. */
async function leadTogether(files: Files, a: string, b: string): Promise<boolean> {
  try {
    return (await files.realpath(a)) === (await files.realpath(b));
  } catch {
    return false;
  }
}

async function tryLink(files: Files, source: string, path: string): Promise<boolean> {
  try {
    await files.symlink(source, path, 'dir');
    return true;
  } catch {
    // Windows without the right to, or a file system without links. If it is anything else, copying says so.
    return false;
  }
}

async function replace(files: Files, made: string, target: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await files.rename(made, target);
      return;
    } catch (error) {
      if (!inTheWay.has(errnoOf(error) ?? '') || attempt === maxAttempts) throw error;
    }
    await moveAway(files, target);
  }
}

async function moveAway(files: Files, target: string): Promise<void> {
  const name = `.${basename(target)}.${randomBytes(8).toString('hex')}.old`;
  const aside = join(dirname(target), name);
  try {
    await files.rename(target, aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  await files.rm(aside, { recursive: true, force: true });
}

async function copyPackage(from: UnpackedPackage, target: string, options: Tools): Promise<void> {
  await copyFolder(from.path, target, { ...options, depth: 1 });
  const copied = await hashTree(target, options);
  if (copied !== from.h1OfTree) throw new PackageHashMismatchError([from.h1OfTree], [copied]);
}

/** Larger chunks gain nothing. */
const highWaterMark = 1024 * 1024;

/** Linked files become files, as they count in the hash. */
async function copyFolder(
  from: string,
  target: string,
  options: Tools & { readonly depth: number },
): Promise<void> {
  const { depth, files, signal } = options;
  const { maxDepth } = defaultArchiveLimits;
  if (depth > maxDepth) {
    throw new ArchiveLimitError('maxDepth', maxDepth, `the depth of the folder ${from}`);
  }
  await files.mkdir(target, { mode: 0o755 });
  for (const entry of await files.readdir(from, { withFileTypes: true })) {
    signal?.throwIfAborted();
    const [source, copy] = [join(from, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, copy, { ...options, depth: depth + 1 });
    else await copyFile(source, copy, options);
  }
}

async function copyFile(from: string, target: string, options: Tools): Promise<void> {
  const { files, signal } = options;
  const source = await files.open(from, 'r');
  try {
    const { mode } = await source.stat();
    const copy = await files.open(target, 'wx', mode & 0o777);
    try {
      for await (const chunk of source.createReadStream({ autoClose: false, highWaterMark })) {
        signal?.throwIfAborted();
        await copy.writeFile(chunk as Buffer);
      }
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}
