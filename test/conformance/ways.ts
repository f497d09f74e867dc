import { expect } from 'vitest';
import type { Digest } from '../../src/spec/index.ts';
import type { TestAnswer } from '../support/http-request.ts';
import type { Clause } from './cases.ts';
import { locationOf, type Registry, withQuery } from './registry.ts';

export interface BlobPush {
  readonly name: string;
  readonly bytes: Buffer;
  /** What the client says the digest is. */
  readonly digest: string;
}

/** One way in which a blob can be pushed. */
export interface Way {
  readonly name: string;
  readonly clause: Clause;
  /** The answer that ends the push, whatever it is. */
  readonly push: (registry: Registry, blob: BlobPush) => Promise<TestAnswer>;
}

const octets = { 'Content-Type': 'application/octet-stream' };

/** Three chunks, unless there is too little. */
export function chunksOf(bytes: Buffer): readonly Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / 3));
  const starts = [0, size, 2 * size].filter((start) => start < bytes.length);
  return starts.map((start) => bytes.subarray(start, start + size));
}

export function chunkHeaders(start: number, { length }: Buffer): Record<string, string> {
  return { ...octets, 'Content-Range': `${String(start)}-${String(start + length - 1)}` };
}

/** Sends chunks with PATCH, and says where the upload goes on. */
async function patchAll(registry: Registry, from: string, chunks: readonly Buffer[]) {
  let [location, start] = [from, 0];
  for (const body of chunks) {
    const headers = chunkHeaders(start, body);
    const answer = await registry.send('PATCH', location, { headers, body });
    start += body.length;
    expect(answer.status).toBe(202);
    expect(answer.headers.range).toBe(`0-${String(start - 1)}`);
    location = locationOf(registry, answer);
  }
  return { location, start };
}

async function pushInChunks(registry: Registry, { name, bytes, digest }: BlobPush, query = '') {
  const begun = await registry.startUpload(name, query);
  const { location } = await patchAll(registry, begun, chunksOf(bytes));
  return registry.send('PUT', withQuery(location, 'digest', digest));
}

export const ways: readonly Way[] = [
  {
    name: 'in a single POST',
    clause: 'v1.1.1 end-4b',
    push: (registry, { name, bytes, digest }) => {
      const path = `/v2/${name}/blobs/uploads/?digest=${digest}`;
      return registry.send('POST', path, { headers: octets, body: bytes });
    },
  },
  {
    name: 'by POST, then PUT',
    clause: 'v1.1.1 end-6',
    push: async (registry, { name, bytes, digest }) => {
      const location = await registry.startUpload(name);
      const path = withQuery(location, 'digest', digest);
      return registry.send('PUT', path, { headers: octets, body: bytes });
    },
  },
  {
    name: 'by POST, then PUT without a Content-Length',
    clause: 'RFC 9110 §8.6',
    push: async (registry, { name, bytes, digest }) => {
      const location = await registry.startUpload(name);
      const path = withQuery(location, 'digest', digest);
      return registry.send('PUT', path, { headers: octets, body: bytes, chunked: true });
    },
  },
  {
    name: 'in chunks, closed by an empty PUT',
    clause: 'v1.1.1 end-5',
    push: (registry, blob) => pushInChunks(registry, blob),
  },
  {
    name: 'in chunks, the last of them in the PUT',
    clause: 'v1.1.1 end-5',
    push: async (registry, { name, bytes, digest }) => {
      const chunks = chunksOf(bytes);
      const begun = await registry.startUpload(name);
      const { location, start } = await patchAll(registry, begun, chunks.slice(0, -1));
      const body = chunks.at(-1) ?? Buffer.alloc(0);
      const headers = body.length === 0 ? octets : chunkHeaders(start, body);
      return registry.send('PUT', withQuery(location, 'digest', digest), { headers, body });
    },
  },
  {
    name: 'in chunks, with the algorithm said first',
    clause: '967efdc end-4c',
    push: (registry, blob) => {
      const algorithm = /^sha512:/u.test(blob.digest) ? 'sha512' : 'sha256';
      return pushInChunks(registry, blob, `?digest-algorithm=${algorithm}`);
    },
  },
  {
    name: 'as a stream: PATCH without Content-Range',
    clause: 'v1.1.1 end-5',
    push: async (registry, { name, bytes, digest }) => {
      const begun = await registry.startUpload(name);
      const request = { headers: octets, body: bytes, chunked: true };
      const answer = await registry.send('PATCH', begun, request);
      expect(answer.status).toBe(202);
      const location = withQuery(locationOf(registry, answer), 'digest', digest);
      return registry.send('PUT', location);
    },
  },
];

/** What follows every push that succeeded: the Location leads to the bytes. */
export async function expectPushed(
  registry: Registry,
  { name, bytes, digest }: BlobPush & { readonly digest: Digest },
  answer: TestAnswer,
): Promise<void> {
  expect(answer.status).toBe(201);
  expect(answer.headers['docker-content-digest']).toBe(digest);
  for (const path of [locationOf(registry, answer), `/v2/${name}/blobs/${digest}`]) {
    const { status, body } = await registry.send('GET', path);
    expect([status, body.equals(bytes)]).toEqual([200, true]);
  }
}
