import { expect } from 'vitest';
import { expectRefusal, type Group, type WriteCase } from './cases.ts';
import {
  absentDigest,
  image,
  index,
  newRepository,
  referenceTo,
  referrer,
  repositoryWithImage,
} from './documents.ts';
import type { Registry } from './registry.ts';

async function statusOf(registry: Registry, path: string): Promise<number> {
  return (await registry.send('GET', `/v2/${path}`)).status;
}

async function tagsOf(registry: Registry, name: string): Promise<unknown> {
  const { json } = await registry.send('GET', `/v2/${name}/tags/list`);
  return (json as { readonly tags: unknown }).tags;
}

const tags: readonly WriteCase[] = [
  {
    clause: 'v1.1.1 #deleting-tags',
    name: 'deleting a tag removes the tag at once, and only that',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      await registry.pushManifest(name, manifest, 'other');
      const answer = await registry.send('DELETE', `/v2/${name}/manifests/latest`);
      expect(answer.status).toBe(202);
      expect(await statusOf(registry, `${name}/manifests/latest`)).toBe(404);
      expect(await statusOf(registry, `${name}/manifests/other`)).toBe(200);
      expect(await statusOf(registry, `${name}/manifests/${manifest.digest}`)).toBe(200);
      expect(await tagsOf(registry, name)).toEqual(['other']);
    },
  },
  {
    clause: 'v1.1.1 end-9',
    name: 'a tag that is not there gives 404, also the second time',
    run: async (registry) => {
      const { name } = await repositoryWithImage(registry);
      const path = `/v2/${name}/manifests/latest`;
      expect((await registry.send('DELETE', path)).status).toBe(202);
      expectRefusal(await registry.send('DELETE', path), 404, 'MANIFEST_UNKNOWN');
      const never = await registry.send('DELETE', `/v2/${name}/manifests/never`);
      expectRefusal(never, 404, 'MANIFEST_UNKNOWN');
    },
  },
  {
    clause: 'RFC 9110 §13.1.1',
    name: 'If-Match deletes a tag only where the client saw it',
    run: async (registry) => {
      const { name } = await repositoryWithImage(registry);
      const path = `/v2/${name}/manifests/latest`;
      const { etag = '' } = (await registry.send('HEAD', path)).headers;
      const wrong = await registry.send('DELETE', path, { headers: { 'If-Match': '"other"' } });
      expectRefusal(wrong, 412, 'DENIED');
      const right = await registry.send('DELETE', path, { headers: { 'If-Match': etag } });
      expect(right.status).toBe(202);
    },
  },
];

const manifests: readonly WriteCase[] = [
  ...(['sha256', 'sha512'] as const).map((algorithm): WriteCase => ({
    clause: 'v1.1.1 #deleting-manifests',
    name: `deleting a manifest by ${algorithm} digest takes all of its tags with it, at once`,
    run: async (registry) => {
      const name = await newRepository(registry);
      const manifest = image({ annotations: { 'org.example.name': name } }, algorithm);
      const path = `/v2/${name}/manifests/${manifest.digest}`;
      await registry.send('PUT', `${path}?tag=a&tag=b`, {
        headers: { 'Content-Type': manifest.mediaType },
        body: manifest.bytes,
      });
      await registry.pushManifest(name, image(), 'stays');
      expect((await registry.send('DELETE', path)).status).toBe(202);
      for (const reference of [manifest.digest, 'a', 'b']) {
        expect(await statusOf(registry, `${name}/manifests/${reference}`)).toBe(404);
      }
      expect(await tagsOf(registry, name)).toEqual(['stays']);
      expectRefusal(await registry.send('DELETE', path), 404, 'MANIFEST_UNKNOWN');
    },
  })),
  {
    clause: 'v1.1.1 end-9',
    name: 'a deleted manifest can be pushed again',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      await registry.send('DELETE', `/v2/${name}/manifests/${manifest.digest}`);
      await registry.pushManifest(name, manifest, 'latest');
      expect(await statusOf(registry, `${name}/manifests/latest`)).toBe(200);
    },
  },
  {
    clause: 'v1.1.1 end-9',
    name: 'deleting an index leaves what it lists',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      const list = index([referenceTo(manifest)]);
      await registry.pushManifest(name, list, 'list');
      const answer = await registry.send('DELETE', `/v2/${name}/manifests/${list.digest}`);
      expect(answer.status).toBe(202);
      expect(await statusOf(registry, `${name}/manifests/${manifest.digest}`)).toBe(200);
    },
  },
  {
    clause: 'v1.1.1 #listing-referrers',
    name: 'a deleted referrer is listed no more; referrers of a deleted subject still are',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      const [one, two] = [referrer(manifest), referrer(manifest, { annotations: { 'a.b': 'c' } })];
      for (const each of [one, two]) await registry.pushManifest(name, each);
      const list = async () => {
        const path = `/v2/${name}/referrers/${manifest.digest}`;
        const { json } = await registry.send('GET', path);
        return (json as { readonly manifests: readonly unknown[] }).manifests;
      };
      expect(await list()).toHaveLength(2);
      await registry.send('DELETE', `/v2/${name}/manifests/${one.digest}`);
      expect(await list()).toMatchObject([{ digest: two.digest }]);
      await registry.send('DELETE', `/v2/${name}/manifests/${manifest.digest}`);
      expect(await list()).toMatchObject([{ digest: two.digest }]);
    },
  },
  {
    clause: 'v1.1.1 end-9',
    name: 'a manifest or repository that is not there gives 404, a wrong digest 400',
    run: async (registry) => {
      const name = await newRepository(registry);
      const ask = (path: string) => registry.send('DELETE', `/v2/${path}`);
      const absent = await ask(`${name}/manifests/${absentDigest}`);
      expectRefusal(absent, 404, 'MANIFEST_UNKNOWN');
      const nowhere = await ask(`${registry.newName()}/manifests/${absentDigest}`);
      expectRefusal(nowhere, 404, 'NAME_UNKNOWN');
      expectRefusal(await ask(`${name}/manifests/sha256:bad`), 400, 'DIGEST_INVALID');
    },
  },
];

const blobs: readonly WriteCase[] = [
  ...(['sha256', 'sha512'] as const).map((algorithm): WriteCase => ({
    clause: 'v1.1.1 #deleting-blobs',
    name: `a blob deleted by its ${algorithm} digest is gone at once, and can be pushed again`,
    run: async (registry) => {
      const name = registry.newName();
      const digest = await registry.pushBlob(name, 'deleted', algorithm);
      const path = `/v2/${name}/blobs/${digest}`;
      expect((await registry.send('DELETE', path)).status).toBe(202);
      expectRefusal(await registry.send('GET', path), 404, 'BLOB_UNKNOWN');
      expect((await registry.send('HEAD', path)).status).toBe(404);
      expectRefusal(await registry.send('DELETE', path), 404, 'BLOB_UNKNOWN');
      await registry.pushBlob(name, 'deleted', algorithm);
      expect((await registry.send('GET', path)).body.toString()).toBe('deleted');
    },
  })),
  {
    clause: 'v1.1.1 end-10',
    name: 'a blob or repository that is not there gives 404, a wrong digest 400',
    run: async (registry) => {
      const name = await newRepository(registry);
      const ask = (path: string) => registry.send('DELETE', `/v2/${path}`);
      expectRefusal(await ask(`${name}/blobs/${absentDigest}`), 404, 'BLOB_UNKNOWN');
      const nowhere = await ask(`${registry.newName()}/blobs/${absentDigest}`);
      expectRefusal(nowhere, 404, 'NAME_UNKNOWN');
      expectRefusal(await ask(`${name}/blobs/sha256:bad`), 400, 'DIGEST_INVALID');
    },
  },
  {
    clause: 'ours end-10',
    name: 'a manifest is not deleted as a blob',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      const answer = await registry.send('DELETE', `/v2/${name}/blobs/${manifest.digest}`);
      expectRefusal(answer, 404, 'BLOB_UNKNOWN');
      expect(await statusOf(registry, `${name}/manifests/latest`)).toBe(200);
    },
  },
];

export const deleteCases: readonly Group<WriteCase>[] = [
  { title: 'deleting tags', cases: tags },
  { title: 'deleting manifests', cases: manifests },
  { title: 'deleting blobs', cases: blobs },
];
