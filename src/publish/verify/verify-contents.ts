import { pipeline } from 'node:stream/promises';
import { type CallOptions, isNotFound, LimitExceededError } from '../../base/index.ts';
import { fetchBytes, type Limiter, type SourceRepository } from '../../content/index.ts';
import { type Finding, IncompleteReleaseError, problemOf } from '../../release/index.ts';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isManifestType,
  maxManifestBytes,
  parseManifest,
} from '../../spec/index.ts';

/** Index, manifest, layer is 3; what is said about it may be an index again. */
const maxDepth = 8;
/** A release with fifty platforms and everything said about each has some hundreds. */
const maxContents = 100_000;

export interface ContentsOptions extends CallOptions {
  /** Contents that are read at the same time. */
  readonly limiter: Limiter;
}

/**
 * Reads contents, and everything below the manifests among them, to the last byte, each once; memory does
 * not grow with them.
 */
export class ContentsCheck {
  readonly #repository: SourceRepository;
  readonly #options: ContentsOptions;
  readonly #seen = new Set<Digest>();
  readonly #damaged = new Set<string>();
  readonly #findings: Finding[] = [];
  #bytes = 0;

  constructor(repository: SourceRepository, options: ContentsOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** That were read and right. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Somebody else reads it, or has found what is wrong with it. */
  skip(digest: Digest): void {
    this.#seen.add(digest);
  }

  isDamaged(digest: string): boolean {
    return this.#damaged.has(digest);
  }

  /**
   * @param namedBy what names them, for messages
   * @throws what says nothing about the contents: no network, no rights, interrupted
   */
  async check(
    contents: readonly Descriptor[],
    { namedBy, platform }: { readonly namedBy: string; readonly platform?: string | undefined },
  ): Promise<void> {
    await this.#checkAll(contents, { namedBy, platform, depth: 0 });
  }

  async #checkAll(contents: readonly Descriptor[], place: Place): Promise<void> {
    if (place.depth > maxDepth) {
      throw new LimitExceededError('the content graph', maxDepth, 'levels');
    }
    const fresh = contents.filter(
      ({ digest }) => !this.#seen.has(digest) && this.#seen.add(digest),
    );
    if (this.#seen.size > maxContents) {
      throw new LimitExceededError('the content graph', maxContents, 'nodes');
    }
    const results = await Promise.allSettled(fresh.map((one) => this.#checkOne(one, place)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #checkOne(content: Descriptor, place: Place): Promise<void> {
    const { digest, mediaType, size } = content;
    let children: readonly Descriptor[] = [];
    try {
      children = await this.#options.limiter(async () => {
        this.#options.signal?.throwIfAborted();
        if (!isManifestType(mediaType)) {
          await readThrough(this.#repository, content, this.#options);
          return [];
        }
        const { signal } = this.#options;
        const read = { maxBytes: maxManifestBytes, signal };
        const bytes = await fetchBytes(this.#repository, content, read);
        return childrenOf(parseManifest(bytes, mediaType));
      });
      this.#bytes += size;
    } catch (error) {
      this.#damaged.add(digest);
      const seen = isNotFound(error)
        ? new IncompleteReleaseError(digest, error, place.namedBy)
        : error;
      this.#findings.push(problemOf(seen, place.platform));
    }
    await this.#checkAll(children, { ...place, namedBy: digest, depth: place.depth + 1 });
  }
}

interface Place {
  readonly namedBy: string;
  readonly platform: string | undefined;
  readonly depth: number;
}

/** Reads a content to its end and keeps nothing of it. @throws what fetching throws */
export async function readThrough(
  repository: SourceRepository,
  content: Descriptor,
  { signal }: CallOptions,
): Promise<void> {
  const stream = await repository.fetch(content, { signal });
  await pipeline(stream, async (chunks: AsyncIterable<Buffer>) => {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the stream itself hashes and counts
    for await (const _ of chunks) signal?.throwIfAborted();
  });
}
