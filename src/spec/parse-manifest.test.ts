import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitExceededError } from '../base/index.ts';
import {
  canonicalJson,
  childrenOf,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  InvalidManifestError,
  maxManifestBytes,
  mediaTypes,
  parseImageIndex,
  parseImageManifest,
  parseManifest,
  referrerDescriptor,
} from './index.ts';

const digest = digestOf(Buffer.from('layer'));
const layer = { mediaType: 'archive/zip', digest, size: 5 };
const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  artifactType: 'application/vnd.example',
  config: emptyDescriptor,
  layers: [layer],
};
const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [layer] };

describe('manifest', () => {
  it('reads an image manifest', () => {
    const annotated = { ...layer, annotations: { 'org.opencontainers.image.title': 'a.zip' } };
    const subject = { mediaType: mediaTypes.index, digest, size: 7 };
    const manifest = parseImageManifest(
      canonicalJson({ ...image, layers: [annotated], subject, annotations: { k: 'v' } }),
    );
    expect(manifest).toEqual({
      kind: 'manifest',
      mediaType: mediaTypes.manifest,
      typed: true,
      artifactType: 'application/vnd.example',
      config: { mediaType: mediaTypes.empty, digest: emptyDescriptor.digest, size: 2 },
      layers: [annotated],
      subject,
      annotations: { k: 'v' },
    });
  });

  it('reads an image index with platforms', () => {
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8', 'os.version': '1' };
    const parsed = parseImageIndex(
      canonicalJson({ ...index, manifests: [{ ...layer, platform }, layer] }),
    );
    expect(parsed.manifests[0]?.platform).toEqual({
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      osVersion: '1',
    });
    expect(parsed.manifests[1]?.platform).toBeUndefined();
  });

  it.each([
    ['an empty index', { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }, 'index'],
    ['a null list, as Go writes an empty one', { ...image, layers: null }, 'manifest'],
    ['a manifest without layers', { ...image, layers: undefined }, 'manifest'],
    ['an index without a media type', { ...index, mediaType: undefined }, 'index'],
    ['a manifest without a media type', { ...image, mediaType: undefined }, 'manifest'],
    ['a Docker manifest', { ...image, mediaType: mediaTypes.dockerManifest }, 'manifest'],
    ['a Docker list', { ...index, mediaType: mediaTypes.dockerManifestList }, 'index'],
    ['unknown fields', { ...image, custom: { deep: [1, { x: null }] } }, 'manifest'],
    ['unknown media types', { ...index, manifests: [{ ...layer, mediaType: 'x/y' }] }, 'index'],
    [
      'an artifact manifest',
      { mediaType: mediaTypes.artifactManifest, blobs: [layer] },
      'artifact',
    ],
    ['an empty platform', { ...index, manifests: [{ ...layer, platform: {} }] }, 'index'],
    [
      'urls and data',
      { ...image, layers: [{ ...layer, urls: ['http://x'], data: '!' }] },
      'manifest',
    ],
  ])('accepts %s', (_, document, kind) => {
    expect(parseManifest(canonicalJson(document)).kind).toBe(kind);
  });

  it.each([
    ['both manifests and layers', { ...index, layers: [layer] }],
    ['an index with a config', { ...index, config: emptyDescriptor }],
    ['a manifest with manifests', { ...image, manifests: [] }],
    ['both, and no media type', { schemaVersion: 2, manifests: [], layers: [] }],
    ['neither, and no media type', { schemaVersion: 2 }],
    ['Docker schema 1', { schemaVersion: 1, fsLayers: [], history: [] }],
    ['another schema version', { ...image, schemaVersion: 1 }],
    ['no schema version', { ...image, schemaVersion: undefined }],
    ['an unknown type', { ...image, mediaType: 'application/json' }],
    ['a media type that is no text', { ...image, mediaType: 7 }],
    ['no config', { ...image, config: undefined }],
    ['layers that are no list', { ...image, layers: {} }],
    ['a layer that is no object', { ...image, layers: ['x'] }],
    ['a negative size', { ...image, layers: [{ ...layer, size: -1 }] }],
    ['a fraction as size', { ...image, layers: [{ ...layer, size: 1.5 }] }],
    ['a size beyond safe integers', { ...image, layers: [{ ...layer, size: 2 ** 62 }] }],
    ['a size as text', { ...image, layers: [{ ...layer, size: '5' }] }],
    ['a digest that climbs', { ...image, layers: [{ ...layer, digest: 'sha256:../../x' }] }],
    ['no digest', { ...image, layers: [{ ...layer, digest: undefined }] }],
    ['an empty media type', { ...image, layers: [{ ...layer, mediaType: '' }] }],
    ['a line break in a media type', { ...image, layers: [{ ...layer, mediaType: 'a/b\nc' }] }],
    ['an annotation that is no text', { ...image, annotations: { a: 1 } }],
    ['annotations that are a list', { ...image, annotations: [] }],
    ['a broken subject', { ...image, subject: { digest } }],
    ['a key of another case', { ...image, Layers: [] }],
    ['a descriptor key of another case', { ...image, layers: [{ ...layer, Digest: digest }] }],
    ['a platform that is no object', { ...index, manifests: [{ ...layer, platform: 'linux' }] }],
    ['an artifact type that is no text', { ...image, artifactType: {} }],
    ['an artifact type of megabytes', { ...image, artifactType: 'a'.repeat(2_000_000) }],
    ['an artifact type with a line break', { ...image, artifactType: 'a/b\n' }],
    [
      'an artifact type of a child that no media type is as long as',
      { ...index, manifests: [{ ...layer, artifactType: 'a'.repeat(256) }] },
    ],
  ])('rejects %s', (_, document) => {
    expect(() => parseManifest(canonicalJson(document))).toThrow(InvalidManifestError);
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a byte order mark', `\ufeff${JSON.stringify(image)}`],
    ['text after the end', `${JSON.stringify(image)}x`],
    ['a repeated key', `{"schemaVersion":2,"manifests":[],"manifests":[]}`],
    ['a repeated key, escaped', `{"schemaVersion":2,"manifests":[],"\\u006danifests" : []}`],
    ['a repeated key far inside', `{"schemaVersion":2,"manifests":[],"x":[{"a":{"b":1,"b":2}}]}`],
    ['deep nesting', `{"schemaVersion":2,"manifests":[],"x":${'['.repeat(100)}${']'.repeat(100)}}`],
  ])('rejects %s', (_, text) => {
    expect(() => parseManifest(Buffer.from(text))).toThrow(InvalidManifestError);
  });

  it('rejects bytes that are not UTF-8', () => {
    const bytes = canonicalJson({ ...image, annotations: { a: '?' } });
    bytes[bytes.indexOf('?')] = 0xff;
    expect(() => parseManifest(bytes)).toThrow(InvalidManifestError);
  });

  it('survives four megabytes of brackets', () => {
    const deep = Buffer.alloc(maxManifestBytes, '[');
    expect(() => parseManifest(deep)).toThrow(InvalidManifestError);
    const half = (maxManifestBytes - 10) / 2;
    const closed = Buffer.from(`{"x":${'['.repeat(half)}${']'.repeat(half)}}`);
    expect(() => parseManifest(closed)).toThrow(InvalidManifestError);
  });

  it('accepts keys that repeat in different objects, and key-like texts', () => {
    const text = `{"schemaVersion":2,"manifests":[],"a":{"k":"k","l":["k","k"]},"b":{"k":"\\"k\\":"}}`;
    expect(parseManifest(Buffer.from(text)).kind).toBe('index');
  });

  it('accepts a manifest at the limit and none above it', () => {
    const withPadding = (length: number) => canonicalJson({ ...index, pad: 'x'.repeat(length) });
    const overhead = withPadding(0).length;
    expect(parseManifest(withPadding(maxManifestBytes - overhead)).kind).toBe('index');
    expect(() => parseManifest(withPadding(maxManifestBytes - overhead + 1))).toThrow(
      LimitExceededError,
    );
  });

  it('refuses a document of another type than announced', () => {
    expect(() => parseManifest(canonicalJson(index), mediaTypes.manifest)).toThrow(
      InvalidManifestError,
    );
    expect(() => parseImageManifest(canonicalJson(index))).toThrow(/not an image manifest/u);
    expect(() => parseImageIndex(canonicalJson(image))).toThrow(/not an image index/u);
  });

  it('keeps annotation keys that objects have a meaning for', () => {
    const bytes = Buffer.from(
      `{"schemaVersion":2,"manifests":[],"annotations":{"__proto__":"a","constructor":"b"}}`,
    );
    const { annotations } = parseManifest(bytes);
    expect(Object.entries(annotations ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect('toString' in (annotations ?? {})).toBe(false);
  });

  it('never throws anything but its own errors', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          parseManifest(Buffer.from(text));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidManifestError);
        }
      }),
    );
  });
});

describe('children', () => {
  it('are config, layers and manifests, not the subject', () => {
    const manifest = parseManifest(canonicalJson({ ...image, subject: layer }));
    expect(childrenOf(manifest).map((child) => child.digest)).toEqual([
      emptyDescriptor.digest,
      digest,
    ]);
    expect(childrenOf(parseManifest(canonicalJson(index)))).toHaveLength(1);
  });

  it.each([
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ])('are not %s layers', (mediaType) => {
    const manifest = parseManifest(
      canonicalJson({ ...image, layers: [{ ...layer, mediaType, urls: ['http://10.0.0.1/'] }] }),
    );
    expect(childrenOf(manifest).map((child) => child.mediaType)).toEqual([mediaTypes.empty]);
  });
});

describe('referrer descriptor', () => {
  const descriptor = { mediaType: mediaTypes.manifest, digest, size: 9 };
  it.each([
    ['its own artifact type', image, 'application/vnd.example'],
    ['its config type', { ...image, artifactType: undefined }, mediaTypes.empty],
    [
      'its config type for an empty artifact type',
      { ...image, artifactType: '' },
      mediaTypes.empty,
    ],
    ['none for an index', index, undefined],
  ])('carries %s', (_, document, artifactType) => {
    const manifest = parseManifest(canonicalJson({ ...document, annotations: { a: 'b' } }));
    const named = referrerDescriptor(descriptor, manifest);
    expect(named.artifactType).toBe(artifactType);
    expect(named.annotations).toEqual({ a: 'b' });
  });
});

describe('canonical JSON', () => {
  it('is compact, in the order given, without undefined members', () => {
    const bytes = canonicalJson({ b: 1, a: { z: 'é', y: undefined }, c: [] });
    expect(bytes.toString()).toBe('{"b":1,"a":{"z":"é"},"c":[]}');
    expect(bytes.length).toBe(29);
  });
});

describe('empty blob', () => {
  it('is what its descriptor says', () => {
    expect(digestOf(emptyBlob())).toBe(emptyDescriptor.digest);
    expect(emptyBlob()).toHaveLength(emptyDescriptor.size);
    expect(Buffer.from(emptyDescriptor.data ?? '', 'base64')).toEqual(emptyBlob());
  });
});
