import {
  type CopySource,
  type ManifestContent,
  readableOf,
  type SourceRepository,
  verifyingStream,
} from '../../content/index.ts';

/** The source of a copy, some of whose manifests have been read already. */
export function knownManifests(
  from: SourceRepository,
  manifests: readonly ManifestContent[],
): CopySource {
  const known = new Map(manifests.map((one) => [one.descriptor.digest, one]));
  return {
    address: from.address,
    exists: (target, options) => from.exists(target, options),
    fetch: (target, options) => {
      const { bytes } = known.get(target.digest) ?? {};
      return bytes === undefined
        ? from.fetch(target, options)
        : Promise.resolve(verifyingStream(readableOf(bytes), target, options));
    },
  };
}
