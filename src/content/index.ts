export {
  bytesSource,
  type BytesSourceOptions,
  fetchBytes,
  fileSource,
  manifestSource,
  readableOf,
} from './blob-sources.ts';
export { copyGraph, type CopyGraphOptions, type GraphEvents } from './copy-graph.ts';
export {
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
export type * from './hosted.ts';
export type * from './interfaces.ts';
export { type LayoutOptions, openLayoutRepository } from './layout/open-layout.ts';
export { type LayoutRootOptions, openLayoutRoot } from './layout/root.ts';
export { createMemoryRepository } from './memory-repository.ts';
export { verifyingStream } from './verifying-stream.ts';
