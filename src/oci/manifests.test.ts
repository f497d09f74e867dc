import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, usePeers } from '../../test/support/scripted-peer.ts';
import { acceptManifests, digestOf, mediaTypes } from '../spec/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const artifactType = 'application/vnd.opentofu.provider';
const bytes = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, artifactType, manifests: [] }),
);
const digest = digestOf(bytes);
const headers = { 'content-type': mediaTypes.index, 'docker-content-digest': digest };
const descriptor = { mediaType: mediaTypes.index, digest, size: bytes.length };

function path(reference: string): string {
  return `/v2/acme/null/manifests/${reference}`;
}

describe('readManifest', () => {
  it('reads a manifest by tag in one round trip, asking for every type it can read', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path('1.0.0')}`, { headers, body: bytes });
    const read = await remotes.repository(peer).readManifest('1.0.0');
    expect(read).toEqual({ descriptor: { ...descriptor, artifactType }, bytes });
    expect(peer.requests[0]?.headers.accept).toBe(acceptManifests);
  });

  it('computes the digest when the registry tells none', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path('x')}`, { headers: { 'content-type': mediaTypes.index }, body: bytes });
    expect((await remotes.repository(peer).readManifest('x')).descriptor.digest).toBe(digest);
  });

  it('ignores parameters of the content type', async () => {
    const peer = await peers.start();
    const type = `${mediaTypes.index}; charset=utf-8`;
    peer.once(`GET ${path('x')}`, { headers: { 'content-type': type }, body: bytes });
    const read = await remotes.repository(peer).readManifest('x');
    expect(read.descriptor.mediaType).toBe(mediaTypes.index);
  });

  it('checks each digest it was given by its own algorithm', async () => {
    const peer = await peers.start();
    const sha512 = digestOf(bytes, 'sha512');
    peer.once(`GET ${path(sha512)}`, { headers, body: bytes });
    const read = await remotes.repository(peer).readManifest(sha512);
    expect(read.descriptor.digest).toBe(sha512);
  });

  it.each([
    ['another body than its digest', digest, { headers, body: `${bytes.toString()} ` }],
    ['a body that differs from its header', 'x', { headers, body: `${bytes.toString()} ` }],
  ])('refuses %s', async (_, reference, reply) => {
    const peer = await peers.start();
    peer.once(`GET ${path(reference)}`, reply);
    expect(await failureOf(remotes.repository(peer).readManifest(reference))).toMatchObject({
      code: 'ERR_CONTENT_DIGEST_MISMATCH',
    });
  });

  it.each([
    ['a page of HTML', { 'content-type': 'text/html' }, '<html>', 'ERR_OCI_INVALID_ANSWER'],
    ['no content type', {}, bytes, 'ERR_OCI_INVALID_ANSWER'],
    [
      'a body of another type than announced',
      { 'content-type': mediaTypes.manifest },
      bytes,
      'ERR_SPEC_INVALID_MANIFEST',
    ],
    [
      'five megabytes',
      { 'content-type': mediaTypes.index },
      Buffer.alloc(5 << 20, ' '),
      'ERR_BASE_LIMIT_EXCEEDED',
    ],
  ])('refuses %s', async (_, replyHeaders, body, code) => {
    const peer = await peers.start();
    peer.once(`GET ${path('x')}`, { headers: replyHeaders, body });
    expect(await failureOf(remotes.repository(peer).readManifest('x'))).toMatchObject({ code });
  });

  it.each(['', '../tags/list', 'a/b', 'sha256:abc', '%2e%2e', 'x?y'])(
    'asks nobody for %j, which is neither tag nor digest',
    async (reference) => {
      const peer = await peers.start();
      expect(await failureOf(remotes.repository(peer).readManifest(reference))).toMatchObject({
        code: 'ERR_SPEC_INVALID_REFERENCE',
      });
      expect(peer.requests).toEqual([]);
    },
  );

  it.each([
    ['MANIFEST_UNKNOWN', 'ERR_CONTENT_NOT_FOUND'],
    ['NOT_FOUND', 'ERR_CONTENT_NOT_FOUND'],
    ['NAME_UNKNOWN', 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
    ['DENIED', 'ERR_OCI_DENIED'],
    ['UNSUPPORTED', 'ERR_OCI_RESPONSE'],
  ])('takes a 404 of %s for %s', async (code, expected) => {
    const peer = await peers.start();
    const errors = [{ code, message: 'x' }];
    peer.once(`GET ${path('x')}`, { status: 404, body: { errors } });
    expect(await failureOf(remotes.repository(peer).readManifest('x'))).toMatchObject({
      code: expected,
    });
  });

  it('takes a 404 of plain text for "not there"', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path('x')}`, { status: 404, body: '404 page not found' });
    expect(await failureOf(remotes.repository(peer).readManifest('x'))).toMatchObject({
      code: 'ERR_CONTENT_NOT_FOUND',
    });
  });

  it('keeps status, codes and start of a text when the registry fails', async () => {
    const peer = await peers.start();
    peer.times(3, `GET ${path('x')}`, {
      status: 500,
      headers: { 'content-type': 'text/plain' },
      body: `down\u001b[0m${'x'.repeat(200_000)}`,
    });
    const error = await failureOf(remotes.repository(peer).readManifest('x'));
    expect(error).toMatchObject({
      code: 'ERR_OCI_RESPONSE',
      category: 'remote',
      answer: { method: 'GET', status: 500, errors: [] },
    });
    expect(String(error)).toContain('down');
    expect(String(error).length).toBeLessThan(1000);
    expect(String(error)).not.toContain('\u001b');
  });

  it.each([
    [429, 'remote'],
    [413, 'unsupported'],
    [418, 'remote'],
  ])('puts status %i into the category %s', async (status, category) => {
    const peer = await peers.start();
    peer.always(`GET ${path('x')}`, { status });
    expect(await failureOf(remotes.repository(peer).readManifest('x'))).toMatchObject({ category });
  });
});

describe('resolve', () => {
  const head = `HEAD ${path('1.0.0')}`;

  it('asks for the header only', async () => {
    const peer = await peers.start();
    peer.once(head, { headers, body: bytes });
    expect(await remotes.repository(peer).resolve('1.0.0')).toEqual(descriptor);
  });

  it.each([
    ['a missing digest', { headers: { 'content-type': mediaTypes.index }, body: bytes }],
    ['a broken digest', { headers: { ...headers, 'docker-content-digest': 'x' }, body: bytes }],
    ['a missing type', { headers: { 'docker-content-digest': digest }, body: bytes }],
    ['HEAD refused', { status: 405 }],
    ['HEAD misunderstood', { status: 400 }],
  ])('asks for the whole after %s', async (_, reply) => {
    const peer = await peers.start();
    peer.once(head, reply).once(`GET ${path('1.0.0')}`, { headers, body: bytes });
    expect(await remotes.repository(peer).resolve('1.0.0')).toEqual(descriptor);
  });

  it('refuses another digest than asked for', async () => {
    const peer = await peers.start();
    const other = digestOf(Buffer.from('other'));
    peer.once(`HEAD ${path(other)}`, { headers, body: bytes });
    expect(await failureOf(remotes.repository(peer).resolve(other))).toMatchObject({
      code: 'ERR_CONTENT_DIGEST_MISMATCH',
    });
  });

  it.each([
    [403, 'ERR_OCI_DENIED'],
    [429, 'ERR_OCI_RESPONSE'],
    [502, 'ERR_OCI_RESPONSE'],
  ])('takes status %i for %s', async (status, code) => {
    const peer = await peers.start();
    peer.always(head, { status });
    expect(await failureOf(remotes.repository(peer).resolve('1.0.0'))).toMatchObject({ code });
  });

  const notThere = (code: string): Reply => ({ status: 404, body: { errors: [{ code }] } });

  it('tells a missing repository from a missing tag, which HEAD alone does not', async () => {
    const peer = await peers.start();
    peer
      .times(2, head, { status: 404 })
      .once(`GET ${path('1.0.0')}`, notThere('NAME_UNKNOWN'))
      .once(`GET ${path('1.0.0')}`, notThere('MANIFEST_UNKNOWN'));
    const repository = remotes.repository(peer);
    expect(await failureOf(repository.resolve('1.0.0'))).toMatchObject({
      code: 'ERR_CONTENT_REPOSITORY_NOT_FOUND',
    });
    expect(await failureOf(repository.resolve('1.0.0'))).toMatchObject({
      code: 'ERR_CONTENT_NOT_FOUND',
    });
  });

  it.each([
    ['was found', { headers, body: bytes }, []],
    ['was missing', { status: 404 }, ['GET']],
  ])('does not ask twice about a repository where something %s', async (_, reply, asked) => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path('0.9.0')}`, reply)
      .always(`GET ${path('0.9.0')}`, notThere('MANIFEST_UNKNOWN'))
      .once(head, { status: 404 });
    const repository = remotes.repository(peer);
    await failureOf(repository.resolve('0.9.0'));
    expect(await failureOf(repository.resolve('1.0.0'))).toMatchObject({
      code: 'ERR_CONTENT_NOT_FOUND',
    });
    expect(peer.requests.map(({ method }) => method)).toEqual(['HEAD', ...asked, 'HEAD']);
  });

  it('takes what GET finds and HEAD does not', async () => {
    const peer = await peers.start();
    peer.once(head, { status: 404 }).once(`GET ${path('1.0.0')}`, { headers, body: bytes });
    expect(await remotes.repository(peer).resolve('1.0.0')).toEqual(descriptor);
  });
});

describe('fetch and exists of a manifest', () => {
  it('go by the manifests endpoint', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path(digest)}`, { headers })
      .once(`GET ${path(digest)}`, { headers, body: bytes });
    const repository = remotes.repository(peer);
    expect(await repository.exists(descriptor)).toBe(true);
    expect(await buffer(await repository.fetch(descriptor))).toEqual(bytes);
  });

  it.each([
    [{ ...descriptor, size: 3 }, 'ERR_CONTENT_SIZE_MISMATCH'],
    [{ ...descriptor, mediaType: mediaTypes.manifest }, 'ERR_SPEC_INVALID_MANIFEST'],
  ])('refuse a descriptor that lies: %o', async (target, code) => {
    const peer = await peers.start();
    peer.once(`GET ${path(digest)}`, { headers, body: bytes });
    expect(await failureOf(remotes.repository(peer).fetch(target))).toMatchObject({ code });
  });
});

describe('warnings', () => {
  it('come once each, printable', async () => {
    const peer = await peers.start();
    peer.times(2, `GET ${path('x')}`, {
      headers: {
        ...headers,
        warning: ['299 - "moving on \\"Friday\\""', '299 - "bell \u009b"', '199 - "other"', 'junk'],
      },
      body: bytes,
    });
    const warnings: string[] = [];
    const repository = remotes.repository(peer, { onWarning: (_, text) => warnings.push(text) });
    await repository.readManifest('x');
    await repository.readManifest('x');
    expect(warnings[0]).toBe('moving on "Friday"');
    expect(warnings.join('')).not.toContain('\u009b');
  });
});
