import { type Clock, errnoOf, FileAccessError, makeFolders, nodeFiles } from '../base/index.ts';
import { lockFolder, type StoreLock, StoreLockedError } from '../content/index.ts';
import { FolderInUseError, ServedFolderError } from './errors.ts';

/**
 * Makes sure that there is a folder to serve.
 * @throws ServedFolderError when there is none and none can be made, FileAccessError when this machine forbids it
 */
export async function prepareFolder(folder: string, mode: 'read' | 'write'): Promise<void> {
  try {
    if ((await nodeFiles.stat(folder)).isDirectory()) return;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOTDIR') throw new ServedFolderError(folder, 'a part of it is not a folder');
    if (errno !== 'ENOENT') throw new FileAccessError('serve', folder, error);
    if (mode === 'read') throw new ServedFolderError(folder, 'there is no such folder', error);
    return makeServed(folder);
  }
  throw new ServedFolderError(folder, 'it is not a folder');
}

async function makeServed(folder: string): Promise<void> {
  try {
    await makeFolders(nodeFiles, folder);
  } catch (error) {
    const errno = errnoOf(error);
    const isOfMachine = errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS';
    if (isOfMachine || errno === 'ENOSPC') throw new FileAccessError('make', folder, error);
    const reason = errno ?? String(error);
    throw new ServedFolderError(folder, `it can not be made (${reason})`, error);
  }
}

/**
 * Makes this process the only server that writes below the folder, for as long as it runs. Each repository
 * has a lock of its own besides, for commands that work in it; whoever starts a second server should learn
 * it at once, and not with the first request.
 * @throws FolderInUseError, FileAccessError
 */
export async function lockServedFolder(folder: string, clock: Clock): Promise<StoreLock> {
  try {
    return await lockFolder(nodeFiles, folder, clock);
  } catch (error) {
    if (!(error instanceof StoreLockedError)) throw error;
    throw new FolderInUseError(folder, error.holder);
  }
}
