import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type Reply, type SeenRequest, usePeers } from '../../test/support/scripted-peer.ts';
import { createHttpClient } from '../http/index.ts';
import { createDownload, type PackageAddress } from './download.ts';

const peers = usePeers();
const path = 'GET /p.zip';

async function start(retries?: number) {
  const peer = await peers.start();
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  const url = new URL(`${peer.origin}/p.zip`);
  const http = createHttpClient({ clock });
  const download = () => createDownload(http, { retries })({ url, referredBy: url }, buffer);
  return { peer, download };
}

describe('a download', () => {
  it('goes on when it breaks off, also where the server can only start again', async () => {
    const { download, peer } = await start();
    peer.once(path, { body: 'content', fault: { kind: 'drop-after', bytes: 3 } });
    peer.once(path, { status: 503 });
    peer.once(path, { body: 'content' });
    expect((await download()).toString()).toBe('content');
    for (const { headers } of peer.requests) expect(headers.authorization).toBeUndefined();
  });

  it('tells the size that the answer announces', async () => {
    const peer = await peers.start();
    const url = new URL(`${peer.origin}/p.zip`);
    peer.once(path, { body: 'content' });
    const sizes: unknown[] = [];
    const take = async (body: Readable, size?: number): Promise<void> => {
      sizes.push(size);
      await buffer(body);
    };
    await createDownload(createHttpClient())({ url, referredBy: url }, take);
    expect(sizes).toEqual([7]);
  });

  it.each([
    [undefined, 3],
    [0, 1],
    [1, 2],
  ])('is tried again %s times', async (retries, requests) => {
    const { download, peer } = await start(retries);
    peer.times(requests, path, { fault: { kind: 'drop' } });
    await expect(download()).rejects.toMatchObject({ code: 'ERR_HTTP_CONNECTION' });
    expect(peer.requests).toHaveLength(requests);
  });

  it.each([
    [404, 'remote', '404 Not Found', 'is not there'],
    [401, 'auth', '401 Unauthorized', 'refuses this one'],
    [403, 'auth', '403 Forbidden', 'refuses this one'],
    [206, 'remote', '206 Partial Content', 'without the package'],
  ])('that answers %i is a failure at once', async (status, category, words, hint) => {
    const { download, peer } = await start();
    peer.once(path, { status, body: 'x' });
    await expect(download()).rejects.toMatchObject({
      code: 'ERR_ORIGIN_STATUS',
      category,
      message: `unsuccessful request to ${peer.origin}/p.zip: ${words}`,
      hint: expect.stringContaining(hint) as unknown,
    });
  });

  it('whose server has trouble is worth another try later', async () => {
    const { download, peer } = await start(0);
    peer.once(path, { status: 500, body: 'x' });
    await expect(download()).rejects.toMatchObject({
      code: 'ERR_ORIGIN_STATUS',
      category: 'remote',
      hint: expect.stringContaining('again later') as unknown,
    });
  });

  it('hides what may be a secret in its address', async () => {
    const peer = await peers.start();
    const url = new URL(`${peer.origin}/p.zip?signature=s3cret`);
    peer.once('GET /p.zip?signature=s3cret', { status: 404 });
    await expect(
      createDownload(createHttpClient())({ url, referredBy: url }, buffer),
    ).rejects.toThrow(expect.not.stringContaining('s3cret') as string);
  });
});

describe('a download that breaks off', () => {
  const content = randomBytes(30_000_000);
  const etag = '"1"';

  /** What a server that knows ranges answers; the connection is cut after so many bytes. */
  function ranged({ headers }: SeenRequest, more: Partial<Reply> = {}): Reply {
    const offset = Number(/^bytes=(\d+)-$/u.exec(headers.range ?? '')?.[1] ?? 0);
    const last = content.length - 1;
    const range = { 'content-range': `bytes ${offset}-${last}/${content.length}` };
    return {
      status: offset === 0 ? 200 : 206,
      body: content.subarray(offset),
      ...more,
      headers: { etag, ...(offset === 0 ? {} : range), ...more.headers },
    };
  }
  const cut = (bytes: number): Partial<Reply> => ({ fault: { kind: 'drop-after', bytes } });

  it('three times costs less than 5 % more', async () => {
    const { download, peer } = await start();
    peer.times(3, path, (request) => ranged(request, cut(7_000_000)));
    peer.once(path, (request) => ranged(request));
    const seen = await download();
    expect(seen.equals(content)).toBe(true);
    const offsets = peer.requests.map(({ headers }) => Number(headers.range?.slice(6, -1) ?? 0));
    // What was asked for again: what came before a cut, and was not handed on.
    const asked = offsets.map((offset, index) => (index < 3 ? 7_000_000 : content.length - offset));
    const total = asked.reduce((sum, bytes) => sum + bytes, 0);
    expect(total).toBeGreaterThanOrEqual(content.length);
    expect(total).toBeLessThan(content.length * 1.05);
    expect(peer.requests.slice(1).map(({ headers }) => headers['if-range'])).toEqual(
      Array(3).fill(etag),
    );
  });

  it('is given up when nothing more arrives', async () => {
    const { download, peer } = await start();
    peer.times(3, path, (request) => ranged(request, cut(request.headers.range ? 0 : 1000)));
    await expect(download()).rejects.toMatchObject({ code: 'ERR_HTTP_CONNECTION' });
    expect(peer.requests).toHaveLength(3);
  });

  it.each<readonly [string, (request: SeenRequest) => Reply]>([
    ['another tag', (request) => ranged(request, { headers: { etag: '"2"' } })],
    ['another size', () => ({ status: 200, body: 'short' })],
    [
      'another range',
      (request) => ranged(request, { headers: { 'content-range': 'bytes 0-9/30000000' } }),
    ],
    ['nothing there any more', () => ({ status: 416 })],
  ])('begins anew where the file became another: %s', async (_name, other) => {
    const { download, peer } = await start();
    peer.once(path, (request) => ranged(request, cut(7000)));
    peer.once(path, other);
    peer.once(path, { body: 'another file', headers: { etag: '"2"' } });
    expect((await download()).toString()).toBe('another file');
    expect(peer.requests.at(-1)?.headers.range).toBeUndefined();
  });

  it('is a failure where the file never stays the same', async () => {
    const { download, peer } = await start(1);
    peer.always(path, ({ headers }) =>
      headers.range === undefined
        ? { body: content.subarray(0, 5000), headers: { etag }, ...cut(1000) }
        : { status: 416 },
    );
    await expect(download()).rejects.toMatchObject({ code: 'ERR_ORIGIN_INVALID_DOCUMENT' });
    expect(peer.requests).toHaveLength(4);
  });

  it('goes on at a new address when the old one is refused, which is asked for once', async () => {
    const peer = await peers.start();
    const at = (name: string): PackageAddress => {
      const url = new URL(`${peer.origin}/${name}`);
      return { url, referredBy: url };
    };
    const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
    const download = createDownload(createHttpClient({ clock }));
    peer.once('GET /old.zip', (request) => ranged(request, cut(20_000)));
    peer.once('GET /old.zip', { status: 403 });
    peer.once('GET /new.zip', (request) => ranged(request, { headers: { etag: '"store 2"' } }));
    let asked = 0;
    const renew = () => {
      asked += 1;
      return Promise.resolve(at('new.zip'));
    };
    const seen = await download({ ...at('old.zip'), renew }, buffer);
    expect(seen.equals(content)).toBe(true);
    expect(asked).toBe(1);
    expect(peer.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/u);

    peer.once('GET /old.zip', { status: 403 });
    peer.once('GET /new.zip', { status: 403 });
    await expect(download({ ...at('old.zip'), renew }, buffer)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_STATUS',
    });
    expect(asked).toBe(2);
  });
});
