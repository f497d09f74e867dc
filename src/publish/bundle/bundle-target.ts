import type { ArchiveDraft, SourceRepository, TargetRepository } from '../../content/index.ts';
import { type Digest, isManifestType } from '../../spec/index.ts';
import type { KnownContents } from './bundle-known.ts';
import { digestOfTag } from '../copy/copy-tags.ts';

export interface BundleTargetParts {
  readonly draft: Pick<ArchiveDraft, 'relyOn'>;
  /** The provider's repository in the draft. */
  readonly to: TargetRepository;
  readonly from: SourceRepository;
  /** What earlier bundles have of the provider. */
  readonly known: KnownContents;
  /** Contents that are packages; grows while the manifests that name them are read. */
  readonly packages: ReadonlySet<Digest>;
  /** Releases that earlier bundles hold pass for being there. */
  readonly claimsReleases: boolean;
}

/**
 * A repository of a bundle that leaves out what earlier bundles hold.
 *
 * 1. Packages that they hold are not taken in. Everything else of a release is: its manifests, evidence and
 *    signatures are small, and with them a delta can be judged, and what it lacks be told, wherever it goes.
 * 2. Where it claims releases, a tag that is at a known release in the source is there, too, and so is what is known to
 *    be said about it. What is new about it is taken in.
 */
export function bundleTarget(parts: BundleTargetParts): TargetRepository {
  const { claimsReleases, draft, from, known, packages, to } = parts;
  const isClaimed = (digest: Digest): boolean => claimsReleases && known.contents.has(digest);
  return {
    name: to.name,
    exists: async (target, options) =>
      (isManifestType(target.mediaType) && isClaimed(target.digest)) ||
      (await to.exists(target, options)),
    fetch: (target, options) => to.fetch(target, options),
    readManifest: (reference, options) => to.readManifest(reference, options),
    referrers: (subject, options) => to.referrers(subject, options),
    async resolve(reference, options) {
      if (claimsReleases && known.contents.size > 0) {
        const digest = await digestOfTag(from, reference, { signal: options?.signal });
        if (digest !== undefined && known.has(reference, digest)) {
          return await from.resolve(digest, options);
        }
      }
      return await to.resolve(reference, options);
    },
    tags: (options) => to.tags(options),
    async push(source, options) {
      const { digest, mediaType } = source.descriptor;
      if (isManifestType(mediaType)) {
        // Who assumes that it is missing copies a release that is to be here whole.
        const isOffered = options?.assumeMissing !== true;
        if (isOffered && isClaimed(digest)) return 'exists';
      } else if (packages.has(digest) && known.contents.has(digest)) {
        draft.relyOn(digest);
        return 'exists';
      }
      return await to.push(source, options);
    },
    tag: (manifest, tag, options) => to.tag(manifest, tag, options),
  };
}
