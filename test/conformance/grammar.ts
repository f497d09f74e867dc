import { expect } from 'vitest';
import {
  expectRefusal,
  type Group,
  oncePerRegistry,
  type ReadCase,
  type WriteCase,
} from './cases.ts';
import { absentDigest, emptyBytes, image, newRepository } from './documents.ts';

const goodNames: readonly string[] = [
  'a',
  'library',
  'a/b/c/d/e/f',
  'a.b',
  'a_b',
  'a__b',
  'a-b',
  'a--b',
  'a---b-c',
  '0',
  '0/1',
  'registry.opentofu.org/hashicorp/null',
  'manifests/tags/uploads',
  'tags/list',
  'x/referrers/y',
];

/** As it stands in the request line. */
const badNames: readonly string[] = [
  'A',
  'a/B',
  '-a',
  'a-',
  '.a',
  'a.',
  '_a',
  'a_',
  'a..b',
  'a___b',
  'a._b',
  'a//b',
  'a/./b',
  'a/../b',
  '..',
  'a%2fb',
  'a%2e%2e',
  'a+b',
  'a%20b',
  'a:b',
  'a@b',
  '%00',
  '%ff',
  '%c3%a4',
];

const goodTags: readonly string[] = ['a', '_', '0', 'V1', '1.2.3-rc.1_x', '__', 'a--b', 'a..b'];

/** As they stand in the request line. */
const badTags: readonly string[] = ['.a', '-a', 'a+b', 'a%20b', 'a@b', '%c3%a4', 'a%2fb', 'a~b'];

const naming: readonly WriteCase[] = [
  ...goodNames.map((suffix): WriteCase => ({
    clause: 'v1.1.1 #pulling-manifests',
    name: `takes the repository name ${suffix}`,
    run: async (registry) => {
      const name = `${registry.newName()}/${suffix}`;
      await registry.pushBlob(name, emptyBytes);
      await registry.pushManifest(name, image(), 'v1');
      const answer = await registry.send('GET', `/v2/${name}/manifests/v1`);
      expect(answer.body.equals(image().bytes)).toBe(true);
      const { json } = await registry.send('GET', `/v2/${name}/tags/list`);
      expect(json).toEqual({ name, tags: ['v1'] });
    },
  })),
  ...goodTags.concat('x'.repeat(128)).map((tag): WriteCase => ({
    clause: 'v1.1.1 #pulling-manifests',
    name: `takes the tag ${tag.slice(0, 20)} of ${String(tag.length)} characters`,
    run: async (registry) => {
      const name = await newRepository(registry);
      await registry.pushManifest(name, image(), tag);
      const answer = await registry.send('GET', `/v2/${name}/manifests/${tag}`);
      expect(answer.body.equals(image().bytes)).toBe(true);
    },
  })),
  ...badTags.concat('x'.repeat(129)).map((tag): WriteCase => ({
    clause: 'v1.1.1 #pulling-manifests',
    name: `refuses the tag ${tag.slice(0, 20)} of ${String(tag.length)} characters`,
    run: async (registry) => {
      const name = await newRepository(registry);
      const { bytes, mediaType } = image();
      const path = `/v2/${name}/manifests/${tag}`;
      const headers = { 'Content-Type': mediaType };
      const { status } = await registry.send('PUT', path, { headers, body: bytes });
      expect([400, 404]).toContain(status);
      expect((await registry.send('GET', path)).status).toBe(404);
      const { json } = await registry.send('GET', `/v2/${name}/tags/list`);
      expect(json).toEqual({ name, tags: [] });
    },
  })),
  ...badNames.map((bad): WriteCase => ({
    clause: 'v1.1.1 #error-codes',
    name: `refuses to push to the repository name ${bad}`,
    run: async (registry) => {
      const { bytes, mediaType } = image();
      const headers = { 'Content-Type': mediaType };
      const answers = [
        await registry.send('POST', `/v2/${bad}/blobs/uploads/`),
        await registry.send('PUT', `/v2/${bad}/manifests/v1`, { headers, body: bytes }),
        await registry.send('DELETE', `/v2/${bad}/manifests/v1`),
      ];
      for (const { status } of answers) expect([400, 404]).toContain(status);
    },
  })),
  ...['blobs', 'index.json', 'oci-layout', 'a/blobs', 'blobs/a', 'a/index.json/b'].map(
    (name): WriteCase => ({
      clause: 'ours #error-codes',
      name: `refuses the name ${name}, which would lie inside a layout`,
      run: async (registry) => {
        const answer = await registry.send('POST', `/v2/${name}/blobs/uploads/`);
        expectRefusal(answer, 400, 'NAME_INVALID');
      },
    }),
  ),
];

const reading: readonly ReadCase[] = badNames.map((bad): ReadCase => ({
  clause: 'v1.1.1 #error-codes',
  name: `refuses to read from the repository name ${bad}`,
  prepare: () =>
    Promise.resolve(async (reader) => {
      for (const path of [`manifests/v1`, `blobs/${absentDigest}`, 'tags/list']) {
        const { status } = await reader.send('GET', `/v2/${bad}/${path}`);
        expect([400, 404]).toContain(status);
      }
    }),
}));

/** Instead of a digest, as it stands in the request line. */
const badDigests: readonly string[] = [
  'sha256:bad',
  'sha256:',
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'0'.repeat(63)}`,
  `sha256:${'0'.repeat(65)}`,
  `sha512:${'0'.repeat(64)}`,
  `sha384:${'0'.repeat(96)}`,
  `blake3:${'0'.repeat(64)}`,
  `sha256-${'0'.repeat(64)}`,
  `sha256:${'0'.repeat(62)}%2f.`,
  'sha256:..%2f..%2findex.json',
  'latest',
];

const emptyRepository = oncePerRegistry(newRepository);

const digests: readonly ReadCase[] = badDigests.map((digest): ReadCase => ({
  clause: 'v1.1.1 #error-codes',
  name: `reads nothing under the digest ${digest.slice(0, 30)} of ${String(digest.length)} characters`,
  prepare: async (writer) => {
    const name = await emptyRepository(writer);
    return async (reader) => {
      for (const method of ['GET', 'HEAD']) {
        const { status } = await reader.send(method, `/v2/${name}/blobs/${digest}`);
        expect([400, 404]).toContain(status);
      }
      const { status } = await reader.send('GET', `/v2/${name}/manifests/${digest}`);
      expect([400, 404]).toContain(status);
    };
  },
}));

export const grammarReadCases: readonly Group<ReadCase>[] = [
  { title: 'wrong names', cases: reading },
  { title: 'wrong digests', cases: digests },
];

export const grammarWriteCases: readonly Group<WriteCase>[] = [
  { title: 'names and tags', cases: naming },
];
