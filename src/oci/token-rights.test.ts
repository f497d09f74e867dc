import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { makeManualClock, useRemotes } from '../../test/support/remote-repository.ts';
import {
  type Reply,
  type ScriptedPeer,
  type SeenRequest,
  usePeers,
} from '../../test/support/scripted-peer.ts';
import {
  parseScope,
  startTokenServer,
  type TokenServer,
  type TokenServerOptions,
} from '../../test/support/token-server.ts';
import { bytesSource } from '../content/index.ts';
import type { Credentials } from './credentials.ts';
import { grantedScopes, scopesInToken, tellShortfall } from './token-scopes.ts';

const peers = usePeers();
const remotes = useRemotes();
const content = Buffer.alloc(30_000, 'provider');
const blob = bytesSource(content, 'archive/zip');
const { descriptor } = blob;
const { digest } = descriptor;
const base = '/v2/acme/null/blobs';
const user: Credentials = { kind: 'basic', username: 'ann', password: 'hunter2' };
const anonymous: Credentials = { kind: 'anonymous' };

async function startTokens(options: Partial<TokenServerOptions> = {}): Promise<TokenServer> {
  const users = { ann: 'hunter2' };
  const server = await startTokenServer({ service: 'reg', users, ...options });
  onTestFinished(() => server.close());
  return server;
}

function claimsOf({ headers }: Pick<SeenRequest, 'headers'>): {
  readonly exp?: number;
  readonly scopes: readonly string[];
} {
  const token = /^Bearer (.*)$/u.exec(headers.authorization ?? '')?.[1] ?? '';
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const { exp } = (payload === '' ? {} : JSON.parse(payload)) as { exp?: number };
  return { ...(exp === undefined ? {} : { exp }), scopes: scopesInToken(token) ?? [] };
}

/** Whether a request shows a token with this scope. */
function mayDo(request: Pick<SeenRequest, 'headers'>, scope: string): boolean {
  return covers(claimsOf(request).scopes, [scope]);
}

function covers(granted: readonly string[], asked: readonly string[]): boolean {
  return asked
    .flatMap(parseScope)
    .every(({ actions, name }) =>
      granted
        .flatMap(parseScope)
        .some((held) => held.name === name && actions.every((one) => held.actions.includes(one))),
    );
}

/** A registry that asks for tokens with the scope that each request needs. */
function guard(peer: ScriptedPeer, tokens: TokenServer): ScriptedPeer {
  const needs = ({ method }: Pick<SeenRequest, 'method'>): string =>
    `repository:acme/null:${method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push'}`;
  return peer.always(
    (request) => !mayDo(request, needs(request)),
    (request) => {
      const insufficient = request.headers.authorization === undefined ? '' : 'insufficient_scope';
      const error = insufficient === '' ? '' : `,error="${insufficient}"`;
      const scope = `,scope="${needs(request)}"${error}`;
      const field = `Bearer realm="${tokens.realm}",service="${tokens.service}"${scope}`;
      return {
        status: 401,
        headers: { 'www-authenticate': field },
        body: { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
      };
    },
  );
}

describe('a token with fewer rights than were asked for', () => {
  it.each([
    {
      who: 'a user who may read',
      credentials: user,
      granted: ['pull'],
      code: 'ERR_OCI_DENIED',
      message: 'the token server grants the right to pull acme/null, not to push',
    },
    {
      who: 'a user who may write and not read',
      credentials: user,
      granted: ['push'],
      code: 'ERR_OCI_DENIED',
      message: 'the token server grants the right to push acme/null, not to pull',
    },
    {
      who: 'a user who may nothing',
      credentials: user,
      granted: [],
      code: 'ERR_OCI_DENIED',
      message: 'the token server grants no right to pull or push acme/null',
    },
    {
      who: 'a stranger',
      credentials: anonymous,
      granted: ['pull'],
      code: 'ERR_OCI_UNAUTHORIZED',
      message: 'the token server grants the right to pull acme/null, not to push',
    },
  ])('ends a push of $who with one answer that says so', async (table) => {
    const tokens = await startTokens({ grant: () => table.granted });
    const peer = guard(await peers.start(), tokens);
    peer.always(`HEAD ${base}/${digest}`, { status: 404 });
    const repository = remotes.repository(peer, { credentials: table.credentials });
    const error = await failureOf(
      repository.push({ ...bytesSource(content, 'archive/zip'), mountFrom: undefined }),
    );
    const isReadRefused = !table.granted.includes('pull');
    const expected = isReadRefused ? /grants no right to pull acme\/null/u : table.message;
    expect(error).toMatchObject({ code: table.code, category: 'auth' });
    expect(String(error)).toMatch(expected);
    // One without a token and one with, of the read and, where that is allowed, of the write.
    expect(peer.requests).toHaveLength(isReadRefused ? 2 : 4);
    expect(tokens.requests).toHaveLength(isReadRefused ? 1 : 2);
    expect(error).toHaveProperty(
      'hint',
      expect.stringContaining(table.credentials === user ? 'what that user may do' : 'log in with'),
    );
  });

  it('is denied also when it does not say what it is good for', async () => {
    const peer = await peers.start();
    const field = `Bearer realm="${peer.origin}/token"`;
    peer
      .once(`GET ${base}/${digest}`, { status: 401, headers: { 'www-authenticate': field } })
      .once('GET /token', { body: { token: 'opaque' } })
      .once(`GET ${base}/${digest}`, {
        status: 401,
        headers: { 'www-authenticate': `${field},error="insufficient_scope"` },
      });
    const error = await failureOf(
      remotes.repository(peer, { credentials: user }).fetch(descriptor),
    );
    expect(error).toMatchObject({ code: 'ERR_OCI_DENIED' });
    expect(String(error)).toContain('the token it was shown is not good for it');
  });

  it('does not keep a blob from being sent whose source may not be read', async () => {
    const tokens = await startTokens({
      grant: (_, { actions, name }) => (name === 'acme/secret' ? [] : actions),
    });
    const peer = await peers.start();
    peer.once(
      (request) =>
        request.path.includes('mount=') &&
        !mayDo(request, 'repository:acme/secret:pull') &&
        request.headers.authorization !== undefined,
      {
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="${tokens.realm}",service="reg"` },
      },
    );
    guard(peer, tokens)
      .once(`HEAD ${base}/${digest}`, { status: 404 })
      .once(`POST ${base}/uploads/`, { status: 202, headers: { location: '/v2/up' } })
      .once('PUT /v2/up', { status: 201 });
    const repository = remotes.repository(peer, { credentials: user });
    const mountFrom = { registry: peer.host, path: 'acme/secret' };
    expect(await repository.push({ ...blob, mountFrom })).toBe('pushed');
    expect(tokens.requests[0]?.scopes).toEqual([
      'repository:acme/null:pull,push',
      'repository:acme/secret:pull',
    ]);
  });
});

describe('a token that ends in the middle', () => {
  it('of a download is replaced once, and the rest is fetched', async () => {
    const clock = makeManualClock();
    const tokens = await startTokens({ clock, grant: (_, { actions }) => actions });
    const peer = await peers.start();
    let isTired = false;
    const seen: string[] = [];
    const challenge = `Bearer realm="${tokens.realm}",service="reg"`;
    peer.always(`GET ${base}/${digest}`, ({ headers }): Reply => {
      const { authorization = '', range } = headers;
      const isWelcome = authorization !== '' && (!isTired || !seen.includes(authorization));
      if (!isWelcome) return { status: 401, headers: { 'www-authenticate': challenge } };
      seen.push(authorization);
      isTired = true;
      if (range === undefined)
        return { body: content, fault: { kind: 'drop-after', bytes: 10_000 } };
      return {
        status: 206,
        headers: { 'content-range': `bytes 10000-29999/30000` },
        body: content.subarray(10_000),
      };
    });
    const repository = remotes.repository(peer, { credentials: user, clock });
    expect((await buffer(await repository.fetch(descriptor))).equals(content)).toBe(true);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(seen).size).toBe(2);
  });

  it('of an upload in parts is replaced once, and the parts are not sent again', async () => {
    const large = Buffer.alloc(8 * 1024 * 1024 + 10, 'p');
    const source = bytesSource(large, 'archive/zip');
    const tokens = await startTokens();
    const peer = await peers.start();
    const challenge = `Bearer realm="${tokens.realm}",service="reg"`;
    const refused: Reply = { status: 401, headers: { 'www-authenticate': challenge } };
    let current = '';
    const path = `HEAD ${base}/${source.descriptor.digest}`;
    let turn = 0;
    peer
      .always(({ headers }) => headers.authorization === undefined, refused)
      // The second part comes with the token of the first, which has ended meanwhile.
      .always(({ headers, method }) => {
        if (method !== 'PATCH') return false;
        const { authorization = '' } = headers;
        if (turn === 1 && authorization === current) return true;
        current = authorization;
        return false;
      }, refused)
      .once(path, { status: 404 })
      .times(2, `POST ${base}/uploads/`, { status: 202, headers: { location: '/v2/up' } })
      .once(({ method }) => method === 'PUT', { status: 413, early: true })
      .times(2, 'PATCH /v2/up', ({ headers }) => {
        turn += 1;
        const [, last = ''] = (headers['content-range'] ?? '').split('-');
        return { status: 202, headers: { location: '/v2/up', range: `0-${last}` } };
      })
      .once('PUT /v2/up', { status: 201 });
    const repository = remotes.repository(peer, { credentials: user });
    expect(await repository.push(source)).toBe('pushed');
    const parts = peer.requests
      .filter(({ method }) => method === 'PATCH')
      .map(({ headers }) => headers['content-range']);
    const [first, second] = ['0-8388607', '8388608-8388617'];
    expect(parts).toEqual([first, second, second]);
    // To read, to write, and to go on writing.
    expect(tokens.requests).toHaveLength(3);
  });

  it('is asked for once by all who met with it', async () => {
    const tokens = await startTokens();
    const peer = await peers.start();
    let spoilt = '';
    peer.always(`GET ${base}/${digest}`, ({ headers }): Reply => {
      const { authorization } = headers;
      if (authorization !== undefined && authorization !== spoilt) return { body: content };
      const field = `Bearer realm="${tokens.realm}",service="reg"`;
      return { status: 401, headers: { 'www-authenticate': field } };
    });
    const repository = remotes.repository(peer, { credentials: user });
    await buffer(await repository.fetch(descriptor));
    spoilt = peer.requests.at(-1)?.headers.authorization ?? '';
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => repository.fetch(descriptor)),
    );
    await Promise.all(streams.map((stream) => buffer(stream)));
    expect(tokens.requests).toHaveLength(2);
  });
});

describe('what a token says of its rights', () => {
  const tokenOf = (payload: unknown): string =>
    `x.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.y`;

  it.each([
    ['opaque'],
    ['a.b.c'],
    [tokenOf(7)],
    [tokenOf({})],
    [tokenOf({ access: 'all' })],
    [tokenOf({ access: [7] })],
  ])('is nothing in %s', (token) => {
    expect(scopesInToken(token)).toBeUndefined();
    expect(tellShortfall(token, ['repository:a:pull'])).toBeUndefined();
  });

  it.each([
    [['*'], undefined],
    [['pull', 'push', 'delete'], undefined],
    [['pull'], 'the token server grants the right to pull a/b, not to push'],
    [[], 'the token server grants no right to pull or push a/b'],
  ])('is told of %j', (actions, told) => {
    const token = tokenOf({ access: [{ type: 'repository', name: 'a/b', actions }] });
    expect(tellShortfall(token, ['repository:a/b:pull,push'])).toBe(told);
  });

  it('is shown without characters that a terminal would act on', () => {
    const access = [{ type: 'repository', name: 'a\u001b[31m', actions: ['pull'] }];
    const answer = Buffer.from(JSON.stringify({ token: tokenOf({ access }) }));
    expect(JSON.stringify(grantedScopes(answer))).not.toContain('u001b');
  });
});
