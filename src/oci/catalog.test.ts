import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { makeManualClock } from '../../test/support/remote-repository.ts';
import { type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { createHttpClient, type HttpClient } from '../http/index.ts';
import { anonymousCredentials, type CredentialSource } from './credentials.ts';
import { createRegistryClient } from './registry-client.ts';

const peers = usePeers();
const list = 'GET /v2/_catalog';
let clients: HttpClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function namesAt(
  peer: ScriptedPeer,
  credentials: CredentialSource = anonymousCredentials,
): Promise<string[]> {
  const clock = makeManualClock();
  const http = createHttpClient({ clock, retry: { maxAttempts: 1 } });
  clients = [...clients, http];
  const client = createRegistryClient({ http, clock, credentials, plainHttpHosts: [peer.host] });
  const names: string[] = [];
  const near = { registry: peer.host, path: 'tf/example.com/a/b' };
  for await (const name of client.repositoriesOf(near)) names.push(name);
  return names;
}

const link = (target: string) => ({ link: `<${target}>; rel="next"` });

describe('the repositories of a registry', () => {
  it('come from every page, without repeating the one a page ended with', async () => {
    const peer = await peers.start();
    peer
      .once(`${list}?last=b&n=2`, { body: { repositories: ['b', 'c/d'] } })
      .once(list, { headers: link('/v2/_catalog?last=b&n=2'), body: { repositories: ['a', 'b'] } });
    expect(await namesAt(peer)).toEqual(['a', 'b', 'c/d']);
    expect(peer.log()[0]).toBe(list);
  });

  it.each([
    [{ repositories: [] }, []],
    [{ repositories: null }, []],
    [{ repositories: ['ok', '../no', '', 7, null, 'Upper', 'a\nb', 'x'.repeat(300)] }, ['ok']],
  ])('of %j are %j', async (body, expected) => {
    const peer = await peers.start();
    peer.once(list, { body });
    expect(await namesAt(peer)).toEqual(expected);
  });

  it.each([
    ['400', { status: 400, body: '' }],
    ['403', { status: 403, body: { errors: [{ code: 'DENIED', message: 'no' }] } }],
    ['404', { status: 404, body: 'not here' }],
    ['405', { status: 405, body: { errors: [{ code: 'UNSUPPORTED', message: 'no' }] } }],
    ['a page for people', { body: '<html>' }],
    ['something else', { body: { names: ['a'], repositories: 'a' } }],
  ])('are unknown where the answer is %s: name the providers', async (_, reply) => {
    const peer = await peers.start();
    peer.once(list, reply);
    const error = await failureOf(namesAt(peer));
    expect(error).toMatchObject({
      code: 'ERR_OCI_NO_CATALOG',
      category: 'usage',
      registry: peer.host,
      hint: expect.stringContaining('Name the providers') as unknown,
    });
    expect(error).toHaveProperty('cause');
  });

  it.each([
    ['a user name and password', 'Basic realm="r"', /^No credentials are configured for .*log in/u],
    ['a token that nobody gives', 'Bearer service="r"', /or with tokens/u],
    ['nobody knows what', undefined, /^It does not say how to log in/u],
  ])('are for those who are logged in where the registry wants %s', async (_, wanted, hint) => {
    const peer = await peers.start();
    const headers = wanted === undefined ? {} : { 'www-authenticate': wanted };
    peer.once(list, { status: 401, headers, body: '' });
    const error = await failureOf(namesAt(peer));
    expect(error).toMatchObject({
      code: 'ERR_OCI_UNAUTHORIZED',
      category: 'auth',
      message: `${peer.host}: it wants a login before it tells which repositories it has`,
      hint: expect.stringMatching(hint) as unknown,
    });
    expect(error).toMatchObject({
      hint: expect.stringContaining('Or name the providers') as unknown,
    });
  });

  it('are for those with more rights where the anonymous token is not good for them', async () => {
    const peer = await peers.start();
    const challenge = `Bearer realm="${peer.origin}/token",service="r",scope="registry:catalog:*"`;
    const scopes = Buffer.from('{"access":[]}').toString('base64url');
    peer
      .once((request) => request.path.startsWith('/token'), { body: { token: `e30.${scopes}.s` } })
      .times(2, list, { status: 401, headers: { 'www-authenticate': challenge }, body: '' });
    expect(await failureOf(namesAt(peer))).toMatchObject({
      category: 'auth',
      hint: expect.stringContaining('tofu-oci login') as unknown,
    });
  });

  it('are a matter of the network where the registry fails', async () => {
    const peer = await peers.start();
    peer.once(list, { status: 500, body: '' });
    expect(await failureOf(namesAt(peer))).toMatchObject({ category: 'remote' });
  });

  it.each([
    ['another host', 'https://evil.example/v2/_catalog?n=1'],
    ['another list', '/v2/a/tags/list'],
    ['itself', '/v2/_catalog'],
  ])('are refused when a page leads to %s', async (_, target) => {
    const peer = await peers.start();
    peer.once(list, { headers: link(target), body: { repositories: ['a'] } });
    expect(await failureOf(namesAt(peer))).toMatchObject({ code: 'ERR_OCI_INVALID_ANSWER' });
  });

  it('break off where a later page is refused', async () => {
    const peer = await peers.start();
    peer
      .once(`${list}?last=a`, { status: 404, body: '' })
      .once(list, { headers: link('?last=a'), body: { repositories: ['a'] } });
    expect(await failureOf(namesAt(peer))).toMatchObject({ code: 'ERR_OCI_RESPONSE' });
  });

  it('are asked for with a token for the catalog, and the credentials of the place', async () => {
    const peer = await peers.start();
    const asked: string[] = [];
    peer
      .once((request) => request.path.startsWith('/token'), { body: { token: 't1' } })
      .times(2, list, ({ headers }) =>
        headers.authorization === 'Bearer t1'
          ? { body: { repositories: ['a'] } }
          : {
              status: 401,
              headers: {
                'www-authenticate': `Bearer realm="${peer.origin}/token",service="r",scope="registry:catalog:*"`,
              },
            },
      );
    const credentials: CredentialSource = {
      credentialsFor: ({ path }) => {
        asked.push(path);
        return Promise.resolve({ kind: 'anonymous' });
      },
    };
    expect(await namesAt(peer, credentials)).toEqual(['a']);
    const token = peer.requests.find(({ path }) => path.startsWith('/token'));
    expect(new URL(token?.path ?? '', peer.origin).searchParams.getAll('scope')).toEqual([
      'registry:catalog:*',
    ]);
    expect(new Set(asked)).toEqual(new Set(['tf/example.com/a/b']));
  });
});
