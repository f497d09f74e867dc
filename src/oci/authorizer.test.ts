import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { makeManualClock, useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { bytesSource } from '../content/index.ts';
import { type Descriptor, digestOf } from '../spec/index.ts';
import type { Credentials } from './credentials.ts';

const peers = usePeers();
const remotes = useRemotes();
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const blobPath = `/v2/acme/null/blobs/${blob.descriptor.digest}`;
const basic: Credentials = { kind: 'basic', username: 'robot$a+b', password: 'hunter2' };
const anonymous: Credentials = { kind: 'anonymous' };

function challenge(value: string): Reply {
  return { status: 401, headers: { 'www-authenticate': value } };
}

/** Lets in whoever shows this `Authorization`. */
function guarded(expected: string, field: string): (request: { headers: object }) => Reply {
  return ({ headers }) =>
    'authorization' in headers && headers.authorization === expected
      ? { body: 'hello' }
      : challenge(field);
}

function bearerField(peer: ScriptedPeer, more = ''): string {
  return `Bearer realm="${peer.origin}/token",service="reg"${more}`;
}

describe('Basic', () => {
  const header = `Basic ${Buffer.from('robot$a+b:hunter2').toString('base64')}`;

  it('is sent after the registry asked for it, and from then on at once', async () => {
    const peer = await peers.start();
    peer.times(3, `GET ${blobPath}`, guarded(header, 'Basic realm="r"'));
    const repository = remotes.repository(peer, { credentials: basic });
    for (let turn = 0; turn < 2; turn++) {
      expect((await buffer(await repository.fetch(blob.descriptor))).toString()).toBe('hello');
    }
    expect(peer.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      header,
      header,
    ]);
  });

  it('is not sent to a registry that takes everybody', async () => {
    const peer = await peers.start();
    peer.once(`GET ${blobPath}`, { body: 'hello' });
    await buffer(await remotes.repository(peer, { credentials: basic }).fetch(blob.descriptor));
    peer.expectNeverSaw('hunter2');
  });

  it.each([
    [basic, 'it answered 401', 'The configured user name and password'],
    [anonymous, 'it wants a user name and password', 'No credentials are configured for 127.0.0.1'],
    [
      { kind: 'identity-token', refreshToken: 'hunter2' } as const,
      'it wants a user name and password; the configured identity token is of no use there',
      'Log in with "tofu-oci login 127.0.0.1',
    ],
    [
      { kind: 'access-token', token: 'hunter2' } as const,
      'it wants a user name and password; the configured access token is of no use there',
      'Log in with "tofu-oci login 127.0.0.1',
    ],
  ])(
    'refused for %o is an authentication error that says what to do',
    async (credentials, message, hint) => {
      const peer = await peers.start();
      peer.always(`GET ${blobPath}`, challenge('Basic realm="r"'));
      const error = await failureOf(
        remotes.repository(peer, { credentials }).fetch(blob.descriptor),
      );
      expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED', category: 'auth' });
      expect(String(error)).toContain(message);
      expect(error).toHaveProperty('hint', expect.stringContaining(hint));
      expect(error).toHaveProperty('hint', expect.stringContaining('"tofu-oci login 127.0.0.1:'));
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hunter2');
    },
  );

  it('takes up a password that was changed meanwhile', async () => {
    const peer = await peers.start();
    let password = 'first';
    peer.always(`GET ${blobPath}`, ({ headers }) =>
      headers.authorization === `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`
        ? { body: 'hello' }
        : challenge('Basic realm="r"'),
    );
    const repository = remotes.repository(peer, {
      credentials: {
        credentialsFor: () => Promise.resolve({ kind: 'basic', username: 'ann', password }),
      },
    });
    await buffer(await repository.fetch(blob.descriptor));
    password = 'second';
    await buffer(await repository.fetch(blob.descriptor));
    expect(peer.requests).toHaveLength(4);
  });
});

describe('a login that nobody can give', () => {
  it.each([
    ['Negotiate', 'of a kind that nobody here knows (negotiate)'],
    ['Bearer service="reg"', 'it wants a token, and does not say who gives it'],
    ['"', 'it wants a login, and does not say of what kind'],
  ])('is explained for %j', async (field, message) => {
    const peer = await peers.start();
    peer.once(`GET ${blobPath}`, challenge(field));
    const error = await failureOf(
      remotes.repository(peer, { credentials: basic }).fetch(blob.descriptor),
    );
    expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED' });
    expect(String(error)).toContain(message);
    peer.expectNeverSaw('hunter2');
  });

  it('is not said to be a missing one when the registry did not ask for any', async () => {
    const peer = await peers.start();
    peer.once(`GET ${blobPath}`, { status: 401 });
    const error = await failureOf(
      remotes.repository(peer, { credentials: basic }).fetch(blob.descriptor),
    );
    expect(error).toHaveProperty('hint', expect.stringContaining('does not say how to log in'));
    peer.expectNeverSaw('hunter2');
  });

  it('is a password where a token server has no name', async () => {
    const peer = await peers.start();
    const header = `Basic ${Buffer.from('robot$a+b:hunter2').toString('base64')}`;
    peer.times(2, `GET ${blobPath}`, guarded(header, 'Bearer service="reg", Basic realm="r"'));
    const repository = remotes.repository(peer, { credentials: basic });
    await buffer(await repository.fetch(blob.descriptor));
  });
});

describe('Bearer', () => {
  it('gets a token with Basic for the scope of the request', async () => {
    const peer = await peers.start();
    peer
      .times(2, `GET ${blobPath}`, guarded('Bearer t1', bearerField(peer)))
      .once('GET /token', { body: { token: 't1' } });
    await buffer(await remotes.repository(peer, { credentials: basic }).fetch(blob.descriptor));
    expect(peer.log()[1]).toBe('GET /token?service=reg&scope=repository%3Aacme%2Fnull%3Apull');
    expect(peer.requests[1]?.headers.authorization).toMatch(/^Basic /u);
  });

  it('gets an anonymous token for anonymous users', async () => {
    const peer = await peers.start();
    peer
      .times(2, `GET ${blobPath}`, guarded('Bearer t1', bearerField(peer)))
      .once('GET /token', { body: { access_token: 't1' } });
    await buffer(await remotes.repository(peer).fetch(blob.descriptor));
    expect(peer.requests[1]?.headers.authorization).toBeUndefined();
  });

  it('posts an identity token as a form, and nothing of it to the registry', async () => {
    const [peer, auth] = [await peers.start(), await peers.start()];
    peer.times(2, `GET ${blobPath}`, guarded('Bearer t1', bearerField(auth)));
    auth.once('POST /token', { body: { access_token: 't1' } });
    const credentials = { kind: 'identity-token', refreshToken: 'refresh/1' } as const;
    await buffer(await remotes.repository(peer, { credentials }).fetch(blob.descriptor));
    expect(Object.fromEntries(new URLSearchParams(auth.requests[0]?.body.toString()))).toEqual({
      grant_type: 'refresh_token',
      service: 'reg',
      client_id: 'tofu-oci',
      scope: 'repository:acme/null:pull',
      refresh_token: 'refresh/1',
    });
    peer.expectNeverSaw('refresh/1');
  });

  it('sends a configured access token just as it is', async () => {
    const peer = await peers.start();
    peer.times(2, `GET ${blobPath}`, guarded('Bearer mine', bearerField(peer)));
    const credentials = { kind: 'access-token', token: 'mine' } as const;
    await buffer(await remotes.repository(peer, { credentials }).fetch(blob.descriptor));
  });

  it('uses a token again until it expires, 60 s when the server says nothing', async () => {
    const peer = await peers.start();
    const clock = makeManualClock();
    let count = 0;
    peer
      .times(4, `GET ${blobPath}`, ({ headers }) =>
        headers.authorization === `Bearer t${String(count)}`
          ? { body: 'hello' }
          : challenge(bearerField(peer)),
      )
      .times(2, 'GET /token', () => ({ body: { token: `t${String((count += 1))}` } }));
    const repository = remotes.repository(peer, { clock });
    await buffer(await repository.fetch(blob.descriptor));
    clock.advance(45_000);
    await buffer(await repository.fetch(blob.descriptor));
    clock.advance(15_000);
    await buffer(await repository.fetch(blob.descriptor));
    expect(peer.log().map((line) => line.split('?', 1)[0])).toEqual([
      `GET ${blobPath}`,
      'GET /token',
      `GET ${blobPath}`,
      `GET ${blobPath}`,
      'GET /token',
      `GET ${blobPath}`,
    ]);
  });

  it('keeps tokens of different repositories apart', async () => {
    const peer = await peers.start();
    const other = blobPath.replace('acme/null', 'acme/other');
    peer
      .times(2, `GET ${blobPath}`, guarded('Bearer null', bearerField(peer)))
      .times(2, `GET ${other}`, guarded('Bearer other', bearerField(peer)))
      .times(2, 'GET /token', ({ path }) => ({
        body: { token: path.includes('other') ? 'other' : 'null' },
      }));
    await buffer(await remotes.repository(peer).fetch(blob.descriptor));
    await buffer(await remotes.repository(peer, { path: 'acme/other' }).fetch(blob.descriptor));
  });

  it('asks once for a token that many requests wait for', async () => {
    const peer = await peers.start();
    peer
      .always(`GET ${blobPath}`, guarded('Bearer t1', bearerField(peer)))
      .once('GET /token', { body: { token: 't1' } });
    const repository = remotes.repository(peer);
    const streams = await Promise.all([1, 2, 3, 4].map(() => repository.fetch(blob.descriptor)));
    await Promise.all(streams.map((stream) => buffer(stream)));
    expect(peer.log().filter((line) => line.startsWith('GET /token'))).toHaveLength(1);
  });

  it('gets a new token when the registry has tired of the old one', async () => {
    const peer = await peers.start();
    let valid = 't1';
    peer
      .always(`GET ${blobPath}`, ({ headers }) =>
        headers.authorization === `Bearer ${valid}`
          ? { body: 'hello' }
          : challenge(bearerField(peer)),
      )
      .times(2, 'GET /token', () => ({ body: { token: valid } }));
    const repository = remotes.repository(peer);
    await buffer(await repository.fetch(blob.descriptor));
    valid = 't2';
    await buffer(await repository.fetch(blob.descriptor));
  });

  it('gives up when a fresh token is refused too', async () => {
    const peer = await peers.start();
    peer
      .times(2, `GET ${blobPath}`, challenge(bearerField(peer, ',error="insufficient_scope"')))
      .once('GET /token', { body: { token: 't1' } });
    expect(await failureOf(remotes.repository(peer).fetch(blob.descriptor))).toMatchObject({
      code: 'ERR_OCI_UNAUTHORIZED',
    });
  });

  it.each([400, 401, 403])('explains a token server that answers %i', async (status) => {
    const peer = await peers.start();
    peer
      .once(`GET ${blobPath}`, challenge(bearerField(peer)))
      .once('GET /token', { status, body: { details: 'incorrect username or password' } });
    const repository = remotes.repository(peer, { credentials: basic });
    const error = await failureOf(repository.fetch(blob.descriptor));
    expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED' });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it.each([
    [{ body: 'no json' }, 'ERR_OCI_INVALID_ANSWER'],
    [{ body: [] }, 'ERR_OCI_INVALID_ANSWER'],
    [{ body: {} }, 'ERR_OCI_INVALID_ANSWER'],
    [{ body: { token: 'two\nlines' } }, 'ERR_OCI_INVALID_ANSWER'],
    [{ body: { token: 7 } }, 'ERR_OCI_INVALID_ANSWER'],
    [{ body: { token: 'x', filler: 'x'.repeat(200_000) } }, 'ERR_OCI_INVALID_ANSWER'],
    [{ status: 404, body: 'nothing' }, 'ERR_OCI_RESPONSE'],
  ])('refuses the token answer %#', async (reply, code) => {
    const peer = await peers.start();
    peer.once(`GET ${blobPath}`, challenge(bearerField(peer))).once('GET /token', reply);
    expect(await failureOf(remotes.repository(peer).fetch(blob.descriptor))).toMatchObject({
      code,
    });
  });

  it.each([0, -5, 'soon', null, 1e300])(
    'takes %j as a lifetime of a minute at least and a day at most',
    async (lifetime) => {
      const peer = await peers.start();
      const clock = makeManualClock();
      peer
        .times(3, `GET ${blobPath}`, guarded('Bearer t1', bearerField(peer)))
        .once('GET /token', { body: { token: 't1', expires_in: lifetime } });
      const repository = remotes.repository(peer, { clock });
      await buffer(await repository.fetch(blob.descriptor));
      clock.advance(45_000);
      await buffer(await repository.fetch(blob.descriptor));
    },
  );
});

describe('where credentials do not go', () => {
  it.each([
    'https://evil.example/token',
    'http://evil.example/token',
    'http://169.254.169.254/token',
    'ftp://127.0.0.1/token',
  ])('not to the realm %s', async (realm) => {
    const peer = await peers.start();
    peer.once(`GET ${blobPath}`, challenge(`Bearer realm="${realm}"`));
    const repository = remotes.repository(peer, { credentials: basic });
    expect(await failureOf(repository.fetch(blob.descriptor))).toMatchObject({
      code: 'ERR_OCI_REALM_REFUSED',
    });
  });

  it('not on from a token server that redirects', async () => {
    const [peer, evil] = [await peers.start(), await peers.start()];
    peer
      .once(`GET ${blobPath}`, challenge(bearerField(peer)))
      .once('GET /token', { status: 307, headers: { location: `${evil.origin}/token` } });
    const repository = remotes.repository(peer, { credentials: basic });
    expect(await failureOf(repository.fetch(blob.descriptor))).toMatchObject({
      code: 'ERR_HTTP_REDIRECT_REFUSED',
    });
    expect(evil.requests).toEqual([]);
  });

  it('not to a host that blobs are redirected to, even if it asks for them', async () => {
    const [peer, evil] = [await peers.start(), await peers.start()];
    const header = `Basic ${Buffer.from('robot$a+b:hunter2').toString('base64')}`;
    peer.times(2, `GET ${blobPath}`, ({ headers }) =>
      headers.authorization === header
        ? { status: 307, headers: { location: `${evil.origin}/blob` } }
        : challenge('Basic realm="r"'),
    );
    evil.once('GET /blob', challenge('Basic realm="evil"'));
    const repository = remotes.repository(peer, { credentials: basic });
    expect(await failureOf(repository.fetch(blob.descriptor))).toMatchObject({
      code: 'ERR_OCI_UNAUTHORIZED',
      message: expect.stringContaining(
        `it sent us on to ${evil.host}, which wants a login of its own`,
      ) as string,
    });
    evil.expectNeverSaw('hunter2');
    expect(evil.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('403', () => {
  it('is an access error that tells what the registry said', async () => {
    const peer = await peers.start();
    const errors = [{ code: 'DENIED', message: 'quota of \u001b[31mred\u001b[0m exceeded' }];
    peer.once(`GET ${blobPath}`, { status: 403, body: { errors } });
    const target: Descriptor = { ...blob.descriptor, digest: digestOf(Buffer.from('hello')) };
    const error = await failureOf(remotes.repository(peer).fetch(target));
    expect(error).toMatchObject({ code: 'ERR_OCI_DENIED', category: 'auth' });
    expect(String(error)).toContain('exceeded');
    expect(String(error)).not.toContain('\u001b');
  });
});
