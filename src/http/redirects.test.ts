import { type LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { failureOf, get, textOf, useHttpClients } from '../../test/support/http-client.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import type { HttpClientOptions } from './client.ts';

const clients = useHttpClients();
const peers = usePeers();
const secret = 'Bearer s3cret-token';

describe('redirects', () => {
  const custom = { accept: 'text/plain', 'x-api-key': 'k3y', cookie: 'c00kie' };

  it('keeps credentials and headers on the same origin', async () => {
    const peer = await peers.start();
    peer.once('GET /a', { status: 307, headers: { location: '/b?x=1' } }).once('GET /b', {});
    const response = await clients
      .make()
      .send(get(`${peer.origin}/a`, { credentials: secret, headers: custom }));
    expect(response.url.href).toBe(`${peer.origin}/b?x=1`);
    expect(peer.requests[1]?.headers).toMatchObject({ ...custom, authorization: secret });
  });

  it.each([301, 302, 303, 307, 308])(
    'leaves credentials and own headers behind on another port (%i)',
    async (status) => {
      const [home, away] = [await peers.start(), await peers.start()];
      home.once('GET /a', { status, headers: { location: `${away.origin}/b` } });
      away.once('GET /b', { body: 'far' });
      const request = get(`${home.origin}/a`, { credentials: secret, headers: custom });
      expect(await textOf(clients.make(), request)).toBe('far');
      expect(away.requests[0]?.headers).toMatchObject({ accept: 'text/plain' });
      for (const hidden of ['s3cret-token', 'k3y', 'c00kie']) away.expectNeverSaw(hidden);
    },
  );

  it('does not restore credentials when a chain comes back to its origin', async () => {
    const [home, away] = [await peers.start(), await peers.start()];
    home.once('GET /a', { status: 302, headers: { location: `${away.origin}/b` } });
    away.once('GET /b', { status: 302, headers: { location: `${home.origin}/c` } });
    home.once('GET /c', {});
    await clients.make().send(get(`${home.origin}/a`, { credentials: secret, headers: custom }));
    expect(home.requests[1]?.headers.authorization).toBeUndefined();
    expect(home.requests[1]?.headers['x-api-key']).toBeUndefined();
  });

  it('repeats a body on 307', async () => {
    const peer = await peers.start();
    peer
      .once('PUT /a', { status: 307, headers: { location: '/b' }, early: true })
      .once('PUT /b', { status: 201 });
    const response = await clients.make().send({
      method: 'PUT',
      url: new URL(`${peer.origin}/a`),
      body: Buffer.from('twice'),
    });
    expect(response.status).toBe(201);
    expect(peer.requests[1]?.body.toString()).toBe('twice');
  });

  it.each([
    ['http://user:pw@127.0.0.1/', 'userinfo'],
    ['ftp://127.0.0.1/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['http://[bad', 'unparsable'],
  ])('refuses to follow to %s', async (location, problem) => {
    const peer = await peers.start();
    peer.once('GET /a', { status: 302, headers: { location } });
    const error = await failureOf(clients.make().send(get(`${peer.origin}/a`)));
    expect(error).toMatchObject({ code: 'ERR_HTTP_REDIRECT_REFUSED', problem });
    expect(String(error)).not.toContain('pw');
  });

  it('refuses to follow to plain HTTP on a host that is not allowed', async () => {
    const peer = await peers.start();
    peer.once('GET /a', { status: 302, headers: { location: 'http://registry.example/' } });
    expect(await failureOf(clients.make().send(get(`${peer.origin}/a`)))).toMatchObject({
      code: 'ERR_HTTP_REDIRECT_REFUSED',
      problem: 'plain-http',
    });
  });

  it('refuses to turn an upload into a GET', async () => {
    const peer = await peers.start();
    peer.once('PUT /a', { status: 302, headers: { location: '/b' } });
    const request = { method: 'PUT', url: new URL(`${peer.origin}/a`) } as const;
    expect(await failureOf(clients.make().send(request))).toMatchObject({ problem: 'method' });
  });

  it('stops after five redirects', async () => {
    const peer = await peers.start();
    peer.times(6, 'GET /a', { status: 302, headers: { location: '/a' } });
    expect(await failureOf(clients.make().send(get(`${peer.origin}/a`)))).toMatchObject({
      problem: 'too-many',
    });
  });

  it('stays on its origin when told to', async () => {
    const [home, away] = [await peers.start(), await peers.start()];
    home.once('GET /a', { status: 303, headers: { location: `${away.origin}/b` } });
    const request = get(`${home.origin}/a`, { redirects: 'same-origin' });
    expect(await failureOf(clients.make().send(request))).toMatchObject({
      problem: 'cross-origin',
    });
    expect(away.requests).toEqual([]);
  });
});

describe('addresses that a public host names', () => {
  /** 127.0.0.1 plays the public internet, every other address the private network. */
  const stage: HttpClientOptions = {
    isPrivate: (address) => address !== '127.0.0.1',
    lookup: fixedLookup({ 'public.example': '127.0.0.1', 'rebound.example': '127.0.0.2' }),
    plainHttpHosts: ['public.example', 'rebound.example'],
  };

  it.each(['http://127.0.0.2:PORT/', 'http://localhost:PORT/', 'http://[::1]:PORT/'])(
    'refuses a redirect to %s',
    async (location) => {
      const [open, inner] = [await peers.start(), await peers.start({ address: '127.0.0.2' })];
      const target = location.replace('PORT', new URL(inner.origin).port);
      open.once('GET /a', { status: 302, headers: { location: target } });
      const url = open.origin.replace('127.0.0.1', 'public.example');
      expect(await failureOf(clients.make(stage).send(get(`${url}/a`)))).toMatchObject({
        problem: 'private-address',
      });
      expect(inner.requests).toEqual([]);
    },
  );

  it('refuses a name that turns out to be at a private address', async () => {
    const [open, inner] = [await peers.start(), await peers.start({ address: '127.0.0.2' })];
    const target = inner.origin.replace('127.0.0.2', 'rebound.example');
    open.once('GET /a', { status: 302, headers: { location: target } });
    const url = open.origin.replace('127.0.0.1', 'public.example');
    expect(await failureOf(clients.make(stage).send(get(`${url}/a`)))).toMatchObject({
      code: 'ERR_HTTP_REDIRECT_REFUSED',
      problem: 'private-address',
    });
    expect(inner.requests).toEqual([]);
  });

  it('judges an address named outside of redirects by the same rules', async () => {
    const inner = await peers.start({ address: '127.0.0.2' });
    const request = get(inner.origin, { referredBy: new URL('http://public.example/') });
    expect(await failureOf(clients.make(stage).send(request))).toMatchObject({
      problem: 'private-address',
    });
    const downgrade = get(inner.origin, { referredBy: new URL('https://public.example/') });
    expect(await failureOf(clients.make(stage).send(downgrade))).toMatchObject({
      problem: 'downgrade',
    });
  });

  it('lets a host of a private network name its neighbours', async () => {
    const [corporate, neighbour] = [
      await peers.start({ address: '127.0.0.2' }),
      await peers.start({ address: '127.0.0.3' }),
    ];
    corporate.once('GET /a', { status: 302, headers: { location: neighbour.origin } });
    neighbour.once('GET /', { body: 'next door' });
    const url = corporate.origin.replace('127.0.0.2', 'rebound.example');
    expect(await textOf(clients.make(stage), get(`${url}/a`))).toBe('next door');
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
