import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { get as httpGet } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeRelease } from '../../../test/support/pushed-release.ts';
import { makeProviderZip } from '../../../test/support/release-folder.ts';
import { startRelay } from '../../../test/support/relay.ts';
import { startRegistry } from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { runMain } from '../../../test/support/run-main.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { main } from '../main.ts';

/** Starts `serve`, waits until it listens, does something, and stops it. */
async function serving(
  args: readonly string[],
  home: string,
  act: (url: string) => Promise<void>,
  listen: readonly string[] = ['--listen', '127.0.0.1:0'],
) {
  const controller = new AbortController();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const lines: string[] = [];
  const errors: string[] = [];
  stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const listening = new Promise<string>((resolve) => {
    stdout.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      const url = /https?:\/\/(?:127\.0\.0\.1|localhost):[0-9]+/u.exec(lines[0] ?? '')?.[0];
      if (url !== undefined) resolve(url);
    });
  });
  const code = main(['serve', 'registry', ...listen, ...args], {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { HOME: home },
    cwd: home,
    platform: 'linux',
    arch: 'x64',
    signal: controller.signal,
  });
  const url = await Promise.race([
    listening,
    code.then(() => Promise.reject(new Error(errors.join('')))),
  ]);
  await act(url);
  controller.abort();
  return { code: await code, lines, stderr: errors.join('') };
}

describe('serve', () => {
  it.each([
    ['both ways to log in', ['--htpasswd', 'a', '--tokens', 'b'], 'it excludes the passwords of'],
    ['half a certificate', ['--tls-cert', 'a'], 'belong together'],
    ['a time that is none', ['--drain', 'soon'], '--drain: expected 0 to 3600 seconds, got "soon"'],
    ['a time without end', ['--drain', '9999'], '--drain'],
    [
      'a grace that is none',
      ['--gc-grace', '0'],
      '--gc-grace: expected 1 to 8760 hours or "never"',
    ],
    ['a public address that is none', ['--public-url', 'registry'], '--public-url: expected https'],
    ['metrics for everybody in the clear', ['--listen-metrics', ':0'], 'refusing plain HTTP'],
    ['rights that are not there', ['--rights', 'none'], 'none: no such file'],
    ['tokens that are not there', ['--tokens', 'none'], 'none: no such file'],
    ['a short secret', ['--url-key', 'b'], '--url-key: b has 2 bytes, expected 32 at least'],
    ['a secret that is not there', ['--url-key', 'none'], 'none: no such file'],
    ['rules that are not there', ['--trust', 'none'], 'none'],
    ['a key that is none', ['--sign-key', 'b'], 'b'],
    ['a place that is none', ['--from', 'nothing'], 'invalid location "nothing"'],
  ])('refuses %s', async (_, args, message) => {
    const home = await tempFolder();
    await writeFile(join(home, 'b'), '{}');
    const { code, stderr } = await runMain(
      ['serve', 'registry', '--listen', '127.0.0.1:0', ...args],
      { home },
    );
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('says in plain words that a file is no folder, and that a folder is taken', async () => {
    const home = await tempFolder();
    await writeFile(join(home, 'file'), '');
    const file = await runMain(['serve', 'file', '--listen', '127.0.0.1:0'], { home });
    expect(file.stderr).toContain(`cannot serve ${join(home, 'file')}: it is not a folder`);
    expect(file.code).toBe(2);
    await serving([], home, async () => {
      const second = await runMain(['serve', 'registry', '--listen', '127.0.0.1:0'], { home });
      expect(second.stderr).toContain(
        `${join(home, 'registry')} is served by another server already`,
      );
      expect(second.code).toBe(7);
    });
  });

  it('is ready whether or not the registry behind it answers', async () => {
    const home = await tempFolder();
    const storage = await temporaryStorage();
    const registry = await startRegistry(storage);
    onTestFinished(async () => {
      await registry.close();
      await storage.close();
    });
    const relay = await startRelay({ to: new URL(registry.url).host });
    const from = `${relay.host}/tf/{hostname}/{namespace}/{type}`;
    await serving(['--from', from], home, async (url) => {
      const ready = async () => (await fetch(`${url}/readyz`)).status;
      expect(await ready()).toBe(200);
      // The registry is the same for all replicas, and what they know they go on offering.
      relay.before = () => ({ status: 503, headers: { 'retry-after': '0' } });
      expect([await ready(), (await fetch(`${url}/healthz`)).status]).toEqual([200, 200]);
    });
  });

  it('answers others while many clients take their parts of a package slowly', async () => {
    const home = await tempFolder();
    const storage = await temporaryStorage();
    const registry = await startRegistry(storage);
    onTestFinished(async () => {
      registry.server.closeAllConnections();
      await registry.close();
      await storage.close();
    });
    const sizes = { big: 16 * 1024 ** 2, small: 100 };
    for (const [type, size] of Object.entries(sizes)) {
      const provider = `example.com/acme/${type}`;
      const made = { type, version: '1.2.3', binary: randomBytes(size) };
      const zips = { linux_amd64: await makeProviderZip(made, 'linux_amd64') };
      await makeRelease(await storage.createRepository(provider), { provider, zips });
    }
    const from = `${new URL(registry.url).host}/{hostname}/{namespace}/{type}`;
    await serving(['--from', from], home, async (url) => {
      const document = `${url}/v1/mirror/example.com/acme/big/1.2.3.json`;
      const text = await (await fetch(document)).text();
      const reference = /"url":"([^"]+)"/u.exec(text)?.[1] ?? '';
      const headers = { range: 'bytes=1-' };
      const slow = Array.from({ length: 33 }, () =>
        httpGet(new URL(reference, document), { agent: false, headers }),
      );
      await Promise.all(slow.map((request) => once(request, 'response').then(() => undefined)));
      const other = await fetch(`${url}/v1/mirror/example.com/acme/small/1.2.3.json`);
      expect(other.status).toBe(200);
      for (const request of slow) request.on('error', () => undefined).destroy();
    });
  });

  it.each([
    ['to standard output', '-', []],
    ['to a file', 'access.log', []],
    ['to standard output as JSON', '-', ['--json']],
    ['to a file as JSON', 'access.log', ['--json']],
  ] as const)('writes its access log %s', async (_, target, more) => {
    const home = await tempFolder();
    const { code, lines } = await serving(['--access-log', target, ...more], home, async (url) => {
      await fetch(`${url}/v2/a/tags/list?secret=1`, { headers: { connection: 'close' } });
    });
    const log =
      target === '-' ? lines.slice(1) : (await readFile(join(home, target), 'utf8')).split('\n');
    const line = log.find((each) => each.includes('/v2/a/tags/list')) ?? '';
    if (more.length === 0)
      expect(line).toMatch(/^127\.0\.0\.1 - - \[.*\] "GET \/v2\/a\/tags\/list HTTP\/1\.1" 404 /u);
    else
      expect(JSON.parse(line)).toMatchObject({
        type: 'request',
        path: '/v2/a/tags/list',
        status: 404,
      });
    expect(log.join()).not.toContain('secret');
    expect(code).toBe(0);
  });

  it('listens nowhere else when only --listen-http is given', async () => {
    const home = await tempFolder();
    const other = createServer().listen(5000, '127.0.0.1');
    onTestFinished(() => void other.close());
    // Taken by us or by somebody else: it is the default of --listen, which is not wanted here.
    await new Promise((resolve) => other.once('listening', resolve).once('error', resolve));
    const args = ['--listen-http', '127.0.0.1:0', '--json'];
    const { code, lines } = await serving(args, home, () => Promise.resolve(), []);
    const { addresses } = JSON.parse(lines[0] ?? '') as { addresses: string[] };
    expect(addresses).toHaveLength(1);
    expect(code).toBe(0);
  });

  it('names the addresses of the machine in a certificate when it listens on all of them', async () => {
    const home = await tempFolder();
    const args = ['--listen', '0.0.0.0:0', '--tls-self-signed', 'tls', '--json'];
    const { lines } = await serving(args, home, () => Promise.resolve(), []);
    const { addresses } = JSON.parse(lines[0] ?? '') as { addresses: string[] };
    expect(addresses[0]).toMatch(/^https:\/\/localhost:/u);
    const { subjectAltName } = new X509Certificate(await readFile(join(home, 'tls/server.crt')));
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address, family, internal } of own) {
      if (!internal && family === 'IPv4') expect(subjectAltName).toContain(address);
    }
  });

  it.each([
    ['rules without a login', '@users read **', ['--rights', 'file'], 'nobody can log in'],
    [
      'a realm that no client of an HTTPS server goes to',
      '{"realm":"http://auth.example.com/","service":"r","keys":"keys.pem"}',
      ['--tokens', 'file', '--tls-self-signed', 'tls'],
      'the realm is plain HTTP',
    ],
  ])('warns of %s', async (_, content, args, warning) => {
    const home = await tempFolder();
    const { publicKey } = generateKeyPairSync('ed25519');
    await writeFile(join(home, 'keys.pem'), publicKey.export({ format: 'pem', type: 'spki' }));
    await writeFile(join(home, 'file'), content);
    const { stderr } = await serving(args, home, () => Promise.resolve());
    expect(stderr).toMatch(new RegExp(`^Warning: .*file: ${warning}`, 'mu'));
    expect(stderr).toMatch(/\nStopped\.\n$/u);
  });

  it('says where clients find providers, and what is missing for that', async () => {
    const home = await tempFolder();
    await writeFile(
      join(home, 'users'),
      'ann:$2b$04$abcdefghijklmnopqrstuuOH9V6OVW5kC4oZJq1vGxmZ6HR2zJ5Xq\n',
    );
    await writeFile(join(home, 'tokens'), `ci sha256:${'ab'.repeat(32)}\n`);
    const rules = `trust {\n  provider "example.com/*/*" {\n    keys = ["${'ab'.repeat(20)}"]\n  }\n}\n`;
    await writeFile(join(home, 'trust.hcl'), rules);
    const outputOf = async (...args: readonly string[]) =>
      (await serving(args, home, () => Promise.resolve())).stderr;
    const bare = await outputOf('--htpasswd', 'users');
    expect(bare).toMatch(/network mirror {5}http:\/\/127\.0\.0\.1:[0-9]+\/v1\/mirror\/\n/u);
    expect(bare).toContain('offers none yet: no trust file (--trust) and no key of this server');
    expect(bare).toContain('send tokens there, and no passwords: see --tokens');
    const both = ['--htpasswd', 'users', '--tokens', 'tokens', '--trust', 'trust.hcl'];
    const full = await outputOf(...both, '--public-url', 'https://providers.example.com/');
    expect(full).toContain('  pages              https://providers.example.com/\n');
    expect(full).not.toMatch(/offers none yet|no passwords/u);
    // A host of IPv6 is no part of provider addresses, and a good name for everything else.
    expect(await outputOf('--public-url', 'https://[::1]:5443')).toContain('https://[::1]:5443/');
  });

  it.skipIf(process.platform === 'win32')('warns of a secret that is none', async () => {
    const home = await tempFolder();
    await writeFile(join(home, 'url.key'), Buffer.alloc(32, 1), { mode: 0o644 });
    const outputOf = async () =>
      (await serving(['--url-key', 'url.key'], home, () => Promise.resolve())).stderr;
    expect(await outputOf()).toContain('Warning: url.key: every user of this machine can open it');
    await chmod(join(home, 'url.key'), 0o640);
    expect(await outputOf()).not.toContain('Warning');
  });

  it('answers to its public name, and shows metrics where it was told to', async () => {
    const home = await tempFolder();
    await mkdir(join(home, 'registry'));
    const args = [
      '--public-url',
      'https://registry.example.com',
      '--listen-metrics',
      '127.0.0.1:0',
    ];
    const { lines } = await serving([...args, '--json'], home, async (url) => {
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
    });
    const { metrics } = JSON.parse(lines[0] ?? '') as { metrics: string };
    expect(metrics).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/u);
  });
});
