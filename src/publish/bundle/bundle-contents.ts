import { type CallOptions, isNotFound, LimitExceededError } from '../../base/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import { cosignTagsOf } from '../../release/index.ts';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isManifestType,
  parseManifest,
} from '../../spec/index.ts';
import { collectReferrers } from '../copy/copy-referrers.ts';

/** As many as a copy takes. */
const maxContents = 100_000;

/**
 * All that belongs to a release, each content once: the index, what is below it, what is said about it and its
 * manifests, and the tags of cosign. What is named and is not there is in it too.
 * @param tags of the repository
 * @throws LimitExceededError, and integrity errors for a manifest that is damaged
 */
export async function releaseContents(
  from: SourceRepository,
  index: Descriptor,
  { tags, signal }: CallOptions & { readonly tags: ReadonlySet<string> },
): Promise<ReadonlyMap<Digest, Descriptor>> {
  const found = new Map<Digest, Descriptor>();
  const walk = async (roots: readonly Descriptor[]): Promise<void> => {
    const waiting = [...roots];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      signal?.throwIfAborted();
      if (found.has(one.digest)) continue;
      if (found.size >= maxContents) {
        throw new LimitExceededError('a release', maxContents, 'contents');
      }
      found.set(one.digest, one);
      if (isManifestType(one.mediaType)) waiting.push(...(await childrenIn(from, one, { signal })));
    }
  };
  const manifests = (): readonly Descriptor[] =>
    [...found.values()].filter(({ mediaType }) => isManifestType(mediaType));
  await walk([index]);
  const levels = await collectReferrers(from, manifests(), { limiter: (task) => task(), signal });
  await walk(levels.flat().map(({ descriptor }) => descriptor));
  const digests = manifests().map(({ digest }) => digest);
  for (const tag of cosignTagsOf(digests, tags)) await walk([await from.resolve(tag, { signal })]);
  return found;
}

async function childrenIn(
  from: SourceRepository,
  { digest }: Descriptor,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  try {
    const { bytes, descriptor } = await from.readManifest(digest, options);
    return childrenOf(parseManifest(bytes, descriptor.mediaType));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
