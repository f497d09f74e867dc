import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { openLayoutRoot } from '../../src/content/index.ts';
import { parsePathTemplate } from '../../src/domain/index.ts';
import { hashOfToken } from '../../src/server/auth/static-tokens.ts';
import { type AccessEvent, type ServerOptions, startServer } from '../../src/server/index.ts';
import { send, type TestRequest } from '../support/http-request.ts';
import { makeRelease } from '../support/pushed-release.ts';
import { makeProviderZip } from '../support/release-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';

const thing = 'example.com/acme/thing';
const secret = 'example.com/hidden/thing';
const versionPath = (provider: string): string => `/v1/mirror/${provider}/1.2.3.json`;

const start0 = 1_800_000_000_000;

/** A server over two releases; ann may read both, bob one of them, and nobody else any. */
async function start(
  rights: string | undefined,
  options: Partial<ServerOptions> = {},
  { binary }: { readonly binary?: Buffer } = {},
) {
  const root = await tempFolder();
  const folder = join(root, 'served');
  await mkdir(folder);
  const storage = await openLayoutRoot(folder, { mode: 'write' });
  for (const provider of [thing, secret]) {
    const made = { type: 'thing', version: '1.2.3', ...(binary === undefined ? {} : { binary }) };
    const zips = { linux_amd64: await makeProviderZip(made, 'linux_amd64') };
    await makeRelease(await storage.createRepository(provider), { provider, zips });
  }
  await storage.close();
  const [tokensFile, rightsFile] = [join(root, 'tokens'), join(root, 'rights')];
  const tokens = ['ann', 'bob'].map((name) => `${name} sha256:${hashOfToken(`of-${name}`)}\n`);
  await writeFile(tokensFile, tokens.join(''));
  if (rights !== undefined) await writeFile(rightsFile, rights);
  let now = start0;
  const heard: AccessEvent[] = [];
  const server = await startServer({
    folder,
    listen: '127.0.0.1:0',
    clock: { now: () => now, sleep: (ms, signal) => systemClock.sleep(ms, signal) },
    onAccess: (event) => heard.push(event),
    gateway: {
      source: { kind: 'folder', template: parsePathTemplate('{hostname}/{namespace}/{type}') },
      trust: {},
    },
    ...(rights === undefined ? {} : { tokensFile, rightsFile }),
    ...options,
  });
  onTestFinished(() => server.close());
  const url = server.addresses[0]?.url ?? '';
  const get = (path: string, token?: string, more: TestRequest = {}) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return send('GET', url, path, { ...more, headers: { ...headers, ...more.headers } });
  };
  return {
    get,
    heard,
    rightsFile,
    tokensFile,
    folder,
    server,
    url,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const rules = `ann read **\nbob read ${thing}\n`;

interface MirrorDocument {
  readonly archives: Readonly<Record<string, { readonly url: string }>>;
}

/** Where the package of a document is. */
function packageIn(provider: string, json: unknown): string {
  const reference = (json as MirrorDocument).archives['linux_amd64']?.url ?? '';
  const { pathname, search } = new URL(reference, `http://x${versionPath(provider)}`);
  return pathname + search;
}

describe('who may read what at the gateway', () => {
  it('is what the rights say of the repositories', async () => {
    const { get } = await start(rules);
    const status = async (provider: string, token?: string) =>
      (await get(versionPath(provider), token)).status;
    expect(await status(thing)).toBe(401);
    expect(await status(thing, 'of-eve')).toBe(401);
    expect(await status(thing, 'of-ann')).toBe(200);
    expect(await status(thing, 'of-bob')).toBe(200);
    expect(await status(secret, 'of-ann')).toBe(200);
    expect(await status(secret, 'of-bob')).toBe(403);
    const asked = await get(versionPath(thing));
    // Browsers read one challenge of each field.
    expect(asked.fields['www-authenticate']).toEqual([
      'Bearer realm="tofu-oci"',
      'Basic realm="tofu-oci"',
    ]);
    expect(asked.json).toEqual({ errors: ['this needs a token for this host'] });
    // Service discovery is for everybody: clients ask before they know whom to log in to.
    expect((await get('/.well-known/terraform.json')).status).toBe(200);
  });

  it('tells nobody whether there is what they may not read', async () => {
    const { get } = await start(rules);
    const hidden = await get(`/v1/mirror/${secret}/9.9.9.json`, 'of-bob');
    const there = await get(versionPath(secret), 'of-bob');
    expect([hidden.status, hidden.body]).toEqual([there.status, there.body]);
    const none = 'example.com/hidden/none';
    const pathsOf = (provider: string): readonly string[] => [
      versionPath(provider),
      `/v1/mirror/${provider}/index.json`,
      `/v1/providers/${provider}/versions`,
      `/v1/providers/${provider}/1.2.3/download/linux/amd64`,
      `/v1/packages/${provider}/1.2.3/${'0'.repeat(64)}/x.zip`,
      `/v1/packages/${provider}/1.2.3/${'0'.repeat(64)}/x.zip?expires=1&principal=a&signature=x`,
      `/providers/${provider}`,
      `/providers/${provider}/1.2.3`,
    ];
    for (const token of [undefined, 'of-bob']) {
      for (const [n, path] of pathsOf(secret).entries()) {
        const [one, other] = [await get(path, token), await get(pathsOf(none)[n] ?? '', token)];
        expect([path, one.status]).toEqual([
          path,
          token === undefined && !path.includes('?') ? 401 : 403,
        ]);
        expect([path, other.status]).toEqual([path, one.status]);
        expect(other.body.toString().replaceAll(none, secret)).toBe(one.body.toString());
      }
    }
    expect((await get(versionPath(none), 'of-ann')).status).toBe(404);
  });

  it('is the same for one secret at every face, beside passwords', async () => {
    const htpasswdFile = join(await tempFolder(), 'users');
    await writeFile(
      htpasswdFile,
      `bob:${await hash('pass-of-bob', 4)}\neve:${await hash('e', 4)}\n`,
    );
    const { get, heard, pass } = await start(rules, { htpasswdFile });
    const basic = (name: string, password: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` },
    });
    const logins: readonly (readonly [TestRequest, number, number])[] = [
      [{ headers: { authorization: 'Bearer of-bob' } }, 200, 403],
      [basic('bob', 'of-bob'), 200, 403],
      [basic('bob', 'pass-of-bob'), 200, 403],
      [basic('ann', 'of-ann'), 200, 200],
      [basic('eve', 'e'), 403, 403],
      [basic('ann', 'of-bob'), 401, 401],
      [basic('bob', 'of-ann'), 401, 401],
      [{ headers: { authorization: 'Bearer pass-of-bob' } }, 401, 401],
    ];
    for (const [request, one, other] of logins) {
      pass(60_000);
      for (const pathOf of [
        versionPath,
        (provider: string) => `/v2/${provider}/manifests/1.2.3`,
        (provider: string) => `/providers/${provider}`,
      ]) {
        const path = pathOf(thing);
        const statuses = [
          await get(path, undefined, request),
          await get(pathOf(secret), undefined, request),
        ];
        expect([request, path, ...statuses.map(({ status }) => status)]).toEqual([
          request,
          path,
          one,
          other,
        ]);
      }
    }
    expect(new Set(heard.map(({ user }) => user))).toEqual(
      new Set(['bob', 'ann', 'eve', undefined]),
    );
  });

  it('is limited for those who guess', async () => {
    const { get } = await start(rules);
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) {
      statuses.push((await get(versionPath(thing), `guess-${String(n)}`)).status);
    }
    expect(statuses.slice(-2)).toEqual([429, 429]);
    const last = await get(versionPath(thing), 'guess');
    expect(last.json).toEqual({ errors: [expect.stringContaining('too many wrong ones')] });
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    expect((await get(versionPath(thing), 'of-ann')).status).toBe(200);
  });
});

describe('the address of a package', () => {
  it('is good without credentials for some minutes, for that package', async () => {
    const { get, heard, pass } = await start(rules);
    const address = packageIn(thing, (await get(versionPath(thing), 'of-bob')).json);
    expect(address).toContain('signature=');
    expect((await get(address)).status).toBe(200);
    const [bare = ''] = address.split('?');
    expect((await get(bare)).status).toBe(401);
    const query = address.slice(bare.length);
    const other = packageIn(secret, (await get(versionPath(secret), 'of-ann')).json);
    expect((await get((other.split('?')[0] ?? '') + query)).status).toBe(403);
    for (const changed of [
      address.replace(/principal=[^&]*/u, 'principal=user%3Aann'),
      address.replace(/expires=[^&]*/u, 'expires=99999999999999'),
      `${address}&signature=x`,
      address.replace(/signature=./u, 'signature=~'),
    ]) {
      expect([changed, (await get(changed)).status]).toEqual([changed, 403]);
    }
    pass(10 * 60_000);
    expect((await get(address)).status).toBe(403);
    // What is written down of a request is of no use to who reads it.
    expect(JSON.stringify(heard)).not.toMatch(/signature|principal=|of-bob/u);
  });

  it('is worth what its owner may read now', async () => {
    const { get, rightsFile, server } = await start(rules);
    const address = packageIn(thing, (await get(versionPath(thing), 'of-bob')).json);
    await writeFile(rightsFile, 'ann read **\n');
    await server.reload();
    expect((await get(address)).status).toBe(403);
  });

  it('ends with the token that it was made for', async () => {
    const { get, tokensFile, server } = await start('@users read **\n');
    const address = packageIn(thing, (await get(versionPath(thing), 'of-bob')).json);
    expect((await get(address)).status).toBe(200);
    await writeFile(tokensFile, `ann sha256:${hashOfToken('of-ann')}\n`);
    await server.reload();
    expect((await get(address)).status).toBe(403);
  });

  it('has no secret where everybody may read', async () => {
    const { get } = await start(undefined);
    const address = packageIn(thing, (await get(versionPath(thing))).json);
    expect(address).not.toContain('?');
    const { headers, status } = await get(address);
    expect([status, headers['cache-control']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
  });
});

describe('what is written down of a download', () => {
  it('is who it was, also when it was cut', async () => {
    const { get, heard, url } = await start(rules, {}, { binary: randomBytes(8 * 1024 ** 2) });
    const address = packageIn(thing, (await get(versionPath(thing), 'of-bob')).json);
    const [path = ''] = address.split('?');
    const headers = { authorization: 'Bearer of-bob' };
    const [response] = (await once(
      httpRequest(`${url}${path}`, { headers }).end(),
      'response',
    )) as [IncomingMessage];
    await once(response, 'readable');
    response.on('error', () => undefined).destroy();
    await expect
      .poll(() => heard.find((event) => event.path === path))
      .toMatchObject({ complete: false, status: 200, user: 'bob' });
    expect(heard.find((event) => event.path === versionPath(thing))?.user).toBe('bob');
    // By its address alone: whom that was made for.
    expect((await get(address)).status).toBe(200);
    await expect
      .poll(() => heard.findLast((event) => event.path === path))
      .toMatchObject({ complete: true, user: 'bob' });
  });
});

describe('requests that no client sends', () => {
  it.each(['evil.example.com', '127.0.0.1.evil.example.com', 'localhost@evil.com'])(
    'under the name %j are not answered',
    async (host) => {
      const { get } = await start(undefined);
      for (const path of ['/.well-known/terraform.json', versionPath(thing), '/readyz']) {
        const { body, status } = await get(path, undefined, { headers: { host } });
        expect([path, status >= 400 && status < 500]).toEqual([path, true]);
        expect(body.toString()).not.toContain('archives');
      }
    },
  );

  it('from pages of other sites are given nothing that those could read or do', async () => {
    const { get, url } = await start(undefined);
    const headers = { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' };
    const read = await get(versionPath(thing), undefined, { headers });
    expect(Object.keys(read.headers).filter((name) => name.includes('allow-origin'))).toEqual([]);
    expect(read.headers['cross-origin-resource-policy']).toBe('same-origin');
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status } = await send(method, url, versionPath(thing), { headers });
      expect([method, status]).toEqual([method, 403]);
    }
    expect((await send('POST', url, versionPath(thing))).status).toBe(405);
  });

  it.each([
    '/v1/mirror/example.com/acme/../hidden/thing/1.2.3.json',
    '/v1/mirror/example.com/acme/%2e%2e/thing/1.2.3.json',
    '/v1/mirror/example.com%2facme/thing/1.2.3.json',
    '/v1/mirror/example.com/acme/thing/..%2f..%2fetc%2fpasswd',
    '/v1/mirror//example.com/acme/thing/1.2.3.json',
    '/v1/mirror/example.com/acme/thing/1.2.3.json/',
    '/v1/mirror/example.com/acme/thing/1.2.3.json%00',
    '/v1/mirror/example.com/acme\\thing/1.2.3.json',
    '/v1/mirror/EXAMPLE.com/blobs/index.json/1.2.3.json',
    `/v1/mirror/example.com/acme/${'a'.repeat(3000)}/index.json`,
    `/v1/providers/${thing}/1.2.3/download/linux/..`,
    `/v1/packages/${thing}/1.2.3/${'0'.repeat(63)}/x.zip`,
    '/v1/',
    '/v1',
    '//v1/mirror/example.com/acme/thing/1.2.3.json',
  ])('for %s find nothing', async (path) => {
    const { get } = await start(undefined);
    expect((await get(path)).status).toBe(404);
  });

  it('with headers that are too large, or bodies that never come, hold nothing up', async () => {
    const { get, url } = await start(undefined);
    const large = await get(versionPath(thing), undefined, {
      headers: { 'x-large': 'x'.repeat(100_000) },
    });
    expect(large.status).toBe(431);
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST ${versionPath(thing)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 405 /u);
    socket.destroy();
    expect((await get(versionPath(thing))).status).toBe(200);
  });
});

describe('a server that stops', () => {
  it('lets downloads end, takes no more connections, and is not ready', async () => {
    const binary = randomBytes(24 * 1024 ** 2);
    const { get, server, url } = await start(undefined, {}, { binary });
    const ready = await get('/readyz');
    expect([ready.status, ready.body.toString()]).toEqual([200, 'ready\n']);
    const path = packageIn(thing, (await get(versionPath(thing))).json);
    const whole = await get(path);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const lines = (asked: string) => `GET ${asked} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    socket.write(lines(path));
    await once(socket, 'readable');
    socket.write(lines('/readyz'));
    const closing = server.close();
    await expect(get('/healthz')).rejects.toThrow(/ECONNREFUSED/u);
    const text = (await buffer(socket)).toString('latin1');
    await closing;
    const begin = text.indexOf('\r\n\r\n') + 4;
    const end = begin + whole.body.length;
    expect(text.slice(begin, end) === whole.body.toString('latin1')).toBe(true);
    expect(text.slice(end)).toMatch(/^HTTP\/1\.1 503 [^]*\r\n\r\nstopping\n$/u);
  });

  it('is not ready while its folder is away', async () => {
    const { folder, get, pass } = await start(undefined);
    await rename(folder, `${folder}-away`);
    const away = await get('/readyz');
    expect([away.status, away.body.toString()]).toEqual([503, 'not ready\n']);
    await rename(`${folder}-away`, folder);
    expect((await get('/readyz')).status).toBe(503);
    pass(2000);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('is not ready while the place behind it can not be asked', async () => {
    let isAway = true;
    const { get, pass } = await start(undefined, {
      gateway: {
        source: {
          kind: 'shelf',
          shelf: {
            name: 'far away',
            freshMs: 1000,
            pathFor: () => undefined,
            find: () => Promise.resolve(undefined),
            providers: () => Promise.resolve([]),
            ping: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve()),
          },
        },
        trust: {},
      },
    });
    const away = await get('/readyz');
    expect([away.status, away.body.toString()]).toEqual([503, 'not ready\n']);
    isAway = false;
    pass(2000);
    expect((await get('/readyz')).status).toBe(200);
  });
});
