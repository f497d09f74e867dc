import { join } from 'node:path';
import { type Digest, digestParts } from '../../spec/index.ts';

/**
 * Where the parts of a layout are. Everything of ours that is not part of the format stands under
 * `.tofu-oci`: no repository's path has a component that begins with a dot.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export interface LayoutPaths {
  readonly folder: string;
  readonly marker: string;
  readonly index: string;
  readonly blobs: string;
  readonly ours: string;
  readonly lock: string;
  readonly uploads: string;
}

export function layoutPaths(folder: string): LayoutPaths {
  const ours = join(folder, '.tofu-oci');
  return {
    folder,
    marker: join(folder, 'oci-layout'),
    index: join(folder, 'index.json'),
    blobs: join(folder, 'blobs'),
    ours,
    lock: join(ours, 'lock'),
    uploads: join(ours, 'uploads'),
  };
}

/** A digest is checked text: neither part can lead anywhere else. */
export function blobPath(blobs: string, digest: Digest): string {
  const { algorithm, hex } = digestParts(digest);
  return join(blobs, algorithm, hex);
}
