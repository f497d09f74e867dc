import type { CallOptions } from '../../base/index.ts';
import { isNotFound } from '../../base/index.ts';
import type { Limiter, SourceRepository } from '../../content/index.ts';
import { cosignTagsOf } from '../../release/index.ts';
import { type Descriptor, type Digest, digestParts, parseManifest } from '../../spec/index.ts';
import { collectReferrers } from '../copy/copy-referrers.ts';
import type { TagInventory } from './tag-inventory.ts';

/** A version's tag that goes, and where it was when that was decided. */
export interface Removal {
  readonly tag: string;
  readonly digest: Digest;
}

/** A tag that only speaks about a manifest: cosign's, or a list that stands in for the referrers API. */
export interface CompanionTag extends Removal {
  readonly about: Digest;
}

/** What goes with tags, each kind in the order in which it may go. */
export interface Contents {
  readonly indexes: readonly Digest[];
  readonly companions: readonly CompanionTag[];
  /** Below the indexes. */
  readonly children: readonly Digest[];
  /** What speaks about all these, and about that, and what companion tags are at. */
  readonly said: readonly Digest[];
}

/** A manifest that says something about another one. */
interface Statement {
  readonly digest: Digest;
  readonly about: Digest;
}

/**
 * What nothing else needs when these tags are gone.
 *
 * 1. Candidates are the indexes, the manifests below them, and whatever says something about those: referrers,
 *    referrers of referrers, cosign's tags, the lists under fallback tags with what they name.
 * 2. Every other tag keeps what it is at, and all below that.
 * 3. What says something goes with what it is about, and only then; a tag that does nothing else keeps nothing.
 */
export async function contentsOf(
  removals: readonly Removal[],
  inventory: TagInventory,
  repository: SourceRepository,
  options: CallOptions & { readonly limiter: Limiter },
): Promise<Contents> {
  const indexes = [...new Set(removals.map(({ digest }) => digest))];
  const below = [...inventory.closure(indexes)].filter((digest) => !indexes.includes(digest));
  const subjects = descriptorsOf([...indexes, ...below], inventory);
  const levels = await collectReferrers(repository, subjects, options);
  const referrers = levels
    .flat()
    .map(({ descriptor, subject }) => ({ digest: descriptor.digest, about: subject }));
  const candidates = [...indexes, ...below, ...referrers.map(({ digest }) => digest)];
  const companions = companionsOf(candidates, inventory);
  const listed = await listedStatements(companions, new Set(candidates), {
    inventory,
    repository,
    ...options,
  });
  const statements = [...referrers, ...listed];
  for (let going = companions; ;) {
    const needed = neededWithout([...removals, ...going], inventory);
    const gone = new Set([...indexes, ...below].filter((digest) => !needed.has(digest)));
    // By levels, so that what a statement is about has been decided before it.
    const said = statements.filter(({ about, digest }) => {
      const goes = gone.has(about) && !needed.has(digest);
      if (goes) gone.add(digest);
      return goes;
    });
    const next = going.filter(({ about }) => gone.has(about));
    if (next.length < going.length) {
      going = next;
      continue;
    }
    const freed = new Set([...said, ...going].map(({ digest }) => digest));
    return {
      indexes: indexes.filter((digest) => gone.has(digest)),
      companions: going,
      children: below.filter((digest) => gone.has(digest)),
      said: [...freed].filter((digest) => !needed.has(digest)),
    };
  }
}

/** All that the tags need, without those that are where they are said to be. */
export function neededWithout(
  removals: readonly Removal[],
  inventory: Pick<TagInventory, 'closure' | 'tags'>,
): ReadonlySet<Digest> {
  const going = new Map(removals.map(({ digest, tag }) => [tag, digest]));
  const kept = [...inventory.tags].filter(([tag, digest]) => going.get(tag) !== digest);
  return inventory.closure(kept.map(([, digest]) => digest));
}

function companionsOf(
  candidates: readonly Digest[],
  inventory: TagInventory,
): readonly CompanionTag[] {
  const { tags } = inventory;
  const names = new Set(tags.keys());
  return candidates.flatMap((about) => {
    const { algorithm, hex } = digestParts(about);
    const list = `${algorithm}-${hex.slice(0, 64)}`;
    return [list, ...cosignTagsOf([about], names)].flatMap((tag) => {
      const digest = tags.get(tag);
      if (digest === undefined) return [];
      // Somebody's own tag of that name is none of ours.
      return tag === list && inventory.find(digest)?.isIndex !== true
        ? []
        : [{ tag, digest, about }];
    });
  });
}

/** What lists name that the registry did not tell of: it has the API now, and the list is from earlier days. */
async function listedStatements(
  companions: readonly CompanionTag[],
  known: ReadonlySet<Digest>,
  {
    inventory,
    repository,
    ...options
  }: CallOptions & { readonly inventory: TagInventory; readonly repository: SourceRepository },
): Promise<readonly Statement[]> {
  const found: Statement[] = [];
  for (const { about, digest } of companions) {
    const list = inventory.find(digest);
    if (list?.isIndex !== true) continue;
    for (const entry of list.below) {
      if (known.has(entry.digest)) continue;
      // Anybody can write anything into a list.
      if ((await subjectOf(entry, repository, options)) === about) {
        found.push({ digest: entry.digest, about });
      }
    }
  }
  return found;
}

async function subjectOf(
  { digest }: Descriptor,
  repository: SourceRepository,
  options: CallOptions,
): Promise<Digest | undefined> {
  try {
    const { bytes, descriptor } = await repository.readManifest(digest, options);
    return parseManifest(bytes, descriptor.mediaType).subject?.digest;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function descriptorsOf(digests: readonly Digest[], inventory: TagInventory): readonly Descriptor[] {
  const known = new Map<Digest, Descriptor>();
  for (const digest of digests) {
    const found = inventory.find(digest);
    if (found === undefined) continue;
    known.set(digest, found.descriptor);
    for (const child of found.below) known.set(child.digest, child);
  }
  return digests.flatMap((digest) => known.get(digest) ?? []);
}
