import { describe, expect, it } from 'vitest';
import { failureOf, useHttpClients } from '../../test/support/http-client.ts';
import { makeManualClock } from '../../test/support/remote-repository.ts';
import { type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { readBounded } from '../base/index.ts';
import { checkLogin } from './check-login.ts';
import { knock } from './knock.ts';
import { observeHttp, type SeenExchange } from './observe-http.ts';
import { createRegistryClient } from './registry-client.ts';

const peers = usePeers();
const clients = useHttpClients();

interface Watched {
  readonly http: ReturnType<typeof observeHttp>;
  readonly seen: readonly SeenExchange[];
}

function watch(): Watched {
  const seen: SeenExchange[] = [];
  return { http: observeHttp(clients.make(), (exchange) => seen.push(exchange)), seen };
}

const get = (peer: ScriptedPeer, path: string) =>
  ({ method: 'GET', url: new URL(path, peer.origin) }) as const;

describe('a watched client', () => {
  it('tells of an answer, and hands it on', async () => {
    const peer = await peers.start();
    peer.once('GET /v2/x/tags/list', {
      headers: {
        link: '</v2/x/tags/list?last=a>; rel="next"',
        'set-cookie': 'secret',
        server: 'r/1',
      },
      body: { tags: ['a'] },
    });
    const { http, seen } = watch();
    const response = await http.send(get(peer, '/v2/x/tags/list?session=secret'));
    const body = await readBounded(response.body, { maxBytes: 100, what: 'it' });
    expect(JSON.parse(body.toString())).toEqual({ tags: ['a'] });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: `${peer.origin}/v2/x/tags/list?session=REDACTED`,
      status: 200,
      failure: undefined,
      errors: [],
      text: '',
    });
    expect(seen[0]?.headerBytes).toBeGreaterThan(80);
    expect([...(seen[0]?.headers ?? [])]).toEqual([
      ['content-type', 'application/json'],
      ['server', 'r/1'],
      ['link', 'yes'],
    ]);
    const [{ headers, ...rest } = { headers: undefined }] = seen;
    expect(JSON.stringify([[...(headers ?? [])], rest])).not.toContain('secret');
  });

  it('tells what a refusal says, which can be read once more', async () => {
    const peer = await peers.start();
    const said = { errors: [{ code: 'DENIED', message: 'no', detail: 'why' }] };
    peer.once('GET /v2/x/blobs/y', { status: 403, body: said });
    peer.once('GET /v2/x/blobs/z', { status: 502, body: '<html>Bad\u001b Gateway' });
    const { http, seen } = watch();
    const response = await http.send(get(peer, '/v2/x/blobs/y'));
    const body = await readBounded(response.body, { maxBytes: 1000, what: 'it' });
    expect(JSON.parse(body.toString())).toEqual(said);
    await http.send({ ...get(peer, '/v2/x/blobs/z'), replayable: false });
    expect(seen.map(({ errors, text }) => [errors, text])).toEqual([
      [said.errors, ''],
      [[], '<html>Bad\ufffd Gateway'],
    ]);
  });

  it('tells of a refusal that is larger than anybody reads, and of one that breaks off', async () => {
    const peer = await peers.start();
    peer.once('GET /a', { status: 400, body: 'x'.repeat(200_000) });
    peer.once('GET /b', { status: 400, body: 'xxxxx', fault: { kind: 'drop-after', bytes: 2 } });
    const { http, seen } = watch();
    for (const path of ['/a', '/b']) {
      const { body } = await http.send(get(peer, path));
      const read = readBounded(body, { maxBytes: 1_000_000, what: 'it' });
      expect(await failureOf(read)).toHaveProperty(
        'code',
        expect.stringMatching(/LIMIT|CONNECTION/u),
      );
    }
    expect(seen.map(({ status, text }) => [status, text])).toEqual([
      [400, ''],
      [400, ''],
    ]);
  });

  it('tells why there was no answer, and where an upload goes', async () => {
    const peer = await peers.start();
    peer.once('GET /a', { status: 307, headers: { location: 'http://127.0.0.9:1/b' } });
    peer.once('POST /c', { status: 202, headers: { location: '/d?state=secret' } });
    const { http, seen } = watch();
    await failureOf(http.send({ ...get(peer, '/a'), redirects: 'same-origin' }));
    await http.send({ method: 'POST', url: new URL('/c', peer.origin) });
    expect(seen[0]?.failure?.code).toBe('ERR_HTTP_REDIRECT_REFUSED');
    expect(seen[1]?.headers.get('location')).toBe(`${peer.origin}/d?state=REDACTED`);
  });

  it('tells of challenges and tokens, and no secret', async () => {
    const peer = await peers.start();
    const access = [{ type: 'repository', name: 'x', actions: ['push', 'pull'] }];
    const token = `e30.${Buffer.from(JSON.stringify({ access })).toString('base64url')}.sig`;
    const challenge = `Bearer realm="${peer.origin}/token",service="svc",scope="repository:x:pull"`;
    peer.once('GET /v2/x/tags/list', { status: 401, headers: { 'www-authenticate': challenge } });
    peer
      .once('GET /token', { body: { token } })
      .once('GET /v2/x/tags/list', { body: { tags: [] } });
    const { http, seen } = watch();
    const login = { kind: 'basic', username: 'ann', password: 'hunter2' } as const;
    const client = createRegistryClient({
      http,
      plainHttpHosts: [peer.host],
      credentials: { credentialsFor: () => Promise.resolve(login) },
    });
    const tags = client.repository({ registry: peer.host, path: 'x' }).tags();
    for await (const tag of tags) expect(tag).toBe('');
    expect(seen.map(({ challenge: asked }) => asked)).toEqual([
      {
        schemes: ['bearer'],
        realm: `${peer.origin}/token`,
        service: 'svc',
        scope: 'repository:x:pull',
      },
      undefined,
      undefined,
    ]);
    expect(seen.map(({ token: given }) => given)).toEqual([
      undefined,
      { by: 'basic', asked: ['repository:x:pull'], granted: ['repository:x:pull,push'] },
      undefined,
    ]);
    const all = JSON.stringify(seen.map(({ headers, ...rest }) => [[...headers], rest]));
    for (const secret of ['hunter2', token, Buffer.from('ann:hunter2').toString('base64')]) {
      expect(all).not.toContain(secret);
    }
  });

  it.each([
    ['an opaque token', { token: 'opaque' }, undefined],
    [
      'a token without rights',
      { access_token: `e30.${Buffer.from('{}').toString('base64url')}.s` },
      undefined,
    ],
    ['no token', {}, undefined],
    ['an empty list', { token: `e30.${Buffer.from('{"access":[]}').toString('base64url')}.s` }, []],
  ])('reads from %s what it grants', async (_, answer, granted) => {
    const peer = await peers.start();
    const headers = { 'www-authenticate': `Bearer realm="${peer.origin}/token"` };
    peer.once('GET /v2/', { status: 401, headers }).once('GET /token', { body: answer });
    peer.always('GET /v2/', {});
    const { http, seen } = watch();
    const options = { http, clock: makeManualClock(), plainHttpHosts: [peer.host] };
    const login = { kind: 'basic', username: 'ann', password: 'x' } as const;
    await failureOf(checkLogin({ registry: peer.host, path: 'x' }, login, options));
    expect(seen.find(({ token }) => token !== undefined)?.token?.granted).toEqual(granted);
  });
});

describe('knock', () => {
  it.each([200, 401, 404])('is content with %d', async (status) => {
    const peer = await peers.start();
    peer.once('GET /v2/', { status });
    const { http, seen } = watch();
    const origin = await knock({ registry: peer.host }, { http, plainHttpHosts: [peer.host] });
    expect(origin.origin).toBe(peer.origin);
    expect(seen.map((exchange) => exchange.status)).toEqual([status]);
  });

  it('finds nobody there', async () => {
    const { http, seen } = watch();
    const failure = await failureOf(
      knock({ registry: '127.0.0.1:1' }, { http, plainHttpHosts: ['127.0.0.1:1'] }),
    );
    expect(failure).toMatchObject({ code: 'ERR_HTTP_CONNECTION' });
    expect(seen[0]?.failure).toBe(failure);
  });
});
