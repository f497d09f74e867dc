import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import { expectRefusal, type Group, type WriteCase } from './cases.ts';
import { image, newRepository } from './documents.ts';
import type { Registry } from './registry.ts';
import { ways } from './ways.ts';

const bytes = Buffer.from('the bytes of a layer');
const lie = digestOf(Buffer.from('other bytes'));

/** An image whose blobs do not have the digests that the client gives: no way in may take them. */
const badDigestImage: readonly WriteCase[] = [
  ...ways.map(({ name: way, clause, push }): WriteCase => ({
    clause,
    name: `Bad Digest Image: ${way}`,
    run: async (registry) => {
      const name = registry.newName();
      expectRefusal(await push(registry, { name, bytes, digest: lie }), 400, 'DIGEST_INVALID');
      for (const digest of [lie, digestOf(bytes)]) {
        const { status } = await registry.send('GET', `/v2/${name}/blobs/${digest}`);
        expect(status).toBe(404);
      }
    },
  })),
  {
    clause: 'v1.1.1 end-7a',
    name: 'Bad Digest Image: Manifest put by digest',
    run: async (registry) => {
      const name = await newRepository(registry);
      await expectNoManifest(registry, name, lie);
    },
  },
];

async function expectNoManifest(registry: Registry, name: string, reference: string) {
  const path = `/v2/${name}/manifests/${reference}`;
  const { mediaType, bytes: body } = image();
  const put = await registry.send('PUT', path, { headers: { 'Content-Type': mediaType }, body });
  expectRefusal(put, 400, 'DIGEST_INVALID');
  for (const method of ['GET', 'HEAD', 'DELETE']) {
    const { status } = await registry.send(method, path);
    expect([400, 404]).toContain(status);
  }
  const { json } = await registry.send('GET', `/v2/${name}/tags/list`);
  expect(json).toEqual({ name, tags: [] });
}

const invalidDigests = ['sha256:baddigeststring', 'sha512:baddigeststring', 'baddigest:00'];

const invalidManifestDigest: readonly WriteCase[] = invalidDigests.map((reference): WriteCase => ({
  clause: '967efdc end-7a',
  name: `Invalid Manifest Digest: ${reference}`,
  run: async (registry) => {
    await expectNoManifest(registry, await newRepository(registry), reference);
  },
}));

/** The two sets of the conformance list that every registry has to refuse. */
export const refusedSets: readonly Group<WriteCase>[] = [
  { title: 'data sets that are refused', cases: [...badDigestImage, ...invalidManifestDigest] },
];
