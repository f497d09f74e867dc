import { describe, expect, it } from 'vitest';
import { useProxies } from '../../test/support/connect-proxy.ts';
import { failureOf, get, textOf, useHttpClients } from '../../test/support/http-client.ts';
import { type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { makeTestCertificate, type TestCertificate } from '../../test/support/test-certificate.ts';
import type { HostTls } from './secure-options.ts';

const clients = useHttpClients();
const peers = usePeers();
const proxies = useProxies();

interface Stage {
  /** An HTTPS peer that asks for certificates of `ours`. */
  start(are?: 'asked' | 'required', address?: string): Promise<ScriptedPeer>;
  readonly server: TestCertificate;
  readonly ours: TestCertificate;
}

async function stage(): Promise<Stage> {
  const server = await makeTestCertificate({
    addresses: ['127.0.0.1', '127.0.0.2'],
    names: ['registry.example'],
  });
  const ours = await makeTestCertificate({ commonName: 'ann' });
  return {
    server,
    ours,
    start: (are = 'asked', address = '127.0.0.1') =>
      peers.start({
        address,
        tls: { cert: server.cert, key: server.key, clients: { ca: ours.ca, are } },
      }),
  };
}

/** Whoever we are is known to these hosts, and they are asked about once. */
function only(
  hosts: readonly string[],
  { ours, server }: Stage,
): (host: string) => Promise<HostTls | undefined> {
  const { cert, key } = ours;
  return (host) =>
    Promise.resolve(
      hosts.includes(host)
        ? { ca: [server.ca], identity: { cert, key }, source: `certs.d/${host}` }
        : undefined,
    );
}

describe('a client certificate', () => {
  it('is shown to the host that it is for', async () => {
    const given = await stage();
    const peer = await given.start('required');
    peer.times(2, 'GET /', { body: 'come in' });
    const client = clients.make({ tlsFor: only([peer.host], given) });
    expect(await textOf(client, get(peer.origin))).toBe('come in');
    expect(await textOf(client, get(peer.origin))).toBe('come in');
    expect(peer.requests.map(({ certificate }) => certificate)).toEqual(['ann', 'ann']);
    expect(peer.connections).toBe(1);
  });

  it('is shown to no other host, port or address', async () => {
    const given = await stage();
    const [peer, other] = [await given.start(), await given.start()];
    other.once('GET /', { body: 'who are you' });
    const client = clients.make({ ca: [given.server.ca], tlsFor: only([peer.host], given) });
    expect(await textOf(client, get(other.origin))).toBe('who are you');
    expect(other.requests[0]?.certificate).toBeUndefined();
  });

  it.each(['127.0.0.1', '127.0.0.2'])(
    'does not follow a redirect to another origin on %s, even to a host that it is for',
    async (address) => {
      const given = await stage();
      const [home, away] = [await given.start(), await given.start('asked', address)];
      home.once('GET /a', { status: 307, headers: { location: `${away.origin}/b` } });
      away.once('GET /b', { body: 'far' });
      const client = clients.make({ tlsFor: only([home.host, away.host], given) });
      expect(await textOf(client, get(`${home.origin}/a`))).toBe('far');
      expect(home.requests[0]?.certificate).toBe('ann');
      expect(away.requests[0]?.certificate).toBeUndefined();
    },
  );

  it('is not shown again when a chain of redirects comes back', async () => {
    const given = await stage();
    const [home, away] = [await given.start(), await given.start()];
    home.once('GET /a', { status: 307, headers: { location: `${away.origin}/b` } });
    away.once('GET /b', { status: 307, headers: { location: `${home.origin}/c` } });
    home.once('GET /c', { body: 'back' });
    const client = clients.make({ tlsFor: only([home.host, away.host], given) });
    expect(await textOf(client, get(`${home.origin}/a`))).toBe('back');
    expect(home.requests.map(({ certificate }) => certificate)).toEqual(['ann', undefined]);
  });

  it('does not go where another host sent us: an upload Location, a token server', async () => {
    const given = await stage();
    const [registry, named] = [await given.start(), await given.start()];
    named.once('PUT /upload', { status: 201 });
    registry.once('PUT /upload', { status: 201 });
    const client = clients.make({ tlsFor: only([registry.host, named.host], given) });
    for (const peer of [registry, named]) {
      const url = new URL('/upload', peer.origin);
      await client.send({ method: 'PUT', url, referredBy: new URL(registry.origin) });
    }
    expect(registry.requests[0]?.certificate).toBe('ann');
    expect(named.requests[0]?.certificate).toBeUndefined();
  });

  it('goes through a proxy to its host, and is not shown to the proxy', async () => {
    const given = await stage();
    const peer = await given.start('required');
    peer.once('GET /v2/', { body: 'come in' });
    const proxy = await proxies.start({
      tls: given.server,
      hosts: { 'registry.example:443': peer.host },
    });
    const client = clients.make({
      ca: [given.server.ca],
      proxies: { https: { name: 'HTTPS_PROXY', value: proxy.origin } },
      tlsFor: only(['registry.example', new URL(proxy.origin).host], given),
    });
    expect(await textOf(client, get('https://registry.example/v2/'))).toBe('come in');
    expect(peer.requests[0]?.certificate).toBe('ann');
  });

  it('is missed by a host that wants one', async () => {
    const given = await stage();
    const peer = await given.start('required');
    const client = clients.make({ ca: [given.server.ca], retry: { maxAttempts: 1 } });
    expect(await failureOf(client.send(get(peer.origin)))).toMatchObject({
      code: 'ERR_HTTP_TLS',
      problem: 'client-certificate',
      category: 'auth',
      hint: expect.stringContaining(`certs.d/${peer.host}`) as string,
    });
  });

  it.each([
    ['is no PEM', { cert: 'x', key: 'y' }],
    ['has the key of another', undefined],
  ])('that %s is refused before anything is sent', async (_, identity) => {
    const given = await stage();
    const peer = await given.start();
    const mixed = { cert: given.ours.cert, key: given.server.key };
    const tls = { identity: identity ?? mixed, source: 'certs.d' };
    const client = clients.make({ tlsFor: () => Promise.resolve(tls) });
    const failure = await failureOf(client.send(get(peer.origin)));
    expect(failure).toMatchObject({
      code: 'ERR_HTTP_CLIENT_CERTIFICATE',
      category: 'usage',
      host: peer.host,
    });
    expect(String(failure)).not.toContain('PRIVATE KEY');
    expect(peer.connections).toBe(0);
  });
});

describe('an authority for one host', () => {
  it('counts for that host and for no other', async () => {
    const given = await stage();
    const [peer, other] = [await given.start(), await given.start()];
    peer.once('GET /', { body: 'known' });
    const client = clients.make({ tlsFor: only([peer.host], given) });
    expect(await textOf(client, get(peer.origin))).toBe('known');
    expect(await failureOf(client.send(get(other.origin)))).toMatchObject({
      code: 'ERR_HTTP_TLS',
      problem: 'unknown-ca',
    });
  });
});
