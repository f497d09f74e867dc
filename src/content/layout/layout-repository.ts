import type { Readable } from 'node:stream';
import { type CallOptions, type Clock, type Files, LimitExceededError } from '../../base/index.ts';
import {
  type Descriptor,
  type Digest,
  digestParts,
  isDigest,
  isManifestType,
} from '../../spec/index.ts';
import { fileChunkBytes, readableOf } from '../blob-sources.ts';
import { readManifestSource } from '../check-manifest.ts';
import { ContentNotFoundError, SizeMismatchError, StoreReadOnlyError } from '../errors.ts';
import type {
  CollectedGarbage,
  HostedRepository,
  OpenBlob,
  PutManifestOptions,
  ReferrerOptions,
  StartUploadOptions,
  UploadSession,
} from '../hosted.ts';
import type {
  BlobSource,
  ManifestContent,
  PushOptions,
  PushOutcome,
  TagOptions,
} from '../interfaces.ts';
import { keepErrors } from '../keep-errors.ts';
import type { CatalogChange, ManifestTable } from '../manifest-table.ts';
import { verifyingStream } from '../verifying-stream.ts';
import { BlobFiles } from './blob-files.ts';
import { GarbageCollector } from './garbage.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { ManifestStore } from './manifest-store.ts';
import type { LayoutPaths } from './paths.ts';
import { readFully } from './safe-files.ts';
import type { FileUpload } from './upload.ts';
import { Uploads } from './uploads.ts';

/** What keeps the changes of a layout that is open for writing. */
export interface LayoutWriter {
  commit(changes: readonly CatalogChange[]): Promise<void>;
  close(): Promise<void>;
}

export interface LayoutParts {
  readonly name: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly paths: LayoutPaths;
  readonly table: ManifestTable;
  /** How long content stays that nothing needs, in milliseconds; `Infinity`: for ever. */
  readonly graceMs: number;
  readonly cache?: ManifestCache | undefined;
  /** Undefined when the layout is open for reading only. */
  readonly writer: LayoutWriter | undefined;
}

type Sized = Pick<Descriptor, 'digest' | 'size'>;

/** A folder in the OCI image layout as a repository. Made by `openLayoutRepository`. */
export class LayoutRepository implements HostedRepository {
  readonly name: string;
  readonly #table: ManifestTable;
  readonly #writer: LayoutWriter | undefined;
  readonly #blobs: BlobFiles;
  readonly #garbage: GarbageCollector;
  readonly #uploads: Uploads;
  readonly #manifests: ManifestStore;
  readonly #locks = new KeyedMutex();
  #closing: Promise<void> | undefined;

  constructor({ name, files, clock, paths, table, graceMs, cache, writer }: LayoutParts) {
    this.name = name;
    this.#table = table;
    this.#writer = writer;
    this.#blobs = new BlobFiles(files, paths.blobs);
    const place = { files, folder: paths.uploads, repository: name };
    this.#garbage = new GarbageCollector({ table, blobs: this.#blobs, clock, graceMs });
    const adopt = (file: string, digest: Digest) =>
      this.#promised(digest, () => this.#blobs.adopt(file, digest));
    this.#uploads = new Uploads(place, adopt, clock);
    if (writer !== undefined) this.#uploads.watch();
    this.#manifests = new ManifestStore(
      {
        repository: name,
        files,
        table,
        blobs: this.#blobs,
        commit: (changes) => this.#writable().commit(changes),
        store: async (digest, bytes) => {
          // In the turn of whoever puts the manifest.
          const adoptNow = (file: string) => this.#blobs.adopt(file, digest);
          const upload = await this.#uploads.startOwn(digestParts(digest).algorithm, adoptNow);
          await this.#fill(upload, { digest, size: bytes.length }, readableOf(bytes));
        },
        garbage: this.#garbage,
        cache,
      },
      this.#locks,
    );
  }

  async exists(target: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    const { digest, mediaType, size } = target;
    if ((await this.statBlob(digest)) !== size) return false;
    return !isManifestType(mediaType) || (await this.#manifests.find(digest)) !== undefined;
  }

  async fetch(target: Descriptor, { signal }: CallOptions = {}): Promise<Readable> {
    signal?.throwIfAborted();
    const { digest, mediaType, size } = target;
    const isKnown =
      !isManifestType(mediaType) || (await this.#manifests.find(digest)) !== undefined;
    const opened = isKnown ? await this.#blobs.open(digest) : undefined;
    if (opened === undefined) throw new ContentNotFoundError(this.name, digest);
    if (opened.size !== size) {
      await opened.handle.close();
      throw new SizeMismatchError(digest, size, opened.size);
    }
    const stream = opened.handle.createReadStream({ highWaterMark: fileChunkBytes });
    return verifyingStream(stream, target, { signal });
  }

  async push(source: BlobSource, options: PushOptions = {}): Promise<PushOutcome> {
    this.#writable();
    const { descriptor } = source;
    const { signal, onProgress } = options;
    if (await this.exists(descriptor, { signal })) return 'exists';
    if (isManifestType(descriptor.mediaType)) {
      await this.#manifests.put(await readManifestSource(source, { signal }), { signal });
      onProgress?.(descriptor.size);
    } else {
      const body = await source.open({ signal });
      await this.#store(descriptor, body, { signal, onProgress });
    }
    return 'pushed';
  }

  async resolve(reference: string, { signal }: CallOptions = {}): Promise<Descriptor> {
    signal?.throwIfAborted();
    const digest = isDigest(reference) ? reference : this.#table.digestOfTag(reference);
    const found = digest === undefined ? undefined : await this.#manifests.find(digest);
    if (found === undefined) throw new ContentNotFoundError(this.name, reference);
    return found;
  }

  async readManifest(reference: string, { signal }: CallOptions = {}): Promise<ManifestContent> {
    signal?.throwIfAborted();
    const digest = isDigest(reference) ? reference : this.#table.digestOfTag(reference);
    if (digest === undefined) throw new ContentNotFoundError(this.name, reference);
    return await this.#manifests.read(digest);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface is for slower stores
  async *tags({ signal }: CallOptions = {}): AsyncGenerator<string> {
    signal?.throwIfAborted();
    yield* this.#table.tagsAfter(undefined, Number.MAX_SAFE_INTEGER);
  }

  tagsAfter(last: string | undefined, limit: number): readonly string[] {
    return this.#table.tagsAfter(last, limit);
  }

  async tag(manifest: ManifestContent, tag: string, options: TagOptions = {}): Promise<void> {
    await this.putManifest(manifest, { ...options, tags: [tag] });
  }

  async putManifest(manifest: ManifestContent, options: PutManifestOptions = {}): Promise<void> {
    this.#writable();
    await this.#manifests.put(manifest, options);
  }

  async *referrers(
    subject: Descriptor,
    { signal, ...selection }: ReferrerOptions = {},
  ): AsyncGenerator<Descriptor> {
    signal?.throwIfAborted();
    yield* this.#manifests.referrers(subject.digest, selection);
  }

  async deleteManifest(digest: Digest, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#writable();
    await this.#manifests.remove(digest);
  }

  async deleteTag(tag: string, options: TagOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#writable();
    await this.#manifests.removeTag(tag, options);
  }

  async deleteBlob(digest: Digest, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#writable();
    await this.#locks.run(digest, async () => {
      const size = await this.#blobs.size(digest);
      if (size === undefined || (await this.#manifests.find(digest)) !== undefined) {
        throw new ContentNotFoundError(this.name, digest);
      }
      await this.#blobs.remove(digest);
    });
  }

  async statBlob(digest: Digest, { signal }: CallOptions = {}): Promise<number | undefined> {
    signal?.throwIfAborted();
    return await this.#garbage.share(async () => {
      const size = await this.#blobs.size(digest);
      if (size !== undefined) this.#garbage.promise(digest);
      return size;
    });
  }

  async openBlob(digest: Digest, { signal }: CallOptions = {}): Promise<OpenBlob | undefined> {
    signal?.throwIfAborted();
    const opened = await this.#blobs.open(digest);
    if (opened === undefined) return undefined;
    const { handle, size } = opened;
    return {
      size,
      read: (buffer, position) => readFully(handle, buffer, position),
      close: () => handle.close(),
    };
  }

  async startUpload({ algorithm, signal }: StartUploadOptions = {}): Promise<UploadSession> {
    signal?.throwIfAborted();
    this.#writable();
    return await this.#uploads.start(algorithm);
  }

  async resumeUpload(id: string, { signal }: CallOptions = {}): Promise<UploadSession> {
    signal?.throwIfAborted();
    this.#writable();
    return await this.#uploads.resume(id);
  }

  async linkBlobFrom(
    other: HostedRepository,
    digest: Digest,
    { signal }: CallOptions = {},
  ): Promise<boolean> {
    this.#writable();
    const size = await other.statBlob(digest, { signal });
    if (size === undefined) return false;
    if ((await this.statBlob(digest)) === size) return true;
    if (other instanceof LayoutRepository) {
      const from = other.#blobs.pathOf(digest);
      const linked = await this.#promised(digest, () =>
        this.#locks.run(digest, () => this.#blobs.link(from, digest)),
      );
      if (linked) return true;
    }
    const target = { mediaType: 'application/octet-stream', digest, size };
    const body = await other.fetch(target, { signal });
    await this.#store({ digest, size }, body, { signal });
    return true;
  }

  async collectGarbage({ signal }: CallOptions = {}): Promise<CollectedGarbage> {
    signal?.throwIfAborted();
    this.#writable();
    return await this.#garbage.collect((options) => this.#manifests.needed(options), { signal });
  }

  close(): Promise<void> {
    this.#uploads.close();
    this.#closing ??= this.#writer?.close() ?? Promise.resolve();
    return this.#closing;
  }

  /** Puts a blob in its place; from then on it is there for whoever asked for that. */
  #promised<T>(digest: Digest, task: () => Promise<T>): Promise<T> {
    return this.#garbage.share(async () => {
      const result = await task();
      this.#garbage.promise(digest);
      return result;
    });
  }

  /** Writes content into a private file, checks it, and puts it in its place. */
  async #store(target: Sized, body: Readable, options: PushOptions): Promise<void> {
    keepErrors(body);
    const upload = await this.#uploads.startOwn(digestParts(target.digest).algorithm);
    await this.#fill(upload, target, body, options);
  }

  async #fill(
    upload: FileUpload,
    { digest, size }: Sized,
    body: Readable,
    { signal, onProgress }: PushOptions = {},
  ): Promise<void> {
    try {
      await upload.append(body, { signal, maxBytes: size, onProgress });
      if (upload.offset !== size) throw new SizeMismatchError(digest, size, upload.offset);
      await upload.commit(digest, { signal });
    } catch (error) {
      body.destroy();
      // The failure that counts is the first; what can not be removed now is at the next opening.
      await upload.cancel().catch(() => undefined);
      if (error instanceof LimitExceededError) throw new SizeMismatchError(digest, size, size + 1);
      throw error;
    }
  }

  #writable(): LayoutWriter {
    if (this.#writer === undefined) throw new StoreReadOnlyError(this.name, 'read-only');
    if (this.#closing !== undefined) throw new StoreReadOnlyError(this.name, 'closed');
    return this.#writer;
  }
}
