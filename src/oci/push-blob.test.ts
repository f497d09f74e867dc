import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { type RemoteOptions, useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { type BlobSource, bytesSource } from '../content/index.ts';
import { digestOf } from '../spec/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const { digest } = blob.descriptor;
const base = '/v2/acme/null/blobs';
const absent: Reply = { status: 404 };
const opened: Reply = { status: 202, headers: { location: '/up/1?_state=a%2Bb&x=~' } };

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

  it.each([
    ['does not know it any more', { status: 404 }],
    ['does not say how much it has', { status: 204 }],
    ['has one byte, or none', { status: 204, headers: { range: '0-0' } }],
    ['has more than there is', { status: 204, headers: { range: '0-5' } }],
    ['answers with a page', { status: 200, headers: { range: '0-2' }, body: '<html>' }],
    ['hangs up', { fault: { kind: 'drop' } as const }],
  ])('starts a broken upload anew where the registry %s', async (_, reply) => {
    const peer = await peers.start();
    peer
      .times(2, `HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { fault: { kind: 'drop' } })
      .once('GET /up/1', reply)
      .once(`POST ${base}/uploads/`, { status: 202, headers: { location: '/up/2' } })
      .once('PUT /up/2', { status: 201 });
    expect(await remotes.repository(peer).push(blob)).toBe('pushed');
    expect(peer.requests.at(-1)?.body.toString()).toBe('hello');
  });

  it('sends only the rest of a broken upload where the registry says what it has', async () => {
    const peer = await peers.start();
    peer
      .times(2, `HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { fault: { kind: 'drop' } })
      .once('GET /up/1', { status: 204, headers: { range: '0-2', location: '/up/1?_state=2' } })
      .once('PATCH /up/1', { status: 202, headers: { range: '0-4', location: '/up/1?_state=3' } })
      .once('PUT /up/1', { status: 201 });
    const progress: number[] = [];
    const call = { onProgress: (sent: number) => progress.push(sent) };
    expect(await remotes.repository(peer).push(blob, call)).toBe('pushed');
    const [patch, put] = peer.requests.slice(-2);
    expect(patch).toMatchObject({
      path: '/up/1?_state=2',
      body: Buffer.from('lo'),
      headers: { 'content-range': '3-4', 'content-length': '2' },
    });
    expect(put?.path).toBe(`/up/1?_state=3&digest=${encodeURIComponent(digest)}`);
    expect(put?.body.byteLength).toBe(0);
    expect(progress.at(-1)).toBe(5);
  });

  it('only ends a broken upload of which everything had arrived', async () => {
    const peer = await peers.start();
    peer
      .times(2, `HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { fault: { kind: 'drop' } })
      .once('GET /up/1', { status: 204, headers: { range: '0-4' } })
      .once('PUT /up/1', { status: 201 });
    expect(await remotes.repository(peer).push(blob)).toBe('pushed');
    expect(peer.requests.at(-1)?.body.byteLength).toBe(0);
  });

  it('sends everything anew when what was kept does not fit to the rest', async () => {
    const peer = await peers.start();
    const invalid = { errors: [{ code: 'DIGEST_INVALID', message: 'no' }] };
    peer
      .times(3, `HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { fault: { kind: 'drop' } })
      .once('GET /up/1', { status: 204, headers: { range: '0-2' } })
      .once('PATCH /up/1', { status: 202, headers: { range: '0-4' } })
      .once('PUT /up/1', { status: 400, body: invalid })
      .once(`POST ${base}/uploads/`, { status: 202, headers: { location: '/up/2' } })
      .once('PUT /up/2', { status: 201 });
    expect(await remotes.repository(peer).push(blob)).toBe('pushed');
    expect(peer.requests.at(-1)?.body.toString()).toBe('hello');
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

  it('says what a registry is that takes no uploads', async () => {
    const peer = await peers.start();
    const reply = { status: 405, body: { errors: [{ code: 'UNSUPPORTED', message: 'no' }] } };
    peer.once(`HEAD ${base}/${digest}`, absent).once(`POST ${base}/uploads/`, reply);
    expect(await failureOf(remotes.repository(peer).push(blob))).toMatchObject({
      category: 'unsupported',
      hint: expect.stringContaining('read-only') as string,
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

describe('an upload that is too large for one request', () => {
  const large = bytesSource(Buffer.alloc(70 * 1024 * 1024, 7), 'archive/zip');
  const tooLarge: Reply = { status: 413, body: '<html>', early: true };
  const path = `HEAD ${base}/${large.descriptor.digest}`;
  const size = large.descriptor.size;

  /** Takes chunks of at most `limit` bytes, in order. */
  function chunkTaker(peer: ScriptedPeer, limit: number, headers = {}): Buffer[] {
    const taken: Buffer[] = [];
    let end = 0;
    peer
      .once(path, absent)
      .always(`POST ${base}/uploads/`, () => {
        taken.length = end = 0;
        return { status: 202, headers: { location: '/up/1', ...headers } };
      })
      .always('PATCH /up/1', ({ body, headers: sent }) => {
        if (body.byteLength > limit) return tooLarge;
        expect(sent['content-range']).toBe(`${end}-${end + body.byteLength - 1}`);
        taken.push(body);
        end += body.byteLength;
        return { status: 202, headers: { location: '/up/1', range: `0-${end - 1}` } };
      })
      .always('PUT /up/1', ({ body }) => (body.byteLength > limit ? tooLarge : { status: 201 }));
    return taken;
  }

  it.each([
    [64, 2],
    [10, 9],
  ])('is sent in chunks that pass a limit of %i MiB', async (limit, chunks) => {
    const peer = await peers.start();
    const taken = chunkTaker(peer, limit * 1024 * 1024);
    expect(await remotes.repository(peer).push(large)).toBe('pushed');
    expect(taken).toHaveLength(chunks);
    expect(digestOf(Buffer.concat(taken))).toBe(large.descriptor.digest);
  });

  it('is given up when the smallest chunks are refused, too', async () => {
    const peer = await peers.start();
    chunkTaker(peer, 1024);
    expect(await failureOf(remotes.repository(peer).push(large))).toMatchObject({
      code: 'ERR_OCI_RESPONSE',
      category: 'unsupported',
    });
  });

  it('is not sent in smaller chunks than the registry takes', async () => {
    const peer = await peers.start();
    chunkTaker(peer, 10 * 1024 * 1024, { 'oci-chunk-min-length': String(size) });
    expect(await failureOf(remotes.repository(peer).push(large))).toMatchObject({
      code: 'ERR_OCI_RESPONSE',
    });
    expect(peer.log().filter((line) => line.startsWith('PATCH'))).toEqual([]);
  });

  it.each([
    ['an end that does not move', '0-0'],
    ['no range', undefined],
  ])('is not believed to be there by an answer with %s', async (_, range) => {
    const peer = await peers.start();
    peer
      .once(path, absent)
      .times(2, `POST ${base}/uploads/`, opened)
      .once('PUT /up/1', tooLarge)
      .once('PATCH /up/1', { status: 201, headers: range === undefined ? {} : { range } });
    expect(await failureOf(remotes.repository(peer).push(large))).toMatchObject({
      code: 'ERR_OCI_INVALID_ANSWER',
      hint: expect.stringContaining('in parts') as string,
    });
  });
});

describe('a blob that another repository of the registry has', () => {
  const mount = `POST ${base}/uploads/?mount=${encodeURIComponent(digest)}&from=acme%2Fold`;
  const mountable = (peer: ScriptedPeer, registry = peer.host): BlobSource => ({
    ...blob,
    mountFrom: { registry, path: 'acme/old' },
  });

  it('is mounted, and its content not even opened', async () => {
    const peer = await peers.start();
    peer.once(mount, { status: 201, headers: { 'docker-content-digest': digest } });
    const source = { ...mountable(peer), open: () => Promise.reject(new Error('opened')) };
    expect(await remotes.repository(peer).push(source)).toBe('mounted');
  });

  it('is asked for with the right to push here and to pull there, in one token', async () => {
    const peer = await peers.start();
    const field = `Bearer realm="${peer.origin}/token",scope="repository:acme/null:pull,push"`;
    peer
      .once(mount, { status: 401, headers: { 'www-authenticate': field } })
      .once('GET /token', { body: { token: 't' } })
      .once(mount, { status: 201 });
    expect(await remotes.repository(peer).push(mountable(peer))).toBe('mounted');
    expect(new URL(peer.requests[1]?.path ?? '', peer.origin).searchParams.getAll('scope')).toEqual(
      ['repository:acme/null:pull,push', 'repository:acme/old:pull'],
    );
  });

  it('is sent to the upload that is opened instead of a mount', async () => {
    const peer = await peers.start();
    peer
      .once(mount, opened)
      .once(`HEAD ${base}/${digest}`, absent)
      .once('PUT /up/1', { status: 201 });
    expect(await remotes.repository(peer).push(mountable(peer))).toBe('pushed');
    expect(peer.requests.at(-1)?.body.toString()).toBe('hello');
  });

  it.each([400, 403, 404, 405, 500])('is sent when the mount is answered %i', async (status) => {
    const peer = await peers.start();
    peer
      .once(mount, { status })
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 201 });
    expect(await remotes.repository(peer).push(mountable(peer))).toBe('pushed');
  });

  it('is sent when there is no right to read it there', async () => {
    const peer = await peers.start();
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
    peer
      .once(mount, challenge)
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 201 });
    expect(await remotes.repository(peer).push(mountable(peer))).toBe('pushed');
  });

  it('is not asked for in another registry', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${base}/${digest}`, absent)
      .once(`POST ${base}/uploads/`, opened)
      .once('PUT /up/1', { status: 201 });
    expect(await remotes.repository(peer).push(mountable(peer, 'other.example'))).toBe('pushed');
    expect(peer.log()).not.toContain(mount);
  });

  it('is refused when something else was mounted', async () => {
    const peer = await peers.start();
    const other = bytesSource(Buffer.from('other'), 'x').descriptor.digest;
    peer.once(mount, { status: 201, headers: { 'docker-content-digest': other } });
    expect(await failureOf(remotes.repository(peer).push(mountable(peer)))).toMatchObject({
      code: 'ERR_CONTENT_DIGEST_MISMATCH',
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
    ['http://evil.example/x', 'ERR_HTTP_REDIRECT_REFUSED'],
  ])('is refused at %s', async (location, code) => {
    const peer = await peers.start();
    guardedPeer(peer, location);
    expect(await failureOf(remotes.repository(peer, options).push(blob))).toMatchObject({ code });
  });
});
