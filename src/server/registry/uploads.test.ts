import { request as httpRequest } from 'node:http';
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

describe('end-4 to end-6: uploads', () => {
  async function start(name: string, query = ''): Promise<string> {
    const { status, headers } = await registry.send('POST', `/v2/${name}/blobs/uploads/${query}`);
    expect(status).toBe(202);
    expect(headers['docker-upload-uuid']).toBeTruthy();
    return headers.location!;
  }

  async function expectBlob(location: string, bytes: string) {
    const { status, body } = await registry.send('GET', location);
    expect([status, body.toString()]).toEqual([200, bytes]);
  }

  it('take a whole blob with POST', async () => {
    const digest = digestOf(Buffer.from('post'));
    const path = `/v2/up/one/blobs/uploads/?digest=${digest}`;
    const { status, headers } = await registry.send('POST', path, { body: 'post' });
    expect(status).toBe(201);
    expect(headers['docker-content-digest']).toBe(digest);
    await expectBlob(headers.location!, 'post');
  });

  it.each(['', '{}', 'hello'])('take %j with POST and PUT', async (text) => {
    const location = await start('up/two');
    const digest = digestOf(Buffer.from(text));
    const put = await registry.send('PUT', `${location}?digest=${digest}`, { body: text });
    expect([put.status, put.headers['docker-content-digest']]).toEqual([201, digest]);
    await expectBlob(put.headers.location!, text);
  });

  it('take sha512 blobs, announced or not', async () => {
    const digest = digestOf(Buffer.from('five-twelve'), 'sha512');
    for (const query of ['', '?digest-algorithm=sha512']) {
      const location = await start('up/sha512', query);
      const put = await registry.send('PUT', `${location}?digest=${digest}`, {
        body: 'five-twelve',
      });
      expect(put.status).toBe(201);
      await expectBlob(put.headers.location!, 'five-twelve');
    }
    const whole = `/v2/up/sha512/blobs/uploads/?digest=${digest}`;
    expect((await registry.send('POST', whole, { body: 'five-twelve' })).status).toBe(201);
  });

  it('take chunks with Content-Range, the last one with the PUT', async () => {
    const location = await start('up/chunks');
    const first = { body: 'abc', headers: { 'Content-Range': '0-2' } };
    const patch = await registry.send('PATCH', location, first);
    expect([patch.status, patch.headers.range]).toEqual([202, '0-2']);
    const second = { body: 'de', headers: { 'Content-Range': '3-4' } };
    expect((await registry.send('PATCH', patch.headers.location!, second)).headers.range).toBe(
      '0-4',
    );
    const digest = digestOf(Buffer.from('abcdef'));
    const last = { body: 'f', headers: { 'Content-Range': '5-5' } };
    const put = await registry.send('PUT', `${location}?digest=${digest}`, last);
    expect(put.status).toBe(201);
    await expectBlob(put.headers.location!, 'abcdef');
  });

  it('take a stream without Content-Range or Content-Length', async () => {
    const location = await start('up/stream');
    expect((await registry.send('PATCH', location, { body: 'stream', chunked: true })).status).toBe(
      202,
    );
    const digest = digestOf(Buffer.from('stream'));
    expect((await registry.send('PUT', `${location}?digest=${digest}`)).status).toBe(201);
  });

  it.each([
    ['later than the last ended', '5-7'],
    ['earlier than the last ended', '0-2'],
    ['nowhere', 'none'],
  ])('refuse a chunk that begins %s, and say where to go on', async (_, range) => {
    const location = await start('up/order');
    await registry.send('PATCH', location, { body: 'abc', headers: { 'Content-Range': '0-2' } });
    const wrong = { body: 'xyz', headers: { 'Content-Range': range } };
    const patch = await registry.send('PATCH', location, wrong);
    expect([patch.status, patch.headers.range]).toEqual([416, '0-2']);
    const digest = digestOf(Buffer.from('abcxyz'));
    const put = await registry.send('PUT', `${location}?digest=${digest}`, wrong);
    expect([put.status, put.headers.range]).toEqual([416, '0-2']);
    const status = await registry.send('GET', location);
    expect([status.status, status.headers.range, status.headers.location]).toEqual([
      204,
      '0-2',
      location,
    ]);
    const right = { body: 'xyz', headers: { 'Content-Range': '3-5' } };
    expect((await registry.send('PUT', `${location}?digest=${digest}`, right)).status).toBe(201);
  });

  it('refuse a chunk that is not as long as its range', async () => {
    const location = await start('up/length');
    const wrong = { body: 'abc', headers: { 'Content-Range': '0-9' } };
    const answer = await registry.send('PATCH', location, wrong);
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'SIZE_INVALID']);
  });

  it('keep what had arrived when the connection broke', async () => {
    const location = await start('up/broken');
    await new Promise<void>((resolve) => {
      const target = new URL(location, registry.url);
      const headers = { 'Content-Length': 100 };
      const broken = httpRequest(target, { method: 'PATCH', headers, agent: false });
      broken.on('error', () => resolve());
      broken.write('abc', () => setTimeout(() => broken.destroy(new Error('cut')), 50));
    });
    await expect
      .poll(async () => {
        const { headers } = await registry.send('GET', location);
        return headers.range;
      })
      .toBe('0-2');
    const digest = digestOf(Buffer.from('abcdef'));
    const rest = { body: 'def', headers: { 'Content-Range': '3-5' } };
    // Refused for as long as the request that broke is still being closed.
    await expect
      .poll(async () => (await registry.send('PUT', `${location}?digest=${digest}`, rest)).status)
      .toBe(201);
  });

  it.each([
    ['a digest of other content', `?digest=${absentDigest}`],
    ['a digest of an unknown algorithm', '?digest=md5:d41d8cd98f00b204e9800998ecf8427e'],
    ['no digest', ''],
  ])('refuse %s, and store nothing', async (_, query) => {
    const location = await start('up/wrong');
    const put = await registry.send('PUT', `${location}${query}`, { body: 'text' });
    expect([put.status, errorOf(put).code]).toEqual([400, 'DIGEST_INVALID']);
    expect((await registry.send('GET', `/v2/up/wrong/blobs/${absentDigest}`)).status).toBe(404);
  });

  it.each([
    ['a whole blob with a wrong digest', `?digest=${absentDigest}`],
    ['a whole blob with a malformed digest', '?digest=sha256:abc'],
    ['a digest algorithm nobody registered', '?digest-algorithm=md5'],
  ])('refuse %s with POST', async (_, query) => {
    const answer = await registry.send('POST', `/v2/up/wrong/blobs/uploads/${query}`, {
      body: 'x',
    });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('are over after they were completed, or given up', async () => {
    const digest = digestOf(Buffer.from('once'));
    const done = await start('up/over');
    await registry.send('PUT', `${done}?digest=${digest}`, { body: 'once' });
    const given = await start('up/over');
    expect((await registry.send('DELETE', given)).status).toBe(204);
    for (const location of [done, given]) {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const answer = await registry.send(method, location);
        expect([answer.status, errorOf(answer).code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
      }
    }
  });

  it('belong to one repository', async () => {
    const location = await start('up/mine');
    await start('up/other');
    const answer = await registry.send('GET', location.replace('up/mine', 'up/other'));
    expect(answer.status).toBe(404);
  });
});

describe('end-11: mounts', () => {
  it('take a blob over from another repository', async () => {
    const digest = await registry.pushBlob('mount/from', 'mounted');
    const query = `?mount=${digest}&from=mount/from`;
    const answer = await registry.send('POST', `/v2/mount/to/blobs/uploads/${query}`);
    expect(answer.status).toBe(201);
    const { body } = await registry.send('GET', answer.headers.location!);
    expect(body.toString()).toBe('mounted');
  });

  it.each([
    ['a blob that is nowhere', `?mount=${absentDigest}&from=mount/from`],
    ['a repository that is not there', `?mount=${absentDigest}&from=mount/none`],
    ['a name that is none', `?mount=${absentDigest}&from=../x`],
    ['no source', `?mount=${absentDigest}`],
  ])('become an upload for %s', async (_, query) => {
    await registry.pushBlob('mount/from', 'mounted');
    const answer = await registry.send('POST', `/v2/mount/to/blobs/uploads/${query}`);
    expect(answer.status).toBe(202);
    const digest = digestOf(Buffer.from('then'));
    const put = `${answer.headers.location!}?digest=${digest}`;
    expect((await registry.send('PUT', put, { body: 'then' })).status).toBe(201);
  });

  it('find the blob by themselves when no source is named', async () => {
    const digest = await registry.pushBlob('mount/somewhere', 'anonymous');
    const answer = await registry.send('POST', `/v2/mount/to/blobs/uploads/?mount=${digest}`);
    expect(answer.status).toBe(201);
  });

  it('refuse what is no digest', async () => {
    const answer = await registry.send('POST', '/v2/mount/to/blobs/uploads/?mount=x&from=a');
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID']);
  });
});
