import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { type RemoteOptions, useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { type BlobSource, bytesSource } from '../content/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const { digest } = blob.descriptor;
const base = '/v2/acme/null/blobs';
const absent: Reply = { status: 404 };
const opened: Reply = { status: 202, headers: { location: '/up/1?_state=a%2Bb&x=~' } };

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

describe('push', () => {
  it('sends nothing that is there', async () => {
    const peer = await peers.start();
    peer.once(`HEAD ${base}/${digest}`, {});
    expect(await remotes.repository(peer).push(blob)).toBe('exists');
  });

  it('opens an upload and sends all in one piece to where it is told', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 201, headers: { 'docker-content-digest': digest } });
    const progress: number[] = [];
    const outcome = await remotes
      .repository(peer)
      .push(blob, { onProgress: (sent) => progress.push(sent) });
    expect(outcome).toBe('pushed');
    expect(progress).toEqual([5]);
    const put = peer.requests[2];
    // The session's own query comes back as it was, to the letter.
    expect(put?.path).toBe(`/up/1?_state=a%2Bb&x=~&digest=${encodeURIComponent(digest)}`);
    expect(put?.body.toString()).toBe('hello');
    expect(put?.headers).toMatchObject({
      'content-length': '5',
      'content-type': 'application/octet-stream',
    });
  });

  it.each([200, 202, 204])(
    'looks whether the blob is there after a PUT answered %i',
    async (status) => {
      const peer = await peers.start();
      peer
        .once(`HEAD ${base}/${digest}`, absent)
        .once(`POST ${base}/uploads/`, { ...opened, status: 201 })
        .once('PUT /up/1', { status })
        .once(`HEAD ${base}/${digest}`, {});
      expect(await remotes.repository(peer).push(blob)).toBe('pushed');
    },
  );

  it('does not believe such a PUT when the blob is not there', async () => {
    const peer = await peers.start();
    peer
      .times(2, `HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 202 });
    expect(await failureOf(remotes.repository(peer).push(blob))).toMatchObject({
      code: 'ERR_OCI_INVALID_ANSWER',
    });
  });

  it.each([
    ['a cut', { fault: { kind: 'drop' } as const }],
    ['503', { status: 503 }],
    ['429', { status: 429, headers: { 'retry-after': '7' } }],
    [
      'a lost session',
      { status: 404, body: { errors: [{ code: 'BLOB_UPLOAD_UNKNOWN', message: 'gone' }] } },
    ],
  ])('starts again, with a new session and a reopened source, after %s', async (_, reply) => {
    const peer = await peers.start();
    peer
      .times(2, `HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', reply)
      .once(`POST ${base}/uploads/`, { status: 202, headers: { location: '/up/2' } })
      .once('PUT /up/2', { status: 201 });
    let opens = 0;
    const source: BlobSource = {
      descriptor: blob.descriptor,
      open: () => {
        opens += 1;
        return Promise.resolve(Readable.from([Buffer.from('hello')]));
      },
    };
    expect(await remotes.repository(peer).push(source)).toBe('pushed');
    expect(opens).toBe(2);
  });

  it('learns that a broken upload had done its work', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { fault: { kind: 'drop' } })
      .once(`HEAD ${base}/${digest}`, {});
    expect(await remotes.repository(peer).push(blob)).toBe('pushed');
  });

  it('gets a new token in the middle of an upload', async () => {
    const peer = await peers.start();
    let valid = 't1';
    const guard =
      (reply: Reply) =>
      ({ headers }: { headers: { authorization?: string | undefined } }): Reply =>
        headers.authorization === `Bearer ${valid}`
          ? reply
          : {
              status: 401,
              headers: { 'www-authenticate': `Bearer realm="${peer.origin}/token"` },
            };
    peer
      .always(`HEAD ${base}/${digest}`, guard(absent))
      .always(`POST ${base}/uploads/`, (request) => {
        const reply = guard(opened)(request);
        if (reply === opened) valid = 't2';
        return reply;
      })
      .times(2, 'PUT /up/1', guard({ status: 201 }))
      .always('GET /token', () => ({ body: { token: valid } }));
    expect(await remotes.repository(peer).push(blob)).toBe('pushed');
    const puts = peer.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ body }) => body.toString())).toEqual(['hello', 'hello']);
  });

  it('asks for the right to push, not only to pull', async () => {
    const peer = await peers.start();
    const field = `Bearer realm="${peer.origin}/token"`;
    peer
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, { status: 401, headers: { 'www-authenticate': field } })
      .once('GET /token', { body: { token: 't' } })
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 201 });
    await remotes.repository(peer).push(blob);
    expect(peer.log()[2]).toBe('GET /token?scope=repository%3Aacme%2Fnull%3Apull%2Cpush');
  });

  it('is refused when the registry stored something else', async () => {
    const peer = await peers.start();
    const other = bytesSource(Buffer.from('other'), 'x').descriptor.digest;
    peer
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 201, headers: { 'docker-content-digest': other } });
    expect(await failureOf(remotes.repository(peer).push(blob))).toMatchObject({
      code: 'ERR_CONTENT_DIGEST_MISMATCH',
    });
  });

  it.each([
    [{ status: 404, body: { errors: [{ code: 'NAME_UNKNOWN', message: '' }] } }],
    [{ status: 404 }],
  ])('says that the repository must be made first after %o', async (reply) => {
    const peer = await peers.start();
    peer.once(`HEAD ${base}/${digest}`, absent).once(`POST ${base}/uploads/`, reply);
    expect(await failureOf(remotes.repository(peer).push(blob))).toMatchObject({
      code: 'ERR_CONTENT_REPOSITORY_NOT_FOUND',
      hint: expect.stringContaining('create the repository') as string,
    });
  });

  it.each([{}, { location: '' }, { location: 'http://[bad' }])(
    'refuses a session with the headers %o',
    async (headers) => {
      const peer = await peers.start();
      peer
        .once(`HEAD ${base}/${digest}`, absent)
        .once(`POST ${base}/uploads/`, { status: 202, headers });
      expect(await failureOf(remotes.repository(peer).push(blob))).toMatchObject({
        code: 'ERR_OCI_INVALID_ANSWER',
      });
    },
  );

  it('explains an upload that is too large', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 413, body: '<html>', early: true });
    expect(await failureOf(remotes.repository(peer).push(blob))).toMatchObject({
      code: 'ERR_OCI_RESPONSE',
      category: 'unsupported',
      hint: expect.stringContaining('limit') as string,
    });
  });
});

describe('an upload Location elsewhere', () => {
  const options: RemoteOptions = {
    credentials: { kind: 'basic', username: 'u', password: 'hunter2' },
  };

  function guardedPeer(peer: ScriptedPeer, location: string): ScriptedPeer {
    const guard =
      (reply: Reply) =>
      ({ headers }: { headers: { authorization?: string | undefined } }): Reply =>
        headers.authorization === undefined
          ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
          : reply;
    return peer
      .always(`HEAD ${base}/${digest}`, guard(absent))
      .always(`POST ${base}/uploads/`, guard({ status: 202, headers: { location } }));
  }

  it('gets the bytes and no credentials', async () => {
    const [peer, storage] = [await peers.start(), await peers.start()];
    guardedPeer(peer, `${storage.origin}/signed?sig=1`);
    storage.once('PUT /signed', { status: 201 });
    expect(await remotes.repository(peer, options).push(blob)).toBe('pushed');
    storage.expectNeverSaw('hunter2');
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
    expect(storage.requests[0]?.body.toString()).toBe('hello');
  });

  it('gets no credentials when it asks for them', async () => {
    const [peer, evil] = [await peers.start(), await peers.start()];
    guardedPeer(peer, `${evil.origin}/lure`);
    evil.once('PUT /lure', { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } });
    expect(await failureOf(remotes.repository(peer, options).push(blob))).toMatchObject({
      category: 'remote',
    });
    evil.expectNeverSaw('hunter2');
  });

  it.each([
    ['http://u:p@127.0.0.1/x', 'ERR_HTTP_REDIRECT_REFUSED'],
    ['ftp://127.0.0.1/x', 'ERR_HTTP_REDIRECT_REFUSED'],
    ['http://evil.example/x', 'ERR_HTTP_PLAIN_REFUSED'],
  ])('is refused at %s', async (location, code) => {
    const peer = await peers.start();
    guardedPeer(peer, location);
    expect(await failureOf(remotes.repository(peer, options).push(blob))).toMatchObject({ code });
  });
});
