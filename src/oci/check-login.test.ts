import { describe, expect, it } from 'vitest';
import { failureOf, useHttpClients } from '../../test/support/http-client.ts';
import { makeManualClock } from '../../test/support/remote-repository.ts';
import { type Reply, type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { checkLogin } from './check-login.ts';
import { AuthenticationError, RealmRefusedError, RegistryResponseError } from './errors.ts';

const peers = usePeers();
const clients = useHttpClients();

const login = { kind: 'basic', username: 'robot$ci+x', password: 'pa:ss word' } as const;
const basic = `Basic ${Buffer.from('robot$ci+x:pa:ss word').toString('base64')}`;
const denied = { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'no' }] } };

const challenge = (value: string): Reply => ({ ...denied, headers: { 'www-authenticate': value } });

function check(peer: ScriptedPeer): Promise<'accepted' | 'not-asked'> {
  const http = clients.make();
  const name = { registry: peer.host, path: 'x' };
  return checkLogin(name, login, { http, clock: makeManualClock(), plainHttpHosts: [peer.host] });
}

describe('a login is checked', () => {
  it('by Basic where the registry asks for that', async () => {
    const peer = await peers.start();
    peer.once('GET /v2/', challenge('Basic realm="x"')).once('GET /v2/', {});
    expect(await check(peer)).toBe('accepted');
    expect(peer.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, basic]);
  });

  it('by a token, which the token server gives for the password', async () => {
    const peer = await peers.start();
    peer
      .once('GET /v2/', challenge(`Bearer realm="${peer.origin}/token",service="r"`))
      .once('GET /token?service=r', { body: { token: 'T1' } })
      .once('GET /v2/', {});
    expect(await check(peer)).toBe('accepted');
    expect(peer.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      basic,
      'Bearer T1',
    ]);
  });

  it('as far as a registry that is open to everybody can be asked', async () => {
    const peer = await peers.start();
    peer.times(2, 'GET /v2/', {});
    expect(await check(peer)).toBe('not-asked');
  });
});

describe('a wrong login is refused', () => {
  it.each([
    [
      'by a registry with Basic',
      (peer: ScriptedPeer) => peer.times(2, 'GET /v2/', challenge('Basic')),
    ],
    [
      'by a registry that is open to those without a password',
      (peer: ScriptedPeer) => peer.once('GET /v2/', {}).once('GET /v2/', denied),
    ],
    [
      'by the token server',
      (peer: ScriptedPeer) =>
        peer
          .once('GET /v2/', challenge(`Bearer realm="${peer.origin}/token"`))
          .once('GET /token', denied),
    ],
    [
      'by a registry that does not take the token',
      (peer: ScriptedPeer) =>
        peer
          .times(2, 'GET /v2/', challenge(`Bearer realm="${peer.origin}/token"`))
          .once('GET /token', { body: { token: 'T1' } }),
    ],
  ])('%s', async (_, script) => {
    const peer = await peers.start();
    script(peer);
    const error = await failureOf(check(peer));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({
      message: `${peer.host}: the user name or the password is not right`,
      category: 'auth',
    });
    expect(JSON.stringify(error)).not.toContain('pa:ss');
  });
});

describe('a password does not go', () => {
  it('to a token server elsewhere', async () => {
    const [peer, other] = [await peers.start(), await peers.start({ address: '127.0.0.9' })];
    peer.once('GET /v2/', challenge('Bearer realm="https://tokens.attacker.example/token"'));
    expect(await failureOf(check(peer))).toBeInstanceOf(RealmRefusedError);
    peer.expectNeverSaw(login.password);
    expect(other.requests).toEqual([]);
  });

  it('where a redirect leads', async () => {
    const [peer, other] = [await peers.start(), await peers.start({ address: '127.0.0.9' })];
    peer.once('GET /v2/', challenge('Basic'));
    peer.once('GET /v2/', { status: 307, headers: { location: `${other.origin}/v2/` } });
    expect(await failureOf(check(peer))).toMatchObject({ code: 'ERR_HTTP_REDIRECT_REFUSED' });
    expect(other.requests).toEqual([]);
  });

  it('to what is no registry', async () => {
    const peer = await peers.start();
    peer.once('GET /v2/', { status: 404, body: '<html>' });
    expect(await failureOf(check(peer))).toBeInstanceOf(RegistryResponseError);
    peer.expectNeverSaw(login.password);
  });

  it('to a registry that wants something else', async () => {
    const peer = await peers.start();
    peer.once('GET /v2/', challenge('Negotiate'));
    expect(await failureOf(check(peer))).toMatchObject({
      message: `${peer.host}: it takes neither a password nor a token`,
    });
  });
});
