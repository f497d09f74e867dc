import { isTofuOciError } from '../../base/index.ts';
import {
  copyGraph,
  type CopyGraphOptions,
  type ManifestContent,
  type SourceRepository,
  type TargetRepository,
} from '../../content/index.ts';
import { type Digest, parseImageManifest } from '../../spec/index.ts';
import { knownManifests } from './copy-known-manifests.ts';
import { digestOfTag } from './copy-tags.ts';
import { CopyConflictError } from '../errors.ts';

export interface CosignCopy {
  readonly from: SourceRepository;
  readonly to: TargetRepository;
  readonly tag: string;
}

/**
 * Copies what is under one of these tags. cosign adds to them as time goes by, so a target that has a part
 * of what the source has is brought up to date; one that has more is left as it is.
 * @throws CopyConflictError when each has something that the other has not
 */
export async function copyCosignTag(
  { from, to, tag }: CosignCopy,
  options: CopyGraphOptions,
): Promise<'copied' | 'present'> {
  const { signal } = options;
  const manifest = await from.readManifest(tag, { signal });
  const { descriptor } = manifest;
  const standing = await digestOfTag(to, tag, { signal });
  if (standing === descriptor.digest) return 'present';
  if (standing !== undefined) {
    const theirs = layersOf(await to.readManifest(standing, { signal }));
    const ours = layersOf(manifest);
    if (isPart(ours, theirs)) return 'present';
    if (!isPart(theirs, ours)) {
      const place = { repository: to.name, tag };
      throw new CopyConflictError(place, { from: descriptor.digest, to: standing });
    }
  }
  await copyGraph(knownManifests(from, [manifest]), to, descriptor, options);
  await to.tag(manifest, tag, { signal, replaces: standing ?? 'nothing' });
  return 'copied';
}

function isPart(some: ReadonlySet<Digest>, all: ReadonlySet<Digest>): boolean {
  return some.size > 0 && [...some].every((digest) => all.has(digest));
}

/** Empty for what is no image manifest, which is part of nothing. */
function layersOf({ bytes, descriptor }: ManifestContent): ReadonlySet<Digest> {
  try {
    const { layers } = parseImageManifest(bytes, descriptor.mediaType);
    return new Set(layers.map(({ digest }) => digest));
  } catch (error) {
    if (isTofuOciError(error)) return new Set();
    throw error;
  }
}
