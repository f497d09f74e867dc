import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { type CallOptions, LimitExceededError } from '../base/index.ts';
import {
  childrenOf as childrenOfManifest,
  type Descriptor,
  type Digest,
  isManifestType,
  maxManifestBytes,
  parseManifest,
  type RepositoryName,
} from '../spec/index.ts';
import { fetchBytes, manifestSource } from './blob-sources.ts';
import { CopyError } from './errors.ts';
import { keepErrors } from './keep-errors.ts';
import type { BlobSource, ReadableStore, WritableStore } from './interfaces.ts';

/** What a copy tells while it runs. Calls for different nodes come in no promised order. */
export interface GraphEvents {
  copied?(descriptor: Descriptor): void;
  /** The destination had it already, and for a manifest all that is below it. */
  skipped?(descriptor: Descriptor): void;
  mounted?(descriptor: Descriptor): void;
  /** Bytes of this content sent so far; starts again at 0 when sending is tried again. */
  progress?(descriptor: Descriptor, sentBytes: number): void;
}

/** Where a copy comes from; blobs are mounted when its `address` is in the destination's registry. */
export interface CopySource extends ReadableStore {
  readonly address?: RepositoryName | undefined;
}

/** Runs a task when there is room for it. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

export interface CopyGraphOptions extends CallOptions {
  /** Contents moved at the same time; default 3, as in dockerd and containerd. */
  readonly concurrency?: number | undefined;
  /** Instead of `concurrency`: for several copies that keep to one number together. */
  readonly limiter?: Limiter | undefined;
  /**
   * What the destination is known to have, which nobody asks it for again. Grows by what this copy
   * finds or brings: for several copies into one repository.
   */
  readonly present?: Set<Digest> | undefined;
  readonly events?: GraphEvents | undefined;
  /**
   * Offer the root also to a destination that has it: a referrer may be stored, and not be listed yet as
   * one, when whoever brought it was interrupted.
   */
  readonly offerRoot?: boolean | undefined;
  /**
   * Manifests that are not `present` are read and pushed without asking for them: right where they are
   * almost certainly missing. Blobs are asked for all the same.
   */
  readonly assumeMissing?: boolean | undefined;
  /** What has to be copied before a manifest; default: config, layers and manifests it names. */
  readonly childrenOf?:
    ((descriptor: Descriptor, bytes: Buffer) => readonly Descriptor[]) | undefined;
}

/** An index of indexes of manifests of layers is 4; nobody nests deeper on purpose. */
const maxDepth = 16;

/** A release has some 50 nodes, the largest indexes in the wild some thousands. */
const maxNodes = 100_000;

/**
 * Bytes of the manifests that are read and wait for what is below them. A release has some ten kilobytes; an
 * index of a hostile source can name thousands of the largest there may be.
 */
const maxWaitingBytes = 256 * 1024 * 1024;

/**
 * Copies `root` and all below it.
 *
 * 1. What the destination has is skipped; a manifest that it has is trusted to have its children. Blobs
 *    are offered without asking first: a store says itself that it has one, and a registry that has it
 *    in the source's repository mounts it.
 * 2. A manifest is read (bounded, verified), its children are copied, then it is pushed: nobody ever
 *    sees a manifest in the destination whose content is incomplete.
 * 3. A node that is named more than once is copied once. Non-distributable layers are not copied.
 *
 * On the first failure everything still running is aborted and waited for.
 * @throws CopyError naming the side that failed; LimitExceededError for a graph that is too deep or too
 * large, or whose manifests are; the signal's reason when aborted.
 */
export async function copyGraph(
  from: CopySource,
  to: WritableStore,
  root: Descriptor,
  options: CopyGraphOptions = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  await new GraphCopy(from, to, options).run(root);
}

/** One copy under way. */
class GraphCopy {
  readonly #from: CopySource;
  readonly #to: WritableStore;
  readonly #events: GraphEvents;
  readonly #children: (descriptor: Descriptor, bytes: Buffer) => readonly Descriptor[];
  readonly #slots: Limiter;
  readonly #present: Set<Digest>;
  readonly #offerRoot: boolean;
  readonly #assumeMissing: boolean;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #nodes = new Map<Digest, Promise<void>>();
  #waitingBytes = 0;

  constructor(from: CopySource, to: WritableStore, options: CopyGraphOptions) {
    this.#from = from;
    this.#to = to;
    this.#events = options.events ?? {};
    this.#children = options.childrenOf ?? defaultChildren;
    this.#slots = options.limiter ?? pLimit(options.concurrency ?? 3);
    this.#present = options.present ?? new Set();
    this.#offerRoot = options.offerRoot ?? false;
    this.#assumeMissing = options.assumeMissing ?? false;
    this.#signal =
      options.signal === undefined
        ? this.#failed.signal
        : AbortSignal.any([options.signal, this.#failed.signal]);
    // Each content under way listens more than once; that is no leak.
    setMaxListeners(0, this.#signal);
  }

  run(root: Descriptor): Promise<void> {
    return this.#all([root], []);
  }

  /** Waits for every node, also after a failure, so that nothing runs on when the copy has returned. */
  async #all(descriptors: readonly Descriptor[], ancestors: readonly Digest[]): Promise<void> {
    await Promise.all(
      descriptors.map((descriptor) =>
        this.#once(descriptor, ancestors).catch((error: unknown) => {
          // The first failure is the reason that everything else stops with; later ones are its echo.
          this.#failed.abort(error);
        }),
      ),
    );
    this.#signal.throwIfAborted();
  }

  async #once(descriptor: Descriptor, ancestors: readonly Digest[]): Promise<void> {
    const { digest } = descriptor;
    if (ancestors.length >= maxDepth || ancestors.includes(digest)) {
      throw new LimitExceededError('the content graph', maxDepth, 'levels');
    }
    let node = this.#nodes.get(digest);
    if (node === undefined) {
      if (this.#nodes.size >= maxNodes) {
        throw new LimitExceededError('the content graph', maxNodes, 'nodes');
      }
      node = this.#copy(descriptor, [...ancestors, digest]);
      this.#nodes.set(digest, node);
    }
    await node;
  }

  async #copy(descriptor: Descriptor, path: readonly Digest[]): Promise<void> {
    if (this.#present.has(descriptor.digest)) {
      this.#events.skipped?.(descriptor);
      return;
    }
    if (isManifestType(descriptor.mediaType)) await this.#copyManifest(descriptor, path);
    else await this.#push(new TracedSource(this.#blob(descriptor)));
    this.#present.add(descriptor.digest);
  }

  async #copyManifest(descriptor: Descriptor, path: readonly Digest[]): Promise<void> {
    const signal = this.#signal;
    const there =
      !this.#assumeMissing &&
      (await this.#work('destination', descriptor, () => this.#to.exists(descriptor, { signal })));
    if (there && !(this.#offerRoot && path.length === 1)) {
      this.#events.skipped?.(descriptor);
      return;
    }
    const { bytes, children } = await this.#work('source', descriptor, async () => {
      const read = await fetchBytes(this.#from, descriptor, { maxBytes: maxManifestBytes, signal });
      return { bytes: read, children: this.#children(descriptor, read) };
    });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > maxWaitingBytes) {
      throw new LimitExceededError('what the manifests take together', maxWaitingBytes);
    }
    if (!there) await this.#all(children, path);
    await this.#push(new TracedSource(manifestSource({ descriptor, bytes })), !there);
    this.#waitingBytes -= bytes.length;
  }

  #blob(descriptor: Descriptor): BlobSource {
    return {
      descriptor,
      mountFrom: this.#from.address,
      open: (call) => this.#from.fetch(descriptor, call),
    };
  }

  async #push(source: TracedSource, isKnownMissing = false): Promise<void> {
    const { descriptor } = source;
    const outcome = await this.#slots(async () => {
      this.#signal.throwIfAborted();
      try {
        return await this.#to.push(source, {
          signal: this.#signal,
          assumeMissing: isKnownMissing,
          onProgress: (sentBytes) => this.#events.progress?.(descriptor, sentBytes),
        });
      } catch (error) {
        this.#signal.throwIfAborted();
        throw source.failure === undefined
          ? new CopyError('destination', descriptor, error)
          : new CopyError('source', descriptor, source.failure.error, { isPart: true });
      }
    });
    if (outcome === 'pushed') this.#events.copied?.(descriptor);
    else if (outcome === 'mounted') this.#events.mounted?.(descriptor);
    else this.#events.skipped?.(descriptor);
  }

  /** Holds a slot for one piece of work, never while waiting for children: it can not dead-lock. */
  async #work<T>(
    side: 'source' | 'destination',
    descriptor: Descriptor,
    task: () => Promise<T>,
  ): Promise<T> {
    return await this.#slots(async () => {
      this.#signal.throwIfAborted();
      try {
        return await task();
      } catch (error) {
        this.#signal.throwIfAborted();
        throw new CopyError(side, descriptor, error);
      }
    });
  }
}

function defaultChildren(descriptor: Descriptor, bytes: Buffer): readonly Descriptor[] {
  return childrenOfManifest(parseManifest(bytes, descriptor.mediaType));
}

/** Remembers whether reading failed, so that the blame falls on the right side. */
class TracedSource implements BlobSource {
  readonly descriptor: Descriptor;
  readonly mountFrom: RepositoryName | undefined;
  failure: { readonly error: unknown } | undefined;
  readonly #source: BlobSource;

  constructor(source: BlobSource) {
    this.descriptor = source.descriptor;
    this.mountFrom = source.mountFrom;
    this.#source = source;
  }

  async open(options?: CallOptions): Promise<Readable> {
    this.failure = undefined;
    try {
      const stream = keepErrors(await this.#source.open(options));
      return Readable.from(this.#traced(stream), { highWaterMark: 2 });
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  /**
   * A consumer that gives up may return or throw into the generator, as a pipeline does whose other end failed: only
   * what reading itself throws is the source's own error.
   */
  async *#traced(stream: Readable): AsyncGenerator<Buffer> {
    const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#next(chunks);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  async #next(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer, unknown>> {
    try {
      return await chunks.next();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
