import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, usePeers } from '../../test/support/scripted-peer.ts';
import type { ManifestContent } from '../content/index.ts';
import { type Digest, type DigestAlgorithm, digestOf, mediaTypes } from '../spec/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const base = '/v2/acme/null/manifests';
const path = `${base}/1.0.0`;

function emptyIndex(algorithm?: DigestAlgorithm): ManifestContent {
  const mediaType = mediaTypes.index;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }));
  return {
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length },
  };
}

const index = emptyIndex();
const old = digestOf(Buffer.from('old'));
const other = digestOf(Buffer.from('other'));
/** Only registries that know of conditions name the state that a PUT has made. */
const stored: Reply = { status: 201, headers: { etag: '"e2"' } };

function at(digest: Digest, etag?: string): Reply {
  return {
    headers: {
      'content-type': mediaTypes.index,
      'docker-content-digest': digest,
      'content-length': '3',
      ...(etag === undefined ? {} : { etag }),
    },
    body: 'old',
  };
}

describe('tag', () => {
  it('puts the manifest under the tag', async () => {
    const peer = await peers.start();
    peer.once(`PUT ${path}`, { status: 201 });
    await remotes.repository(peer).tag(index, '1.0.0');
    expect(peer.requests[0]?.body.equals(index.bytes)).toBe(true);
    expect(peer.requests[0]?.headers['if-match']).toBeUndefined();
  });

  it('hands the condition on where there is an ETag', async () => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, at(old, '"e1"')).once(`PUT ${path}`, stored);
    await remotes.repository(peer).tag(index, '1.0.0', { replaces: old });
    expect(peer.requests[1]?.headers['if-match']).toBe('"e1"');
  });

  it('makes a new tag only where there is none', async () => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, { status: 404 }).once(`PUT ${path}`, stored);
    await remotes.repository(peer).tag(index, '1.0.0', { replaces: 'nothing' });
    expect(peer.requests[1]?.headers['if-none-match']).toBe('*');
  });

  it('is read again where the registry does not answer as if it knew of conditions', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path}`, { status: 404 })
      .once(`PUT ${path}`, { status: 201 })
      .once(`HEAD ${path}`, at(index.descriptor.digest));
    await remotes.repository(peer).tag(index, '1.0.0', { replaces: 'nothing' });
    expect(peer.requests).toHaveLength(3);
  });

  it.each([
    ['moved', at(other), other],
    ['deleted', { status: 404 }, 'nothing'],
  ])('is a conflict when another writer has %s it after us', async (_, reply, actual) => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path}`, at(old))
      .once(`PUT ${path}`, { status: 201 })
      .once(`HEAD ${path}`, reply);
    const tagging = remotes.repository(peer).tag(index, '1.0.0', { replaces: old });
    expect(await failureOf(tagging)).toMatchObject({
      code: 'ERR_CONTENT_TAG_CONFLICT',
      expected: index.descriptor.digest,
      actual,
    });
  });

  it.each([
    ['nothing' as const, at(old)],
    [old, at(other)],
    [old, { status: 404 }],
  ])('sends nothing when the tag is not at %s', async (replaces, reply) => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, reply);
    const tagging = remotes.repository(peer).tag(index, '1.0.0', { replaces });
    expect(await failureOf(tagging)).toMatchObject({ code: 'ERR_CONTENT_TAG_CONFLICT' });
  });

  it.each([
    ['without a code', undefined],
    ['with the code of what is not allowed', { errors: [{ code: 'DENIED', message: 'moved' }] }],
  ])('is a conflict when the tag moved in between, told %s', async (_name, body) => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path}`, at(old, '"e1"'))
      .once(`PUT ${path}`, { status: 412, body })
      .once(`HEAD ${path}`, at(other));
    const tagging = remotes.repository(peer).tag(index, '1.0.0', { replaces: old });
    expect(await failureOf(tagging)).toMatchObject({
      code: 'ERR_CONTENT_TAG_CONFLICT',
      actual: other,
    });
  });

  it('is no conflict when our own lost try moved it', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path}`, at(old, '"e1"'))
      .once(`PUT ${path}`, { fault: { kind: 'drop' } })
      .once(`PUT ${path}`, { status: 412 })
      .once(`HEAD ${path}`, at(index.descriptor.digest));
    await remotes.repository(peer).tag(index, '1.0.0', { replaces: old });
  });

  it.each(['', 'a/b', '../x', other, 'x'.repeat(129)])(
    'asks nobody for the tag %j',
    async (bad) => {
      const peer = await peers.start();
      expect(await failureOf(remotes.repository(peer).tag(index, bad))).toMatchObject({
        category: 'usage',
      });
      expect(peer.requests).toEqual([]);
    },
  );
});

describe('tag of a manifest whose digest is SHA-512', () => {
  const long = emptyIndex('sha512');
  const { digest } = long.descriptor;
  const byDigest = `PUT ${base}/${digest}?tag=1.0.0`;

  it('is put by its digest, with the tag as a parameter', async () => {
    const peer = await peers.start();
    peer.once(byDigest, { status: 201, headers: { 'oci-tag': 'x, 1.0.0' } });
    await remotes.repository(peer).tag(long, '1.0.0');
    expect(peer.requests[0]?.body.equals(long.bytes)).toBe(true);
  });

  it.each([
    ['does not say that it took the tag', { status: 201 }],
    ['took another one', { status: 201, headers: { 'oci-tag': '1.0.0-rc1' } }],
    ['takes no such digest', { status: 400, body: { errors: [{ code: 'DIGEST_INVALID' }] } }],
    ['breaks at it', { status: 501 }],
    ['takes the condition for one on the digest', { status: 412 }],
  ])('is put under the tag too when the registry %s', async (_, reply) => {
    const peer = await peers.start();
    peer.once(byDigest, reply).once(`PUT ${path}`, { status: 201 });
    await remotes.repository(peer).tag(long, '1.0.0');
    expect(peer.requests[1]?.body.equals(long.bytes)).toBe(true);
  });

  it('is not tried in another way after a refusal that would be the same', async () => {
    const peer = await peers.start();
    peer.once(byDigest, { status: 403 });
    expect(await failureOf(remotes.repository(peer).tag(long, '1.0.0'))).toMatchObject({
      code: 'ERR_OCI_DENIED',
    });
  });

  it('is found unmoved under the other digest that its registry gives it', async () => {
    const peer = await peers.start();
    const body = long.bytes;
    const found: Reply = { headers: { 'content-type': mediaTypes.index }, body };
    peer
      .once(`HEAD ${path}`, at(index.descriptor.digest, '"e1"'))
      .once(`GET ${base}/${index.descriptor.digest}`, found)
      .once(byDigest, { status: 201, headers: { 'oci-tag': '1.0.0' } })
      .once(`HEAD ${path}`, at(index.descriptor.digest));
    await remotes.repository(peer).tag(long, '1.0.0', { replaces: digest });
    expect(peer.requests[2]?.headers['if-match']).toBe('"e1"');
  });
});
