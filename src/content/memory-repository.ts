import type { Readable } from 'node:stream';
import { type CallOptions, readBounded } from '../base/index.ts';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isDigest,
  isManifestType,
  parseTag,
} from '../spec/index.ts';
import { readableOf } from './blob-sources.ts';
import {
  type CheckedManifest,
  checkManifest,
  checkReplaces,
  readManifestSource,
} from './check-manifest.ts';
import { ChildMissingError, ContentNotFoundError } from './errors.ts';
import type {
  BlobSource,
  ManifestContent,
  PushOptions,
  PushOutcome,
  TagOptions,
  TargetRepository,
} from './interfaces.ts';
import { ManifestRelations } from './manifest-relations.ts';
import { ManifestTable } from './manifest-table.ts';
import { verifyingStream } from './verifying-stream.ts';

/**
 * A repository in memory, for plans that are pushed later and for tests; the plainest implementation of
 * the interfaces, and the measure for the others. Its blobs are small ones.
 */
export function createMemoryRepository(name: string): TargetRepository {
  return new MemoryRepository(name);
}

/** What a process can hold beside its other work; larger content belongs on a disk. */
const maxBlobBytes = 256 * 1024 * 1024;

class MemoryRepository implements TargetRepository {
  readonly name: string;
  readonly #blobs = new Map<Digest, Buffer>();
  readonly #manifests = new Map<Digest, Buffer>();
  readonly #table = new ManifestTable();
  readonly #relations = new ManifestRelations(Infinity);

  constructor(name: string) {
    this.name = name;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface is for slower stores
  async exists(target: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    return this.#bytesOf(target)?.length === target.size;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async fetch(target: Descriptor, { signal }: CallOptions = {}): Promise<Readable> {
    signal?.throwIfAborted();
    const bytes = this.#bytesOf(target);
    if (bytes === undefined) throw new ContentNotFoundError(this.name, target.digest);
    return verifyingStream(readableOf(bytes), target, { signal });
  }

  async push(source: BlobSource, options: PushOptions = {}): Promise<PushOutcome> {
    const { descriptor } = source;
    const { signal } = options;
    if (await this.exists(descriptor, { signal })) return 'exists';
    if (isManifestType(descriptor.mediaType)) {
      this.#put(checkManifest(await readManifestSource(source, { signal })));
    } else {
      const stream = verifyingStream(await source.open({ signal }), descriptor, { signal });
      const what = `blob ${descriptor.digest}`;
      this.#blobs.set(
        descriptor.digest,
        await readBounded(stream, { maxBytes: maxBlobBytes, what }),
      );
    }
    options.onProgress?.(descriptor.size);
    return 'pushed';
  }

  async resolve(reference: string, { signal }: CallOptions = {}): Promise<Descriptor> {
    signal?.throwIfAborted();
    const digest = isDigest(reference) ? reference : this.#table.digestOfTag(reference);
    const found = digest === undefined ? undefined : this.#table.find(digest);
    if (found === undefined) throw new ContentNotFoundError(this.name, reference);
    return await Promise.resolve(found);
  }

  async readManifest(reference: string, options: CallOptions = {}): Promise<ManifestContent> {
    const descriptor = await this.resolve(reference, options);
    const bytes = this.#manifests.get(descriptor.digest);
    if (bytes === undefined) throw new ContentNotFoundError(this.name, reference);
    return { descriptor, bytes: Buffer.from(bytes) };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async *tags({ signal }: CallOptions = {}): AsyncGenerator<string> {
    signal?.throwIfAborted();
    yield* this.#table.tagsAfter(undefined, Number.MAX_SAFE_INTEGER);
  }

  async tag(manifest: ManifestContent, tag: string, options: TagOptions = {}): Promise<void> {
    parseTag(tag);
    options.signal?.throwIfAborted();
    const checked = checkManifest(manifest);
    const { digest } = checked.descriptor;
    const place = { repository: this.name, tag };
    checkReplaces(place, this.#table.digestOfTag(tag), options);
    if (this.#table.find(digest) === undefined) this.#put(checked);
    this.#table.apply({ kind: 'tag', tag, digest });
    await Promise.resolve();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async *referrers(
    subject: Descriptor,
    { signal, artifactType }: CallOptions & { readonly artifactType?: string } = {},
  ): AsyncGenerator<Descriptor> {
    signal?.throwIfAborted();
    for (const { descriptor } of this.#relations.referrersOf(subject.digest, artifactType)) {
      yield descriptor;
    }
  }

  #bytesOf({ mediaType, digest }: Descriptor): Buffer | undefined {
    return (isManifestType(mediaType) ? this.#manifests : this.#blobs).get(digest);
  }

  #put({ descriptor, bytes, manifest }: CheckedManifest): void {
    for (const child of childrenOf(manifest)) {
      if (this.#bytesOf(child)?.length === child.size) continue;
      throw new ChildMissingError(this.name, descriptor.digest, child);
    }
    this.#manifests.set(descriptor.digest, Buffer.from(bytes));
    this.#table.apply({ kind: 'put', descriptor });
    this.#relations.add(descriptor, manifest);
  }
}
