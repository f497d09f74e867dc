import type { Readable } from 'node:stream';
import { type CallOptions, LimitExceededError } from '../../base/index.ts';
import {
  type Descriptor,
  type Digest,
  isDigest,
  isManifestType,
  parseTag,
} from '../../spec/index.ts';
import { readableOf } from '../blob-sources.ts';
import {
  type CheckedManifest,
  checkManifest,
  checkReplaces,
  readManifestSource,
} from '../check-manifest.ts';
import { ContentNotFoundError, RepositoryNotFoundError, StoreReadOnlyError } from '../errors.ts';
import type {
  BlobSource,
  ManifestContent,
  PushOptions,
  PushOutcome,
  TagOptions,
  TargetRepository,
} from '../interfaces.ts';
import type { ArchivePool } from './archive-pool.ts';

/**
 * Manifests stay in memory until the archive is written. Those of a release have some ten kilobytes; this
 * is room for thousands of releases, and keeps a hostile source from filling the memory.
 */
const maxHeldBytes = 256 * 1024 * 1024;

/** What an archive that is being put together has taken so far, over all its repositories. */
export class DraftLedger {
  changed = false;
  #heldBytes = 0;

  hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > maxHeldBytes) {
      throw new LimitExceededError('what the manifests of the archive take together', maxHeldBytes);
    }
  }
}

export interface ArchiveRepositoryParts {
  readonly pool: ArchivePool;
  /** The names of its tags in the archive are `REPOSITORY:TAG`. */
  readonly repository: string;
  /** Undefined when the archive is open for reading only. */
  readonly ledger: DraftLedger | undefined;
}

/**
 * One repository in an archive. A blob that is pushed is remembered only, and read when the archive is
 * written: it goes from its source to its place in one step.
 */
export class ArchiveRepository implements TargetRepository {
  readonly name: string;
  readonly #pool: ArchivePool;
  readonly #repository: string;
  readonly #prefix: string;
  readonly #ledger: DraftLedger | undefined;

  constructor({ pool, repository, ledger }: ArchiveRepositoryParts) {
    this.name = `${pool.name}:${repository}`;
    this.#pool = pool;
    this.#repository = repository;
    this.#prefix = `${repository}:`;
    this.#ledger = ledger;
  }

  async exists(
    { digest, mediaType, size }: Descriptor,
    options: CallOptions = {},
  ): Promise<boolean> {
    options.signal?.throwIfAborted();
    if (this.#pool.sizeOf(digest) !== size) return false;
    return !isManifestType(mediaType) || (await this.#pool.findManifest(digest)) !== undefined;
  }

  async fetch(target: Descriptor, options: CallOptions = {}): Promise<Readable> {
    options.signal?.throwIfAborted();
    const { digest, mediaType } = target;
    if (isManifestType(mediaType) && (await this.#pool.findManifest(digest)) === undefined) {
      throw new ContentNotFoundError(this.name, digest);
    }
    return await this.#pool.open(target, options);
  }

  async resolve(reference: string, options: CallOptions = {}): Promise<Descriptor> {
    options.signal?.throwIfAborted();
    const digest = this.#digestOf(reference);
    const found = digest === undefined ? undefined : await this.#pool.findManifest(digest);
    if (found === undefined) throw new ContentNotFoundError(this.name, reference);
    return found;
  }

  async readManifest(reference: string, options: CallOptions = {}): Promise<ManifestContent> {
    options.signal?.throwIfAborted();
    const digest = this.#digestOf(reference);
    if (digest === undefined) throw new ContentNotFoundError(this.name, reference);
    return await this.#pool.readManifest(digest, options);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface is for slower stores
  async *tags({ signal }: CallOptions = {}): AsyncGenerator<string> {
    signal?.throwIfAborted();
    const tags = this.#pool.tagsOf(this.#repository);
    // One that is written to is there as soon as it is asked for.
    if (tags === undefined && this.#ledger === undefined)
      throw new RepositoryNotFoundError(this.name);
    yield* tags ?? [];
  }

  async *referrers(
    subject: Descriptor,
    { signal, artifactType }: CallOptions & { readonly artifactType?: string } = {},
  ): AsyncGenerator<Descriptor> {
    signal?.throwIfAborted();
    const relations = await this.#pool.relations();
    for (const { descriptor } of relations.referrersOf(subject.digest, artifactType)) {
      yield descriptor;
    }
  }

  async push(source: BlobSource, options: PushOptions = {}): Promise<PushOutcome> {
    const ledger = this.#writable();
    const { descriptor } = source;
    const { signal, onProgress } = options;
    if (await this.exists(descriptor, { signal })) return 'exists';
    if (isManifestType(descriptor.mediaType)) {
      await this.#add(ledger, checkManifest(await readManifestSource(source, { signal })));
      onProgress?.(descriptor.size);
      return 'pushed';
    }
    const { digest, size } = descriptor;
    this.#pool.addBlob(digest, { size, open: (call) => source.open(call) });
    ledger.changed = true;
    return 'pushed';
  }

  async tag(manifest: ManifestContent, tag: string, options: TagOptions = {}): Promise<void> {
    const ledger = this.#writable();
    options.signal?.throwIfAborted();
    const name = `${this.#prefix}${parseTag(tag)}`;
    const checked = checkManifest(manifest);
    const { digest } = checked.descriptor;
    const place = { repository: this.name, tag };
    checkReplaces(place, this.#pool.table.digestOfTag(name), options);
    if ((await this.#pool.findManifest(digest)) === undefined) await this.#add(ledger, checked);
    const { table } = this.#pool;
    // Checked again: another writer may have come while the manifest was looked at.
    checkReplaces(place, table.digestOfTag(name), options);
    if (table.digestOfTag(name) === digest) return;
    if (table.find(digest) === undefined) {
      table.apply({ kind: 'put', descriptor: checked.descriptor });
    }
    this.#pool.tag(this.#repository, tag, digest);
    ledger.changed = true;
  }

  async #add(ledger: DraftLedger, checked: CheckedManifest): Promise<void> {
    const { bytes } = checked;
    ledger.hold(bytes.length);
    const open = (): Promise<Readable> => Promise.resolve(readableOf(bytes));
    await this.#pool.addManifest(checked, { size: bytes.length, open });
    ledger.changed = true;
  }

  #digestOf(reference: string): Digest | undefined {
    if (isDigest(reference)) return reference;
    return this.#pool.table.digestOfTag(`${this.#prefix}${reference}`);
  }

  #writable(): DraftLedger {
    if (this.#ledger === undefined) throw new StoreReadOnlyError(this.name, 'read-only');
    return this.#ledger;
  }
}
