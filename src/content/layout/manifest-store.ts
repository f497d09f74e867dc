import pLimit from 'p-limit';
import {
  type CallOptions,
  FileAccessError,
  type Files,
  isTofuOciError,
  mapBounded,
} from '../../base/index.ts';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  digestOf,
  digestParts,
  isManifestType,
  type Manifest,
  maxManifestBytes,
  parseManifest,
  parseTag,
  referrerDescriptor,
} from '../../spec/index.ts';
import {
  type CheckedManifest,
  checkManifest,
  checkReplaces,
  plainDescriptor,
} from '../check-manifest.ts';
import {
  ChildMissingError,
  ContentNotFoundError,
  DigestMismatchError,
  LayoutCorruptError,
} from '../errors.ts';
import type { PutManifestOptions, ReferrerOptions } from '../hosted.ts';
import type { ManifestContent, TagOptions } from '../interfaces.ts';
import { ManifestRelations } from '../manifest-relations.ts';
import type { CatalogChange, ManifestTable } from '../manifest-table.ts';
import type { BlobFiles } from './blob-files.ts';
import type { GarbageCollector } from './garbage.ts';
import type { ManifestCache } from './manifest-cache.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import { readRegular } from './safe-files.ts';

/** What the store needs from the layout around it. */
export interface ManifestStorePlace {
  readonly repository: string;
  readonly files: Files;
  readonly table: ManifestTable;
  readonly blobs: BlobFiles;
  /** Makes changes durable, then visible in `table`. */
  readonly commit: (changes: readonly CatalogChange[]) => Promise<void>;
  /** Stores bytes, whose digest has been checked, as a content file. */
  readonly store: (digest: Digest, bytes: Buffer) => Promise<void>;
  readonly garbage: GarbageCollector;
  readonly cache: ManifestCache | undefined;
}

/** Files read at the same time when a layout is looked through. */
const readers = 8;

/** The same, when nobody waits for it. */
const patientReaders = 2;

/** Annotations of one referrer held in memory; longer ones are read when they are asked for. */
const maxAnnotationChars = 2048;

/**
 * The manifests of a layout: known by index.json, or (in layouts of other tools) only by an index that
 * is. Who refers to whom is found out when it is first asked for, by reading them all once.
 */
export class ManifestStore {
  readonly #place: ManifestStorePlace;
  readonly #locks: KeyedMutex;
  #relations: Promise<ManifestRelations> | undefined;

  /** @param locks held by digest while a content file goes away together with what is known about it. */
  constructor(place: ManifestStorePlace, locks: KeyedMutex) {
    this.#place = place;
    this.#locks = locks;
  }

  /** What is known about a manifest; its file may be missing. */
  async find(digest: Digest): Promise<Descriptor | undefined> {
    const { table, blobs } = this.#place;
    const known = table.find(digest);
    if (known !== undefined) return known;
    if ((await blobs.size(digest)) === undefined) return undefined;
    return (await this.#relationsNow()).findNested(digest);
  }

  /** @throws ContentNotFoundError, DigestMismatchError, InvalidManifestError, LimitExceededError */
  async read(digest: Digest): Promise<ManifestContent> {
    const { cache } = this.#place;
    const known = await this.find(digest);
    const cached = known === undefined ? undefined : cache?.find(digest, known.mediaType);
    if (cached !== undefined) return cached;
    const bytes = known === undefined ? undefined : await this.#bytesOf(digest);
    if (known === undefined || bytes === undefined) {
      throw new ContentNotFoundError(this.#place.repository, digest);
    }
    const actual = digestOf(bytes, digestParts(digest).algorithm);
    if (actual !== digest) throw new DigestMismatchError(digest, actual);
    const named = { mediaType: known.mediaType, digest, size: bytes.length };
    const manifest = parseManifest(bytes, known.mediaType);
    const content = { descriptor: plainDescriptor(named, manifest), bytes };
    cache?.add(content);
    return content;
  }

  async put(content: ManifestContent, options: PutManifestOptions = {}): Promise<void> {
    const tags = (options.tags ?? []).map(parseTag);
    const checked = checkManifest(content);
    const { garbage } = this.#place;
    const { digest } = checked.descriptor;
    // Several may put the same manifest at once: each step gives the same whoever does it.
    await garbage.share(() =>
      this.#locks.share(digest, async () => {
        options.signal?.throwIfAborted();
        await this.#put(checked, tags, options);
        garbage.need([digest, ...childrenOf(checked.manifest).map((child) => child.digest)]);
        await this.#relate((relations) => relations.add(checked.descriptor, checked.manifest));
      }),
    );
  }

  async #put(
    checked: CheckedManifest,
    tags: readonly string[],
    options: PutManifestOptions,
  ): Promise<void> {
    const { digest, size } = checked.descriptor;
    const { repository, table, blobs, store, commit } = this.#place;
    if (options.missingChildren !== 'accept') await this.#checkChildren(checked);
    // Compared, not only looked for: a file that was damaged on the disk is made good again.
    const stored = (await blobs.size(digest)) === size ? await this.#bytesOf(digest) : undefined;
    if (stored?.equals(checked.bytes) !== true) await store(digest, checked.bytes);
    await this.#locks.runAll(tags.map(lockOfTag), async () => {
      for (const tag of tags) {
        const replaces = options.replacesByTag?.get(tag) ?? options.replaces;
        checkReplaces({ repository, tag }, table.digestOfTag(tag), { replaces });
      }
      const isKnown = table.find(digest)?.mediaType === checked.descriptor.mediaType;
      await commit([
        ...(isKnown ? [] : [{ kind: 'put', descriptor: checked.descriptor } as const]),
        ...tags
          .filter((tag) => table.digestOfTag(tag) !== digest)
          .map((tag) => ({ kind: 'tag', tag, digest }) as const),
      ]);
    });
  }

  /** @throws ContentNotFoundError */
  async remove(digest: Digest): Promise<void> {
    const { repository, blobs, commit, garbage } = this.#place;
    await garbage.share(() =>
      this.#locks.run(digest, async () => {
        const known = await this.find(digest);
        if (known === undefined) throw new ContentNotFoundError(repository, digest);
        const manifest = await this.#parse(known);
        await commit([{ kind: 'drop', digest }]);
        await this.#relate((relations) => relations.remove(digest));
        await blobs.remove(digest);
        if (manifest === undefined) garbage.promiseAll();
        else for (const child of childrenOf(manifest)) garbage.promise(child.digest);
      }),
    );
  }

  /**
   * Everything that the manifests here need, themselves included.
   * @throws LayoutCorruptError when one of them can not be read: what it needs is not known
   */
  async needed({ signal }: CallOptions): Promise<ReadonlySet<Digest>> {
    const { table, blobs } = this.#place;
    const needed = new Set<Digest>();
    let level = [...table.pages()].flatMap(({ entries }) => entries.map((each) => each.descriptor));
    while (level.length > 0) {
      const below: Descriptor[] = [];
      const fresh = level.filter(({ digest }) => !needed.has(digest) && needed.add(digest));
      await mapBounded(fresh, patientReaders, async ({ digest, mediaType }) => {
        signal?.throwIfAborted();
        if (!isManifestType(mediaType)) return;
        const bytes = await this.#bytesOf(digest);
        if (bytes === undefined) {
          // One that was never here is of no account, and one that has just been removed of none any more.
          if (table.find(digest) === undefined) return;
          throw new LayoutCorruptError(blobs.pathOf(digest), 'it is listed, and missing');
        }
        const children = childrenOf(parseListed(bytes, mediaType, blobs.pathOf(digest)));
        for (const child of children) {
          if (isManifestType(child.mediaType)) below.push(child);
          else needed.add(child.digest);
        }
      });
      level = below;
    }
    return needed;
  }

  /** @throws ContentNotFoundError, TagConflictError */
  async removeTag(tag: string, options: TagOptions = {}): Promise<void> {
    const { repository, table, commit } = this.#place;
    await this.#locks.run(lockOfTag(tag), async () => {
      const current = table.digestOfTag(tag);
      if (current === undefined) throw new ContentNotFoundError(repository, tag);
      checkReplaces({ repository, tag }, current, options);
      await commit([{ kind: 'untag', tag }]);
    });
  }

  /** In the order of their digests. A referrer whose own file is missing or damaged is left out. */
  async *referrers(
    subject: Digest,
    { artifactType, after = '' }: Omit<ReferrerOptions, 'signal'>,
  ): AsyncGenerator<Descriptor> {
    const relations = await this.#relationsNow();
    for (const { descriptor, isWhole } of relations.referrersOf(subject, artifactType)) {
      if (descriptor.digest <= after) continue;
      if (isWhole) {
        yield descriptor;
        continue;
      }
      const manifest = await this.#parse(descriptor);
      if (manifest !== undefined) yield referrerDescriptor(descriptor, manifest);
    }
  }

  #relationsNow(): Promise<ManifestRelations> {
    this.#relations ??= this.#readAll().catch((error: unknown) => {
      this.#relations = undefined;
      throw error;
    });
    return this.#relations;
  }

  /** Keeps the relations true, when anybody has asked for them; else they are read when somebody does. */
  async #relate(change: (relations: ManifestRelations) => void): Promise<void> {
    const relations = await this.#relations?.catch(() => undefined);
    if (relations !== undefined) change(relations);
  }

  async #checkChildren({ descriptor, manifest }: CheckedManifest): Promise<void> {
    const { repository, blobs } = this.#place;
    for (const child of childrenOf(manifest)) {
      const size = await blobs.size(child.digest);
      const isThere =
        size === child.size &&
        (!isManifestType(child.mediaType) || (await this.find(child.digest)) !== undefined);
      if (!isThere) throw new ChildMissingError(repository, descriptor.digest, child);
    }
  }

  /** Walks all that index.json names and all that is below; what is missing or damaged is left out. */
  async #readAll(): Promise<ManifestRelations> {
    const relations = new ManifestRelations(maxAnnotationChars);
    const seen = new Set<Digest>();
    const limit = pLimit(readers);
    let level = [...this.#place.table.rows()].map(({ descriptor }) => descriptor);
    while (level.length > 0) {
      const fresh = level.filter(({ digest }) => !seen.has(digest) && seen.add(digest));
      const below: Descriptor[] = [];
      await limit.map(fresh, async (descriptor) => {
        const manifest = await this.#parse(descriptor);
        if (manifest === undefined) return;
        relations.add(descriptor, manifest);
        if (manifest.kind !== 'index') return;
        for (const { mediaType, digest, size } of manifest.manifests) {
          if (isManifestType(mediaType)) below.push({ mediaType, digest, size });
        }
      });
      level = below;
    }
    return relations;
  }

  async #parse({ digest, mediaType }: Descriptor): Promise<Manifest | undefined> {
    try {
      const bytes = await this.#bytesOf(digest);
      return bytes === undefined ? undefined : parseManifest(bytes, mediaType);
    } catch (error) {
      // A damaged manifest is reported to whoever reads it, not to whoever asks about another one. One
      // that can not be opened just now is not damaged: what is found out here is kept.
      if (isTofuOciError(error) && !(error instanceof FileAccessError)) return undefined;
      throw error;
    }
  }

  async #bytesOf(digest: Digest): Promise<Buffer | undefined> {
    const { files, blobs } = this.#place;
    return await readRegular(files, blobs.pathOf(digest), maxManifestBytes);
  }
}

function parseListed(bytes: Buffer, mediaType: string, path: string): Manifest {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    throw new LayoutCorruptError(path, 'it is no manifest of its type', { cause: error });
  }
}

function lockOfTag(tag: string): string {
  return `tag ${tag}`;
}
