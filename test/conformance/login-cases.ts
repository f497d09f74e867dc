import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import { type Clause, expectRefusal, type Group, type WriteCase } from './cases.ts';
import { absentDigest, image, repositoryWithImage } from './documents.ts';
import { basicLogin, user } from './setups.ts';
import type { Registry } from './registry.ts';

export interface Endpoint {
  readonly clause: Clause;
  readonly method: string;
  /** Below `/v2/`, given the name of a repository. */
  readonly path: (name: string) => string;
  readonly body?: Buffer;
  /** What a token has to allow; nothing for the probe. */
  readonly actions: readonly string[];
}

const blob = Buffer.from('for those who may');
const manifest = image({ annotations: { 'org.example.for': 'those who may' } });

/** Every endpoint once. */
export const endpoints: readonly Endpoint[] = [
  { clause: 'v1.1.1 end-1', method: 'GET', path: () => '', actions: [] },
  {
    clause: 'v1.1.1 end-2',
    method: 'GET',
    path: (name) => `${name}/blobs/${absentDigest}`,
    actions: ['pull'],
  },
  {
    clause: 'v1.1.1 end-3',
    method: 'GET',
    path: (name) => `${name}/manifests/latest`,
    actions: ['pull'],
  },
  {
    clause: 'v1.1.1 end-3',
    method: 'HEAD',
    path: (name) => `${name}/manifests/latest`,
    actions: ['pull'],
  },
  {
    clause: 'v1.1.1 end-4a',
    method: 'POST',
    path: (name) => `${name}/blobs/uploads/`,
    actions: ['pull', 'push'],
  },
  {
    clause: 'v1.1.1 end-4b',
    method: 'POST',
    path: (name) => `${name}/blobs/uploads/?digest=${digestOf(blob)}`,
    body: blob,
    actions: ['pull', 'push'],
  },
  {
    clause: 'v1.1.1 end-5',
    method: 'PATCH',
    path: (name) => `${name}/blobs/uploads/0`,
    body: blob,
    actions: ['pull', 'push'],
  },
  {
    clause: 'v1.1.1 end-6',
    method: 'PUT',
    path: (name) => `${name}/blobs/uploads/0?digest=${digestOf(blob)}`,
    body: blob,
    actions: ['pull', 'push'],
  },
  {
    clause: 'v1.1.1 end-7a',
    method: 'PUT',
    path: (name) => `${name}/manifests/mine`,
    body: manifest.bytes,
    actions: ['pull', 'push'],
  },
  {
    clause: '967efdc end-7b',
    method: 'PUT',
    path: (name) => `${name}/manifests/${manifest.digest}?tag=mine`,
    body: manifest.bytes,
    actions: ['pull', 'push'],
  },
  {
    clause: 'v1.1.1 end-8a',
    method: 'GET',
    path: (name) => `${name}/tags/list`,
    actions: ['pull'],
  },
  {
    clause: 'v1.1.1 end-9',
    method: 'DELETE',
    path: (name) => `${name}/manifests/latest`,
    actions: ['delete'],
  },
  {
    clause: 'v1.1.1 end-10',
    method: 'DELETE',
    path: (name) => `${name}/blobs/${digestOf(Buffer.from('{}'))}`,
    actions: ['delete'],
  },
  {
    clause: 'v1.1.1 end-12a',
    method: 'GET',
    path: (name) => `${name}/referrers/${absentDigest}`,
    actions: ['pull'],
  },
  {
    clause: 'v1.1.1 end-13',
    method: 'GET',
    path: (name) => `${name}/blobs/uploads/0`,
    actions: ['pull', 'push'],
  },
  {
    clause: '967efdc end-14',
    method: 'DELETE',
    path: (name) => `${name}/blobs/uploads/0`,
    actions: ['pull', 'push'],
  },
];

/** The request of an endpoint, and that whatever it asked for did not happen. */
export async function refusedAt(
  registry: Registry,
  { method, path, body }: Endpoint,
  send: Registry['sendAnonymously'],
) {
  const made = await repositoryWithImage(registry);
  const typed = { headers: { 'Content-Type': manifest.mediaType } };
  const answer = await send(method, `/v2/${path(made.name)}`, { ...typed, ...(body && { body }) });
  const { json } = await registry.send('GET', `/v2/${made.name}/tags/list`);
  expect(json).toEqual({ name: made.name, tags: ['latest'] });
  const absent = await registry.send('HEAD', `/v2/${made.name}/blobs/${digestOf(blob)}`);
  expect(absent.status).toBe(404);
  const there = await registry.send(
    'HEAD',
    `/v2/${made.name}/blobs/${digestOf(Buffer.from('{}'))}`,
  );
  expect(there.status).toBe(200);
  return { answer, name: made.name };
}

const strangers: readonly (readonly [string, string | undefined])[] = [
  ['without credentials', undefined],
  ['with a wrong password', `Basic ${Buffer.from(`${user.name}:wrong`).toString('base64')}`],
  ['with an unknown user', `Basic ${Buffer.from(`nobody:${user.password}`).toString('base64')}`],
  ['with a token', 'Bearer abc'],
];

async function asStranger(registry: Registry, endpoint: Endpoint, authorization?: string) {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return refusedAt(registry, endpoint, (method, path, request = {}) =>
    registry.sendAnonymously(method, path, {
      ...request,
      headers: { ...request.headers, ...headers },
    }),
  );
}

const challenges: readonly WriteCase[] = [
  ...endpoints.map((endpoint): WriteCase => ({
    clause: endpoint.clause,
    name: `${endpoint.method} without credentials is refused`,
    run: async (registry) => {
      const { answer } = await asStranger(registry, endpoint);
      expect(answer.status).toBe(401);
      if (endpoint.method !== 'HEAD') expectRefusal(answer, 401, 'UNAUTHORIZED');
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="[^"]+"/u);
    },
  })),
  ...strangers.map(([who, authorization]): WriteCase => ({
    clause: 'RFC 9110 §15.5.2',
    name: `a request ${who} gets the challenge`,
    run: async (registry) => {
      const { answer } = await asStranger(registry, endpoints[2]!, authorization);
      expectRefusal(answer, 401, 'UNAUTHORIZED');
    },
  })),
  {
    clause: 'RFC 9110 §11.1',
    name: 'the name of the scheme may be written in any case',
    run: async (registry) => {
      const login = basicLogin(user.name, user.password);
      const value = await login.authorization('', []);
      const headers = { Authorization: value.replace('Basic', 'bAsIc') };
      expect((await registry.sendAnonymously('GET', '/v2/', { headers })).status).toBe(200);
    },
  },
];

export const basicCases: readonly Group<WriteCase>[] = [
  { title: 'requests that need a login', cases: challenges },
];
