import type { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import type { Descriptor, Digest, DigestAlgorithm } from '../spec/index.ts';
import type { ManifestContent, Remover, TagOptions, TargetRepository } from './interfaces.ts';

/**
 * A stored blob, open for reading WITHOUT verifying: for serving files only; what is stored was verified
 * when it was written. Everybody else uses `fetch`. It stays readable when the blob is deleted meanwhile.
 */
export interface OpenBlob {
  /** Bytes. */
  readonly size: number;
  /** Fills `buffer` from `position` on. @returns how many bytes; fewer only at the end of the blob. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
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

/** What a collection of garbage found. */
export interface CollectedGarbage {
  /** Content files that were removed, and their bytes. */
  readonly removed: number;
  readonly bytes: number;
  /** Content files that no manifest needs, and that stay because somebody may be about to need them. */
  readonly waiting: number;
}

/** A repository as the server that owns it sees it. */
export interface HostedRepository extends TargetRepository, Remover {
  /** In the order of their digests; what is not asked for is not read. */
  referrers(subject: Descriptor, options?: ReferrerOptions): AsyncIterable<Descriptor>;
  /** Size in bytes of a stored blob, or undefined when it is not there. */
  statBlob(digest: Digest, options?: CallOptions): Promise<number | undefined>;
  /** Undefined when it is not there. The caller closes it. */
  openBlob(digest: Digest, options?: CallOptions): Promise<OpenBlob | undefined>;
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
  /**
   * Removes content that no manifest needs, and that nobody was told of for the grace period with which
   * the repository was opened: by an upload, a mount, an answer that it exists, or a manifest that needed
   * it. Manifests stay, with and without tags. Safe at any time, beside anything else.
   * @throws LayoutCorruptError when a manifest can not be read, as nobody knows what it needs; then, and
   * whenever this throws, what has not been removed stays for the next time. FileAccessError
   */
  collectGarbage(options?: CallOptions): Promise<CollectedGarbage>;
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
  /**
   * Collects the garbage of every repository that has been opened, one after the other. One that fails
   * is left for the next time.
   */
  collectGarbage(
    options?: CallOptions & { readonly onError?: ((error: unknown) => void) | undefined },
  ): Promise<CollectedGarbage>;
  /** Closes every open repository. */
  close(): Promise<void>;
}
