import pLimit from 'p-limit';
import { type CallOptions, categoryOf, isNotFound, mapBounded } from '../../base/index.ts';
import {
  type Limiter,
  type ManifestContent,
  manifestSource,
  type Remover,
  TagConflictError,
  type TargetRepository,
} from '../../content/index.ts';
import type { Digest } from '../../spec/index.ts';
import { digestOfTag } from '../copy/copy-tags.ts';
import { ownDeletionOf } from './own-deletion.ts';
import { type Contents, contentsOf, neededWithout, type Removal } from './prune-contents.ts';
import { NoDeletesError, SharedManifestError } from './prune-errors.ts';
import { TagInventory } from './tag-inventory.ts';

/** A repository that can be written to, and taken from. */
export type PrunableRepository = TargetRepository & Remover;

export interface RemoveOptions extends CallOptions {
  /** Requests at the same time. */
  readonly concurrency: number;
  /** What came of one; with the reason when it is there still. */
  readonly onOutcome: (removal: Removal, error: unknown) => void;
  /** Something that stayed, or was put back. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/**
 * Versions that are without their tag while their contents are there still: who is interrupted leaves those. All tags
 * are read for each batch, which is a request for each.
 */
const batch = 32;

/**
 * Removes versions from a repository.
 *
 * In batches:
 * 1. The tags go, each only from where it was when it was decided: nobody sees a part of a release.
 * 2. All tags are read again, so that what somebody pushed meanwhile keeps what it needs.
 * 3. The indexes go, then the tags and lists that speak about them, then what was below them and nothing else needs,
 *    then what is said about all that.
 * 4. All tags are read once more. What a tag needs that came in the middle of step 3 is put back.
 *
 * A registry that removes no tags by name has its indexes removed right away, which takes the tags with them.
 * @throws NoDeletesError when the registry removes nothing at all; what removing throws. What was done stays done.
 */
export async function removeVersions(
  repository: PrunableRepository,
  removals: readonly Removal[],
  options: RemoveOptions,
): Promise<void> {
  const run = new Removing(repository, options);
  for (let from = 0; from < removals.length; from += batch) {
    await run.remove(removals.slice(from, from + batch), removals.slice(from));
  }
}

class Removing {
  readonly #repository: PrunableRepository;
  readonly #options: RemoveOptions;
  readonly #inventory: TagInventory;
  readonly #limiter: Limiter;
  /** Undefined until the first tag was tried. */
  #removesTags: boolean | undefined;
  #hasRemoved = false;
  #keepsManifests = false;

  constructor(repository: PrunableRepository, options: RemoveOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#inventory = new TagInventory(repository);
    this.#limiter = pLimit(options.concurrency);
  }

  /** @param remaining what the job has still to do, this included */
  async remove(some: readonly Removal[], remaining: readonly Removal[]): Promise<void> {
    const { onOutcome, signal } = this.#options;
    // What is below an index is known only as long as it can be read.
    if (this.#inventory.tags.size === 0) await this.#inventory.refresh({ signal });
    const outcomes = new Map<Removal, unknown>();
    for (const removal of some) {
      const error = await this.#removeTag(removal, remaining);
      if (error !== undefined) outcomes.set(removal, error);
    }
    await this.#inventory.refresh({ signal });
    const going = some.filter((removal) => !outcomes.has(removal));
    if (this.#removesTags === false) {
      for (const removal of going) {
        const error = this.#whyNotWithManifest(removal, going);
        if (error !== undefined) outcomes.set(removal, error);
      }
    }
    for (const [removal, error] of outcomes) onOutcome(removal, error);
    const free = going.filter((removal) => !outcomes.has(removal));
    await this.#removeContents(free, remaining);
    for (const removal of free) onOutcome(removal, undefined);
  }

  /** @returns why it was left, when that says nothing about the others */
  async #removeTag(removal: Removal, remaining: readonly Removal[]): Promise<unknown> {
    const { digest, tag } = removal;
    if (this.#removesTags === false) return await this.#movedTo(removal);
    try {
      await this.#repository.deleteTag(tag, { replaces: digest, signal: this.#options.signal });
    } catch (error) {
      if (error instanceof TagConflictError) return error;
      if (!(await this.#isRefusal(error, tag, digest))) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
      if (this.#removesTags === true) throw await this.#noDeletes(remaining, error);
      this.#removesTags = false;
      return await this.#movedTo(removal);
    }
    this.#removesTags = true;
    this.#hasRemoved = true;
    return undefined;
  }

  async #movedTo({ digest, tag }: Removal): Promise<TagConflictError | undefined> {
    const now = await digestOfTag(this.#repository, tag, this.#options);
    if (now === undefined || now === digest) return undefined;
    return new TagConflictError({ repository: this.#repository.name, tag }, digest, now);
  }

  /** For registries that remove a tag only together with what it is at, and with all other tags there. */
  #whyNotWithManifest(
    { digest, tag }: Removal,
    going: readonly Removal[],
  ): SharedManifestError | TagConflictError | undefined {
    const repository = this.#repository.name;
    const now = this.#inventory.tags.get(tag);
    if (now !== undefined && now !== digest) {
      return new TagConflictError({ repository, tag }, digest, now);
    }
    if (!neededWithout(going, this.#inventory).has(digest)) return undefined;
    const names = new Set(going.map((one) => one.tag));
    const others = [...this.#inventory.tags].filter(
      ([other, at]) => at === digest && !names.has(other),
    );
    return new SharedManifestError(
      { repository, tag },
      others.map(([other]) => other),
    );
  }

  async #removeContents(going: readonly Removal[], remaining: readonly Removal[]): Promise<void> {
    if (going.length === 0) return;
    const contents = await this.#contentsOf(going);
    for (const digest of contents.indexes) await this.#removeManifest(digest, remaining);
    for (const companion of contents.companions) await this.#removeCompanion(companion);
    const kept = await this.#keepCopies(contents.children);
    await this.#removeManifests(contents.children, remaining);
    // Lists first: as long as there is one, whatever it lists is taken off it, one by one.
    const lists = new Set(contents.companions.map(({ digest }) => digest));
    for (const isList of [true, false]) {
      const some = contents.said.filter((digest) => lists.has(digest) === isList);
      await this.#removeManifests(some, remaining);
    }
    await this.#putBack(kept);
  }

  #contentsOf(removals: readonly Removal[]): Promise<Contents> {
    const options = { signal: this.#options.signal, limiter: this.#limiter };
    return contentsOf(removals, this.#inventory, this.#repository, options);
  }

  async #removeManifests(digests: readonly Digest[], remaining: readonly Removal[]): Promise<void> {
    await mapBounded(digests, this.#options.concurrency, (digest) =>
      this.#removeManifest(digest, remaining),
    );
  }

  async #removeManifest(digest: Digest, remaining: readonly Removal[]): Promise<void> {
    if (this.#keepsManifests) return;
    try {
      await this.#repository.deleteManifest(digest, this.#options);
      this.#hasRemoved = true;
    } catch (error) {
      if (!(await this.#isRefusal(error, digest, digest))) {
        if (isNotFound(error)) return;
        throw error;
      }
      if (this.#removesTags !== true) throw await this.#noDeletes(remaining, error);
      this.#keepsManifests = true;
      this.#options.onWarning?.(
        `${this.#repository.name} removes tags, and no manifests: the versions are gone, their contents stay until the registry clears up by itself`,
      );
    }
  }

  async #removeCompanion({ digest, tag }: Removal): Promise<void> {
    if (this.#removesTags === false) return;
    try {
      await this.#repository.deleteTag(tag, { replaces: digest, signal: this.#options.signal });
    } catch (error) {
      const category = categoryOf(error);
      // Whoever moved it has something new to say; the list is kept up to date as what it lists goes.
      if (category !== 'not-found' && category !== 'conflict' && category !== 'unsupported') {
        throw error;
      }
    }
  }

  /** Whether the registry does not delete, in whatever words; some say of what is there that it is not. */
  async #isRefusal(error: unknown, reference: string, digest: Digest): Promise<boolean> {
    const category = categoryOf(error);
    if (category === 'unsupported') return true;
    const { neverDeletes } = ownDeletionOf(this.#repository.address, {
      indexes: [],
      others: [],
      tags: [],
    });
    if (category === 'auth') return neverDeletes;
    if (category !== 'not-found') return false;
    return (await digestOfTag(this.#repository, reference, this.#options)) === digest;
  }

  async #noDeletes(remaining: readonly Removal[], cause: unknown): Promise<unknown> {
    if (this.#hasRemoved) return cause;
    const { children, companions, indexes, said } = await this.#contentsOf(remaining);
    const own = ownDeletionOf(this.#repository.address, {
      tags: [...remaining, ...companions].map(({ tag }) => tag),
      indexes,
      others: [...children, ...said],
    });
    return new NoDeletesError(this.#repository.name, own, cause);
  }

  async #keepCopies(digests: readonly Digest[]): Promise<readonly ManifestContent[]> {
    const copies = await mapBounded(digests, this.#options.concurrency, async (digest) => {
      try {
        return await this.#repository.readManifest(digest, this.#options);
      } catch (error) {
        const category = categoryOf(error);
        // What is missing or damaged can not be put back, and is no loss.
        if (category === 'not-found' || category === 'integrity') return undefined;
        throw error;
      }
    });
    return copies.flatMap((copy) => copy ?? []);
  }

  async #putBack(copies: readonly ManifestContent[]): Promise<void> {
    await this.#inventory.refresh(this.#options);
    const needed = neededWithout([], this.#inventory);
    for (const copy of copies) {
      const { digest } = copy.descriptor;
      if (!needed.has(digest) || this.#keepsManifests) continue;
      await this.#repository.push(manifestSource(copy), this.#options);
      this.#options.onWarning?.(
        `${digest} was put back into ${this.#repository.name}: somebody published a version with it at this moment`,
      );
    }
  }
}
