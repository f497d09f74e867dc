import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import { bytesOf, expectRefusal, type Group, type WriteCase } from './cases.ts';
import { locationOf, type Registry, withQuery } from './registry.ts';
import { chunkHeaders, expectPushed } from './ways.ts';

/** A session that has taken 10 of the 30 bytes of its blob. */
export async function tenOfThirty(registry: Registry) {
  const bytes = bytesOf(30, 'thirty');
  const name = registry.newName();
  const first = bytes.subarray(0, 10);
  const begun = await registry.startUpload(name);
  const answer = await registry.send('PATCH', begun, {
    headers: chunkHeaders(0, first),
    body: first,
  });
  expect(answer.status).toBe(202);
  return { name, bytes, digest: digestOf(bytes), location: locationOf(registry, answer) };
}

/** Content-Range of the next chunk when ten bytes are there. */
const misplaced = ['0-9', '9-18', '11-20', '20-29', '10-5', '-5', '10-', 'a-b', '5', '1e1-19'];

const chunks: readonly WriteCase[] = [
  ...(['PATCH', 'PUT'] as const).flatMap((method) =>
    misplaced.map((range): WriteCase => ({
      clause: method === 'PATCH' ? 'v1.1.1 end-5' : '967efdc end-6',
      name: `${method} of ${range} after 0-9 gives 416, and the upload can go on`,
      run: async (registry) => {
        const { name, bytes, digest, location } = await tenOfThirty(registry);
        const body = bytes.subarray(0, 10);
        const path = method === 'PUT' ? withQuery(location, 'digest', digest) : location;
        const headers = { 'Content-Range': range };
        const refused = await registry.send(method, path, { headers, body });
        expectRefusal(refused, 416, 'BLOB_UPLOAD_INVALID');
        const state = await registry.send('GET', location);
        expect([state.status, state.headers.range]).toEqual([204, '0-9']);
        const rest = bytes.subarray(10);
        const last = withQuery(locationOf(registry, state), 'digest', digest);
        const request = { headers: chunkHeaders(10, rest), body: rest };
        const closed = await registry.send('PUT', last, request);
        await expectPushed(registry, { name, bytes, digest }, closed);
      },
    })),
  ),
  {
    clause: 'v1.1.1 end-5',
    name: 'the first chunk has to begin at 0',
    run: async (registry) => {
      const location = await registry.startUpload(registry.newName());
      const body = Buffer.alloc(10);
      const headers = chunkHeaders(10, body);
      const answer = await registry.send('PATCH', location, { headers, body });
      expectRefusal(answer, 416, 'BLOB_UPLOAD_INVALID');
      const state = await registry.send('GET', location);
      expect([state.status, state.headers.range]).toEqual([204, expect.stringMatching(/^0-\d+$/u)]);
      await registry.send('DELETE', location);
    },
  },
  {
    clause: 'v1.1.1 end-13',
    name: 'GET of an upload says how much has arrived, each time',
    run: async (registry) => {
      const { bytes, location } = await tenOfThirty(registry);
      const second = bytes.subarray(10, 25);
      const request = { headers: chunkHeaders(10, second), body: second };
      await registry.send('PATCH', location, request);
      const { status, headers } = await registry.send('GET', location);
      expect([status, headers.range]).toEqual([204, '0-24']);
      expect(headers.location).toBeDefined();
      await registry.send('DELETE', location);
    },
  },
  {
    clause: 'v1.1.1 #pushing-a-blob-in-chunks',
    name: 'a chunk whose length is not that of its range is refused, and nothing of it kept',
    run: async (registry) => {
      const { bytes, location } = await tenOfThirty(registry);
      const headers = { 'Content-Range': '10-29' };
      const body = bytes.subarray(10, 15);
      const answer = await registry.send('PATCH', location, { headers, body });
      expectRefusal(answer, 400, 'SIZE_INVALID');
      expect((await registry.send('GET', location)).headers.range).toBe('0-9');
      await registry.send('DELETE', location);
    },
  },
  {
    clause: '967efdc end-4c',
    name: 'an algorithm that nobody has is refused at the start',
    run: async (registry) => {
      for (const algorithm of ['md5', 'sha3', '', 'SHA512']) {
        const path = `/v2/${registry.newName()}/blobs/uploads/?digest-algorithm=${algorithm}`;
        expectRefusal(await registry.send('POST', path), 400, 'DIGEST_INVALID');
      }
    },
  },
  {
    clause: '967efdc end-4c',
    name: 'the closing digest decides, whatever algorithm was said first',
    run: async (registry) => {
      const bytes = bytesOf(5000, 'algorithms');
      for (const [said, used] of [['sha512', 'sha256'] as const, ['sha256', 'sha512'] as const]) {
        const name = registry.newName();
        const location = await registry.startUpload(name, `?digest-algorithm=${said}`);
        await registry.send('PATCH', location, { headers: chunkHeaders(0, bytes), body: bytes });
        const digest = digestOf(bytes, used);
        const closed = await registry.send('PUT', withQuery(location, 'digest', digest));
        await expectPushed(registry, { name, bytes, digest }, closed);
      }
    },
  },
];

export const chunkCases: readonly Group<WriteCase>[] = [
  { title: 'chunks in and out of order', cases: chunks },
];
