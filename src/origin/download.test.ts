import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { usePeers } from '../../test/support/scripted-peer.ts';
import { createHttpClient } from '../http/index.ts';
import { createDownload } from './download.ts';

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
  it('is taken again from its start when it breaks off', async () => {
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
    [404, 'remote', '404 Not Found'],
    [401, 'auth', '401 Unauthorized'],
    [206, 'remote', '206 Partial Content'],
  ])('that answers %i is a failure at once', async (status, category, words) => {
    const { download, peer } = await start();
    peer.once(path, { status, body: 'x' });
    await expect(download()).rejects.toMatchObject({
      code: 'ERR_ORIGIN_STATUS',
      category,
      message: `unsuccessful request to ${peer.origin}/p.zip: ${words}`,
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
