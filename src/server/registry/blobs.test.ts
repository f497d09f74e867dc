import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  absentDigest,
  errorOf,
  type RunningRegistry,
  startRegistry,
} from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { digestOf } from '../../spec/index.ts';

let registry: RunningRegistry;
beforeAll(async () => {
  registry = await startRegistry(await temporaryStorage());
});
afterAll(() => registry.close());

describe('end-2: blobs', () => {
  const bytes = Buffer.from(Array.from({ length: 4000 }, (_, n) => n % 251));
  const digest = digestOf(bytes);
  let path: string;
  beforeAll(async () => {
    const name = await registry.newRepository();
    await registry.pushBlob(name, bytes);
    path = `/v2/${name}/blobs/${digest}`;
  });

  it('are served as they were pushed, as bytes and nothing else', async () => {
    const { status, headers, body } = await registry.send('GET', path);
    expect(status).toBe(200);
    expect(body.equals(bytes)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '4000',
      'docker-content-digest': digest,
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
    });
  });

  it('have the same headers for HEAD', async () => {
    const { status, headers, body } = await registry.send('HEAD', path);
    expect([status, body.length]).toEqual([200, 0]);
    expect(headers).toMatchObject({ 'content-length': '4000', 'docker-content-digest': digest });
  });

  it.each([
    ['500-1499', 500, 1500],
    ['500-', 500, 4000],
    ['-500', 3500, 4000],
    ['2000-5000', 2000, 4000],
    ['0-0', 0, 1],
  ])('give the range %s', async (range, start, end) => {
    const answer = await registry.send('GET', path, { headers: { Range: `bytes=${range}` } });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/4000`);
    expect(answer.headers['content-length']).toBe(String(end - start));
    expect(answer.body.equals(bytes.subarray(start, end))).toBe(true);
  });

  it.each(['500-0', '5000-10000', '4000-'])('refuse the range %s', async (range) => {
    const answer = await registry.send('GET', path, { headers: { Range: `bytes=${range}` } });
    expect(answer.status).toBe(416);
    expect(answer.headers['content-range']).toBe('bytes */4000');
  });

  it.each([
    ['several ranges', { Range: 'bytes=0-1,3-4' }],
    ['another unit', { Range: 'rows=0-1' }],
    ['a range of other content', { Range: 'bytes=0-1', 'If-Range': `"${absentDigest}"` }],
  ])('are served whole for %s', async (_, headers) => {
    expect(await registry.send('GET', path, { headers })).toMatchObject({
      status: 200,
      body: bytes,
    });
  });

  it('give the range when If-Range names them', async () => {
    const headers = { Range: 'bytes=0-1', 'If-Range': `"${digest}"` };
    expect((await registry.send('GET', path, { headers })).status).toBe(206);
  });

  it('need not be sent again to who has them', async () => {
    const headers = { 'If-None-Match': `"x", W/"${digest}"` };
    const answer = await registry.send('GET', path, { headers });
    expect([answer.status, answer.body.length]).toEqual([304, 0]);
    expect(answer.headers['content-length']).toBeUndefined();
  });

  it('that are not there give BLOB_UNKNOWN', async () => {
    const answer = await registry.send('GET', path.replace(digest, absentDigest));
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'BLOB_UNKNOWN']);
    expect((await registry.send('HEAD', path.replace(digest, absentDigest))).status).toBe(404);
  });
});
