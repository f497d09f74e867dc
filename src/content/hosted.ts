import type { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import type { Descriptor, Digest, DigestAlgorithm } from '../spec/index.ts';
import type { ManifestContent, Remover, TagOptions, TargetRepository } from './interfaces.ts';

/** Bytes `start` to `end`, both counted from 0 and both included, as in an HTTP range. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * An upload that nobody has touched for an hour is not continued: its bytes are thrown away. Whoever
 * bounds the number of open uploads counts them for as long, and so bounds the space they take.
 */
export const uploadExpiryMs = 60 * 60 * 1000;

/** A blob that arrives in pieces. Nothing of it can be seen in the repository before `commit`. */
export interface UploadSession {
  readonly id: string;
  /** Bytes that have arrived and are kept. */
  readonly offset: number;
  /**
   * Adds a piece. When `body` breaks off, what had arrived is kept and counted.
   * @returns the new offset.
   * @throws UploadBusyError when another piece is arriving; LimitExceededError over `maxBytes`.
   */
  append(body: Readable, options?: AppendOptions): Promise<number>;
  /**
   * Checks the whole and puts it into the repository, durably. The session is over afterwards, also
   * when the content did not match.
   * @throws DigestMismatchError
   */
  commit(expected: Digest, options?: CallOptions): Promise<Descriptor>;
  /** Throws away what has arrived. Safe to call twice, and after commit. */
  cancel(): Promise<void>;
}

export interface AppendOptions extends CallOptions {
  /** The most bytes the whole upload may have. */
  readonly maxBytes?: number | undefined;
}

export interface StartUploadOptions extends CallOptions {
  /** Hashed while it arrives; a commit with another algorithm reads the stored bytes again. */
  readonly algorithm?: DigestAlgorithm | undefined;
}

export interface PutManifestOptions extends TagOptions {
  /** Tags to point at the manifest, in the same durable step. `replaces` is checked for each of them. */
  readonly tags?: readonly string[] | undefined;
  /** What `replaces` says, for single tags; the others go by `replaces`. */
  readonly replacesByTag?: ReadonlyMap<string, Digest | 'nothing'> | undefined;
  /**
   * What happens when something the manifest points at is not in the repository: `refuse` (default)
   * throws ChildMissingError; `accept` stores a sparse manifest.
   */
  readonly missingChildren?: 'refuse' | 'accept' | undefined;
}

export interface ReferrerOptions extends CallOptions {
  readonly artifactType?: string | undefined;
  /** Only those whose digest comes after this one. */
  readonly after?: string | undefined;
}

/** A repository as the server that owns it sees it. */
export interface HostedRepository extends TargetRepository, Remover {
  /** In the order of their digests; what is not asked for is not read. */
  referrers(subject: Descriptor, options?: ReferrerOptions): AsyncIterable<Descriptor>;
  /** Size in bytes of a stored blob, or undefined when it is not there. */
  statBlob(digest: Digest, options?: CallOptions): Promise<number | undefined>;
  /**
   * Reads a blob, or a part of it, WITHOUT verifying: for serving files only; what is stored was
   * verified when it was written. Everybody else uses `fetch`.
   * @throws ContentNotFoundError
   */
  openBlobRange(digest: Digest, range?: ByteRange, options?: CallOptions): Promise<Readable>;
  /**
   * Stores a manifest under its digest, and points tags at it; all of it is durable when this
   * resolves, or none of it is visible. `manifest.descriptor` must describe `manifest.bytes`.
   * @throws InvalidManifestError, ChildMissingError, TagConflictError, DigestMismatchError,
   * SizeMismatchError, LimitExceededError
   */
  putManifest(manifest: ManifestContent, options?: PutManifestOptions): Promise<void>;
  /** @throws ContentNotFoundError, also for a digest that is a manifest. */
  deleteBlob(digest: Digest, options?: CallOptions): Promise<void>;
  /**
   * At most `limit` tags after `last` (not included; need not exist), in ASCII order.
   * A page that is shorter than `limit` is the last one.
   */
  tagsAfter(last: string | undefined, limit: number): readonly string[];
  startUpload(options?: StartUploadOptions): Promise<UploadSession>;
  /** @throws UploadNotFoundError when there is no such session, or it has expired. */
  resumeUpload(id: string, options?: CallOptions): Promise<UploadSession>;
  /**
   * Takes a blob over from another repository of the same storage, by hard link where the file system
   * allows it, else as a verified copy. Whether the caller may read `other` is the caller's business.
   * @returns false when `other` does not have it.
   */
  linkBlobFrom(other: HostedRepository, digest: Digest, options?: CallOptions): Promise<boolean>;
  /** Makes everything durable in its final form and lets go of the repository. */
  close(): Promise<void>;
}

/** All repositories of one server. */
export interface RegistryStorage {
  /**
   * The repository when it exists.
   * @throws RepositoryNameError for a path that can not be stored.
   */
  findRepository(path: string, options?: CallOptions): Promise<HostedRepository | undefined>;
  /**
   * The repository, made when it does not exist.
   * @throws RepositoryNameError, StoreLockedError
   */
  createRepository(path: string, options?: CallOptions): Promise<HostedRepository>;
  /** Paths of all repositories, in bytewise order. */
  repositories(options?: CallOptions): AsyncIterable<string>;
  /** Closes every open repository. */
  close(): Promise<void>;
}
