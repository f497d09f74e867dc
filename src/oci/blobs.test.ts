import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, usePeers } from '../../test/support/scripted-peer.ts';
import { bytesSource } from '../content/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const { digest } = blob.descriptor;
const base = '/v2/acme/null/blobs';
const absent: Reply = { status: 404 };

describe('fetch', () => {
  it('verifies what it gives', async () => {
    const peer = await peers.start();
    peer.once(`GET ${base}/${digest}`, { body: 'hello' });
    expect((await buffer(await remotes.repository(peer).fetch(blob.descriptor))).toString()).toBe(
      'hello',
    );
  });

  it.each([
    ['other bytes', { body: 'hallo' }, 'ERR_CONTENT_DIGEST_MISMATCH'],
    ['more bytes', { body: 'hello!' }, 'ERR_CONTENT_SIZE_MISMATCH'],
    ['fewer bytes', { body: 'hell' }, 'ERR_CONTENT_SIZE_MISMATCH'],
    [
      'an open end',
      { body: 'hell', headers: { 'transfer-encoding': 'chunked', 'content-length': [] } },
      'ERR_CONTENT_SIZE_MISMATCH',
    ],
    ['404', absent, 'ERR_CONTENT_NOT_FOUND'],
  ])('never ends cleanly after %s', async (_, reply, code) => {
    const peer = await peers.start();
    peer.once(`GET ${base}/${digest}`, reply);
    const fetching = remotes
      .repository(peer)
      .fetch(blob.descriptor)
      .then((stream) => buffer(stream));
    expect(await failureOf(fetching)).toMatchObject({ code });
  });

  it('does not believe a size of 2^62', async () => {
    const peer = await peers.start();
    peer.once(`GET ${base}/${digest}`, { body: 'hello' });
    const target = { ...blob.descriptor, size: Number.MAX_SAFE_INTEGER };
    expect(await failureOf(remotes.repository(peer).fetch(target))).toMatchObject({
      code: 'ERR_CONTENT_SIZE_MISMATCH',
    });
  });

  it('follows a redirect to other storage without credentials', async () => {
    const [peer, storage] = [await peers.start(), await peers.start()];
    peer.once(`GET ${base}/${digest}`, {
      status: 307,
      headers: { location: `${storage.origin}/s3?sig=1` },
    });
    storage.once('GET /s3', { body: 'hello' });
    await buffer(await remotes.repository(peer).fetch(blob.descriptor));
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
  });
});
