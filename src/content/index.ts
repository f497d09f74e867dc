export {
  bytesSource,
  type BytesSourceOptions,
  fetchBytes,
  fileSource,
  manifestSource,
  readableOf,
} from './blob-sources.ts';
export {
  copyGraph,
  type CopyGraphOptions,
  type CopySource,
  type GraphEvents,
  type Limiter,
} from './copy-graph.ts';
export {
  ArchiveChangedError,
  ArchiveCorruptError,
  ChildMissingError,
  ContentNotFoundError,
  CopyError,
  DigestMismatchError,
  LayoutCorruptError,
  RepositoryNameError,
  RepositoryNotFoundError,
  SizeMismatchError,
  StoreLockedError,
  StoreReadOnlyError,
  TagConflictError,
  UploadBusyError,
  UploadNotFoundError,
} from './errors.ts';
export { uploadExpiryMs } from './hosted.ts';
export type * from './hosted.ts';
export type * from './interfaces.ts';
export { type LayoutOptions, openLayoutRepository } from './layout/open-layout.ts';
export { acquireLock, lockFolder, type StoreLock } from './layout/lock.ts';
export { type LayoutRootOptions, openLayoutRoot } from './layout/root.ts';
export { createMemoryRepository } from './memory-repository.ts';
export {
  type Archive,
  type ArchiveDraft,
  type ArchiveOptions,
  draftArchive,
  type DraftOptions,
  openArchive,
} from './oci-archive/open-archive.ts';
export type { ArchiveIdentity, CheckArchiveOptions } from './oci-archive/check-archive.ts';
export { verifyingStream } from './verifying-stream.ts';
