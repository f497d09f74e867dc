import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:https';
import { connect } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TlsFolderError, TlsHostError, TlsMaterialError } from '../errors.ts';
import { givenMaterial } from './given-material.ts';
import { certificateHosts, hostKey } from './hosts.ts';
import { permitOnly } from './name-constraints.ts';
import { selfSignedMaterial } from './self-signed.ts';
import { trustAdvice } from './trust-advice.ts';

const run = promisify(execFile);
const dayMs = 24 * 60 * 60 * 1000;
const clockAt = (now: number) => ({ now: () => now, sleep: () => Promise.resolve() });

let root: string;
let count = 0;
let folder: string;
let served: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tofu-oci-tls-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = join(root, `${++count}`, 'tls');
  served = join(root, `${count}`, 'served');
});

function make(hosts: readonly string[] = [], now = Date.now()) {
  return selfSignedMaterial(folder, { hosts, servedFolder: served, clock: clockAt(now) });
}

describe('certificateHosts', () => {
  it.each([
    ['registry.example.com', 'dns:registry.example.com'],
    ['Registry.Example.COM.', 'dns:registry.example.com'],
    ['bücher.example', 'dns:xn--bcher-kva.example'],
    ['192.0.2.7', 'ip:c0000207'],
    ['2001:db8::7', 'ip:20010db8000000000000000000000007'],
    ['[2001:DB8:0::7]', 'ip:20010db8000000000000000000000007'],
    ['::ffff:192.0.2.7', 'ip:00000000000000000000ffffc0000207'],
  ])('accepts %s', (text, key) => {
    const own = ['dns:localhost', 'ip:7f000001', `ip:${'0'.repeat(31)}1`];
    expect(certificateHosts([text]).map(hostKey)).toEqual([key, ...own]);
  });
  it('names each host once', () => {
    expect(certificateHosts(['localhost', '127.0.0.1', 'LOCALHOST'])).toHaveLength(3);
  });
  it.each([
    '',
    '*.example.com',
    'a b',
    'https://a',
    'a:443',
    '-a.b',
    'a..b',
    '1.2.3',
    'fe80::1%eth0',
  ])('rejects %j', (text) => expect(() => certificateHosts([text])).toThrow(TlsHostError));
});

describe('permitOnly', () => {
  it('writes lengths of more than one byte', () => {
    const hosts = Array.from({ length: 40 }, (_, n) => `host-${n}.example.com`);
    const value = permitOnly(certificateHosts(hosts));
    expect(value[0]).toBe(0x30);
    expect(value[1]).toBe(0x82);
    expect(value.readUInt16BE(2)).toBe(value.length - 4);
  });
});

describe('selfSignedMaterial', () => {
  it('makes a server certificate that a constrained authority signed', async () => {
    const { cert, key, caFile } = await make(['registry.example.com', '192.0.2.7']);
    const ca = new X509Certificate(await readFile(caFile!));
    const server = new X509Certificate(cert);
    expect(server.subjectAltName).toBe(
      'DNS:registry.example.com, IP Address:192.0.2.7, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(ca.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkIssued(ca)).toBe(true);
    expect(server.checkPrivateKey(createPrivateKey(key))).toBe(true);
    const days = (Date.parse(server.validTo) - Date.now()) / dayMs;
    expect(Math.round(days)).toBe(90);
    expect(ca.validTo).toBe(server.validTo);
  });

  it('keeps the key to its owner and the key of the authority nowhere', async () => {
    await make();
    expect((await readdir(folder)).sort()).toEqual(['ca.crt', 'server.crt', 'server.key']);
    if (process.platform === 'win32') return;
    expect((await stat(join(folder, 'server.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('is accepted by a TLS client that trusts the authority, and only for its hosts', async () => {
    const { cert, key, caFile } = await make(['registry.example.com']);
    const ca = await readFile(caFile!);
    const server = createServer({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const shake = (servername: string) =>
      new Promise<string>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, ca, servername }, () => {
          resolve('accepted');
          socket.destroy();
        });
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      });
    try {
      expect(await shake('localhost')).toBe('accepted');
      expect(await shake('registry.example.com')).toBe('accepted');
      expect(await shake('other.example.com')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      server.close();
    }
  });

  it('satisfies openssl, and its constraints, path length and usages are critical', async (test) => {
    const openssl = await run('openssl', ['version']).catch(() => undefined);
    if (openssl === undefined) return test.skip('openssl is not on PATH');
    await make(['registry.example.com', '192.0.2.7', '2001:db8::7']);
    const ca = join(folder, 'ca.crt');
    const server = join(folder, 'server.crt');
    const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca];
    for (const host of [
      ['-verify_hostname', 'registry.example.com'],
      ['-verify_ip', '192.0.2.7'],
      ['-verify_ip', '2001:db8::7'],
      ['-verify_ip', '::1'],
    ]) {
      expect((await run('openssl', [...verify, ...host, server])).stdout).toContain('OK');
    }
    const { stdout } = await run('openssl', ['x509', '-in', ca, '-noout', '-text']);
    expect(stdout).toMatch(/Name Constraints: critical\s+Permitted:\s+DNS:registry\.example\.com/u);
    expect(stdout).toContain('IP:192.0.2.7/255.255.255.255');
    expect(stdout).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/u);
    expect(stdout).toMatch(/Key Usage: critical\s+Certificate Sign/u);
  });

  it('uses what is there while it is valid for more than a week and names every host', async () => {
    const now = Date.now();
    const first = await make(['a.example', 'b.example'], now);
    expect((await make(['b.example'], now + 82 * dayMs)).cert).toBe(first.cert);
    expect((await make(['a.example'], now + 84 * dayMs)).cert).not.toBe(first.cert);
  });

  it('makes a new one for another host', async () => {
    const first = await make(['a.example']);
    const second = await make(['a.example', 'c.example']);
    expect(second.cert).not.toBe(first.cert);
    expect((await make(['c.example'])).cert).toBe(second.cert);
  });

  it('names what clients may call it besides, and makes no new one when only that changes', async () => {
    const options = { hosts: ['a.example'], servedFolder: served };
    const first = await selfSignedMaterial(folder, { ...options, also: ['192.0.2.2'] });
    expect(new X509Certificate(first.cert).subjectAltName).toContain('IP Address:192.0.2.2');
    const second = await selfSignedMaterial(folder, { ...options, also: ['192.0.2.3'] });
    expect(second.cert).toBe(first.cert);
  });

  it('says that it replaced one, and names the hosts of that one, too', async () => {
    expect((await make(['a.example'])).replaced).toBe(false);
    const second = await make(['c.example']);
    expect(second.replaced).toBe(true);
    expect(new X509Certificate(second.cert).subjectAltName).toContain('DNS:a.example');
    expect((await make(['a.example'])).cert).toBe(second.cert);
  });

  it.each(['ca.crt', 'server.crt', 'server.key'])(
    'makes a new one when %s is damaged',
    async (name) => {
      const first = await make();
      await writeFile(join(folder, name), 'no certificate');
      const second = await make();
      expect(second.cert).not.toBe(first.cert);
      expect((await make()).cert).toBe(second.cert);
    },
  );

  it('makes a new one when a file is from another making', async () => {
    const first = await make();
    await writeFile(join(folder, 'old'), first.key);
    await make(['a.example']);
    await writeFile(join(folder, 'server.key'), first.key);
    const third = await make(['a.example']);
    expect(third.key).not.toBe(first.key);
  });

  it('takes back rights that others were given to the key', async () => {
    await make();
    await chmod(join(folder, 'server.key'), 0o644);
    await make();
    if (process.platform === 'win32') return;
    expect((await stat(join(folder, 'server.key'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['the served folder itself', () => served],
    ['a folder inside of it', () => join(served, 'a', 'tls')],
    ['a folder whose name only begins like ".."', () => join(served, '..tls')],
  ])('refuses %s', async (_, place) => {
    await mkdir(served, { recursive: true });
    const attempt = selfSignedMaterial(place(), { hosts: [], servedFolder: served });
    await expect(attempt).rejects.toBeInstanceOf(TlsFolderError);
    expect(await readdir(served)).toEqual([]);
  });

  it('refuses a link that leads into the served folder', async () => {
    await mkdir(served, { recursive: true });
    const link = join(root, `${count}`, 'link');
    await symlink(served, link, 'junction');
    const attempt = selfSignedMaterial(join(link, 'tls'), { hosts: [], servedFolder: served });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_SERVER_TLS_FOLDER' });
  });

  it('says which folder could not be written', async () => {
    await mkdir(join(folder, '..'), { recursive: true });
    await writeFile(folder, 'a file');
    await expect(make()).rejects.toMatchObject({ code: 'ERR_BASE_FILE_ACCESS' });
  });
});

describe('givenMaterial', () => {
  it('reads a certificate and its key', async () => {
    const { cert, key } = await make();
    const files = { certFile: join(folder, 'server.crt'), keyFile: join(folder, 'server.key') };
    expect(await givenMaterial(files)).toEqual({ cert, key });
  });

  it.each([
    ['a certificate that is none', { certFile: 'server.key' }, /no PEM certificate/],
    ['a key that is none', { keyFile: 'ca.crt' }, /no PEM private key/],
    ['the key of another certificate', { certFile: 'other.crt' }, /not the key of the certificate/],
  ])('rejects %s', async (_, changed, message) => {
    await make(['a.example']);
    await writeFile(join(folder, 'other.crt'), await readFile(join(folder, 'server.crt')));
    await make(['b.example']);
    const names = { certFile: 'server.crt', keyFile: 'server.key', ...changed };
    const attempt = givenMaterial({
      certFile: join(folder, names.certFile),
      keyFile: join(folder, names.keyFile),
    });
    await expect(attempt).rejects.toBeInstanceOf(TlsMaterialError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('rejects a certificate that has expired', async () => {
    await make();
    const attempt = givenMaterial({
      certFile: join(folder, 'server.crt'),
      keyFile: join(folder, 'server.key'),
      clock: clockAt(Date.now() + 91 * dayMs),
    });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_SERVER_TLS_MATERIAL' });
  });

  it('says which file is missing', async () => {
    const attempt = givenMaterial({
      certFile: join(root, 'none.crt'),
      keyFile: join(root, 'none'),
    });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_BASE_FILE_ACCESS' });
  });
});

describe('trustAdvice', () => {
  it('names the variable on Linux only, and the system store elsewhere', () => {
    const { steps } = trustAdvice("/srv/it's here/ca.crt");
    const command = (system: string) => steps.find((step) => step.system === system)?.command;
    expect(command('linux')).toBe(`SSL_CERT_FILE='/srv/it'\\''s here/ca.crt' tofu init`);
    expect(steps.map(({ why }) => why).join()).not.toContain('only');
    expect(command('macos')).toContain('security add-trusted-cert');
    expect(command('windows')).toContain('certutil');
    expect(command('macos')).not.toContain('SSL_CERT_FILE');
    expect(command('windows')).not.toContain('SSL_CERT_FILE');
  });
});

describe('servers that are started together', () => {
  it('use one certificate, of one authority, in the end', async () => {
    const makers = Array.from({ length: 6 }, (_, n) =>
      selfSignedMaterial(folder, { hosts: [`host-${n % 2}.example`], servedFolder: served }),
    );
    await Promise.all(makers);
    const material = await selfSignedMaterial(folder, {
      hosts: ['host-0.example', 'host-1.example'],
      servedFolder: served,
    });
    const ca = new X509Certificate(await readFile(join(folder, 'ca.crt'), 'utf8'));
    expect(new X509Certificate(material.cert).verify(ca.publicKey)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['ca.crt', 'server.crt', 'server.key']);
  });

  it('make it once when they want the same', async () => {
    const options = { hosts: ['host.example'], servedFolder: served };
    const made = await Promise.all(
      Array.from({ length: 6 }, () => selfSignedMaterial(folder, options)),
    );
    expect(new Set(made.map(({ cert }) => cert)).size).toBe(1);
    expect(made.filter(({ replaced }) => replaced !== undefined)).toHaveLength(1);
  });
});
