import { expect } from 'vitest';
import type { Clause } from './cases.ts';
import type { DataSet, SetManifest } from './set-parts.ts';
import { absentDigest, types } from './documents.ts';
import { allPages } from './paging.ts';
import { digestHeader, type Registry } from './registry.ts';

/** A repository that has a whole data set. */
export interface Loaded {
  readonly registry: Registry;
  readonly name: string;
  readonly set: DataSet;
}

/** One of the APIs, as it has to answer about any of the data sets. */
export interface ReadApi {
  readonly name: string;
  readonly clause: Clause;
  readonly applies: (set: DataSet) => boolean;
  readonly check: (loaded: Loaded) => Promise<void>;
}

const hasBlobs = ({ blobs }: DataSet) => blobs.length > 0;
const hasManifests = ({ manifests }: DataSet) => manifests.length > 0;

/** Pushes all of it, by the shortest way: blobs, then manifests by digest with all their tags. */
export async function load(registry: Registry, set: DataSet): Promise<string> {
  const name = registry.newName();
  for (const { bytes, algorithm } of set.blobs) await registry.pushBlob(name, bytes, algorithm);
  for (const manifest of set.manifests) {
    const tags = [manifest.tag, ...(set.tagParameters ?? [])].map((tag) => `tag=${tag}`);
    const path = `/v2/${name}/manifests/${manifest.digest}?${tags.join('&')}`;
    const headers = { 'Content-Type': manifest.mediaType };
    const { status } = await registry.send('PUT', path, { headers, body: manifest.bytes });
    expect([manifest.tag, status]).toEqual([manifest.tag, 201]);
  }
  return name;
}

/** Every tag that {@link load} sets, as tags are listed. */
export function tagsOf({ manifests, tagParameters = [] }: DataSet): string[] {
  const own = manifests.map(({ tag }) => tag);
  return [...own, ...(manifests.length > 0 ? tagParameters : [])].sort();
}

async function checkManifest(
  { registry, name }: Loaded,
  manifest: SetManifest,
  reference: string,
  method: 'GET' | 'HEAD',
): Promise<void> {
  const answer = await registry.send(method, `/v2/${name}/manifests/${reference}`);
  expect([reference, answer.status]).toEqual([reference, 200]);
  expect(answer.headers['content-type']).toBe(manifest.mediaType);
  expect(answer.headers['content-length']).toBe(String(manifest.bytes.length));
  const byTag = reference !== manifest.digest;
  // A tag does not say which algorithm is meant; every set is pushed with one, and answered with it.
  expect(digestHeader(answer)).toBe(manifest.digest);
  if (method === 'GET') expect(answer.body.equals(manifest.bytes), String(byTag)).toBe(true);
}

function manifestApi(
  name: string,
  method: 'GET' | 'HEAD',
  referencesOf: (manifest: SetManifest, set: DataSet) => readonly string[],
): ReadApi {
  return {
    name,
    clause: 'v1.1.1 end-3',
    applies: hasManifests,
    check: async (loaded) => {
      for (const manifest of loaded.set.manifests) {
        for (const reference of referencesOf(manifest, loaded.set)) {
          await checkManifest(loaded, manifest, reference, method);
        }
      }
    },
  };
}

const tagReferences = ({ tag }: SetManifest, { tagParameters = [] }: DataSet) => [
  tag,
  ...tagParameters,
];
const digestReferences = ({ digest }: SetManifest) => [digest];

function blobApi(name: string, method: 'GET' | 'HEAD'): ReadApi {
  return {
    name,
    clause: 'v1.1.1 end-2',
    applies: hasBlobs,
    check: async ({ registry, name: repository, set }) => {
      for (const { bytes, digest } of set.blobs) {
        const answer = await registry.send(method, `/v2/${repository}/blobs/${digest}`);
        expect([answer.status, digestHeader(answer)]).toEqual([200, digest]);
        expect(answer.headers['content-length']).toBe(String(bytes.length));
        if (method === 'GET') expect(answer.body.equals(bytes)).toBe(true);
      }
    },
  };
}

const blobRange: ReadApi = {
  name: 'Blob get range',
  clause: 'v1.1.1 #pulling-blobs',
  applies: hasBlobs,
  check: async ({ registry, name, set }) => {
    for (const { bytes, digest } of set.blobs) {
      const path = `/v2/${name}/blobs/${digest}`;
      const middle = Math.floor(bytes.length / 2);
      const headers = { Range: `bytes=${String(middle)}-` };
      const { status, body } = await registry.send('GET', path, { headers });
      if (bytes.length === 0) expect(status).toBe(416);
      else expect([status, body.equals(bytes.subarray(middle))]).toEqual([206, true]);
      const beyond = { Range: `bytes=${String(bytes.length)}-${String(bytes.length + 9)}` };
      expect((await registry.send('GET', path, { headers: beyond })).status).toBe(416);
    }
  },
};

const tagListing: ReadApi = {
  name: 'Tag listing',
  clause: 'v1.1.1 end-8a',
  applies: () => true,
  check: async ({ registry, name, set }) => {
    const expected = tagsOf(set);
    const answer = await registry.send('GET', `/v2/${name}/tags/list`);
    // The empty index needs no blob, but every set leaves a repository.
    expect(answer).toMatchObject({ status: 200, json: { name, tags: expected } });
    const pages = await allPages(registry, `/v2/${name}/tags/list?n=2`);
    const paged = pages.flatMap(({ json }) => (json as { readonly tags: string[] }).tags);
    expect(paged).toEqual(expected);
  },
};

const referrers: ReadApi = {
  name: 'Referrers',
  clause: 'v1.1.1 end-12a',
  applies: hasManifests,
  check: async ({ registry, name, set }) => {
    const subjects = new Set([absentDigest, ...set.manifests.map(({ digest }) => digest)]);
    for (const subject of subjects) {
      const path = `/v2/${name}/referrers/${subject}`;
      const expected = set.manifests
        .filter((manifest) => manifest.subject === subject)
        .map(({ mediaType, digest, bytes, listed }) => ({
          mediaType,
          digest,
          size: bytes.length,
          ...listed,
        }));
      const answer = await registry.send('GET', path);
      expect(answer.headers['content-type']).toBe(types.index);
      const { manifests } = answer.json as { readonly manifests: readonly unknown[] };
      expect(manifests).toHaveLength(expected.length);
      expect(manifests).toEqual(expect.arrayContaining(expected));
    }
  },
};

const ping: ReadApi = {
  name: 'Ping',
  clause: 'v1.1.1 end-1',
  applies: () => true,
  check: async ({ registry }) => {
    expect((await registry.send('GET', '/v2/')).status).toBe(200);
  },
};

export const readApis: readonly ReadApi[] = [
  ping,
  tagListing,
  blobApi('Blob get', 'GET'),
  blobApi('Blob head', 'HEAD'),
  blobRange,
  manifestApi('Manifest get by digest', 'GET', digestReferences),
  manifestApi('Manifest get by tag', 'GET', tagReferences),
  manifestApi('Manifest head by digest', 'HEAD', digestReferences),
  manifestApi('Manifest head by tag', 'HEAD', tagReferences),
  referrers,
];
