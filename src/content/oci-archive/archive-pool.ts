import type { Readable } from 'node:stream';
import { type CallOptions, compareBytes, isTofuOciError, readBounded } from '../../base/index.ts';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isManifestType,
  isTag,
  type Manifest,
  maxManifestBytes,
  parseManifest,
} from '../../spec/index.ts';
import { type CheckedManifest, plainDescriptor } from '../check-manifest.ts';
import { ChildMissingError, ContentNotFoundError } from '../errors.ts';
import type { ManifestContent } from '../interfaces.ts';
import { ManifestRelations } from '../manifest-relations.ts';
import { ManifestTable } from '../manifest-table.ts';
import { verifyingStream } from '../verifying-stream.ts';

/** Something in the pool, wherever its bytes are. Not verified. */
export interface PoolContent {
  readonly size: number;
  readonly open: (options: CallOptions) => Promise<Readable>;
}

/**
 * What is, or will be, in one archive: contents by digest, manifests, and names for some of them. One
 * layout for all repositories in it, whose names are `REPOSITORY:TAG`.
 */
export class ArchivePool {
  /** For messages. */
  readonly name: string;
  readonly table: ManifestTable;
  readonly #contents: Map<Digest, PoolContent>;
  readonly #elsewhere = new Set<Digest>();
  #relations: Promise<ManifestRelations> | undefined;
  /** Tags by repository; made when first asked for, since an archive may have as many of these as of those. */
  #tags: Map<string, Set<string>> | undefined;

  constructor(
    name: string,
    table: ManifestTable = new ManifestTable(),
    contents: ReadonlyMap<Digest, PoolContent> = new Map(),
  ) {
    this.name = name;
    this.table = table;
    this.#contents = new Map(contents);
  }

  /** That have a tag. */
  repositories(): readonly string[] {
    return [...this.#tagsByRepository().keys()].sort(compareBytes);
  }

  /** Undefined for a repository without any. */
  tagsOf(repository: string): readonly string[] | undefined {
    const tags = this.#tagsByRepository().get(repository);
    return tags === undefined ? undefined : [...tags];
  }

  /** The manifest is in the table. */
  tag(repository: string, tag: string, digest: Digest): void {
    this.table.apply({ kind: 'tag', tag: `${repository}:${tag}`, digest });
    if (this.#tags !== undefined) addTo(this.#tags, repository, tag);
  }

  #tagsByRepository(): Map<string, Set<string>> {
    if (this.#tags !== undefined) return this.#tags;
    this.#tags = new Map();
    for (const { names } of this.table.rows()) {
      for (const name of names) {
        const colon = name.lastIndexOf(':');
        const tag = name.slice(colon + 1);
        if (colon > 0 && isTag(tag)) addTo(this.#tags, name.slice(0, colon), tag);
      }
    }
    return this.#tags;
  }

  sizeOf(digest: Digest): number | undefined {
    return this.#contents.get(digest)?.size;
  }

  /** Verified. @throws ContentNotFoundError; the stream fails with integrity errors */
  async open(target: Descriptor, options: CallOptions = {}): Promise<Readable> {
    options.signal?.throwIfAborted();
    const content = this.#contents.get(target.digest);
    if (content === undefined) throw new ContentNotFoundError(this.name, target.digest);
    return verifyingStream(await content.open(options), target, options);
  }

  /** A manifest that is named, or only by an index. */
  async findManifest(digest: Digest): Promise<Descriptor | undefined> {
    if (!this.#contents.has(digest)) return undefined;
    return this.table.find(digest) ?? (await this.relations()).findNested(digest);
  }

  /** @throws ContentNotFoundError, DigestMismatchError, InvalidManifestError, LimitExceededError */
  async readManifest(digest: Digest, options: CallOptions = {}): Promise<ManifestContent> {
    const known = await this.findManifest(digest);
    if (known === undefined) throw new ContentNotFoundError(this.name, digest);
    const { manifest, bytes } = await this.#read(known, options);
    const named = { mediaType: known.mediaType, digest, size: bytes.length };
    return { descriptor: plainDescriptor(named, manifest), bytes };
  }

  addBlob(digest: Digest, content: PoolContent): void {
    this.#contents.set(digest, content);
  }

  /** Manifests may name this blob, although it is, or will be, in another archive. */
  relyOn(digest: Digest): void {
    this.#elsewhere.add(digest);
  }

  /** @throws ChildMissingError */
  async addManifest(checked: CheckedManifest, content: PoolContent): Promise<void> {
    const { descriptor, manifest } = checked;
    for (const child of childrenOf(manifest)) {
      const isManifest = isManifestType(child.mediaType);
      if (!isManifest && this.#elsewhere.has(child.digest)) continue;
      const isThere =
        this.sizeOf(child.digest) === child.size &&
        (!isManifest || (await this.findManifest(child.digest)) !== undefined);
      if (!isThere) throw new ChildMissingError(this.name, descriptor.digest, child);
    }
    const relations = await this.relations();
    this.#contents.set(descriptor.digest, content);
    this.table.apply({ kind: 'put', descriptor });
    relations.add(descriptor, manifest);
  }

  /** Found out by reading every manifest once, when it is first asked for. */
  relations(): Promise<ManifestRelations> {
    this.#relations ??= this.#readRelations();
    return this.#relations;
  }

  /**
   * All that names and manifests lead to, each once. What is missing is left out, as it may be: a layout
   * need not be complete.
   * @throws integrity errors for a manifest that is damaged
   */
  async *reachable(options: CallOptions = {}): AsyncGenerator<Descriptor> {
    const seen = new Set<Digest>();
    const waiting = [...this.table.rows()].map(({ descriptor }) => descriptor);
    for (const descriptor of waiting) {
      const { digest, mediaType } = descriptor;
      const size = this.sizeOf(digest);
      if (size === undefined || seen.has(digest)) continue;
      seen.add(digest);
      // The size is that of the content; a descriptor that says another makes reading it fail.
      yield descriptor;
      if (!isManifestType(mediaType)) continue;
      const { manifest } = await this.#read(descriptor, options);
      waiting.push(...childrenOf(manifest));
    }
  }

  /** A damaged manifest is reported to whoever reads it, not to whoever asks about another one. */
  async #readRelations(): Promise<ManifestRelations> {
    const relations = new ManifestRelations(Infinity);
    const seen = new Set<Digest>();
    const waiting = [...this.table.rows()].map(({ descriptor }) => descriptor);
    for (const descriptor of waiting) {
      if (seen.has(descriptor.digest) || !this.#contents.has(descriptor.digest)) continue;
      seen.add(descriptor.digest);
      const manifest = await this.#tryRead(descriptor);
      if (manifest === undefined) continue;
      relations.add(descriptor, manifest);
      if (manifest.kind !== 'index') continue;
      waiting.push(...manifest.manifests.filter((child) => isManifestType(child.mediaType)));
    }
    return relations;
  }

  async #tryRead(descriptor: Descriptor): Promise<Manifest | undefined> {
    try {
      return (await this.#read(descriptor, {})).manifest;
    } catch (error) {
      if (isTofuOciError(error)) return undefined;
      throw error;
    }
  }

  async #read(
    descriptor: Descriptor,
    options: CallOptions,
  ): Promise<{ readonly manifest: Manifest; readonly bytes: Buffer }> {
    const what = `manifest ${descriptor.digest}`;
    const stream = await this.open(descriptor, options);
    const bytes = await readBounded(stream, { maxBytes: maxManifestBytes, what, ...options });
    return { manifest: parseManifest(bytes, descriptor.mediaType), bytes };
  }
}

function addTo(tags: Map<string, Set<string>>, repository: string, tag: string): void {
  const known = tags.get(repository);
  if (known === undefined) tags.set(repository, new Set([tag]));
  else known.add(tag);
}
