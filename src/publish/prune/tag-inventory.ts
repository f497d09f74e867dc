import {
  type CallOptions,
  categoryOf,
  isNotFound,
  LimitExceededError,
  mapBounded,
} from '../../base/index.ts';
import type { ManifestContent, SourceRepository } from '../../content/index.ts';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isManifestType,
  mediaTypes,
  parseManifest,
} from '../../spec/index.ts';
import { digestOfTag, readTags } from '../copy/copy-tags.ts';
import { UnreadableTagError } from './prune-errors.ts';

/** A manifest that tags need. */
export interface KnownManifest {
  readonly descriptor: Descriptor;
  /** Manifests directly below it. */
  readonly below: readonly Descriptor[];
  readonly isIndex: boolean;
}

/** Only these have manifests below them. */
const indexTypes: ReadonlySet<string> = new Set([mediaTypes.index, mediaTypes.dockerManifestList]);

/** Indexes in indexes; nobody nests more than one. */
const maxDepth = 8;

/** Manifests that are read at the same time. */
const concurrency = 8;

/** Where all tags of a repository are, and which manifests are below those. */
export class TagInventory {
  readonly #repository: SourceRepository;
  readonly #known = new Map<Digest, KnownManifest>();
  #tags: ReadonlyMap<string, Digest> = new Map();

  constructor(repository: SourceRepository) {
    this.#repository = repository;
  }

  /** Each tag with what it is at; one that is listed and at nothing is left out. */
  get tags(): ReadonlyMap<string, Digest> {
    return this.#tags;
  }

  find(digest: Digest): KnownManifest | undefined {
    return this.#known.get(digest);
  }

  /** Those and all manifests below them. */
  closure(roots: Iterable<Digest>): ReadonlySet<Digest> {
    const found = new Set<Digest>();
    const todo = [...roots];
    for (let digest = todo.pop(); digest !== undefined; digest = todo.pop()) {
      if (found.has(digest)) continue;
      found.add(digest);
      for (const child of this.#known.get(digest)?.below ?? []) todo.push(child.digest);
    }
    return found;
  }

  /**
   * Looks where the tags are now; what has been read before is not read again.
   * @throws UnreadableTagError, RepositoryNotFoundError, LimitExceededError
   */
  async refresh(options: CallOptions): Promise<void> {
    const names = [...(await readTags(this.#repository, options))];
    const isFirst = this.#known.size === 0;
    const places = await mapBounded(names, concurrency, async (tag) => {
      const digest = isFirst ? undefined : await digestOfTag(this.#repository, tag, options);
      if (!isFirst && (digest === undefined || this.#known.has(digest))) return digest;
      return await this.#read(tag, digest ?? tag, options);
    });
    const tags = new Map<string, Digest>();
    for (const [index, tag] of names.entries()) {
      const digest = places[index];
      if (digest !== undefined) tags.set(tag, digest);
    }
    this.#tags = tags;
  }

  async #read(tag: string, reference: string, options: CallOptions): Promise<Digest | undefined> {
    try {
      const content = await this.#repository.readManifest(reference, options);
      await this.#learn(content, 0, options);
      return content.descriptor.digest;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      const category = categoryOf(error);
      if (category !== 'integrity' && category !== 'unsupported') throw error;
      throw new UnreadableTagError({ repository: this.#repository.name, tag }, error);
    }
  }

  async #learn(
    { bytes, descriptor }: ManifestContent,
    depth: number,
    options: CallOptions,
  ): Promise<void> {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    const below = childrenOf(manifest).filter(({ mediaType }) => isManifestType(mediaType));
    this.#known.set(descriptor.digest, { descriptor, below, isIndex: manifest.kind === 'index' });
    for (const child of below) {
      if (this.#known.has(child.digest) || !indexTypes.has(child.mediaType)) continue;
      if (depth === maxDepth)
        throw new LimitExceededError('indexes in indexes', maxDepth, 'levels');
      const content = await this.#child(child, options);
      if (content !== undefined) await this.#learn(content, depth + 1, options);
    }
  }

  /** Undefined for one that is not there: it needs nothing. */
  async #child(child: Descriptor, options: CallOptions): Promise<ManifestContent | undefined> {
    try {
      return await this.#repository.readManifest(child.digest, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
