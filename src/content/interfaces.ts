import type { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import type { Descriptor, Digest, RepositoryName } from '../spec/index.ts';

/** Content that can be opened more than once, so that an upload can be tried again. */
export interface BlobSource {
  readonly descriptor: Descriptor;
  /** A repository that has it; one of the same registry as the destination saves the transfer. */
  readonly mountFrom?: RepositoryName | undefined;
  open(options?: CallOptions): Promise<Readable>;
}

export interface Fetcher {
  /**
   * Never ends cleanly unless every byte matched `target`: a short, long or changed stream is
   * destroyed with a DigestMismatchError or SizeMismatchError.
   * @throws ContentNotFoundError
   */
  fetch(target: Descriptor, options?: CallOptions): Promise<Readable>;
}

export interface ReadableStore extends Fetcher {
  exists(target: Descriptor, options?: CallOptions): Promise<boolean>;
}

/** A manifest as it stands in a repository: the exact bytes, hashed by us. At most 4 MiB. */
export interface ManifestContent {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

export interface ManifestReader {
  /**
   * One round trip: the manifest behind a tag or a digest. The digest is computed from the bytes, and
   * compared where the reference or the sender names one. The descriptor carries `artifactType` as the
   * bytes say.
   * @throws ContentNotFoundError
   */
  readManifest(reference: string, options?: CallOptions): Promise<ManifestContent>;
}

export type PushOutcome = 'pushed' | 'exists' | 'mounted';

export interface PushOptions extends CallOptions {
  /**
   * The store need not look whether a manifest is there before it takes it: the caller has looked, or takes
   * it for certain that it is not. The outcome is then `pushed` in any case.
   */
  readonly assumeMissing?: boolean | undefined;
  /** Bytes of the body sent so far; starts again at 0 when the push is tried again. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

export interface WritableStore extends ReadableStore {
  /**
   * Stores a blob, or a manifest by digest when `descriptor.mediaType` is a manifest type; a manifest's
   * children must be there already. A manifest with a `subject` becomes a referrer of it, in registries
   * without the referrers API by way of the fallback tag.
   */
  push(source: BlobSource, options?: PushOptions): Promise<PushOutcome>;
}

export interface TagReader {
  /** @throws ContentNotFoundError when there is no such tag or digest. */
  resolve(reference: string, options?: CallOptions): Promise<Descriptor>;
  /**
   * Every tag, in no promised order.
   * @throws RepositoryNotFoundError when the repository is not there.
   */
  tags(options?: CallOptions): AsyncIterable<string>;
}

export interface TagOptions extends CallOptions {
  /**
   * Move the tag only while it still is at this digest (`'nothing'`: does not exist). Where the store
   * can not do so atomically it does its best; callers read the tag again.
   * @throws TagConflictError when it is known to have moved.
   */
  readonly replaces?: Digest | 'nothing' | undefined;
}

export interface TagWriter {
  /** Points `tag` at a manifest; stores the manifest too when it is not there yet. */
  tag(manifest: ManifestContent, tag: string, options?: TagOptions): Promise<void>;
}

export interface ReferrerReader {
  /** Manifests whose `subject` is `subject`, from the API or the fallback tag. Bounded (10 pages). */
  referrers(
    subject: Descriptor,
    options?: CallOptions & { readonly artifactType?: string },
  ): AsyncIterable<Descriptor>;
}

export interface SourceRepository extends ReadableStore, ManifestReader, TagReader, ReferrerReader {
  /** For messages: `registry.example.com/acme/null`, or a folder. */
  readonly name: string;
  /** Where it is in a registry, so that blobs can be mounted from it; stores on disk have none. */
  readonly address?: RepositoryName | undefined;
}

/** What can be taken away from a repository. */
export interface Remover {
  /**
   * Removes a manifest and every tag that points at it.
   * @throws ContentNotFoundError
   */
  deleteManifest(digest: Digest, options?: CallOptions): Promise<void>;
  /**
   * Removes a tag; its manifest stays.
   * @throws ContentNotFoundError; TagConflictError when `replaces` names another digest.
   */
  deleteTag(tag: string, options?: TagOptions): Promise<void>;
}

export interface TargetRepository extends SourceRepository, WritableStore, TagWriter {}
