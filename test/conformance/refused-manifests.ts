import { expect } from 'vitest';
import { type Descriptor, digestOf } from '../../src/spec/index.ts';
import { expectRefusal, type Group, type WriteCase } from './cases.ts';
import {
  absentDigest,
  descriptorOf,
  emptyConfig,
  image,
  index,
  newRepository,
  repositoryWithImage,
  types,
} from './documents.ts';
import { expectStored, put } from './manifest-puts.ts';
import { manifestOf } from './registry.ts';

/** Everything that is not a manifest: title, body, Content-Type. */
const invalid: readonly (readonly [string, Buffer | string, string?])[] = [
  ['nothing', ''],
  ['no JSON', 'not json'],
  ['half of it', image().bytes.subarray(0, 40)],
  ['a list', '[]'],
  ['null', 'null'],
  ['another schema version', JSON.stringify({ schemaVersion: 1, mediaType: types.manifest })],
  ['an image without config', image({ config: undefined }).bytes],
  ['an image with a bad digest', image({ layers: [{ ...emptyConfig, digest: 'sha256:x' }] }).bytes],
  ['an image with a negative size', image({ layers: [{ ...emptyConfig, size: -1 }] }).bytes],
  ['an image that says it is an index', image({ mediaType: types.index }).bytes],
  ['an index announced as an image', index([]).bytes],
  ['an image announced as an index', image().bytes, types.index],
  ['an image of an unknown type', image().bytes, 'application/vnd.example+json'],
  ['an image announced as JSON', image().bytes, 'application/json'],
  ['an image without Content-Type', image().bytes, ''],
  ['an image with two configs', image().bytes.toString().replace('{', '{"config":{},')],
];

const refusals: readonly WriteCase[] = [
  ...invalid.map(([what, bytes, mediaType]): WriteCase => ({
    clause: 'v1.1.1 #error-codes',
    name: `refuses ${what} as a manifest`,
    run: async (registry) => {
      const name = await newRepository(registry);
      const typed = mediaType === undefined ? {} : { mediaType };
      const answer = await put(registry, `${name}/manifests/v1`, { bytes, ...typed });
      expectRefusal(answer, 400, 'MANIFEST_INVALID');
      expect((await registry.send('GET', `/v2/${name}/manifests/v1`)).status).toBe(404);
    },
  })),
  ...[digestOf(Buffer.from('other')), digestOf(Buffer.from('other'), 'sha512')].map(
    (digest): WriteCase => ({
      clause: 'v1.1.1 #pushing-manifests',
      name: `refuses a manifest under the digest of other content: ${digest.slice(0, 6)}`,
      run: async (registry) => {
        const name = await newRepository(registry);
        const answer = await put(registry, `${name}/manifests/${digest}`, image());
        expectRefusal(answer, 400, 'DIGEST_INVALID');
        expect((await registry.send('GET', `/v2/${name}/manifests/${digest}`)).status).toBe(404);
      },
    }),
  ),
  ...['sha256:baddigeststring', 'sha256:', 'sha256:..', `md5:${'0'.repeat(32)}`, 'a:b', ':'].map(
    (reference): WriteCase => ({
      clause: '967efdc end-7a',
      name: `a digest that is none is not taken for a tag: ${reference.slice(0, 24)} (trap)`,
      run: async (registry) => {
        const name = await newRepository(registry);
        const answer = await put(registry, `${name}/manifests/${reference}`, image());
        expectRefusal(answer, 400, 'DIGEST_INVALID');
        const { status } = await registry.send('GET', `/v2/${name}/manifests/${reference}`);
        expect([400, 404]).toContain(status);
      },
    }),
  ),
];

const missing: Descriptor = descriptorOf(Buffer.from('never pushed'), types.gzip);
const never: Descriptor = { mediaType: types.manifest, digest: absentDigest, size: 100 };

const children: readonly WriteCase[] = [
  ['an image whose layer is missing', image({ layers: [missing] })] as const,
  [
    'an image whose config is missing',
    image({ config: { ...missing, mediaType: types.config } }),
  ] as const,
  ['an index whose image is missing', index([never])] as const,
  [
    'an image whose layer has another size',
    image({ layers: [{ ...emptyConfig, size: 3 }] }),
  ] as const,
].map(([what, manifest]): WriteCase => ({
  clause: 'v1.1.1 #push',
  name: `refuses ${what} with MANIFEST_BLOB_UNKNOWN`,
  run: async (registry) => {
    const name = await newRepository(registry);
    const answer = await put(registry, `${name}/manifests/v1`, manifest);
    expectRefusal(answer, 404, 'MANIFEST_BLOB_UNKNOWN');
    expect((await registry.send('GET', `/v2/${name}/manifests/v1`)).status).toBe(404);
  },
}));
const conditions: readonly WriteCase[] = [
  {
    clause: 'v1.1.1 #referrers-tag-schema',
    name: 'If-Match moves a tag only from where the client saw it',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      const next = image({ annotations: { 'org.example.next': name } });
      const path = `${name}/manifests/latest`;
      const { etag = '' } = (await registry.send('HEAD', `/v2/${path}`)).headers;
      const wrong = await put(registry, path, { ...next, headers: { 'If-Match': '"other"' } });
      expectRefusal(wrong, 412, 'DENIED');
      await expectStored(registry, name, manifest, 'latest');
      const right = await put(registry, path, { ...next, headers: { 'If-Match': etag } });
      expect(right.status).toBe(201);
      const stale = await put(registry, path, { ...manifest, headers: { 'If-Match': etag } });
      expectRefusal(stale, 412, 'DENIED');
      await expectStored(registry, name, next, 'latest');
    },
  },
  {
    clause: 'RFC 9110 §13.1.2',
    name: 'If-None-Match: * makes a tag only where there is none',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      const headers = { 'If-None-Match': '*' };
      const there = await put(registry, `${name}/manifests/latest`, { ...manifest, headers });
      expectRefusal(there, 412, 'DENIED');
      const fresh = await put(registry, `${name}/manifests/fresh`, { ...manifest, headers });
      expect(fresh.status).toBe(201);
    },
  },
  {
    clause: 'RFC 9110 §13.1.1',
    name: 'of eight pushes on the same state of a tag, one is taken',
    run: async (registry) => {
      const { name } = await repositoryWithImage(registry);
      const path = `${name}/manifests/latest`;
      const { etag = '' } = (await registry.send('HEAD', `/v2/${path}`)).headers;
      const pushes = Array.from({ length: 8 }, (_, number) =>
        put(registry, path, {
          ...manifestOf({ ...(JSON.parse(image().bytes.toString()) as object), number }),
          headers: { 'If-Match': etag },
        }),
      );
      const statuses = (await Promise.all(pushes)).map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array.from({ length: 7 }, () => 412)]);
    },
  },
];

export const refusedManifests: readonly Group<WriteCase>[] = [
  { title: 'what is no manifest', cases: refusals },
  { title: 'manifests with missing content', cases: children },
  { title: 'conditional pushes', cases: conditions },
];
