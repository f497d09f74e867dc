import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { makeManualClock, useRemotes } from '../../test/support/remote-repository.ts';
import {
  type Reply,
  type ScriptedPeer,
  type SeenRequest,
  usePeers,
} from '../../test/support/scripted-peer.ts';
import { bytesSource } from '../content/index.ts';
import type { Credentials } from './credentials.ts';

const peers = usePeers();
const remotes = useRemotes();
const { descriptor } = bytesSource(Buffer.from('hello'), 'archive/zip');
const pathIn = (repository: string): string => `/v2/${repository}/blobs/${descriptor.digest}`;

const basic: Credentials = { kind: 'basic', username: 'robot$a+b', password: 'hunter 2&=' };
const identity: Credentials = { kind: 'identity-token', refreshToken: 'refresh/1' };

/** A registry that lets in whoever shows one of these tokens. */
async function registryTaking(
  tokens: readonly string[],
  challenge?: (peer: ScriptedPeer) => string,
): Promise<ScriptedPeer> {
  const peer = await peers.start();
  const field = challenge?.(peer) ?? `Bearer realm="${peer.origin}/token",service="reg"`;
  return peer.always(
    ({ path }) => path.startsWith('/v2/'),
    ({ headers }): Reply =>
      tokens.some((token) => headers.authorization === `Bearer ${token}`)
        ? { body: 'hello' }
        : { status: 401, headers: { 'www-authenticate': field } },
  );
}

const formOf = ({ body }: SeenRequest): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(body.toString()));
const tokenRequests = (peer: ScriptedPeer): readonly SeenRequest[] =>
  peer.requests.filter(({ path }) => path.startsWith('/token'));

async function pull(
  peer: ScriptedPeer,
  credentials: Credentials,
  more: Partial<Parameters<typeof remotes.repository>[1]> = {},
): Promise<string> {
  const repository = remotes.repository(peer, { credentials, ...more });
  return (await buffer(await repository.fetch(descriptor))).toString();
}

describe('a token server without GET', () => {
  it.each([404, 405, 501])('that answers %i is asked by the OAuth2 form', async (status) => {
    const peer = await registryTaking(['t1']);
    peer.once('GET /token', { status }).once('POST /token', { body: { access_token: 't1' } });
    expect(await pull(peer, basic)).toBe('hello');
    const [, post] = tokenRequests(peer);
    expect(post?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(post === undefined ? {} : formOf(post)).toEqual({
      grant_type: 'password',
      service: 'reg',
      client_id: 'tofu-oci',
      scope: 'repository:acme/null:pull',
      username: 'robot$a+b',
      password: 'hunter 2&=',
    });
  });

  it('is given up where there is no password to put into the form', async () => {
    const peer = await registryTaking([]);
    peer.once('GET /token', { status: 404 });
    const error = await failureOf(pull(peer, { kind: 'anonymous' }));
    expect(error).toMatchObject({ code: 'ERR_OCI_RESPONSE' });
  });

  it.each([400, 401, 403])('that refuses the form with %i is an error', async (status) => {
    const peer = await registryTaking([]);
    peer.once('GET /token', { status: 404 }).once('POST /token', { status });
    const error = await failureOf(pull(peer, basic));
    expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED' });
    expect(String(error)).toContain(`answered ${String(status)} to POST`);
  });
});

describe('a token server without the OAuth2 form', () => {
  it.each([404, 405, 501])('that answers %i is said to take no identity tokens', async (status) => {
    const peer = await registryTaking([]);
    peer.once('POST /token', { status });
    const error = await failureOf(pull(peer, identity));
    expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED', category: 'auth' });
    expect(String(error)).toContain('its token server takes no identity tokens');
    expect(error).toHaveProperty('hint', expect.stringContaining('user name and password'));
  });
});

describe('a refresh token that comes with a token', () => {
  it('gets the tokens of other repositories, so that the password travels once', async () => {
    const peer = await registryTaking(['t1', 't2']);
    peer
      .once('GET /token', { body: { token: 't1', refresh_token: 'r1' } })
      .once('POST /token', { body: { access_token: 't2' } });
    const repository = remotes.repositories(peer, { credentials: basic });
    await buffer(await repository('acme/null').fetch(descriptor));
    await buffer(await repository('acme/other').fetch(descriptor));
    const [, second] = tokenRequests(peer);
    expect(second?.headers.authorization).toBeUndefined();
    expect(second === undefined ? {} : formOf(second)).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'r1',
      scope: 'repository:acme/other:pull',
    });
    for (const { path, text } of peer.requests) {
      if (path.startsWith('/v2/')) expect(text).not.toContain('r1');
    }
  });

  it('is used in place of the identity token that it replaces', async () => {
    const peer = await registryTaking(['t1', 't2', 't3']);
    const clock = makeManualClock();
    let count = 0;
    peer.times(3, 'POST /token', () => {
      count += 1;
      return { body: { access_token: `t${String(count)}`, refresh_token: `r${String(count)}` } };
    });
    const repository = remotes.repository(peer, { credentials: identity, clock });
    for (let turn = 0; turn < 3; turn++) {
      await buffer(await repository.fetch(descriptor));
      clock.advance(60_000);
    }
    const shown = tokenRequests(peer).map((request) => formOf(request)['refresh_token']);
    expect(shown).toEqual(['refresh/1', 'r1', 'r2']);
  });

  it.each([400, 401, 403, 404, 405, 500])(
    'gives way to the password when it is answered with %i',
    async (status) => {
      const peer = await registryTaking(['t1', 't2']);
      const clock = makeManualClock();
      peer
        .once('GET /token', { body: { token: 't1', refresh_token: 'r1' } })
        .always('POST /token', { status })
        .once('GET /token', { body: { token: 't2' } });
      const repository = remotes.repository(peer, { credentials: basic, clock });
      await buffer(await repository.fetch(descriptor));
      clock.advance(60_000);
      await buffer(await repository.fetch(descriptor));
    },
  );

  it.each([['two\nlines'], ['x'.repeat(65_537)], [7], ['']])(
    'is not kept when it is none (%#)',
    async (refreshToken) => {
      const peer = await registryTaking(['t1']);
      const clock = makeManualClock();
      peer.times(2, 'GET /token', { body: { token: 't1', refresh_token: refreshToken } });
      const repository = remotes.repository(peer, { credentials: basic, clock });
      await buffer(await repository.fetch(descriptor));
      clock.advance(60_000);
      await buffer(await repository.fetch(descriptor));
    },
  );

  it('is not asked for, and not kept of strangers', async () => {
    const peer = await registryTaking(['t1']);
    const clock = makeManualClock();
    peer.times(2, 'GET /token', { body: { token: 't1', refresh_token: 'r1' } });
    const repository = remotes.repository(peer, { clock });
    await buffer(await repository.fetch(descriptor));
    clock.advance(60_000);
    await buffer(await repository.fetch(descriptor));
    expect(tokenRequests(peer)[0]?.path).not.toContain('offline');
  });
});

describe('a token', () => {
  it.each([
    [{ token: 't1', access_token: 'other' }],
    [{ access_token: 't1' }],
    [{ token: '', access_token: 't1' }],
    [{ token: null, access_token: 't1' }],
  ])('is read from %j', async (body) => {
    const peer = await registryTaking(['t1']);
    peer.once('GET /token', { body });
    expect(await pull(peer, basic)).toBe('hello');
  });

  it.each([['x'.repeat(65_537)], ['a b'], ['a\u007f'], [{}], [['t1']]])(
    'is refused when it can stand in no header (%#)',
    async (token) => {
      const peer = await registryTaking(['t1']);
      peer.once('GET /token', { body: { token } });
      const error = await failureOf(pull(peer, basic));
      expect(error).toMatchObject({ code: 'ERR_OCI_INVALID_ANSWER' });
    },
  );

  const issued = (seconds: number) => ({
    issued_at: new Date(Date.parse('2001-01-01T00:00:00Z') - seconds * 1000).toISOString(),
  });
  const date = { date: 'Mon, 01 Jan 2001 00:00:00 GMT' };

  it.each([
    ['nothing is said', {}, {}, 50],
    ['less than a minute is said', { expires_in: 5 }, {}, 50],
    ['five minutes are said', { expires_in: 300 }, {}, 290],
    ['they are said as text', { expires_in: '300' }, {}, 290],
    ['a year is said', { expires_in: 31_536_000 }, {}, 24 * 3600 - 10],
    [
      'it is a minute old by the clock of its server',
      { expires_in: 300, ...issued(60) },
      date,
      230,
    ],
    ['its server has no clock', { expires_in: 300, ...issued(60) }, { date: 'x' }, 290],
    ['it is from the future', { expires_in: 300, ...issued(-500) }, date, 290],
    ['it is older than it may get', { expires_in: 300, ...issued(900) }, date, 20],
    ['it is older than any', { expires_in: 300, ...issued(1e8) }, date, 290],
    ['its age is nonsense', { expires_in: 300, issued_at: ['now'] }, date, 290],
  ])('is used for its time when %s', async (_, body, headers, seconds) => {
    const peer = await registryTaking(['t1']);
    const clock = makeManualClock();
    peer.times(2, 'GET /token', { headers, body: { token: 't1', ...body } });
    const repository = remotes.repository(peer, { clock });
    await buffer(await repository.fetch(descriptor));
    clock.advance(seconds * 1000 - 1);
    await buffer(await repository.fetch(descriptor));
    expect(tokenRequests(peer)).toHaveLength(1);
    clock.advance(1);
    await buffer(await repository.fetch(descriptor));
    expect(tokenRequests(peer)).toHaveLength(2);
  });

  it('is asked for once more with credentials that changed meanwhile', async () => {
    const peer = await registryTaking(['t1']);
    const clock = makeManualClock();
    peer.times(2, 'GET /token', { body: { token: 't1' } });
    let count = 0;
    const repository = remotes.repository(peer, {
      clock,
      credentials: {
        credentialsFor: () => {
          count += 1;
          return Promise.resolve({ kind: 'basic', username: 'a', password: `p${String(count)}` });
        },
      },
    });
    await buffer(await repository.fetch(descriptor));
    clock.advance(60_000);
    await buffer(await repository.fetch(descriptor));
    const shown = tokenRequests(peer).map(({ headers }) =>
      Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString(),
    );
    expect(shown).toEqual(['a:p1', 'a:p2']);
  });
});

describe('a challenge', () => {
  it.each([
    ['without a scope is given the one of the request', '', ['repository:acme/null:pull']],
    [
      'with a scope that is not enough has it completed',
      ',scope="repository:other/x:pull"',
      ['repository:acme/null:pull', 'repository:other/x:pull'],
    ],
    [
      'with a scope longer than any is given the one of the request',
      `,scope="repository:${'x'.repeat(600)}:pull"`,
      ['repository:acme/null:pull'],
    ],
    [
      'with a parameter longer than any loses it',
      `,scope="repository:${'x:pull y'.repeat(600)}:pull"`,
      ['repository:acme/null:pull'],
    ],
  ])('%s', async (_, more, scopes) => {
    const peer = await registryTaking(
      ['t1'],
      ({ origin }) => `Bearer realm="${origin}/token"${more}`,
    );
    peer.once('GET /token', { body: { token: 't1' } });
    expect(await pull(peer, { kind: 'anonymous' })).toBe('hello');
    const query = new URL(tokenRequests(peer)[0]?.path ?? '', peer.origin).searchParams;
    expect(query.getAll('scope')).toEqual(scopes);
    expect(query.has('service')).toBe(false);
  });

  it('keeps the query that the realm has', async () => {
    const peer = await registryTaking(['t1'], ({ origin }) => `Bearer realm="${origin}/token?a=b"`);
    peer.once('GET /token', { body: { token: 't1' } });
    expect(await pull(peer, { kind: 'anonymous' })).toBe('hello');
    expect(tokenRequests(peer)[0]?.path).toMatch(/^\/token\?a=b&scope=/u);
  });
});

describe('tokens of repositories', () => {
  it('are each their own, and asked for anew where their number outgrows what is kept', async () => {
    const peer = await peers.start();
    peer
      .always(
        ({ path }) => path.startsWith('/v2/'),
        ({ headers, path }): Reply =>
          headers.authorization === `Bearer ${path.split('/')[2] ?? ''}`
            ? { body: 'hello' }
            : {
                status: 401,
                headers: { 'www-authenticate': `Bearer realm="${peer.origin}/token"` },
              },
      )
      .always('GET /token', ({ path }) => {
        const [, name = ''] = decodeURIComponent(path).split(':');
        return { body: { token: name } };
      });
    const repository = remotes.repositories(peer);
    for (let index = 0; index < 260; index++) {
      await buffer(await repository(`r${String(index)}`).fetch(descriptor));
    }
    expect(tokenRequests(peer)).toHaveLength(260);
    await buffer(await repository('r259').fetch(descriptor));
    expect(tokenRequests(peer)).toHaveLength(260);
    await buffer(await repository('r0').fetch(descriptor));
    expect(tokenRequests(peer)).toHaveLength(261);
    expect(peer.requests.at(-1)?.path).toBe(pathIn('r0'));
  });
});
