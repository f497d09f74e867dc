import {
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  digestOf,
  mediaTypes,
} from '../../src/spec/index.ts';
import { manifestOf, type Pushable, type Registry } from './registry.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const types = {
  ...mediaTypes,
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  foreignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  sbom: 'application/vnd.example.sbom.v1',
  signature: 'application/vnd.example.signature.v1',
} as const;

export const emptyBytes = Buffer.from('{}');

/** A digest that nothing has. */
export const absentDigest = `sha256:${'0'.repeat(64)}` as Digest;

export function descriptorOf(
  bytes: Uint8Array,
  mediaType: string,
  algorithm?: DigestAlgorithm,
): Descriptor {
  return { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length };
}

export function referenceTo({ bytes, mediaType, digest }: Pushable): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

export const emptyConfig: Descriptor = descriptorOf(emptyBytes, types.empty);

/** An image manifest over the empty config; the fields given make it one of its own. */
export function image(fields: Fields = {}, algorithm?: DigestAlgorithm): Pushable {
  return manifestOf(
    {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: emptyConfig,
      layers: [emptyConfig],
      ...fields,
    },
    algorithm,
  );
}

export function index(
  manifests: readonly (Descriptor | Fields)[],
  fields: Fields = {},
  algorithm?: DigestAlgorithm,
): Pushable {
  return manifestOf({ schemaVersion: 2, mediaType: types.index, manifests, ...fields }, algorithm);
}

/** A manifest about another one. */
export function referrer(subject: Pushable, fields: Fields = {}): Pushable {
  return image({ artifactType: types.sbom, subject: referenceTo(subject), ...fields });
}

/** A repository of its own with the empty blob, which most manifests here point at. */
export async function newRepository(registry: Registry): Promise<string> {
  const name = registry.newName();
  await registry.pushBlob(name, emptyBytes);
  return name;
}

/** A repository with one image, also under the tag `latest`. */
export async function repositoryWithImage(registry: Registry) {
  const name = await newRepository(registry);
  const manifest = image({ annotations: { 'org.example.name': name } });
  await registry.pushManifest(name, manifest, 'latest');
  return { name, manifest };
}
