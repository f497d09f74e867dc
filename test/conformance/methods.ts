import { expect } from 'vitest';
import { expectRefusal, type Group, oncePerRegistry, type ReadCase } from './cases.ts';
import { absentDigest, newRepository } from './documents.ts';

const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

interface Endpoint {
  readonly id: string;
  readonly path: (name: string) => string;
  readonly allowed: readonly string[];
}

const endpoints: readonly Endpoint[] = [
  { id: 'end-1', path: () => '/v2/', allowed: ['GET', 'HEAD'] },
  {
    id: 'end-2',
    path: (name) => `/v2/${name}/blobs/${absentDigest}`,
    allowed: ['GET', 'HEAD', 'DELETE'],
  },
  {
    id: 'end-3',
    path: (name) => `/v2/${name}/manifests/latest`,
    allowed: ['GET', 'HEAD', 'PUT', 'DELETE'],
  },
  { id: 'end-4a', path: (name) => `/v2/${name}/blobs/uploads/`, allowed: ['POST'] },
  {
    id: 'end-5',
    path: (name) => `/v2/${name}/blobs/uploads/0`,
    allowed: ['GET', 'PATCH', 'PUT', 'DELETE'],
  },
  { id: 'end-8a', path: (name) => `/v2/${name}/tags/list`, allowed: ['GET', 'HEAD'] },
  {
    id: 'end-12a',
    path: (name) => `/v2/${name}/referrers/${absentDigest}`,
    allowed: ['GET', 'HEAD'],
  },
];

const emptyRepository = oncePerRegistry(newRepository);

const methods: readonly ReadCase[] = endpoints.flatMap(({ id, path, allowed }) =>
  all
    .filter((method) => !allowed.includes(method))
    .map((method): ReadCase => ({
      clause: 'RFC 9110 §15.5.6',
      name: `${method} of ${id} gives 405 and says what is allowed`,
      prepare: async (writer) => {
        const name = await emptyRepository(writer);
        return async (reader) => {
          const answer = await reader.send(method, path(name));
          if (method === 'HEAD') expect(answer.status).toBe(405);
          else expectRefusal(answer, 405, 'UNSUPPORTED');
          const allow = String(answer.headers.allow).split(', ').filter(Boolean);
          expect(allowed).toEqual(expect.arrayContaining(allow));
          expect(allow).not.toContain(method);
        };
      },
    })),
);

const elsewhere = [
  '/v2/_nothing',
  '/v2/a/nothing',
  '/v2/a/tags',
  '/v2/a/tags/lists',
  '/v2/manifests/v1',
];

const paths: readonly ReadCase[] = [
  {
    clause: 'v1.1.1 end-1',
    name: 'GET /v2/ says that this is a registry',
    prepare: () =>
      Promise.resolve(async (reader) => {
        const answer = await reader.send('GET', '/v2/');
        expect(answer).toMatchObject({ status: 200, json: {} });
        expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
      }),
  },
  ...elsewhere.map((path): ReadCase => ({
    clause: 'v1.1.1 #endpoints',
    name: `${path} is no endpoint`,
    prepare: () =>
      Promise.resolve(async (reader) => {
        expect((await reader.send('GET', path)).status).toBe(404);
      }),
  })),
];

export const methodCases: readonly Group<ReadCase>[] = [
  { title: 'endpoints', cases: paths },
  { title: 'methods', cases: methods },
];
