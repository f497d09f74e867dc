import type { Annotations, Descriptor } from './descriptor.ts';

/**
 * The most bytes a manifest may have. Registries must take 4 MiB and rarely take more; no reader of ours
 * holds more in memory on the word of a remote party.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export const maxManifestBytes = 4 * 1024 * 1024;

interface ManifestBase {
  readonly mediaType: string;
  /** Whether the document itself names its type; some readers, OpenTofu among them, insist on it. */
  readonly typed: boolean;
  readonly artifactType?: string | undefined;
  /** What the manifest speaks about; a weak link, it need not exist. */
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Annotations | undefined;
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md */
export interface ImageManifest extends ManifestBase {
  readonly kind: 'manifest';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md */
export interface ImageIndex extends ManifestBase {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

/**
 * The artifact manifest of a draft of the image spec; given up, and still found in registries.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0-rc2/artifact.md
 */
export interface ArtifactManifest extends ManifestBase {
  readonly kind: 'artifact';
  readonly blobs: readonly Descriptor[];
}

/** A parsed manifest, for reading only: what is stored and sent are always the exact bytes. */
export type Manifest = ImageManifest | ImageIndex | ArtifactManifest;

/**
 * What must be there before the manifest may be: config, layers, manifests. The `subject` is not among
 * them, nor are non-distributable layers, which live elsewhere and are never fetched.
 */
export function childrenOf(manifest: Manifest): readonly Descriptor[] {
  switch (manifest.kind) {
    case 'manifest':
      return [manifest.config, ...manifest.layers].filter(isDistributable);
    case 'index':
      return manifest.manifests;
    case 'artifact':
      return manifest.blobs.filter(isDistributable);
  }
}

/**
 * The descriptor by which a referrers list names this manifest: with the artifact type (of an image
 * manifest without one, its config's media type) and the annotations.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export function referrerDescriptor(descriptor: Descriptor, manifest: Manifest): Descriptor {
  const artifactType =
    manifest.artifactType ?? (manifest.kind === 'manifest' ? manifest.config.mediaType : undefined);
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
}

function isDistributable({ mediaType }: Descriptor): boolean {
  return !(
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.') ||
    mediaType.startsWith('application/vnd.docker.image.rootfs.foreign.')
  );
}
