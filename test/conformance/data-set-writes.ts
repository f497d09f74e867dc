import { expect } from 'vitest';
import { locationOf, type Registry, withQuery } from './registry.ts';
import type { Clause } from './cases.ts';
import { load, type Loaded, tagsOf } from './data-set-reads.ts';
import type { DataSet, SetManifest } from './set-parts.ts';
import { chunkHeaders, chunksOf, expectPushed, type Way, ways } from './ways.ts';

/** One of the APIs that change a repository, tried with all of a data set in a repository of its own. */
export interface WriteApi {
  readonly name: string;
  readonly clause: Clause;
  readonly applies: (set: DataSet) => boolean;
  readonly run: (registry: Registry, set: DataSet) => Promise<void>;
}

const hasBlobs = ({ blobs }: DataSet) => blobs.length > 0;
const hasManifests = ({ manifests }: DataSet) => manifests.length > 0;

function way(part: string): Way {
  const found = ways.find(({ name }) => name.startsWith(part));
  if (found === undefined) throw new Error(`no way begins with "${part}"`);
  return found;
}

function pushApi(name: string, used: Way): WriteApi {
  return {
    name,
    clause: used.clause,
    applies: hasBlobs,
    run: async (registry, set) => {
      const repository = registry.newName();
      for (const { bytes, digest } of set.blobs) {
        const blob = { name: repository, bytes, digest };
        await expectPushed(registry, blob, await used.push(registry, blob));
      }
    },
  };
}

function mountApi(name: string, withSource: boolean): WriteApi {
  return {
    name,
    clause: 'v1.1.1 end-11',
    applies: hasBlobs,
    run: async (registry, set) => {
      const [from, into] = [registry.newName(), registry.newName()];
      for (const { bytes, algorithm } of set.blobs) {
        const digest = await registry.pushBlob(from, bytes, algorithm);
        const source = withSource ? `&from=${from}` : '';
        const path = `/v2/${into}/blobs/uploads/?mount=${digest}${source}`;
        const answer = await registry.send('POST', path, { reads: [from] });
        await expectPushed(registry, { name: into, bytes, digest }, answer);
      }
    },
  };
}

const cancel: WriteApi = {
  name: 'Blob upload cancel',
  clause: '967efdc end-14',
  applies: hasBlobs,
  run: async (registry, set) => {
    const name = registry.newName();
    for (const { bytes, digest } of set.blobs) {
      let location = await registry.startUpload(name);
      const [first] = chunksOf(bytes);
      if (first !== undefined) {
        const request = { headers: chunkHeaders(0, first), body: first };
        location = locationOf(registry, await registry.send('PATCH', location, request));
      }
      expect((await registry.send('DELETE', location)).status).toBe(204);
      expect((await registry.send('GET', location)).status).toBe(404);
      const path = withQuery(location, 'digest', digest);
      expect((await registry.send('PUT', path, { body: bytes })).status).toBe(404);
      expect((await registry.send('HEAD', `/v2/${name}/blobs/${digest}`)).status).toBe(404);
    }
  },
};

async function pushBlobs(registry: Registry, set: DataSet): Promise<string> {
  const name = registry.newName();
  for (const { bytes, algorithm } of set.blobs) await registry.pushBlob(name, bytes, algorithm);
  return name;
}

async function putManifest(
  registry: Registry,
  name: string,
  manifest: SetManifest,
  reference: string,
) {
  const headers = { 'Content-Type': manifest.mediaType };
  const path = `/v2/${name}/manifests/${reference}`;
  const answer = await registry.send('PUT', path, { headers, body: manifest.bytes });
  expect([reference, answer.status]).toEqual([reference, 201]);
  const pulled = await registry.send('GET', locationOf(registry, answer));
  expect([pulled.status, pulled.body.equals(manifest.bytes)]).toEqual([200, true]);
  return answer;
}

function putApi(
  name: string,
  clause: Clause,
  check: (pushed: { registry: Registry; repository: string; set: DataSet }) => Promise<void>,
): WriteApi {
  return {
    name,
    clause,
    applies: hasManifests,
    run: async (registry, set) => {
      await check({ registry, repository: await pushBlobs(registry, set), set });
    },
  };
}

/** A push by tag has to be with the digest that the manifests pointing there use. */
const namesSha512 = ({ blobs, manifests }: DataSet) =>
  [...blobs, ...manifests].some(({ digest }) => digest.startsWith('sha512:'));

const puts: readonly WriteApi[] = [
  putApi('Manifest put by digest', 'v1.1.1 end-7a', async ({ registry, repository, set }) => {
    for (const manifest of set.manifests) {
      const { headers } = await putManifest(registry, repository, manifest, manifest.digest);
      expect(headers['docker-content-digest']).toBe(manifest.digest);
    }
  }),
  {
    ...putApi('Manifest put by tag', 'v1.1.1 end-7a', async ({ registry, repository, set }) => {
      for (const manifest of set.manifests) {
        // A child pushed by tag alone has the usual digest; with another it has to be pushed by that.
        if (namesSha512(set)) await putManifest(registry, repository, manifest, manifest.digest);
        await putManifest(registry, repository, manifest, manifest.tag);
        const path = `/v2/${repository}/manifests/${manifest.tag}`;
        const { body } = await registry.send('GET', path);
        expect(body.equals(manifest.bytes)).toBe(true);
      }
    }),
  },
  putApi(
    'Manifest put with tag params',
    '967efdc end-7b',
    async ({ registry, repository, set }) => {
      for (const manifest of set.manifests) {
        const tags = [manifest.tag, ...(set.tagParameters ?? ['also', 'and-also'])];
        const query = tags.map((tag) => `tag=${tag}`).join('&');
        const reference = `${manifest.digest}?${query}`;
        const { headers } = await putManifest(registry, repository, manifest, reference);
        expect(String(headers['oci-tag']).split(', ')).toEqual(tags);
        for (const tag of tags) {
          const head = await registry.send('HEAD', `/v2/${repository}/manifests/${tag}`);
          expect(head.headers['docker-content-digest']).toBe(manifest.digest);
        }
      }
    },
  ),
  putApi(
    'Manifest put with subject',
    'v1.1.1 #pushing-manifests-with-subject',
    async ({ registry, repository, set }) => {
      for (const manifest of set.manifests) {
        const { headers } = await putManifest(registry, repository, manifest, manifest.digest);
        expect(headers['oci-subject']).toBe(manifest.subject);
      }
    },
  ),
];

/** Deletes something of a loaded set, and then looks what is left. */
function deleteApi(
  name: string,
  clause: Clause,
  applies: WriteApi['applies'],
  check: (loaded: Loaded) => Promise<void>,
): WriteApi {
  return {
    name,
    clause,
    applies,
    run: async (registry, set) => check({ registry, name: await load(registry, set), set }),
  };
}

async function expectDeleted({ registry }: Loaded, path: string): Promise<void> {
  expect((await registry.send('DELETE', path)).status).toBe(202);
}

async function expectGone({ registry }: Loaded, path: string): Promise<void> {
  for (const method of ['GET', 'HEAD', 'DELETE']) {
    const { status } = await registry.send(method, path);
    expect([method, path, status]).toEqual([method, path, 404]);
  }
}

const deletes: readonly WriteApi[] = [
  deleteApi('Tag delete', 'v1.1.1 #deleting-tags', hasManifests, async (loaded) => {
    for (const tag of tagsOf(loaded.set)) {
      await expectDeleted(loaded, `/v2/${loaded.name}/manifests/${tag}`);
    }
    for (const { digest } of loaded.set.manifests) {
      const path = `/v2/${loaded.name}/manifests/${digest}`;
      expect((await loaded.registry.send('HEAD', path)).status).toBe(200);
    }
  }),
  deleteApi('Tag delete atomic', 'v1.1.1 #deleting-tags', hasManifests, async (loaded) => {
    const left = tagsOf(loaded.set);
    for (const tag of [...left]) {
      const path = `/v2/${loaded.name}/manifests/${tag}`;
      await expectDeleted(loaded, path);
      await expectGone(loaded, path);
      left.shift();
      const { json } = await loaded.registry.send('GET', `/v2/${loaded.name}/tags/list`);
      expect(json).toEqual({ name: loaded.name, tags: left });
    }
  }),
  deleteApi('Manifest delete', 'v1.1.1 #deleting-manifests', hasManifests, async (loaded) => {
    for (const { digest } of [...loaded.set.manifests].reverse()) {
      await expectDeleted(loaded, `/v2/${loaded.name}/manifests/${digest}`);
    }
  }),
  deleteApi(
    'Manifest delete atomic',
    'v1.1.1 #deleting-manifests',
    hasManifests,
    async (loaded) => {
      const { registry, name, set } = loaded;
      for (const { digest, tag, subject } of set.manifests) {
        const path = `/v2/${name}/manifests/${digest}`;
        await expectDeleted(loaded, path);
        await expectGone(loaded, path);
        await expectGone(loaded, `/v2/${name}/manifests/${tag}`);
        if (subject === undefined) continue;
        const { body } = await registry.send('GET', `/v2/${name}/referrers/${subject}`);
        expect(body.toString()).not.toContain(digest);
      }
      const { json } = await registry.send('GET', `/v2/${name}/tags/list`);
      expect(json).toEqual({ name, tags: [] });
    },
  ),
  deleteApi('Blob delete', 'v1.1.1 #deleting-blobs', hasBlobs, async (loaded) => {
    for (const { digest } of loaded.set.blobs) {
      await expectDeleted(loaded, `/v2/${loaded.name}/blobs/${digest}`);
    }
  }),
  deleteApi('Blob delete atomic', 'v1.1.1 #deleting-blobs', hasBlobs, async (loaded) => {
    for (const { digest } of loaded.set.blobs) {
      const path = `/v2/${loaded.name}/blobs/${digest}`;
      await expectDeleted(loaded, path);
      await expectGone(loaded, path);
    }
  }),
];

export const writeApis: readonly WriteApi[] = [
  pushApi('Blob push', way('by POST, then PUT without')),
  pushApi('Blob post only', way('in a single POST')),
  pushApi('Blob post put', way('by POST, then PUT')),
  pushApi('Blob chunked', way('in chunks, closed')),
  pushApi('Blob streaming', way('as a stream')),
  mountApi('Blob mount', true),
  mountApi('Blob anonymous mount', false),
  cancel,
  ...puts,
  ...deletes,
];
