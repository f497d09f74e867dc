import { gzipSync } from 'node:zlib';
import {
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  digestOf,
} from '../../src/spec/index.ts';
import { bytesOf } from './cases.ts';
import { descriptorOf, type Fields, image, referenceTo, types } from './documents.ts';
import type { Pushable } from './registry.ts';

export interface SetBlob {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly algorithm: DigestAlgorithm;
}

export interface SetManifest extends Pushable {
  readonly tag: string;
  /** What `OCI-Subject` has to say. */
  readonly subject?: Digest;
  /** How a list of referrers shows it, beside media type, digest and size. */
  readonly listed?: Fields;
}

/** Content that clients push, in the order in which they push it. */
export interface DataSet {
  readonly name: string;
  readonly blobs: readonly SetBlob[];
  readonly manifests: readonly SetManifest[];
  /** More tags for each manifest, given with the push by digest. */
  readonly tagParameters?: readonly string[];
  /** Points at content that is never pushed: only a registry that was told to takes it. */
  readonly sparse?: boolean;
}

export function blob(bytes: Buffer, algorithm: DigestAlgorithm = 'sha256'): SetBlob {
  return { bytes, digest: digestOf(bytes, algorithm), algorithm };
}

export function pointTo({ bytes, algorithm }: SetBlob, mediaType: string): Descriptor {
  return descriptorOf(bytes, mediaType, algorithm);
}

export function tagged(
  tag: string,
  manifest: Pushable,
  more: Partial<SetManifest> = {},
): SetManifest {
  return { ...manifest, tag, ...more };
}

interface ImageParts {
  readonly blobs: readonly SetBlob[];
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A configuration and two layers for one platform. */
export function imageParts(
  seed: string,
  more: Fields = {},
  algorithm?: DigestAlgorithm,
): ImageParts {
  const [os, architecture] = ['linux', seed];
  const config = blob(Buffer.from(JSON.stringify({ os, architecture, ...more })), algorithm);
  const layers = [1, 2].map((number) =>
    blob(gzipSync(bytesOf(2000, `${seed} layer ${String(number)}`)), algorithm),
  );
  return {
    blobs: [config, ...layers],
    config: pointTo(config, types.config),
    layers: layers.map((layer) => pointTo(layer, types.gzip)),
  };
}

export function imageOf(
  { config, layers }: ImageParts,
  fields: Fields = {},
  algorithm?: DigestAlgorithm,
) {
  return image({ config, layers, ...fields }, algorithm);
}

export function plainSet(name: string, seed: string, fields: Fields = {}): DataSet {
  const parts = imageParts(seed);
  return { name, blobs: parts.blobs, manifests: [tagged(seed, imageOf(parts, fields))] };
}

export function platform(manifest: Pushable, architecture: string): Fields {
  return { ...referenceTo(manifest), platform: { os: 'linux', architecture } };
}
