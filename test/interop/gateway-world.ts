import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as openpgp from 'openpgp';
import { expect, onTestFinished } from 'vitest';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeTestCertificate } from '../support/test-certificate.ts';

/** Where the gateway has its releases from. */
export type Backend = 'serve' | 'docker-registry';

/** What the gateway calls itself in addresses of providers. */
export const ownHost = 'tofu.example.com';
/** Developer's key, pinned. */
export const pinned = 'acme/pinned';
/** Developer's key that no rule names. */
export const loose = 'acme/loose';
/** Pinned to a key that did not sign it. */
export const refused = 'acme/refused';

export const target = `linux_${process.arch === 'x64' ? 'amd64' : process.arch}`;
export const platforms = [...new Set([target, 'darwin_arm64', 'windows_amd64'])];

export interface GatewayWorld {
  readonly folder: string;
  /** `http://127.0.0.1:PORT` */
  readonly http: string;
  /** `127.0.0.1:PORT` of the HTTPS listener, whose certificate names `ownHost` and localhost. */
  readonly https: string;
  readonly caFile: string;
  readonly developer: string;
  readonly gateway: string;
  /** Before the docker-registry. */
  readonly relay: Relay | undefined;
}

interface Key {
  readonly id: string;
  readonly fingerprint: string;
  readonly file: string;
}

/** RSA, which every client verifies with. */
async function makeKey(folder: string, name: string): Promise<Key> {
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ name, email: `${name}@example.com` }],
    type: 'rsa',
    rsaBits: 2048,
    date: new Date('2024-01-01T00:00:00Z'),
    format: 'object',
  });
  const file = join(folder, `${name}.key`);
  await writeFile(file, privateKey.armor(), { mode: 0o600 });
  return {
    id: privateKey.getKeyID().toHex().toUpperCase(),
    fingerprint: privateKey.getFingerprint().toUpperCase(),
    file,
  };
}

/** Hosts whose providers without a host in their address a program means. */
export const publicHosts = ['registry.terraform.io', 'registry.opentofu.org'];

export interface GatewayWorldOptions {
  /** Further arguments of `serve`. */
  readonly serveArgs?: readonly string[];
  /** Executable of the providers; default a short script. */
  readonly binary?: Buffer;
  /** Whether the gateway signs what no rule accepts. Default true. */
  readonly signs?: boolean;
}

export async function startGatewayWorld(
  backend: Backend,
  { binary, serveArgs = [], signs = true }: GatewayWorldOptions = {},
): Promise<GatewayWorld> {
  const folder = await tempFolder();
  const [developer, gateway] = await Promise.all(
    ['developer', 'gateway'].map((name) => makeKey(folder, name)),
  );
  if (developer === undefined || gateway === undefined) throw new Error('no keys');
  const certificate = await makeTestCertificate({ names: [ownHost, 'localhost'] });
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, certificate.ca);
  await writeFile(join(folder, 'tls.crt'), certificate.cert);
  await writeFile(join(folder, 'tls.key'), certificate.key, { mode: 0o600 });
  const rule = (pattern: string, fingerprint: string): string =>
    `  provider "${pattern}" {\n    keys = ["${fingerprint}"]\n  }\n`;
  const rules = publicHosts.flatMap((host) => [
    rule(`${host}/${pinned}`, developer.fingerprint),
    rule(`${host}/${refused}`, gateway.fingerprint),
  ]);
  rules.push(rule(`${ownHost}/corp/*`, developer.fingerprint));
  await writeFile(join(folder, 'trust.hcl'), `trust {\n${rules.join('')}}\n`);

  const { location, relay } = await placeFor(backend, folder);
  const addresses = [
    ...publicHosts.flatMap((host) => [pinned, loose, refused].map((name) => `${host}/${name}`)),
    `${ownHost}/corp/private`,
  ];
  for (const address of addresses)
    await publish(address, { folder, location, key: developer.file, binary });
  const serve = await startServe(
    [
      ...(backend === 'serve' ? [join(folder, 'registry')] : ['--from', location]),
      ...['--listen', '127.0.0.1:0', '--tls-cert', 'tls.crt', '--tls-key', 'tls.key'],
      ...['--listen-http', '127.0.0.1:0', '--public-url', `https://${ownHost}`],
      ...['--trust', 'trust.hcl', ...(signs ? ['--sign-key', gateway.file] : [])],
      ...serveArgs,
    ],
    { cwd: folder },
  );
  const [https = '', http = ''] = serve.hosts;
  return {
    folder,
    http: `http://${http}`,
    https,
    caFile,
    developer: developer.id,
    gateway: gateway.id,
    relay,
  };
}

async function placeFor(
  backend: Backend,
  folder: string,
): Promise<{ readonly location: string; readonly relay: Relay | undefined }> {
  const template = '{hostname}/{namespace}/{type}';
  if (backend === 'serve') {
    return { location: `${join(folder, 'registry')}/${template}`, relay: undefined };
  }
  const registry = await startDockerRegistry();
  onTestFinished(() => registry.stop());
  const relay = await startRelay({ to: registry.host });
  return { location: `${relay.host}/tf/${template}`, relay };
}

interface PublishPlace {
  readonly folder: string;
  readonly location: string;
  readonly key: string;
  readonly binary: Buffer | undefined;
}

async function publish(address: string, place: PublishPlace): Promise<void> {
  const dist = distOf(place.folder, address);
  const [, , type = ''] = address.split('/');
  const { binary } = place;
  const release = { type, version: '1.2.3', platforms, salt: address, sums: false };
  await makeReleaseFolder(dist, binary === undefined ? release : { ...release, binary });
  const args = ['push', address, dist, '--to', place.location, '--sign-key', place.key];
  const pushed = await runCli(args, { cwd: place.folder });
  expect([pushed.code, pushed.stderr.match(/Error.*/u)]).toEqual([0, null]);
}

const distOf = (folder: string, address: string): string =>
  join(folder, `dist-${address.replaceAll('/', '-')}`);

/** The zip that this machine installs, as it was pushed. */
export async function packageOf({ folder }: GatewayWorld, address: string): Promise<Buffer> {
  const [, , type = ''] = address.split('/');
  const name = `terraform-provider-${type}_1.2.3_${target}.zip`;
  return await readFile(join(distOf(folder, address), name));
}
