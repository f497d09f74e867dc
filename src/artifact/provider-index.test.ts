import { describe, expect, it } from 'vitest';
import {
  formatPlatform,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  zhFromHex,
  parsePackageHash,
} from '../domain/index.ts';
import { LimitExceededError } from '../base/index.ts';
import { digestOf, mediaTypes } from '../spec/index.ts';
import {
  ArtifactTypeMissingError,
  ForeignArtifactError,
  InvalidArtifactError,
  PlatformNotInIndexError,
} from './errors.ts';
import { annotationKeys, providerTypes } from './media-types.ts';
import type { PackageRecord } from './package-record.ts';
import {
  buildIndex,
  checkIdentity,
  identityAnnotations,
  readIndex,
  selectTarget,
} from './provider-index.ts';
import { buildTarget, checkLayerPlatform, readTarget } from './target-manifest.ts';
import { tagOfVersion, versionOfTag } from './version-tag.ts';

const identity = {
  provider: parseProviderAddress('example.com/acme/thing'),
  version: parseVersion('1.2.3+build.5'),
};

function record(platform: string, seed = platform): PackageRecord {
  const hex = digestOf(Buffer.from(seed)).slice('sha256:'.length);
  return {
    platform: parsePlatform(platform),
    filename: `terraform-provider-thing_1.2.3_${platform}.zip`,
    size: 1234,
    zh: zhFromHex(hex),
    h1: parsePackageHash(`h1:${Buffer.from(hex, 'hex').toString('base64')}`),
  };
}

function indexOf(records: readonly PackageRecord[]): ReturnType<typeof buildIndex> {
  return buildIndex(
    records.map((each) => buildTarget(each).descriptor),
    identityAnnotations(identity),
  );
}

/** A document as some other tool might have written it. */
function document(
  value: unknown,
  mediaType: string = mediaTypes.index,
): Parameters<typeof readIndex> {
  const bytes = Buffer.from(JSON.stringify(value));
  return [{ mediaType, digest: digestOf(bytes), size: bytes.length }, bytes];
}

const target = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  mediaType: mediaTypes.manifest,
  artifactType: providerTypes.target,
  digest: digestOf(Buffer.from('x')),
  size: 3,
  platform: { os: 'linux', architecture: 'amd64' },
  ...over,
});

const index = (
  manifests: unknown[],
  over: Record<string, unknown> = {},
): Record<string, unknown> => ({
  schemaVersion: 2,
  mediaType: mediaTypes.index,
  artifactType: providerTypes.provider,
  manifests,
  ...over,
});

describe('an index we build', () => {
  it('is the same whatever the order of the packages', () => {
    const a = indexOf([record('windows_amd64'), record('darwin_arm64'), record('linux_amd64')]);
    const b = indexOf([record('linux_amd64'), record('windows_amd64'), record('darwin_arm64')]);
    expect(a.bytes.equals(b.bytes)).toBe(true);
  });

  it('has its targets in the byte order of os_arch, whatever belongs to which part', () => {
    // "-" and digits come before the "_" between the two parts, letters after it.
    const sorted = ['a-b_386', 'a1_386', 'a_386', 'a_amd64', 'a_arm', 'ab_386'];
    const built = indexOf(sorted.toReversed().map((platform) => record(platform)));
    const { targets } = readIndex(built.descriptor, built.bytes);
    expect(targets.map(({ platform }) => formatPlatform(platform))).toEqual(sorted);
  });

  it('has the canonical form to the byte', () => {
    const built = indexOf([record('linux_amd64')]);
    const child = buildTarget(record('linux_amd64'));
    const { zh, h1 } = record('linux_amd64');
    expect(built.bytes.toString()).toBe(
      `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","artifactType":"application/vnd.opentofu.provider","manifests":[` +
        `{"mediaType":"${mediaTypes.manifest}","digest":"${child.descriptor.digest}","size":${child.bytes.length},` +
        `"artifactType":"application/vnd.opentofu.provider-target","platform":{"architecture":"amd64","os":"linux"},` +
        `"annotations":{"dev.tofu-oci.package.filename":"terraform-provider-thing_1.2.3_linux_amd64.zip",` +
        `"dev.tofu-oci.package.h1":"${h1.slice(3)}","dev.tofu-oci.package.size":"1234","dev.tofu-oci.package.zh":"${zh.slice(3)}"}}],` +
        `"annotations":{"dev.tofu-oci.provider":"example.com/acme/thing","dev.tofu-oci.version":"1.2.3+build.5",` +
        `"org.opencontainers.image.version":"1.2.3+build.5"}}`,
    );
    expect(child.bytes.toString()).toBe(
      `{"schemaVersion":2,"mediaType":"${mediaTypes.manifest}","artifactType":"application/vnd.opentofu.provider-target",` +
        `"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="},` +
        `"layers":[{"mediaType":"archive/zip","digest":"sha256:${zh.slice(3)}","size":1234,` +
        `"annotations":{"org.opencontainers.image.title":"terraform-provider-thing_1.2.3_linux_amd64.zip"}}]}`,
    );
  });

  it('is read back with its packages, hints and identity', () => {
    const built = indexOf([record('linux_amd64'), record('darwin_arm64')]);
    const read = readIndex(built.descriptor, built.bytes);
    expect(() => checkIdentity(read, identity)).not.toThrow();
    const found = selectTarget(read, parsePlatform('darwin_arm64'));
    expect(found.hints).toEqual({
      zh: record('darwin_arm64').zh,
      h1: record('darwin_arm64').h1,
      size: 1234,
      filename: record('darwin_arm64').filename,
    });
  });
});

describe('readIndex rejects', () => {
  it.each([
    [
      'an image manifest under the tag',
      document({}, mediaTypes.manifest),
      /selected an OCI image manifest directly/u,
    ],
    [
      'a docker list',
      document({}, mediaTypes.dockerManifestList),
      /unsupported media type ".*" for OCI index manifest/u,
    ],
    [
      'another artifactType',
      document(index([], { artifactType: 'application/x' })),
      /unexpected artifact type "application\/x"/u,
    ],
    [
      'no mediaType in the body',
      document(index([], { mediaType: undefined })),
      /unexpected manifest media type ""/u,
    ],
    [
      'a target of another media type, for any platform',
      document(index([target({ mediaType: mediaTypes.index })])),
      /unsupported media type/u,
    ],
    [
      'a target without platform',
      document(index([target({ platform: undefined })])),
      /lacks the required platform constraints/u,
    ],
  ] as const)('%s', (_name, args, message) => {
    expect(() => readIndex(...args)).toThrow(InvalidArtifactError);
    expect(() => readIndex(...args)).toThrow(message);
  });

  it.each([
    [providerTypes.target, /tag refers directly to image manifest/u],
    [providerTypes.modulePackage, /module package, not a provider package/u],
    ['application/x', /unsupported OCI artifact type "application\/x"/u],
  ])('a tag whose artifactType is %s', (artifactType, message) => {
    const [descriptor, bytes] = document(index([]));
    expect(() => readIndex({ ...descriptor, artifactType }, bytes)).toThrow(message);
  });

  it('an index without artifactType, with its children for a closer look', () => {
    const args = document(
      index([target({ artifactType: undefined })], { artifactType: undefined }),
    );
    const error = (() => {
      try {
        return readIndex(...args);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ArtifactTypeMissingError);
    expect(error).toMatchObject({ code: 'ERR_ARTIFACT_TYPE_MISSING', children: [{ size: 3 }] });
  });
});

describe('selectTarget', () => {
  const linux = parsePlatform('linux_amd64');

  it('ignores other artifacts and entries for an os.version', () => {
    const read = readIndex(
      ...document(
        index([
          target({ artifactType: 'application/x', platform: undefined }),
          target({ platform: { os: 'linux', architecture: 'amd64', 'os.version': '10' } }),
          target({ size: 9 }),
        ]),
      ),
    );
    expect(selectTarget(read, linux).descriptor.size).toBe(9);
  });

  it('finds two entries that differ by variant ambiguous', () => {
    const arm = { os: 'linux', architecture: 'arm' };
    const read = readIndex(
      ...document(
        index([
          target({ platform: { ...arm, variant: 'v6' } }),
          target({ platform: { ...arm, variant: 'v7' } }),
        ]),
      ),
    );
    expect(() => selectTarget(read, parsePlatform('linux_arm'))).toThrow(/ambiguous manifest/u);
  });

  it('says which platforms there are', () => {
    const read = readIndex(...document(index([target()])));
    expect(() => selectTarget(read, parsePlatform('darwin_arm64'))).toThrow(
      PlatformNotInIndexError,
    );
    expect(() => selectTarget(read, parsePlatform('darwin_arm64'))).toThrow(
      expect.objectContaining({ available: ['linux_amd64'] }),
    );
  });

  it('shows a platform that somebody made up on one line, without control characters', () => {
    const platform = { os: 'x\u001b[2J\nInstalled', architecture: `y\u202e${'z'.repeat(500)}` };
    const read = readIndex(...document(index([target({ platform })])));
    const hint = /^It has x\ufffd\[2J\ufffdInstalled_y\ufffdz{1,100}…\.$/u;
    expect(() => selectTarget(read, linux)).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(hint) as string }),
    );
  });

  it('reads no index with more packages than there are platforms', () => {
    const many = Array.from({ length: 1001 }, (_, i) =>
      target({ platform: { os: `os${i}`, architecture: 'amd64' } }),
    );
    expect(readIndex(...document(index(many.slice(1)))).targets).toHaveLength(1000);
    expect(() => readIndex(...document(index(many)))).toThrow(LimitExceededError);
  });

  it.each([
    [[], /is this a container image/u],
    [[target({ artifactType: 'application/x' })], /unsupported artifact type "application\/x"/u],
  ])('explains an index without any package', (manifests, message) => {
    const read = readIndex(...document(index(manifests)));
    expect(() => selectTarget(read, linux)).toThrow(message);
  });
});

describe('checkIdentity', () => {
  it.each([
    [annotationKeys.provider, 'example.com/acme/other', 'ERR_ARTIFACT_FOREIGN'],
    [annotationKeys.version, '1.2.4', 'ERR_ARTIFACT_FOREIGN'],
  ])('refuses another %s', (key, value, code) => {
    const read = readIndex(...document(index([target()], { annotations: { [key]: value } })));
    expect(() => checkIdentity(read, identity)).toThrow(ForeignArtifactError);
    expect(() => checkIdentity(read, identity)).toThrow(expect.objectContaining({ code }));
  });

  it('accepts an index that says nothing', () => {
    const read = readIndex(...document(index([target()])));
    expect(() => checkIdentity(read, identity)).not.toThrow();
  });
});

describe('readTarget rejects', () => {
  const layer = { mediaType: 'archive/zip', digest: digestOf(Buffer.from('z')), size: 1 };
  const config = { mediaType: mediaTypes.empty, digest: digestOf(Buffer.from('{}')), size: 2 };
  const manifest = (over: Record<string, unknown>): Buffer =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        artifactType: providerTypes.target,
        config,
        layers: [layer],
        ...over,
      }),
    );

  it.each([
    [{ artifactType: 'application/x' }, /unexpected artifact type/u],
    [{ mediaType: undefined }, /unexpected manifest media type ""/u],
    [{ layers: [] }, /contains no layers of type "archive\/zip"$/u],
    [{ layers: [{ ...layer, mediaType: 'application/x' }] }, /but has other unsupported formats/u],
    [{ layers: [layer, layer] }, /multiple eligible provider packages/u],
    [
      { layers: [{ ...layer, digest: digestOf(Buffer.from('z'), 'sha512') }] },
      /unsupported digest algorithm "sha512"/u,
    ],
  ])('%j', (over, message) => {
    expect(() => readTarget(manifest(over))).toThrow(message);
  });

  it('accepts one zip among other layers', () => {
    const read = readTarget(manifest({ layers: [{ ...layer, mediaType: 'text/plain' }, layer] }));
    expect(read.zh).toBe(`zh:${layer.digest.slice(7)}`);
  });

  it('checks a platform that the layer repeats', () => {
    const { layer: plain } = readTarget(manifest({}));
    expect(() => checkLayerPlatform(plain, 'linux_amd64')).not.toThrow();
    const stated = { ...plain, platform: { os: 'linux', architecture: 'arm64' } };
    expect(() => checkLayerPlatform(stated, 'linux_amd64')).toThrow(
      'selected OCI artifact is for linux_arm64, but was expected to be for linux_amd64',
    );
  });
});

describe('tags', () => {
  it.each([
    ['1.2.3', '1.2.3'],
    ['1.2.3+build.5', '1.2.3_build.5'],
    ['1.0.0-rc.1+x', '1.0.0-rc.1_x'],
  ])('of %s is %s, and back', (version, tag) => {
    expect(tagOfVersion(parseVersion(version))).toBe(tag);
    const back = versionOfTag(tag);
    expect(back).toEqual(parseVersion(version));
  });

  it.each(['latest', 'v1.0.0', 'linux_amd64', ''])('%s names no version', (tag) => {
    expect(versionOfTag(tag)).toBeUndefined();
  });
});
