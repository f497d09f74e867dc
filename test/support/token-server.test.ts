import { verify } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type TokenServer, type TokenServerOptions, startTokenServer } from './token-server.ts';

async function start(options: Partial<TokenServerOptions> = {}): Promise<TokenServer> {
  const users = { ann: 'a:b' };
  const server = await startTokenServer({ service: 'registry.test', users, ...options });
  onTestFinished(() => server.close());
  return server;
}

const basic = { Authorization: `Basic ${Buffer.from('ann:a:b').toString('base64')}` };
const scope = 'repository:127.0.0.1:5000/acme/null:pull,push';

interface Granted {
  readonly token?: string;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
}

async function get(server: TokenServer, query: string, headers = {}): Promise<Response> {
  return fetch(`${server.realm}?service=registry.test&${query}`, { headers });
}

async function post(server: TokenServer, form: Record<string, string>): Promise<Response> {
  return fetch(server.realm, {
    method: 'POST',
    body: new URLSearchParams({ service: 'registry.test', client_id: 'test', ...form }),
  });
}

describe('the token server of the tests', () => {
  it.each(['ES256', 'RS256'] as const)('signs with %s', async (algorithm) => {
    const server = await start({ algorithm });
    const [header = '', claims = '', signature = ''] = server.mint([]).split('.');
    const key = { key: server.publicKey, dsaEncoding: 'ieee-p1363' as const };
    const bytes = Buffer.from(`${header}.${claims}`);
    expect(verify('sha256', bytes, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('gives tokens by GET, with the access asked for', async () => {
    const server = await start();
    const response = await get(server, `scope=${scope}&offline_token=true`, basic);
    const granted = (await response.json()) as Granted;
    expect(granted.token).toBe(granted.access_token);
    expect(claimsOf(granted.access_token)).toMatchObject({
      aud: 'registry.test',
      sub: 'ann',
      access: [{ type: 'repository', name: '127.0.0.1:5000/acme/null', actions: ['pull', 'push'] }],
    });
    expect(server.requests).toMatchObject([{ form: 'GET', user: 'ann', scopes: [scope] }]);
  });

  it('gives tokens by POST, for a password and for a refresh token', async () => {
    const server = await start();
    const login = { grant_type: 'password', username: 'ann', password: 'a:b', scope };
    const first = (await (
      await post(server, { ...login, access_type: 'offline' })
    ).json()) as Granted;
    const refresh = {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token ?? '',
      scope,
    };
    const second = (await (await post(server, refresh)).json()) as Granted;
    expect(claimsOf(second.access_token)).toMatchObject({ sub: 'ann' });
    expect((await post(server, { ...refresh, refresh_token: 'other' })).status).toBe(401);
  });

  it('gives strangers a token without access, and liars none', async () => {
    const server = await start();
    const granted = (await (await get(server, `scope=${scope}`)).json()) as Granted;
    expect(claimsOf(granted.access_token)).toMatchObject({ access: [] });
    const wrong = { Authorization: `Basic ${Buffer.from('ann:wrong').toString('base64')}` };
    expect((await get(server, `scope=${scope}`, wrong)).status).toBe(401);
    expect((await post(server, { grant_type: 'password', username: 'ann' })).status).toBe(401);
  });

  it('grants less than asked for without an error', async () => {
    const server = await start({ grant: () => ['pull'] });
    const granted = (await (await get(server, `scope=${scope}`, basic)).json()) as Granted;
    expect(claimsOf(granted.access_token)).toMatchObject({ access: [{ actions: ['pull'] }] });
  });

  it('can be one that knows no POST', async () => {
    const server = await start({ getOnly: true });
    expect((await post(server, { grant_type: 'password' })).status).toBe(404);
  });
});
