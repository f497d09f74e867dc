import { LimitExceededError } from '../base/index.ts';
import { InvalidManifestError } from './errors.ts';
import { type JsonObject, parseJsonObject } from './json.ts';
import {
  type ArtifactManifest,
  type ImageIndex,
  type ImageManifest,
  type Manifest,
  maxManifestBytes,
} from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import {
  optionalString,
  parseAnnotations,
  parseArtifactType,
  parseDescriptor,
  parseDescriptors,
  refuseOddNames,
} from './parse-descriptor.ts';

const kinds: ReadonlyMap<string, Manifest['kind']> = new Map([
  [mediaTypes.manifest, 'manifest'],
  [mediaTypes.dockerManifest, 'manifest'],
  [mediaTypes.index, 'index'],
  [mediaTypes.dockerManifestList, 'index'],
  [mediaTypes.artifactManifest, 'artifact'],
]);

/**
 * Parses a manifest of any kind we know. Strict where two readers could disagree (repeated keys, keys of
 * another case, `manifests` beside `layers`, a `mediaType` other than the sender's), tolerant of fields
 * and types we do not know.
 * @param mediaType what the descriptor or the Content-Type says; where it says nothing, the document's
 * own `mediaType` counts, and where that is absent too, its shape.
 * @throws InvalidManifestError, LimitExceededError
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): Manifest {
  if (bytes.byteLength > maxManifestBytes) {
    throw new LimitExceededError('the manifest', maxManifestBytes);
  }
  const document = parseJsonObject(bytes);
  refuseOddNames(document, '');
  const own = optionalString(document, 'mediaType', '');
  if (own !== undefined && mediaType !== undefined && own !== mediaType) {
    throw new InvalidManifestError('mediaType', `is ${own}, but ${mediaType} was announced`);
  }
  const type = mediaType ?? own ?? typeByShape(document);
  const kind = kinds.get(type);
  if (kind === undefined) {
    throw new InvalidManifestError('mediaType', `is ${type}, which is not a manifest type we know`);
  }
  refuseForeignLists(document, kind);
  switch (kind) {
    case 'manifest':
      return imageManifest(document, type);
    case 'index':
      return imageIndex(document, type);
    case 'artifact':
      return artifactManifest(document, type);
  }
}

/**
 * Parses an image manifest.
 * @throws InvalidManifestError when it is anything else; LimitExceededError
 */
export function parseImageManifest(bytes: Uint8Array, mediaType?: string): ImageManifest {
  const manifest = parseManifest(bytes, mediaType);
  if (manifest.kind === 'manifest') return manifest;
  throw new InvalidManifestError('mediaType', `is ${manifest.mediaType}, not an image manifest`);
}

/**
 * Parses an image index.
 * @throws InvalidManifestError when it is anything else; LimitExceededError
 */
export function parseImageIndex(bytes: Uint8Array, mediaType?: string): ImageIndex {
  const manifest = parseManifest(bytes, mediaType);
  if (manifest.kind === 'index') return manifest;
  throw new InvalidManifestError('mediaType', `is ${manifest.mediaType}, not an image index`);
}

/** Older writers leave `mediaType` out; the shape decides, and it must decide alone. */
function typeByShape(document: JsonObject): string {
  if (document['manifests'] !== undefined) return mediaTypes.index;
  if (document['config'] !== undefined || document['layers'] !== undefined) {
    return mediaTypes.manifest;
  }
  throw new InvalidManifestError('mediaType', 'is missing, and nothing else says what this is');
}

/** A document that is an index to one reader and a manifest to another is how content is smuggled. */
function refuseForeignLists(document: JsonObject, kind: Manifest['kind']): void {
  const foreign: Readonly<Record<Manifest['kind'], readonly string[]>> = {
    manifest: ['manifests', 'fsLayers', 'blobs'],
    index: ['layers', 'config', 'fsLayers', 'blobs'],
    artifact: ['layers', 'config', 'fsLayers', 'manifests'],
  };
  for (const name of foreign[kind]) {
    if (document[name] !== undefined && document[name] !== null) {
      throw new InvalidManifestError(name, `does not belong into a document of the kind ${kind}`);
    }
  }
}

function imageManifest(document: JsonObject, mediaType: string): ImageManifest {
  checkSchemaVersion(document);
  return {
    kind: 'manifest',
    ...common(document, mediaType),
    config: parseDescriptor(document['config'], 'config'),
    layers: parseDescriptors(document['layers'], 'layers'),
  };
}

function imageIndex(document: JsonObject, mediaType: string): ImageIndex {
  checkSchemaVersion(document);
  return {
    kind: 'index',
    ...common(document, mediaType),
    manifests: parseDescriptors(document['manifests'], 'manifests'),
  };
}

function artifactManifest(document: JsonObject, mediaType: string): ArtifactManifest {
  return {
    kind: 'artifact',
    ...common(document, mediaType),
    blobs: parseDescriptors(document['blobs'], 'blobs'),
  };
}

function common(document: JsonObject, mediaType: string): Omit<Manifest, 'kind'> {
  const artifactType = parseArtifactType(document, '');
  const annotations = parseAnnotations(document['annotations'], 'annotations');
  const { subject } = document;
  return {
    mediaType,
    typed: document['mediaType'] !== undefined,
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(subject === undefined || subject === null
      ? {}
      : { subject: parseDescriptor(subject, 'subject') }),
  };
}

function checkSchemaVersion(document: JsonObject): void {
  if (document['schemaVersion'] !== 2) {
    throw new InvalidManifestError('schemaVersion', 'is not 2');
  }
}
