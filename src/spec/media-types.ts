/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  artifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

const manifestTypes: ReadonlySet<string> = new Set([
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.artifactManifest,
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
]);

/** Whether content of this type lives behind a registry's manifests endpoint rather than blobs. */
export function isManifestType(mediaType: string): boolean {
  return manifestTypes.has(mediaType);
}

/** What a client that can read any manifest says it accepts, most wanted first. */
export const acceptManifests: string = [
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
  mediaTypes.artifactManifest,
].join(', ');
