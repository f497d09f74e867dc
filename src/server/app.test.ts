import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../../test/support/http-request.ts';
import { errorOf } from '../../test/support/running-registry.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { digestOf, digestParts } from '../spec/index.ts';
import {
  type AccessEvent,
  HtpasswdError,
  ListenError,
  PlainHttpError,
  type RunningServer,
  type ServerOptions,
  startServer,
} from './index.ts';

async function start(options: Partial<ServerOptions> = {}) {
  const root = await tempFolder();
  const folder = join(root, 'served');
  await mkdir(folder);
  const server = await startServer({ folder, listen: '127.0.0.1:0', ...options });
  onTestFinished(() => server.close());
  return { server, root, folder, url: urlOf(server) };
}

function urlOf(server: RunningServer, index = 0): string {
  return server.addresses[index]?.url ?? '';
}

async function htpasswd(...users: string[]): Promise<string> {
  const file = join(await tempFolder(), 'users');
  const lines = await Promise.all(
    users.map(async (name) => `${name}:${await hash(`${name}'s`, 4)}`),
  );
  await writeFile(file, lines.join('\n'));
  return file;
}

function basic(user: string, password: string) {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('startServer', () => {
  it('serves the registry and says that it is well', async () => {
    const { url } = await start();
    expect(await send('GET', url, '/v2/')).toMatchObject({ status: 200, json: {} });
    const health = await send('GET', url, '/healthz');
    expect([health.status, health.body.toString()]).toEqual([200, 'ok\n']);
    expect((await send('GET', url, '/favicon.ico')).status).toBe(404);
  });

  it('keeps what was pushed for the next start', async () => {
    const { server, folder, url } = await start();
    const digest = digestOf(Buffer.from('kept'));
    const path = `/v2/a/b/blobs/uploads/?digest=${digest}`;
    expect((await send('POST', url, path, { body: 'kept' })).status).toBe(201);
    await server.close();
    const again = await start({ folder });
    const { body } = await send('GET', again.url, `/v2/a/b/blobs/${digest}`);
    expect(body.toString()).toBe('kept');
  });

  it('can be read-only', async () => {
    const { url } = await start({ readOnly: true });
    expect((await send('POST', url, '/v2/a/blobs/uploads/')).status).toBe(405);
  });

  it.each([
    ['all addresses', { listen: '0.0.0.0:0' }],
    ['all addresses by leaving the host out', { listen: ':0' }],
    ['all IPv6 addresses', { listen: '[::]:0' }],
    ['a name that could be anything', { listen: 'localhost.example.com:0' }],
    ['all addresses on the second listener', { listenHttp: '0.0.0.0:0' }],
  ])('refuses plain HTTP on %s', async (_, options) => {
    const attempt = start(options);
    await expect(attempt).rejects.toBeInstanceOf(PlainHttpError);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_SERVER_PLAIN_HTTP' });
  });

  it('says so when the port is taken, and lets go of the storage', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const folder = await tempFolder();
    const attempt = startServer({ folder, listen: `127.0.0.1:${port}` });
    await expect(attempt).rejects.toBeInstanceOf(ListenError);
    await expect(attempt).rejects.toMatchObject({
      code: 'ERR_SERVER_LISTEN',
      errno: 'EADDRINUSE',
      hint: expect.stringContaining('another port') as unknown,
    });
    await start({ folder });
  });

  it('says so when the machine has no such address', async () => {
    const tls = { kind: 'self-signed', folder: join(await tempFolder(), 'tls') } as const;
    const attempt = start({ listen: '192.0.2.1:0', tls });
    await expect(attempt).rejects.toMatchObject({
      code: 'ERR_SERVER_LISTEN',
      errno: 'EADDRNOTAVAIL',
    });
  });

  it('refuses an address that is none', async () => {
    const attempt = start({ listenHttp: '[::1]:99999' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_SERVER_LISTEN_ADDRESS' });
  });

  it('never serves a manifest of another program under a type that a browser would show', async () => {
    const folder = await tempFolder();
    const page = Buffer.from('<script>alert(1)</script>');
    const digest = digestOf(page);
    const blobs = join(folder, 'odd', 'blobs', 'sha256');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(blobs, digestParts(digest).hex), page);
    const marker = { imageLayoutVersion: '1.0.0' };
    await writeFile(join(folder, 'odd', 'oci-layout'), JSON.stringify(marker));
    const annotations = { 'org.opencontainers.image.ref.name': 'x' };
    const manifests = [{ mediaType: 'text/html', digest, size: page.length, annotations }];
    await writeFile(
      join(folder, 'odd', 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests }),
    );
    const { url } = await start({ folder });
    for (const reference of ['x', digest]) {
      const answer = await send('GET', url, `/v2/odd/manifests/${reference}`);
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/json']);
    }
    const blob = await send('GET', url, `/v2/odd/blobs/${digest}`);
    expect(blob.headers['content-type']).toBe('application/octet-stream');
  });

  it.each([
    ['is missing', undefined, 'ERR_BASE_FILE_ACCESS'],
    ['has another scheme', 'ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'ERR_SERVER_HTPASSWD'],
    ['is no such file', 'x'.repeat(1024 ** 2 + 1), 'ERR_SERVER_HTPASSWD'],
  ])('refuses to start when the password file %s', async (_, text, code) => {
    const htpasswdFile = join(await tempFolder(), 'users');
    if (text !== undefined) await writeFile(htpasswdFile, text);
    await expect(start({ htpasswdFile })).rejects.toMatchObject({ code });
  });

  it('names the line of the password file', async () => {
    const htpasswdFile = join(await tempFolder(), 'users');
    await writeFile(htpasswdFile, '# users\nann:secret');
    const attempt = start({ htpasswdFile });
    await expect(attempt).rejects.toBeInstanceOf(HtpasswdError);
    await expect(attempt).rejects.toMatchObject({ line: 2 });
  });
});

describe('TLS', () => {
  it('is given with a certificate of our own, beside plain HTTP on loopback', async () => {
    const tlsFolder = join(await tempFolder(), 'tls');
    const { server } = await start({
      listenHttp: '127.0.0.1:0',
      tls: { kind: 'self-signed', folder: tlsFolder },
    });
    const [secure, plain] = [urlOf(server), urlOf(server, 1)];
    expect(secure).toMatch(/^https:\/\/127\.0\.0\.1:[0-9]+$/u);
    expect(plain).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/u);
    const caFile = join(tlsFolder, 'ca.crt');
    const ca = await readFile(caFile, 'utf8');
    expect((await send('GET', secure, '/v2/', { ca })).status).toBe(200);
    expect((await send('GET', plain, '/v2/')).status).toBe(200);
    await expect(send('GET', secure, '/v2/')).rejects.toThrow(/self.signed certificate|unable to/u);
    expect(server.trustAdvice?.caFile).toBe(caFile);
    expect(server.trustAdvice?.steps[0]?.command).toContain('SSL_CERT_FILE=');
  });

  it('may listen on every address', async () => {
    const tlsFolder = join(await tempFolder(), 'tls');
    const { url } = await start({ listen: ':0', tls: { kind: 'self-signed', folder: tlsFolder } });
    const ca = await readFile(join(tlsFolder, 'ca.crt'), 'utf8');
    expect((await send('GET', url, '/healthz', { ca })).status).toBe(200);
  });

  it('works with given files, about which there is nothing to advise', async () => {
    const tlsFolder = join(await tempFolder(), 'tls');
    await (await start({ tls: { kind: 'self-signed', folder: tlsFolder } })).server.close();
    const files = {
      certFile: join(tlsFolder, 'server.crt'),
      keyFile: join(tlsFolder, 'server.key'),
    };
    const { server, url } = await start({ tls: { kind: 'files', ...files } });
    const ca = await readFile(join(tlsFolder, 'ca.crt'), 'utf8');
    expect((await send('GET', url, '/v2/', { ca })).status).toBe(200);
    expect(server.trustAdvice).toBeUndefined();
  });

  it('keeps its key out of the served folder', async () => {
    const folder = await tempFolder();
    const tls = { kind: 'self-signed', folder: join(folder, 'tls') } as const;
    await expect(start({ folder, tls })).rejects.toMatchObject({ code: 'ERR_SERVER_TLS_FOLDER' });
  });

  it('refuses a host that no certificate can name', async () => {
    const tls = { kind: 'self-signed', folder: await tempFolder(), hosts: ['*.example'] } as const;
    await expect(start({ tls })).rejects.toMatchObject({ code: 'ERR_SERVER_TLS_HOST' });
  });
});

describe('passwords', () => {
  it('are asked for on everything below /v2/, and nowhere else', async () => {
    const { url } = await start({ htpasswdFile: await htpasswd('ann') });
    for (const [method, path] of [
      ['GET', '/v2'],
      ['GET', '/v2/'],
      ['GET', '/v2/a/tags/list'],
      ['PUT', '/v2/a/manifests/x'],
      ['POST', '/v2/a/blobs/uploads/'],
      ['GET', '/v2/nowhere'],
    ] as const) {
      const answer = await send(method, url, path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="tofu-oci"');
      expect(errorOf(answer).code).toBe('UNAUTHORIZED');
    }
    expect((await send('GET', url, '/healthz')).status).toBe(200);
  });

  it('let in who knows them, and nobody else', async () => {
    const { url } = await start({ htpasswdFile: await htpasswd('ann', 'bob') });
    const ask = async (user: string, password: string) =>
      (await send('GET', url, '/v2/', { headers: basic(user, password) })).status;
    expect(await ask('ann', "ann's")).toBe(200);
    expect(await ask('bob', "bob's")).toBe(200);
    expect(await ask('ann', "bob's")).toBe(401);
    expect(await ask('eve', "ann's")).toBe(401);
  });

  it('can not be guessed without end', async () => {
    const { url } = await start({ htpasswdFile: await htpasswd('ann') });
    const guess = (n: number) => send('GET', url, '/v2/', { headers: basic('ann', `guess ${n}`) });
    const statuses = [];
    for (let n = 0; n < 11; n++) statuses.push((await guess(n)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const refused = await guess(11);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('hosts and origins', () => {
  it.each([
    ['a rebound name', { Host: 'evil.example' }, 421],
    ['our own name', { Host: 'localhost:1234' }, 200],
    ['the public name', { Host: 'registry.example.com' }, 200],
    ['a listed name', { Host: 'other.example.com:80' }, 200],
  ])('answers to %s', async (_, headers, status) => {
    const { url } = await start({
      publicUrl: 'https://registry.example.com/',
      allowedHosts: ['other.example.com'],
    });
    for (const path of ['/v2/', '/healthz']) {
      expect((await send('GET', url, path, { headers })).status).toBe(status);
    }
  });

  it('refuses writes of other web sites', async () => {
    const { url } = await start();
    const headers = { Origin: 'https://evil.example' };
    const answer = await send('POST', url, '/v2/a/blobs/uploads/', { headers });
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'DENIED']);
  });

  it('tells web pages nothing, and believes nobody about its own name', async () => {
    const { url } = await start({ publicUrl: 'https://registry.example.com/' });
    const headers = {
      Origin: 'https://evil.example',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'host=evil.example;proto=http',
    };
    const asked = [
      ['GET', '/v2/'],
      ['GET', '/healthz'],
      ['GET', '/none'],
      ['GET', '/v2/_catalog?n=0'],
      ['OPTIONS', '/v2/'],
      ['POST', '/v2/a/blobs/uploads/'],
    ] as const;
    for (const [method, path] of asked) {
      const answer = await send(method, url, path, { headers });
      const names = Object.keys(answer.headers);
      expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      });
      expect(JSON.stringify(answer.headers)).not.toContain('evil');
    }
    const begun = await send('POST', url, '/v2/a/blobs/uploads/', {
      headers: { 'X-Forwarded-Host': 'evil.example', Forwarded: headers.Forwarded },
    });
    expect(begun.headers.location).toMatch(/^\/v2\/a\/blobs\/uploads\/[0-9a-f-]+$/u);
  });

  it('takes headers of up to 64 KiB', async () => {
    const { url } = await start();
    const ask = async (size: number) =>
      (await send('GET', url, '/v2/', { headers: { 'X-Token': 'x'.repeat(size) } })).status;
    expect(await ask(60 * 1024)).toBe(200);
    expect(await ask(70 * 1024)).toBe(431);
  });
});

describe('access events', () => {
  it('tell who asked for what, and no secret', async () => {
    const events: AccessEvent[] = [];
    const { url } = await start({
      htpasswdFile: await htpasswd('ann'),
      onAccess: (event) => events.push(event),
    });
    const headers = basic('ann', "ann's");
    await send('GET', url, '/v2/a/tags/list?token=secret', { headers });
    await send('GET', url, '/v2/');
    await expect.poll(() => events.length).toBe(2);
    const remoteAddress = '127.0.0.1';
    const found = { method: 'GET', path: '/v2/a/tags/list', status: 404, user: 'ann' };
    expect(events[0]).toMatchObject({ ...found, remoteAddress, complete: true });
    expect(events[1]).toMatchObject({ path: '/v2/', status: 401, user: undefined });
    expect(JSON.stringify(events)).not.toContain('secret');
  });
});

describe('stopping', () => {
  /** An upload whose body is sent by hand. */
  async function openUpload(url: string) {
    const digest = digestOf(Buffer.from('ab'));
    const target = new URL(`/v2/a/blobs/uploads/?digest=${digest}`, url);
    const headers = { 'Content-Length': 2 };
    const upload: ClientRequest = httpRequest(target, { method: 'POST', headers, agent: false });
    const outcome = new Promise<number | string | undefined>((resolve) => {
      upload.on('response', (response) => resolve(response.resume().statusCode));
      upload.on('error', () => resolve('cut'));
    });
    await new Promise<void>((resolve) => upload.write('a', () => resolve()));
    await expect
      .poll(async () => {
        const { status } = await send('GET', url, '/v2/a/tags/list');
        return status;
      })
      .toBe(200);
    return { upload, outcome };
  }

  it('lets what is under way finish, and takes nothing new', async () => {
    const { server, url } = await start();
    const { upload, outcome } = await openUpload(url);
    const closing = server.close();
    await expect(send('GET', url, '/v2/')).rejects.toThrow(/ECONNREFUSED/u);
    upload.end('b');
    expect(await outcome).toBe(201);
    await closing;
    await server.close();
  });

  it('cuts what does not finish in time', async () => {
    const { server, url } = await start({ drainMs: 20 });
    const { outcome } = await openUpload(url);
    await server.close();
    expect(await outcome).toBe('cut');
  });
});
