import type { Annotations, Descriptor, OciPlatform } from './descriptor.ts';
import { isDigest } from './digest.ts';
import { InvalidManifestError } from './errors.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/**
 * Names with a meaning in manifests and descriptors. OpenTofu and most registries are written in Go,
 * whose JSON reader takes `Layers` for `layers`: a document with both reads differently here and there.
 */
const names = new Map(
  [
    'annotations',
    'architecture',
    'artifactType',
    'blobs',
    'config',
    'data',
    'digest',
    'layers',
    'manifests',
    'mediaType',
    'os',
    'platform',
    'schemaVersion',
    'size',
    'subject',
    'urls',
  ].map((name) => [name.toLowerCase(), name]),
);

/** RFC 6838 allows 127 characters on each side of the slash; the slash is required. */
const mediaTypePattern =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/u;

/**
 * Reads a content descriptor strictly; fields we have no use for are tolerated and dropped, `urls` and
 * `data` among them: nothing is ever fetched from, or believed, on the word of a descriptor.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 * @throws InvalidManifestError
 */
export function parseDescriptor(value: unknown, path: string): Descriptor {
  if (!isJsonObject(value)) throw new InvalidManifestError(path, 'is not a descriptor object');
  refuseOddNames(value, path);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || !mediaTypePattern.test(mediaType)) {
    throw new InvalidManifestError(`${path}.mediaType`, 'is not a media type');
  }
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw new InvalidManifestError(`${path}.digest`, 'is not a sha256 or sha512 digest');
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new InvalidManifestError(`${path}.size`, 'is not a number of bytes');
  }
  const artifactType = parseArtifactType(value, path);
  const annotations = parseAnnotations(value['annotations'], `${path}.annotations`);
  const platform = parsePlatform(value['platform'], `${path}.platform`);
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(platform === undefined ? {} : { platform }),
  };
}

/** A list of descriptors; absent and `null` (how Go writes an empty list) are an empty one. */
export function parseDescriptors(value: unknown, path: string): readonly Descriptor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new InvalidManifestError(path, 'is not a list');
  return value.map((item, index) => parseDescriptor(item, `${path}[${String(index)}]`));
}

/** Text to text, as the image spec wants it; undefined when absent. */
export function parseAnnotations(value: unknown, path: string): Annotations | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw new InvalidManifestError(path, 'is not an object');
  // Without a prototype, so that a key like `__proto__` is a key like any other.
  const annotations = Object.create(null) as Record<string, string>;
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new InvalidManifestError(`${path}.${key}`, 'is not a text');
    annotations[key] = text;
  }
  return annotations;
}

/**
 * The `artifactType` of a manifest or descriptor; undefined when absent. Whoever keeps lists of manifests
 * keeps it in each entry, so it can not be any text: at most as long as a media type, and printable. Types
 * without a slash, which older tools wrote, pass.
 */
export function parseArtifactType(object: JsonObject, path: string): string | undefined {
  const type = optionalString(object, 'artifactType', path);
  if (type === undefined || /^[\x21-\x7e]{0,255}$/u.test(type)) return type;
  const name = path === '' ? 'artifactType' : `${path}.artifactType`;
  throw new InvalidManifestError(name, 'is not a media type');
}

export function optionalString(object: JsonObject, name: string, path: string): string | undefined {
  const value = object[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') {
    throw new InvalidManifestError(path === '' ? name : `${path}.${name}`, 'is not a text');
  }
  return value;
}

/** @throws InvalidManifestError when a name differs from one with a meaning in its case only. */
export function refuseOddNames(object: JsonObject, path: string): void {
  for (const key of Object.keys(object)) {
    const proper = names.get(key.toLowerCase());
    if (proper !== undefined && proper !== key) {
      throw new InvalidManifestError(
        path === '' ? key : `${path}.${key}`,
        `is written in another case than "${proper}", which other readers take for the same`,
      );
    }
  }
}

function parsePlatform(value: unknown, path: string): OciPlatform | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw new InvalidManifestError(path, 'is not an object');
  refuseOddNames(value, path);
  const osVersion = optionalString(value, 'os.version', path);
  const variant = optionalString(value, 'variant', path);
  return {
    // Both are required, and left out in the wild; an empty one matches no platform.
    architecture: optionalString(value, 'architecture', path) ?? '',
    os: optionalString(value, 'os', path) ?? '',
    ...(osVersion === undefined ? {} : { osVersion }),
    ...(variant === undefined ? {} : { variant }),
  };
}
