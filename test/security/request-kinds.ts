import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import { bytesSource } from '../../src/content/index.ts';
import { mediaTypes } from '../../src/spec/index.ts';
import type { HoneypotWorld } from '../support/honeypot-world.ts';
import type { Reply, SeenRequest } from '../support/scripted-peer.ts';

export const blob = bytesSource(Buffer.from('0123456789'), 'archive/zip');
export const index = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }),
);
export const manifest = bytesSource(index, mediaTypes.index);

export type Repository = HoneypotWorld['repository'];
type Head = Pick<SeenRequest, 'method' | 'path' | 'headers'>;

export interface Kind {
  readonly run: (repository: Repository, world: HoneypotWorld) => Promise<unknown>;
  /** The request that is answered with the lure. */
  readonly isLured: (request: Head) => boolean;
  /** Answers that bring the client there. */
  readonly before?: readonly (readonly [(request: Head) => boolean, Reply])[];
  /** Whether it follows no redirect to anywhere else. */
  readonly staysHome?: boolean;
}

export const asks =
  (method: string, part: string) =>
  (request: Head): boolean =>
    request.method === method && request.path.includes(part);

export async function drain<T>(items: AsyncIterable<T>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined();
}

export const notThere = [asks('HEAD', '/blobs/'), { status: 404 }] as const;
export const opened = [
  asks('POST', '/blobs/uploads/'),
  { status: 202, headers: { location: '/v2/up?state=1' } },
] as const;
export const brokenPut = [asks('PUT', '/v2/up'), { fault: { kind: 'drop' } }] as const;
export const halfThere = [
  asks('GET', '/v2/up'),
  { status: 204, headers: { location: '/v2/up?state=2', range: '0-4' } },
] as const;

/** Every kind of request that the client makes of a registry. */
export const kinds: Readonly<Record<string, Kind>> = {
  'manifest GET': {
    run: (repository) => repository.readManifest('1.0.0'),
    isLured: asks('GET', '/manifests/1.0.0'),
  },
  'manifest HEAD': {
    run: (repository) => repository.exists(manifest.descriptor),
    isLured: asks('HEAD', '/manifests/'),
  },
  'manifest PUT': {
    run: (repository) => repository.push(manifest),
    isLured: asks('PUT', '/manifests/'),
    before: [[asks('HEAD', '/manifests/'), { status: 404 }]],
  },
  'manifest DELETE': {
    run: (repository) => repository.deleteManifest(manifest.descriptor.digest),
    isLured: asks('DELETE', '/manifests/'),
    before: [
      [asks('GET', '/manifests/'), { headers: { 'content-type': mediaTypes.index }, body: index }],
    ],
  },
  'blob GET': {
    run: async (repository) => await buffer(await repository.fetch(blob.descriptor)),
    isLured: asks('GET', '/blobs/'),
  },
  'blob HEAD': {
    run: (repository) => repository.exists(blob.descriptor),
    isLured: asks('HEAD', '/blobs/'),
  },
  'upload POST': {
    run: (repository) => repository.push(blob),
    isLured: asks('POST', '/blobs/uploads/'),
    before: [notThere],
  },
  'upload PUT': {
    run: (repository) => repository.push(blob),
    isLured: asks('PUT', '/v2/up'),
    before: [notThere, opened],
  },
  'upload status GET': {
    run: (repository) => repository.push(blob),
    isLured: asks('GET', '/v2/up'),
    before: [notThere, opened, brokenPut],
  },
  'upload PATCH': {
    run: (repository) => repository.push(blob),
    isLured: asks('PATCH', '/v2/up'),
    before: [notThere, opened, halfThere, brokenPut],
  },
  mount: {
    run: (repository, { registryHost }) =>
      repository.push({ ...blob, mountFrom: { registry: registryHost, path: 'acme/other' } }),
    isLured: asks('POST', 'mount='),
    before: [[asks('HEAD', '/blobs/'), {}]],
  },
  'tags page': {
    run: (repository) => drain(repository.tags()),
    isLured: asks('GET', '/tags/list'),
  },
  'referrers page': {
    run: (repository) => drain(repository.referrers(manifest.descriptor)),
    isLured: asks('GET', '/referrers/'),
    before: [[asks('GET', '/manifests/sha256-'), { status: 404 }]],
    staysHome: true,
  },
};
