import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, type SeenRequest, usePeers } from '../../test/support/scripted-peer.ts';
import { bytesSource } from '../content/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const content = randomBytes(300_000);
const { descriptor } = bytesSource(content, 'archive/zip');
const path = `/v2/acme/null/blobs/${descriptor.digest}`;

function offsetOf({ headers }: SeenRequest): number {
  return Number(/^bytes=(\d+)-$/u.exec(headers.range ?? '')?.[1] ?? 0);
}

/** What a registry that knows ranges answers; with `bytes` the connection is cut after so many. */
function ranged(request: SeenRequest, bytes?: number): Reply {
  const offset = offsetOf(request);
  const last = content.byteLength - 1;
  return {
    status: offset === 0 ? 200 : 206,
    headers:
      offset === 0 ? {} : { 'content-range': `bytes ${offset}-${last}/${content.byteLength}` },
    body: content.subarray(offset),
    ...(bytes === undefined ? {} : { fault: { kind: 'drop-after', bytes } }),
  };
}

describe('a blob whose connection breaks', () => {
  it('is taken up where it broke, twenty times over, without sending anything twice', async () => {
    const peer = await peers.start();
    peer.times(20, `GET ${path}`, (request) => ranged(request, 12_000));
    peer.once(`GET ${path}`, (request) => ranged(request));
    const body = await remotes.repository(peer).fetch(descriptor);
    expect((await buffer(body)).equals(content)).toBe(true);
    const offsets = peer.requests.map(offsetOf);
    expect(offsets).toEqual(Array.from({ length: 21 }, (_, index) => index * 12_000));
  });

  it('is taken up after a stall, too', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, { body: content, fault: { kind: 'stall-after', bytes: 5000 } });
    peer.once(`GET ${path}`, (request) => ranged(request));
    const limits = { connectMs: 2000, firstByteMs: 2000, idleMs: 100 };
    const body = await remotes.repository(peer, { httpOptions: { limits } }).fetch(descriptor);
    expect((await buffer(body)).equals(content)).toBe(true);
    expect(peer.requests.map(offsetOf)).toEqual([0, 5000]);
  });

  it('is read again from its start where the registry knows no ranges', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, { body: content, fault: { kind: 'drop-after', bytes: 70_000 } });
    peer.once(`GET ${path}`, { body: content, fault: { kind: 'drop-after', bytes: 100 } });
    peer.once(`GET ${path}`, { body: content });
    const body = await remotes.repository(peer).fetch(descriptor);
    expect((await buffer(body)).equals(content)).toBe(true);
  });

  it('shows its credentials again to the registry only, when it was redirected', async () => {
    const storage = await peers.start({ address: '127.0.0.2' });
    storage.once('GET /signed/1', (request) => ranged(request, 4000));
    storage.once('GET /signed/2', (request) => ranged(request));
    const peer = await peers.start();
    const challenge = { 'www-authenticate': 'Basic realm="r"' };
    peer.once(`GET ${path}`, { status: 401, headers: challenge });
    peer.once(`GET ${path}`, { status: 307, headers: { location: `${storage.origin}/signed/1` } });
    peer.once(`GET ${path}`, { status: 307, headers: { location: `${storage.origin}/signed/2` } });
    const credentials = { kind: 'basic', username: 'ann', password: 'hush-hush' } as const;
    const body = await remotes.repository(peer, { credentials }).fetch(descriptor);
    expect((await buffer(body)).equals(content)).toBe(true);
    expect(peer.requests.at(-1)?.headers.authorization).toMatch(/^Basic /u);
    storage.expectNeverSaw('hush-hush');
  });

  it('is given up when nothing more comes', async () => {
    const peer = await peers.start();
    peer.times(3, `GET ${path}`, (request) => ranged(request, offsetOf(request) === 0 ? 9 : 0));
    const reading = remotes.repository(peer).fetch(descriptor).then(buffer);
    expect(await failureOf(reading)).toMatchObject({ code: 'ERR_HTTP_CONNECTION' });
    expect(peer.requests.map(offsetOf)).toEqual([0, 9, 9]);
  });

  it('is given up when it comes byte by byte', async () => {
    const peer = await peers.start();
    peer.times(101, `GET ${path}`, (request) => ranged(request, 1));
    const reading = remotes.repository(peer).fetch(descriptor).then(buffer);
    expect(await failureOf(reading)).toMatchObject({ code: 'ERR_HTTP_CONNECTION' });
  });

  it.each([
    ['another place', 'bytes 5-299999/300000', 'ERR_OCI_INVALID_ANSWER'],
    ['another size', 'bytes 4-299999/300001', 'ERR_OCI_INVALID_ANSWER'],
    ['a shorter part', 'bytes 4-9/300000', 'ERR_OCI_INVALID_ANSWER'],
    ['no place at all', '', 'ERR_OCI_INVALID_ANSWER'],
  ])('is not joined with %s', async (_, contentRange, code) => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, { body: content, fault: { kind: 'drop-after', bytes: 4 } });
    const headers = { 'content-range': contentRange };
    peer.once(`GET ${path}`, { status: 206, headers, body: content.subarray(4) });
    const reading = remotes.repository(peer).fetch(descriptor).then(buffer);
    expect(await failureOf(reading)).toMatchObject({ code });
  });

  it('is not joined with other content', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, { body: content, fault: { kind: 'drop-after', bytes: 4 } });
    peer.once(`GET ${path}`, { body: Buffer.alloc(content.byteLength) });
    const reading = remotes.repository(peer).fetch(descriptor).then(buffer);
    expect(await failureOf(reading)).toMatchObject({ code: 'ERR_CONTENT_DIGEST_MISMATCH' });
  });

  it('says that it is gone when it is', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, { body: content, fault: { kind: 'drop-after', bytes: 4 } });
    peer.once(`GET ${path}`, { status: 404 });
    const reading = remotes.repository(peer).fetch(descriptor).then(buffer);
    expect(await failureOf(reading)).toMatchObject({ category: 'not-found' });
  });

  it('stops asking when its reader goes away', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, (request) => ranged(request, 70_000));
    const leaving = new AbortController();
    const body = await remotes.repository(peer).fetch(descriptor, { signal: leaving.signal });
    leaving.abort(new Error('enough'));
    expect(await failureOf(buffer(body))).toMatchObject({ name: 'AbortError' });
  });
});
