import { expect } from 'vitest';
import { expectRefusal, type Group, type WriteCase } from './cases.ts';
import { absentDigest } from './documents.ts';
import { locationOf, withQuery } from './registry.ts';
import { expectPushed } from './ways.ts';

interface Mount {
  readonly name: string;
  /** The query of the POST, given a digest and a repository that has it. */
  readonly query: (digest: string, from: string) => string;
  readonly status: 201 | 202;
}

const mountRows: readonly Mount[] = [
  {
    name: 'from the repository named',
    query: (digest, from) => `mount=${digest}&from=${from}`,
    status: 201,
  },
  {
    name: 'from a name with encoded slashes',
    query: (digest, from) => `mount=${digest}&from=${encodeURIComponent(from)}`,
    status: 201,
  },
  { name: 'from wherever it is', query: (digest) => `mount=${digest}`, status: 201 },
  {
    name: 'a blob that the source lacks: an upload begins',
    query: (_, from) => `mount=${absentDigest}&from=${from}`,
    status: 202,
  },
  {
    name: 'a blob that nobody has: an upload begins',
    query: () => `mount=${absentDigest}`,
    status: 202,
  },
  {
    name: 'from a repository that does not exist: an upload begins',
    query: (digest) => `mount=${digest}&from=nobody/has/this`,
    status: 202,
  },
  {
    name: 'from what is no name: an upload begins',
    query: (digest) => `mount=${digest}&from=../etc`,
    status: 202,
  },
];

const mounting: readonly WriteCase[] = [
  ...mountRows.map(({ name: title, query, status }): WriteCase => ({
    clause: 'v1.1.1 end-11',
    name: `mounts ${title}`,
    run: async (registry) => {
      const [from, name] = [registry.newName(), registry.newName()];
      const bytes = Buffer.from(`mounted into ${name}`);
      const digest = await registry.pushBlob(from, bytes);
      const path = `/v2/${name}/blobs/uploads/?${query(digest, from)}`;
      const answer = await registry.send('POST', path, { reads: [from] });
      expect(answer.status).toBe(status);
      const location = locationOf(registry, answer);
      if (status === 201) {
        await expectPushed(registry, { name, bytes, digest }, answer);
        return;
      }
      const closed = await registry.send('PUT', withQuery(location, 'digest', digest), {
        body: bytes,
      });
      await expectPushed(registry, { name, bytes, digest }, closed);
    },
  })),
  {
    clause: 'v1.1.1 end-11',
    name: 'a mounted blob stays when it is deleted at its source',
    run: async (registry) => {
      const [from, name] = [registry.newName(), registry.newName()];
      const digest = await registry.pushBlob(from, `stays in ${name}`);
      const path = `/v2/${name}/blobs/uploads/?mount=${digest}&from=${from}`;
      expect((await registry.send('POST', path, { reads: [from] })).status).toBe(201);
      expect((await registry.send('DELETE', `/v2/${from}/blobs/${digest}`)).status).toBe(202);
      expect((await registry.send('HEAD', `/v2/${name}/blobs/${digest}`)).status).toBe(200);
    },
  },
  ...['sha256:bad', `md5:${'0'.repeat(32)}`, ''].map((digest): WriteCase => ({
    clause: '967efdc #pushing-blobs',
    name: `mounting "${digest}" is refused`,
    run: async (registry) => {
      const path = `/v2/${registry.newName()}/blobs/uploads/?mount=${digest}&from=a/b`;
      expectRefusal(await registry.send('POST', path), 400, 'DIGEST_INVALID');
    },
  })),
];

export const mountCases: readonly Group<WriteCase>[] = [
  { title: 'mounting blobs', cases: mounting },
];
