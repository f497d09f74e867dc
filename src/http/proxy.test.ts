import { createServer, type LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useProxies } from '../../test/support/connect-proxy.ts';
import { failureOf, get, textOf, useHttpClients } from '../../test/support/http-client.ts';
import { type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { makeTestCertificate, type TestCertificate } from '../../test/support/test-certificate.ts';
import type { HttpClientOptions } from './client.ts';
import type { HttpTraceEvent } from './interfaces.ts';

const clients = useHttpClients();
const peers = usePeers();
const proxies = useProxies();
const secret = 'Bearer s3cret-token';
/** A name that only the proxy can look up. */
const url = 'https://registry.example/v2/';
const login = 'ann:hunter2';

async function startRegistry(): Promise<{
  readonly peer: ScriptedPeer;
  readonly certificate: TestCertificate;
}> {
  const certificate = await makeTestCertificate({ names: ['registry.example'] });
  return { certificate, peer: await peers.start({ tls: certificate }) };
}

function through(
  proxy: { readonly origin: string },
  more: HttpClientOptions = {},
): HttpClientOptions {
  const setting = { name: 'HTTPS_PROXY', value: proxy.origin };
  const noLookup: LookupFunction = (hostname, _options, callback) => {
    callback(Object.assign(new Error(`looked up ${hostname}`), { code: 'ENOTFOUND' }), []);
  };
  return { proxies: { https: setting, http: setting }, lookup: noLookup, ...more };
}

function withLogin(origin: string): string {
  return origin.replace('://', `://${login}@`);
}

describe('HTTPS through a proxy', () => {
  it('goes by CONNECT, and shows the proxy the host and nothing else', async () => {
    const { certificate, peer } = await startRegistry();
    peer.once('GET /v2/', { body: 'safe' });
    const proxy = await proxies.start({ hosts: { 'registry.example:443': peer.host } });
    const client = clients.make(through(proxy, { ca: [certificate.ca] }));
    expect(await textOf(client, get(url, { credentials: secret }))).toBe('safe');
    expect(peer.requests[0]?.headers).toMatchObject({
      host: 'registry.example',
      authorization: secret,
    });
    expect(proxy.seen.map(({ line }) => line)).toEqual(['CONNECT registry.example:443']);
    expect(JSON.stringify(proxy.seen)).not.toContain('s3cret');
    expect(proxy.passed().includes('s3cret')).toBe(false);
    expect(proxy.passed().byteLength).toBeGreaterThan(0);
  });

  it('keeps its tunnel for the next request', async () => {
    const { certificate, peer } = await startRegistry();
    peer.times(3, 'GET /v2/', { body: 'again' });
    const proxy = await proxies.start({ hosts: { 'registry.example:443': peer.host } });
    const client = clients.make(through(proxy, { ca: [certificate.ca] }));
    for (let count = 0; count < 3; count++) await textOf(client, get(url));
    expect(proxy.seen).toHaveLength(1);
  });

  it('shows the proxy its user name and password, and the registry none of it', async () => {
    const { certificate, peer } = await startRegistry();
    peer.once('GET /v2/', { body: 'safe' });
    const proxy = await proxies.start({ login, hosts: { 'registry.example:443': peer.host } });
    const given = { origin: withLogin(proxy.origin) };
    const client = clients.make(through(given, { ca: [certificate.ca] }));
    expect(await textOf(client, get(url))).toBe('safe');
    expect(peer.requests[0]?.headers['proxy-authorization']).toBeUndefined();
    peer.expectNeverSaw('hunter2');
  });

  it('goes to a proxy that is itself spoken to by HTTPS', async () => {
    const { certificate, peer } = await startRegistry();
    peer.once('GET /v2/', { body: 'twice as safe' });
    const tls = await makeTestCertificate();
    const proxy = await proxies.start({ tls, hosts: { 'registry.example:443': peer.host } });
    const client = clients.make(through(proxy, { ca: [certificate.ca, tls.ca] }));
    expect(await textOf(client, get(url))).toBe('twice as safe');
    const doubting = clients.make(through(proxy, { ca: [certificate.ca] }));
    expect(await failureOf(doubting.send(get(url)))).toMatchObject({
      code: 'ERR_HTTP_TLS',
      problem: 'unknown-ca',
      host: `the proxy ${new URL(proxy.origin).host}`,
    });
  });

  it('trusts no registry for being reached through a proxy', async () => {
    const { peer } = await startRegistry();
    const proxy = await proxies.start({ hosts: { 'registry.example:443': peer.host } });
    expect(await failureOf(clients.make(through(proxy)).send(get(url)))).toMatchObject({
      code: 'ERR_HTTP_TLS',
      problem: 'unknown-ca',
      host: 'registry.example',
    });
  });

  it.each([
    [407, 'auth', 1],
    [403, 'remote', 1],
    [502, 'remote', 3],
  ])('tells of a proxy that answers %i', async (status, category, tries) => {
    const proxy = await proxies.start({ status });
    const events: HttpTraceEvent[] = [];
    const options = { onExchange: (event: HttpTraceEvent) => events.push(event) };
    const client = clients.make(through({ origin: withLogin(proxy.origin) }, options));
    const failure = await failureOf(client.send(get(url, { credentials: secret })));
    expect(failure).toMatchObject({ code: 'ERR_HTTP_PROXY', category, status });
    expect(JSON.stringify([failure, String(failure), events])).not.toMatch(/hunter2|s3cret/u);
    expect(proxy.seen).toHaveLength(tries);
  });

  it('tells of a proxy that is not there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const client = clients.make(through({ origin: `http://127.0.0.1:${String(port)}` }));
    expect(await failureOf(client.send(get(url)))).toMatchObject({
      code: 'ERR_HTTP_CONNECTION',
      errno: 'ECONNREFUSED',
      message: `the proxy 127.0.0.1:${String(port)}: connection refused, nothing listens there`,
      hint: expect.stringContaining('NO_PROXY') as string,
    });
  });

  it('tells of a proxy whose address should begin with http://', async () => {
    const proxy = await proxies.start();
    const client = clients.make(through({ origin: proxy.origin.replace('http:', 'https:') }));
    expect(await failureOf(client.send(get(url)))).toMatchObject({
      problem: 'no-tls',
      hint: expect.stringContaining('http://') as string,
    });
  });

  it('gives up a proxy that does not answer, within the limit on connecting', async () => {
    const proxy = await proxies.start({ isDeaf: true });
    const limits = { connectMs: 50 };
    const client = clients.make(through(proxy, { limits, retry: { maxAttempts: 1 } }));
    expect(await failureOf(client.send(get(url)))).toMatchObject({
      code: 'ERR_HTTP_TIMEOUT',
      phase: 'connect',
    });
  });

  it('gives up a host that does not answer inside the tunnel', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const hosts = { 'registry.example:443': `127.0.0.1:${String(port)}` };
    const proxy = await proxies.start({ hosts });
    const limits = { connectMs: 50 };
    const client = clients.make(through(proxy, { limits, retry: { maxAttempts: 1 } }));
    expect(await failureOf(client.send(get(url)))).toMatchObject({
      code: 'ERR_HTTP_TIMEOUT',
      phase: 'connect',
    });
    silent.close();
  });

  it('ends when it is aborted, also while the tunnel is dug', async () => {
    const proxy = await proxies.start({ isDeaf: true });
    const controller = new AbortController();
    const reason = new Error('stop it');
    const sending = clients.make(through(proxy)).send(get(url), { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    expect(await failureOf(sending)).toBe(reason);
  });

  it('ends when the client is closed while the tunnel is dug', async () => {
    const proxy = await proxies.start({ isDeaf: true });
    const client = clients.make(through(proxy, { retry: { maxAttempts: 1 } }));
    const sending = failureOf(client.send(get(url)));
    while (proxy.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    client.close();
    expect(await sending).toMatchObject({ message: expect.stringContaining('closed') as string });
  });
});

describe('plain HTTP through a proxy', () => {
  const plain = 'http://registry.example/v2/?x=1';
  const allowed = { plainHttpHosts: ['registry.example'] };

  it('asks the proxy for the whole address', async () => {
    const peer = await peers.start();
    peer.once('PUT /v2/', { status: 201, body: 'taken' });
    const proxy = await proxies.start({ login, hosts: { 'registry.example:80': peer.host } });
    const client = clients.make(through({ origin: withLogin(proxy.origin) }, allowed));
    const body = Buffer.from('content');
    const response = await client.send({ method: 'PUT', url: new URL(plain), body });
    expect(response.status).toBe(201);
    expect(proxy.seen[0]?.line).toBe(`PUT ${plain}`);
    expect(peer.requests[0]).toMatchObject({ path: '/v2/?x=1', body });
    expect(peer.requests[0]?.headers).toMatchObject({ host: 'registry.example' });
    peer.expectNeverSaw('hunter2');
  });

  it('asks a proxy that is itself spoken to by HTTPS', async () => {
    const tls = await makeTestCertificate();
    const peer = await peers.start();
    peer.once('GET /v2/', { body: 'half safe' });
    const proxy = await proxies.start({ tls, hosts: { 'registry.example:80': peer.host } });
    const client = clients.make(through(proxy, { ...allowed, ca: [tls.ca] }));
    expect(await textOf(client, get(plain))).toBe('half safe');
  });

  it('tells of a proxy that is not there as of a proxy', async () => {
    const client = clients.make(through({ origin: 'http://127.0.0.1:9' }, allowed));
    expect(await failureOf(client.send(get(plain)))).toMatchObject({
      code: 'ERR_HTTP_CONNECTION',
      message: expect.stringContaining('the proxy 127.0.0.1:9: ') as string,
    });
  });

  it('tells of a proxy that wants a password', async () => {
    const proxy = await proxies.start({ login });
    const client = clients.make(through(proxy, allowed));
    expect(await failureOf(client.send(get(plain)))).toMatchObject({
      code: 'ERR_HTTP_PROXY',
      category: 'auth',
    });
  });

  it('is refused without being allowed, proxy or not', async () => {
    const proxy = await proxies.start();
    expect(await failureOf(clients.make(through(proxy)).send(get(plain)))).toMatchObject({
      code: 'ERR_HTTP_PLAIN_REFUSED',
    });
    expect(proxy.seen).toEqual([]);
  });
});

describe('addresses, with a proxy', () => {
  it('does not ask the proxy for this machine', async () => {
    const peer = await peers.start();
    peer.once('GET /', { body: 'here' });
    const proxy = await proxies.start();
    expect(await textOf(clients.make(through(proxy)), get(peer.origin))).toBe('here');
    expect(proxy.seen).toEqual([]);
  });

  it.each(['https://10.0.0.1/', 'https://localhost/', 'https://[fd00::1]/'])(
    'refuses a redirect from a host outside to %s',
    async (location) => {
      const { certificate, peer } = await startRegistry();
      peer.once('GET /v2/', { status: 302, headers: { location } });
      const proxy = await proxies.start({ hosts: { 'registry.example:443': peer.host } });
      const client = clients.make(through(proxy, { ca: [certificate.ca] }));
      expect(await failureOf(client.send(get(url)))).toMatchObject({
        code: 'ERR_HTTP_REDIRECT_REFUSED',
        problem: 'private-address',
      });
      expect(proxy.seen).toHaveLength(1);
    },
  );

  it('refuses a redirect from a host outside to a host of the own network', async () => {
    const { certificate, peer } = await startRegistry();
    const inner = await peers.start({ address: '127.0.0.2' });
    const { port } = new URL(inner.origin);
    peer.once('GET /v2/', {
      status: 302,
      headers: { location: `https://wiki.internal:${port}/` },
    });
    const proxy = await proxies.start({ hosts: { 'registry.example:443': peer.host } });
    const value = { name: 'HTTPS_PROXY', value: proxy.origin };
    const client = clients.make({
      ca: [certificate.ca],
      proxies: { https: value, exempt: '.internal' },
      lookup: (_hostname, options, callback) => {
        if (options.all === true) callback(null, [{ address: '127.0.0.2', family: 4 }]);
        else callback(null, '127.0.0.2', 4);
      },
    });
    expect(await failureOf(client.send(get(url)))).toMatchObject({
      code: 'ERR_HTTP_REDIRECT_REFUSED',
      problem: 'private-address',
    });
    expect(inner.connections).toBe(0);
  });

  it('leaves credentials behind on a redirect to another host of the proxy', async () => {
    const { certificate, peer } = await startRegistry();
    const certificate2 = await makeTestCertificate({ names: ['storage.example'] });
    const storage = await peers.start({ tls: certificate2 });
    peer.once('GET /v2/', { status: 307, headers: { location: 'https://storage.example/b' } });
    storage.once('GET /b', { body: 'far' });
    const proxy = await proxies.start({
      hosts: { 'registry.example:443': peer.host, 'storage.example:443': storage.host },
    });
    const client = clients.make(through(proxy, { ca: [certificate.ca, certificate2.ca] }));
    expect(await textOf(client, get(url, { credentials: secret }))).toBe('far');
    storage.expectNeverSaw('s3cret');
  });
});
