import { createServer } from 'node:http';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { hash } from 'bcryptjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../../test/support/http-request.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { makeTestCertificate } from '../../test/support/test-certificate.ts';
import { digestOf } from '../spec/index.ts';
import {
  FolderInUseError,
  type RunningServer,
  ListenError,
  ServedFolderError,
  type ServerNotice,
  type ServerOptions,
  startServer,
} from './index.ts';

async function start(options: Partial<ServerOptions> = {}) {
  const notices: ServerNotice[] = [];
  const folder = join(await tempFolder(), 'served');
  const server = await startServer({
    folder,
    listen: '127.0.0.1:0',
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, folder, notices, url: server.addresses[0]?.url ?? '' };
}

describe('the served folder', () => {
  it.each([
    ['is made, with those above it', 'a/b/c'],
    ['is there', '.'],
  ])('%s', async (_, path) => {
    const folder = join(await tempFolder(), path);
    const { url } = await start({ folder });
    expect((await send('GET', url, '/v2/')).status).toBe(200);
  });

  it.each([
    ['that is a file', (root: string) => join(root, 'file'), /is not a folder/u],
    ['below a file', (root: string) => join(root, 'file', 'x'), /a part of it is not a folder/u],
    ['where none can be made', () => '/proc/tofu-oci-test', /it can not be made/u],
    ['deep below that', () => '/proc/tofu-oci-test/a/b', /it can not be made/u],
  ])('is refused: one %s', async (_, make, message) => {
    const root = await tempFolder();
    await writeFile(join(root, 'file'), '');
    const attempt = start({ folder: make(root) });
    await expect(attempt).rejects.toBeInstanceOf(ServedFolderError);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_SERVER_FOLDER' });
    await expect(attempt).rejects.toThrow(message);
  });

  it.skipIf(process.platform !== 'linux')('may be one that this machine forbids', async () => {
    const attempt = start({ folder: '/sys/tofu-oci-test' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_BASE_FILE_ACCESS', category: 'bug' });
  });

  it.each([
    ['EADDRINUSE', 'conflict'],
    ['EACCES', 'bug'],
    ['EPERM', 'bug'],
  ])('has an address that may not be used: %s', (errno, category) => {
    expect(new ListenError(':443', errno, new Error(errno))).toMatchObject({ category, errno });
  });

  it('is not made for reading', async () => {
    const folder = join(await tempFolder(), 'none');
    await expect(start({ folder, readOnly: true })).rejects.toThrow(/there is no such folder/u);
  });

  it('has one server that writes, and any number that read', async () => {
    const { server, folder } = await start();
    const attempt = start({ folder });
    await expect(attempt).rejects.toBeInstanceOf(FolderInUseError);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_SERVER_FOLDER_IN_USE', folder });
    await expect(attempt).rejects.toThrow(`${folder} is served by another server already (process`);
    await start({ folder, readOnly: true });
    await server.close();
    await start({ folder });
  });

  it('is free again when a start fails', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const folder = await tempFolder();
    await expect(start({ folder, listen: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'ERR_SERVER_LISTEN',
    });
    await start({ folder });
  });
});

function basic(user: string, password: string) {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

async function entry(user: string, password: string): Promise<string> {
  return `${user}:${await hash(password, 4)}\n`;
}

describe('files that change while the server runs', () => {
  it('passwords: the new ones count, the old ones no more', async () => {
    const htpasswdFile = join(await tempFolder(), 'users');
    await writeFile(htpasswdFile, await entry('ann', 'old'));
    const { server, url, notices } = await start({ htpasswdFile });
    const ask = async (user: string, password: string) =>
      (await send('GET', url, '/v2/', { headers: basic(user, password) })).status;
    expect(await ask('ann', 'old')).toBe(200);
    await server.reload();
    expect(notices).toEqual([]);
    await writeFile(htpasswdFile, (await entry('ann', 'new')) + (await entry('bob', 'b')));
    await server.reload();
    expect([await ask('ann', 'old'), await ask('ann', 'new'), await ask('bob', 'b')]).toEqual([
      401, 200, 200,
    ]);
    expect(notices).toEqual([{ kind: 'reloaded', file: htpasswdFile }]);
  });

  it.each([
    ['broken', (file: string) => writeFile(file, 'ann:plain')],
    ['empty', (file: string) => writeFile(file, '')],
    ['gone', (file: string) => rename(file, `${file}.old`)],
  ])(
    'a file that is %s leaves what was there in force, and is complained about once',
    async (_, spoil) => {
      const htpasswdFile = join(await tempFolder(), 'users');
      await writeFile(htpasswdFile, await entry('ann', 'a'));
      const { server, url, notices } = await start({ htpasswdFile });
      const ask = async () =>
        (await send('GET', url, '/v2/', { headers: basic('ann', 'a') })).status;
      await spoil(htpasswdFile);
      for (let n = 0; n < 3; n++) await server.reload();
      expect(await ask()).toBe(200);
      expect(notices).toEqual([
        { kind: 'kept', file: htpasswdFile, error: expect.any(Error) as unknown },
      ]);
      await writeFile(htpasswdFile, await entry('ann', 'b'));
      await server.reload();
      expect([await ask(), notices.at(-1)?.kind]).toEqual([401, 'reloaded']);
    },
  );

  it('rights', async () => {
    const rightsFile = join(await tempFolder(), 'rights');
    await writeFile(rightsFile, '@anonymous read a\n');
    const { server, url } = await start({ rightsFile });
    const push = async () => (await send('POST', url, '/v2/a/blobs/uploads/')).status;
    expect(await push()).toBe(403);
    await writeFile(rightsFile, '@anonymous write a\n');
    await server.reload();
    expect(await push()).toBe(202);
  });

  it('are told of when they have rules that can never apply, once', async () => {
    const folder = await tempFolder();
    const [htpasswdFile, rightsFile] = [join(folder, 'users'), join(folder, 'rights')];
    await writeFile(htpasswdFile, await entry('ann', 'a'));
    await writeFile(rightsFile, 'ann read a\nbob read a\n');
    const { server, notices } = await start({ htpasswdFile, rightsFile });
    const warning = (user: string) =>
      `${rightsFile}: there is no user ${user} in ${htpasswdFile}, so the rules for them never apply`;
    expect(server.warnings).toEqual([warning('bob')]);
    await server.reload();
    expect(notices).toEqual([]);
    await writeFile(rightsFile, 'ann read a\nzoe read a\n');
    for (let n = 0; n < 2; n++) await server.reload();
    expect(notices).toEqual([
      { kind: 'reloaded', file: rightsFile },
      { kind: 'warning', text: warning('zoe') },
    ]);
    await writeFile(htpasswdFile, await entry('zoe', 'a'));
    await server.reload();
    expect(notices.at(-1)).toEqual({ kind: 'warning', text: warning('ann') });
  });

  it('are not gone by while they are being written', async () => {
    const rightsFile = join(await tempFolder(), 'rights');
    await writeFile(rightsFile, 'ann read tf/*-public\n');
    const { server, notices } = await start({ rightsFile });
    const state = { isOver: false };
    const looking = server.reload().then(() => (state.isOver = true));
    for (let n = 0; !state.isOver; n++) {
      await writeFile(`${rightsFile}.new`, `ann read tf/*\n#${n}`);
      await rename(`${rightsFile}.new`, rightsFile);
    }
    await looking;
    expect(notices).toEqual([]);
    await server.reload();
    expect(notices).toEqual([{ kind: 'reloaded', file: rightsFile }]);
  });

  it('are found without being told of', async () => {
    const rightsFile = join(await tempFolder(), 'rights');
    await writeFile(rightsFile, '@anonymous read a\n');
    const { notices } = await start({ rightsFile, reloadMs: 5 });
    await writeFile(rightsFile, '@anonymous write a\n');
    await expect.poll(() => notices.at(-1)?.kind).toBe('reloaded');
  });

  it('certificates: new connections see the new one, none sees half of a pair', async () => {
    const folder = await tempFolder();
    const [certFile, keyFile] = [join(folder, 'a.crt'), join(folder, 'a.key')];
    const pairs = [await makeTestCertificate(), await makeTestCertificate()] as const;
    await writeFile(certFile, pairs[0].cert);
    await writeFile(keyFile, pairs[0].key);
    const { server, url, notices } = await start({ tls: { kind: 'files', certFile, keyFile } });
    const before = await certificateOf(url);
    await writeFile(certFile, pairs[1].cert);
    await server.reload();
    expect(notices).toMatchObject([{ kind: 'kept', error: { code: 'ERR_SERVER_TLS_MATERIAL' } }]);
    expect(await certificateOf(url)).toBe(before);
    await writeFile(keyFile, pairs[1].key);
    await server.reload();
    expect(await certificateOf(url)).not.toBe(before);
    expect((await send('GET', url, '/v2/', { ca: pairs[1].ca })).status).toBe(200);
  });

  it('a development certificate that another server replaced', async () => {
    const tlsFolder = join(await tempFolder(), 'tls');
    const tls = { kind: 'self-signed', folder: tlsFolder } as const;
    const { server, url } = await start({ tls });
    const other = await start({ tls: { ...tls, hosts: ['registry.example'] } });
    expect(other.server.trustAdvice?.replaced).toBe(true);
    await server.reload();
    const ca = await readFile(join(tlsFolder, 'ca.crt'), 'utf8');
    for (const each of [url, other.url]) {
      expect((await send('GET', each, '/v2/', { ca })).status).toBe(200);
    }
  });
});

function certificateOf(url: string): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port: Number(port), rejectUnauthorized: false },
      () => {
        const certificate: PeerCertificate = socket.getPeerCertificate();
        socket.destroy();
        resolve(certificate.fingerprint256);
      },
    );
    socket.on('error', reject);
  });
}

/** The samples of one metric by their labels. */
async function samples(server: RunningServer, name: string): Promise<Record<string, number>> {
  const { body } = await send('GET', server.metricsAddress?.url ?? '', '/metrics');
  const lines = body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith(name));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value] = /^[a-z_]+(?:\{(.*)\})? (\S+)$/u.exec(line) ?? [];
      return [labels, Number(value)];
    }),
  );
}

describe('metrics', () => {
  it('count requests by few labels, whatever is asked for', async () => {
    const { server, url } = await start({ listenMetrics: '127.0.0.1:0' });
    const content = 'x'.repeat(10_000);
    const path = `/v2/a/blobs/uploads/?digest=${digestOf(Buffer.from(content))}`;
    expect((await send('POST', url, path, { body: content })).status).toBe(201);
    for (let n = 0; n < 20; n++) await send('GET', url, `/v2/r${n}/tags/list`);
    for (const odd of ['PROPFIND', 'LINK']) await send(odd, url, `/${odd}"\\`);
    await send('GET', url, '/healthz');
    for (const path of ['a/index.json', 'b/1.2.3.json', 'c/2.0.0.json?signature=x', 'd/x']) {
      await send('GET', url, `/v1/mirror/example.com/acme/${path}`);
    }
    for (const path of ['/.well-known/terraform.json', '/readyz', '/', '/providers/a/b/c']) {
      await send('GET', url, path);
    }
    await expect
      .poll(() => samples(server, 'tofu_oci_http_requests_total'))
      .toEqual({
        'method="POST",route="upload-start",status="201"': 1,
        'method="GET",route="tags",status="404"': 20,
        'method="other",route="none",status="404"': 2,
        'method="GET",route="health",status="200"': 1,
        'method="GET",route="ready",status="200"': 1,
        'method="GET",route="mirror-index",status="404"': 1,
        'method="GET",route="mirror-version",status="404"': 2,
        'method="GET",route="none",status="404"': 1,
        'method="GET",route="discovery",status="404"': 1,
        'method="GET",route="page",status="404"': 2,
      });
    const received = await samples(server, 'tofu_oci_http_received_bytes_total');
    expect(received['route="upload-start"']).toBeGreaterThan(10_000);
    expect(received['route="upload-start"']).toBeLessThan(11_000);
    const durations = await samples(server, 'tofu_oci_http_request_duration_seconds');
    expect(durations['method="GET",route="tags",le="+Inf"']).toBe(20);
    expect(durations['method="GET",route="tags",le="300"']).toBe(20);
    expect(durations['method="GET",route="tags"']).toBe(20);
  });

  it('tell of open uploads, and how large the folder is', async () => {
    const { server, url } = await start({ listenMetrics: '127.0.0.1:0' });
    for (let n = 0; n < 3; n++) await send('POST', url, '/v2/a/blobs/uploads/');
    await send('POST', url, `/v2/a/blobs/uploads/?digest=${digestOf(Buffer.from('x'))}`, {
      body: 'x',
    });
    await send('POST', url, `/v2/b/blobs/uploads/?mount=${digestOf(Buffer.from('x'))}&from=a`);
    expect(await samples(server, 'tofu_oci_open_uploads')).toEqual({ '': 3 });
    await expect.poll(() => samples(server, 'tofu_oci_store_repositories')).toEqual({ '': 2 });
    const bytes = await samples(server, 'tofu_oci_store_bytes');
    expect(bytes['']).toBeGreaterThan(0);
  });

  it('are not on the listeners of the registry, nor the registry on theirs', async () => {
    const { server, url } = await start({ listenMetrics: '127.0.0.1:0' });
    const metrics = server.metricsAddress?.url ?? '';
    expect((await send('GET', url, '/metrics')).status).toBe(404);
    expect((await send('GET', metrics, '/v2/')).status).toBe(404);
    expect((await send('POST', metrics, '/metrics')).status).toBe(404);
    expect((await send('GET', metrics, '/healthz')).status).toBe(200);
    const headers = { Host: 'evil.example' };
    expect((await send('GET', metrics, '/metrics', { headers })).status).toBe(421);
  });

  it('are encrypted where other machines can ask for them', async () => {
    await expect(start({ listenMetrics: '0.0.0.0:0' })).rejects.toMatchObject({
      code: 'ERR_SERVER_PLAIN_HTTP',
    });
    const tlsFolder = join(await tempFolder(), 'tls');
    const tls = { kind: 'self-signed', folder: tlsFolder } as const;
    const near = await start({ listenMetrics: '127.0.0.1:0', tls });
    expect(near.server.metricsAddress?.url).toMatch(/^http:/u);
    const far = await start({ listenMetrics: ':0', tls });
    const ca = await readFile(join(tlsFolder, 'ca.crt'), 'utf8');
    const answer = await send('GET', far.server.metricsAddress?.url ?? '', '/metrics', { ca });
    expect(answer.headers['content-type']).toContain('version=0.0.4');
  });
});

it('counts the bytes of each request on a kept connection by itself, with TLS too', async () => {
  const sizes: number[][] = [];
  const tlsFolder = join(await tempFolder(), 'tls');
  await mkdir(tlsFolder);
  const { url } = await start({
    tls: { kind: 'self-signed', folder: tlsFolder },
    onAccess: ({ receivedBytes, sentBytes }) => sizes.push([receivedBytes, sentBytes]),
  });
  const ca = await readFile(join(tlsFolder, 'ca.crt'), 'utf8');
  const content = 'y'.repeat(50_000);
  const digest = digestOf(Buffer.from(content));
  const { Agent } = await import('node:https');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  await send('POST', url, `/v2/a/blobs/uploads/?digest=${digest}`, { body: content, ca, agent });
  await send('GET', url, `/v2/a/blobs/${digest}`, { ca, agent });
  await send('GET', url, '/v2/', { ca, agent });
  await expect.poll(() => sizes.length).toBe(3);
  const isLarge = sizes.map((pair) => pair.map((size) => size > 50_000));
  expect(isLarge).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ]);
  for (const size of sizes.flat()) expect(size).toBeLessThan(52_000);
});
