import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import { bytesOf, expectRefusal, type Group, type WriteCase } from './cases.ts';
import { tenOfThirty } from './chunks.ts';
import { withQuery } from './registry.ts';
import { expectPushed, ways } from './ways.ts';

const sessions: readonly WriteCase[] = [
  {
    clause: 'v1.1.1 end-4a',
    name: 'every upload has a location of its own, and they do not mix',
    run: async (registry) => {
      const name = registry.newName();
      const bodies = ['one', 'two', 'three'].map((text) => Buffer.from(text));
      const locations = await Promise.all(bodies.map(() => registry.startUpload(name)));
      expect(new Set(locations).size).toBe(3);
      await Promise.all(
        bodies.map(async (bytes, at) => {
          const digest = digestOf(bytes);
          const path = withQuery(locations[at] ?? '', 'digest', digest);
          const answer = await registry.send('PUT', path, { body: bytes });
          await expectPushed(registry, { name, bytes, digest }, answer);
        }),
      );
    },
  },
  {
    clause: 'v1.1.1 #layer-upload-de-duplication',
    name: 'two uploads of the same blob at once both succeed',
    run: async (registry) => {
      const name = registry.newName();
      const bytes = bytesOf(100_000, name);
      const digest = digestOf(bytes);
      const [first, ...others] = await Promise.all(
        ways.slice(0, 4).map(({ push }) => push(registry, { name, bytes, digest })),
      );
      expect(others.map(({ status }) => status)).toEqual([201, 201, 201]);
      await expectPushed(registry, { name, bytes, digest }, first!);
    },
  },
  {
    clause: '967efdc end-14',
    name: 'DELETE cancels an upload: nothing of it can be asked for or closed any more',
    run: async (registry) => {
      const { bytes, digest, location } = await tenOfThirty(registry);
      const cancelled = await registry.send('DELETE', location, {
        headers: { 'Content-Length': '0' },
      });
      expect(cancelled.status).toBe(204);
      const close = withQuery(location, 'digest', digest);
      for (const [method, path] of [
        ['GET', location],
        ['PATCH', location],
        ['PUT', close],
        ['DELETE', location],
      ] as const) {
        const body = method === 'GET' ? {} : { body: bytes };
        const answer = await registry.send(method, path, body);
        expectRefusal(answer, 404, 'BLOB_UPLOAD_UNKNOWN');
      }
    },
  },
  {
    clause: '967efdc end-14',
    name: 'an upload can be cancelled before its first byte',
    run: async (registry) => {
      const location = await registry.startUpload(registry.newName());
      expect((await registry.send('DELETE', location)).status).toBe(204);
      expect((await registry.send('GET', location)).status).toBe(404);
    },
  },
  {
    clause: 'v1.1.1 end-6',
    name: 'a closed upload is over',
    run: async (registry) => {
      const name = registry.newName();
      const location = await registry.startUpload(name);
      const bytes = Buffer.from('closed');
      const path = withQuery(location, 'digest', digestOf(bytes));
      expect((await registry.send('PUT', path, { body: bytes })).status).toBe(201);
      expectRefusal(await registry.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
      const again = await registry.send('PUT', path, { body: bytes });
      expectRefusal(again, 404, 'BLOB_UPLOAD_UNKNOWN');
    },
  },
  {
    clause: 'v1.1.1 end-6',
    name: 'an upload of another repository, or of nobody, is unknown',
    run: async (registry) => {
      const location = await registry.startUpload(registry.newName());
      const other = registry.newName();
      await registry.pushBlob(other, 'there');
      const id = location.split('/').at(-1) ?? '';
      const invented = ['nobody', '..', '%2e%2e%2fblobs', id.toUpperCase(), `${id}0`];
      for (const text of [id, ...invented]) {
        const path = `/v2/${other}/blobs/uploads/${text}`;
        const { status } = await registry.send('PATCH', path, { body: 'x' });
        expect([text, status]).toEqual([text, 404]);
      }
      expect((await registry.send('DELETE', location)).status).toBe(204);
    },
  },
  {
    clause: 'v1.1.1 end-6',
    name: 'closing an upload without a digest is refused, and it can go on',
    run: async (registry) => {
      const { name, bytes, digest, location } = await tenOfThirty(registry);
      expectRefusal(await registry.send('PUT', location), 400, 'DIGEST_INVALID');
      const body = bytes.subarray(10);
      const closed = await registry.send('PUT', withQuery(location, 'digest', digest), { body });
      await expectPushed(registry, { name, bytes, digest }, closed);
    },
  },
  {
    clause: 'v1.1.1 end-6',
    name: 'pushing a blob that is there already is no error',
    run: async (registry) => {
      const name = registry.newName();
      const bytes = Buffer.from('again');
      const blob = { name, bytes, digest: digestOf(bytes) };
      for (const { push } of [...ways, ...ways]) {
        await expectPushed(registry, blob, await push(registry, blob));
      }
    },
  },
  {
    clause: 'RFC 9110 §10.1.1',
    name: 'a client that waits for 100 Continue gets it',
    run: async (registry) => {
      const bytes = Buffer.from('patient');
      const name = registry.newName();
      const path = `/v2/${name}/blobs/uploads/?digest=${digestOf(bytes)}`;
      const headers = { Expect: '100-continue' };
      const answer = await registry.send('POST', path, { headers, body: bytes });
      await expectPushed(registry, { name, bytes, digest: digestOf(bytes) }, answer);
    },
  },
];

export const sessionCases: readonly Group<WriteCase>[] = [
  { title: 'upload sessions', cases: sessions },
];
