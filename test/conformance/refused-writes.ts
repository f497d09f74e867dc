import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import { expectRefusal, type Group, type ReadCase } from './cases.ts';
import { absentDigest, image, repositoryWithImage } from './documents.ts';

interface Write {
  readonly name: string;
  readonly method: string;
  /** Below the repository, given the digest of its image. */
  readonly path: (digest: string) => string;
  readonly body?: string | Buffer;
}

const blob = Buffer.from('not taken');
const {
  bytes: other,
  mediaType,
  digest: otherDigest,
} = image({ annotations: { 'not.taken': '' } });

const writes: readonly Write[] = [
  { name: 'starting an upload', method: 'POST', path: () => 'blobs/uploads/' },
  {
    name: 'a blob in a single POST',
    method: 'POST',
    path: () => `blobs/uploads/?digest=${digestOf(blob)}`,
    body: blob,
  },
  { name: 'a mount', method: 'POST', path: () => `blobs/uploads/?mount=${absentDigest}&from=a/b` },
  { name: 'a chunk', method: 'PATCH', path: () => 'blobs/uploads/0', body: blob },
  {
    name: 'closing an upload',
    method: 'PUT',
    path: () => `blobs/uploads/0?digest=${digestOf(blob)}`,
    body: blob,
  },
  { name: 'asking for an upload', method: 'GET', path: () => 'blobs/uploads/0' },
  { name: 'cancelling an upload', method: 'DELETE', path: () => 'blobs/uploads/0' },
  { name: 'a manifest by tag', method: 'PUT', path: () => 'manifests/latest', body: other },
  {
    name: 'a manifest by digest',
    method: 'PUT',
    path: () => `manifests/${otherDigest}`,
    body: other,
  },
  {
    name: 'a tag by parameter',
    method: 'PUT',
    path: () => `manifests/${otherDigest}?tag=new`,
    body: other,
  },
  { name: 'deleting a tag', method: 'DELETE', path: () => 'manifests/latest' },
  { name: 'deleting a manifest', method: 'DELETE', path: (digest) => `manifests/${digest}` },
  { name: 'deleting a blob', method: 'DELETE', path: () => `blobs/${digestOf(Buffer.from('{}'))}` },
];

const cases: readonly ReadCase[] = writes.map(({ name: title, method, path, body }): ReadCase => ({
  clause: 'v1.1.1 #content-management',
  name: `${title} is refused, and nothing changes`,
  prepare: async (writer) => {
    const { name, manifest } = await repositoryWithImage(writer);
    return async (reader) => {
      const request = body === undefined ? {} : { body, headers: { 'Content-Type': mediaType } };
      const target = `/v2/${name}/${path(manifest.digest)}`;
      const answer = await reader.send(method, target, request);
      expectRefusal(answer, 405, 'UNSUPPORTED');
      expect(String(answer.headers.allow)).not.toContain(method);
      const pulled = await reader.send('GET', `/v2/${name}/manifests/latest`);
      expect(pulled.body.equals(manifest.bytes)).toBe(true);
      const { json } = await reader.send('GET', `/v2/${name}/tags/list`);
      expect(json).toEqual({ name, tags: ['latest'] });
      const absent = await reader.send('GET', `/v2/${name}/blobs/${digestOf(blob)}`);
      expect(absent.status).toBe(404);
    };
  },
}));

/** What a read-only server says to writers. */
export const refusedWrites: readonly Group<ReadCase>[] = [{ title: 'writes', cases }];
