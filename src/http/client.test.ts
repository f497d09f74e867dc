import { createServer, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { failureOf, get, textOf, useHttpClients } from '../../test/support/http-client.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import { readBounded } from '../base/index.ts';
import type { HttpTraceEvent } from './interfaces.ts';
import { discard } from './response-body.ts';

const clients = useHttpClients();
const peers = usePeers();
const secret = 'Bearer s3cret-token';

describe('send', () => {
  it('gives status, headers and body, and asks for no encoding', async () => {
    const peer = await peers.start();
    peer.once('GET /a', { status: 404, headers: { 'X-One': '1' }, body: 'nothing here' });
    const response = await clients.make().send(get(`${peer.origin}/a`, { credentials: secret }));
    expect(response.status).toBe(404);
    expect(response.headers.get('x-one')).toBe('1');
    expect((await readBounded(response.body, { maxBytes: 99, what: 'a' })).toString()).toBe(
      'nothing here',
    );
    expect(peer.requests[0]?.headers).toMatchObject({
      authorization: secret,
      'accept-encoding': 'identity',
    });
  });

  it('keeps a connection for the next request, also after HEAD and unread small answers', async () => {
    const peer = await peers.start();
    peer.always(() => true, { body: 'small' });
    const client = clients.make();
    const url = new URL(peer.origin);
    expect(await textOf(client, get(peer.origin))).toBe('small');
    (await client.send({ method: 'HEAD', url })).body.destroy();
    discard((await client.send(get(peer.origin))).body);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await textOf(client, get(peer.origin))).toBe('small');
    expect(peer.connections).toBe(1);
  });

  it('traces every exchange without secrets', async () => {
    const peer = await peers.start();
    peer.once('GET /t', { status: 503 }).once('GET /t', { status: 200 });
    const events: HttpTraceEvent[] = [];
    const client = clients.make({ onExchange: (event) => events.push(event) });
    await textOf(client, get(`${peer.origin}/t?service=x&_state=hidden`, { credentials: secret }));
    expect(events).toMatchObject([
      { method: 'GET', attempt: 1, outcome: 503 },
      { method: 'GET', attempt: 2, outcome: 200 },
    ]);
    expect(events[0]?.url).toContain('service=x');
    expect(JSON.stringify(events)).not.toMatch(/hidden|s3cret/u);
  });

  it.each([
    ['http://registry.example/', 'ERR_HTTP_PLAIN_REFUSED'],
    ['http://registry.local/', 'ERR_HTTP_PLAIN_REFUSED'],
    ['http://10.0.0.1/', 'ERR_HTTP_PLAIN_REFUSED'],
    ['ftp://127.0.0.1/', 'ERR_HTTP_URL_REFUSED'],
    ['http://user:pw@127.0.0.1/', 'ERR_HTTP_URL_REFUSED'],
  ])('refuses %s', async (url, code) => {
    expect(await failureOf(clients.make().send(get(url)))).toMatchObject({
      code,
      category: 'usage',
    });
  });

  it('uses plain HTTP to a host that the user named', async () => {
    const peer = await peers.start();
    peer.once('GET /', { body: 'plain' });
    const port = new URL(peer.origin).port;
    const client = clients.make({
      plainHttpHosts: [`registry.lan:${port}`],
      lookup: fixedLookup({ 'registry.lan': '127.0.0.1' }),
    });
    expect(await textOf(client, get(`http://registry.lan:${port}/`))).toBe('plain');
    expect(await failureOf(client.send(get('http://registry.lan:1/')))).toMatchObject({
      code: 'ERR_HTTP_PLAIN_REFUSED',
    });
  });
});

describe('retries', () => {
  it.each([408, 429, 500, 502, 503, 504])('tries again after %i', async (status) => {
    const peer = await peers.start();
    peer.times(2, 'GET /', { status }).once('GET /', { body: 'fine' });
    expect(await textOf(clients.make(), get(peer.origin))).toBe('fine');
  });

  it('gives the last answer when every attempt failed', async () => {
    const peer = await peers.start();
    peer.times(3, 'GET /', { status: 503, body: 'busy' });
    expect((await clients.make().send(get(peer.origin))).status).toBe(503);
  });

  it('tries again after a cut connection and opens the body anew', async () => {
    const peer = await peers.start();
    peer
      .once('PUT /x', { fault: { kind: 'drop' } })
      .once('PUT /x', { status: 503 })
      .once('PUT /x', { status: 201 });
    let opened = 0;
    const response = await clients.make().send({
      method: 'PUT',
      url: new URL(`${peer.origin}/x`),
      body: {
        size: 5,
        open: () => {
          opened++;
          return Promise.resolve(Readable.from([Buffer.from('he'), Buffer.from('llo')]));
        },
      },
    });
    expect(response.status).toBe(201);
    expect(opened).toBe(3);
    expect(peer.requests.map(({ body }) => body.toString())).toEqual(['hello', 'hello', 'hello']);
  });

  it.each([
    { method: 'POST' as const },
    { method: 'PATCH' as const },
    { method: 'PUT' as const, replayable: false },
  ])('sends %o once', async (request) => {
    const peer = await peers.start();
    peer.once(`${request.method} /`, { status: 503 });
    const url = new URL(peer.origin);
    expect((await clients.make().send({ ...request, url })).status).toBe(503);
  });

  it('does not wait for a Retry-After beyond the limit', async () => {
    const peer = await peers.start();
    peer.once('GET /', { status: 429, headers: { 'retry-after': '86400' } });
    expect(await failureOf(clients.make().send(get(peer.origin)))).toMatchObject({
      code: 'ERR_HTTP_RETRY_AFTER',
    });
  });

  it('does not try a refused connection again', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const events: HttpTraceEvent[] = [];
    const client = clients.make({ onExchange: (event) => events.push(event) });
    expect(await failureOf(client.send(get(`http://127.0.0.1:${String(port)}/`)))).toMatchObject({
      code: 'ERR_HTTP_CONNECTION',
      errno: 'ECONNREFUSED',
      category: 'remote',
    });
    expect(events).toHaveLength(1);
  });
});

describe('abort', () => {
  const reason = new Error('stop it');

  it('ends a request that waits for its answer', async () => {
    const peer = await peers.start();
    const controller = new AbortController();
    peer.once('GET /', () => {
      controller.abort(reason);
      return { fault: { kind: 'stall' } };
    });
    const sending = clients.make().send(get(peer.origin), { signal: controller.signal });
    expect(await failureOf(sending)).toBe(reason);
  });

  it('ends a body that is being read', async () => {
    const peer = await peers.start();
    peer.once('GET /', { body: 'ten bytes.', fault: { kind: 'stall-after', bytes: 2 } });
    const controller = new AbortController();
    const { body } = await clients.make().send(get(peer.origin), { signal: controller.signal });
    const reading = readBounded(body, { maxBytes: 99, what: 'x' });
    controller.abort(reason);
    expect(await failureOf(reading)).toBe(reason);
  });

  it('sends nothing when aborted before', async () => {
    const peer = await peers.start();
    const sending = clients.make().send(get(peer.origin), { signal: AbortSignal.abort(reason) });
    expect(await failureOf(sending)).toBe(reason);
    expect(peer.requests).toEqual([]);
  });
});

function fixedLookup(table: Readonly<Record<string, string>>): LookupFunction {
  return (hostname, options, callback) => {
    const address = table[hostname];
    if (address === undefined) {
      callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
    } else if (options.all === true) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
}
