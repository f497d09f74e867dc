import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { makeTestCertificate } from '../../test/support/test-certificate.ts';
import { parsePlatform, parseProviderAddress, parseVersion } from '../domain/index.ts';
import { createHttpClient, type HttpClient } from '../http/index.ts';
import { createDownload } from './download.ts';
import { createNetworkMirror } from './network-mirror.ts';
import { createProviderRegistry, type ProviderRegistry } from './provider-registry.ts';
import { createServiceDiscovery } from './service-discovery.ts';

const peers = usePeers();
const certificate = await makeTestCertificate();
const platform = parsePlatform('linux_amd64');
const version = parseVersion('1.0.0');
const secret = 's3cret-token';

/** Loopback stands for the internet here, and 10.0.0.0/8 for what lies behind the user's wall. */
function client(): HttpClient {
  return createHttpClient({
    ca: [certificate.ca],
    isPrivate: (address) => address.startsWith('10.'),
    retry: { maxAttempts: 1 },
  });
}

interface Setting {
  readonly host: ScriptedPeer;
  readonly registry: ProviderRegistry;
  readonly provider: ReturnType<typeof parseProviderAddress>;
}

async function start(): Promise<Setting> {
  const host = await peers.start({ tls: certificate });
  const http = client();
  const credentialsFor = (name: string): Promise<string | undefined> =>
    Promise.resolve(name === host.host ? secret : undefined);
  const discovery = createServiceDiscovery({ http, credentialsFor });
  const registry = createProviderRegistry({ http, discovery, credentialsFor, retries: 0 });
  return { host, registry, provider: parseProviderAddress(`${host.host}/acme/thing`) };
}

const document = {
  os: 'linux',
  arch: 'amd64',
  filename: 'thing.zip',
  download_url: '/thing.zip',
  shasum: 'ab'.repeat(32),
  shasums_url: '/sums',
  shasums_signature_url: '/sums.sig',
};

const refusedAddresses = [
  ['a private address', 'https://10.0.0.1/x'],
  ['plain HTTP', 'http://127.0.0.1:1/x'],
  ['a user name', 'https://user:word@127.0.0.1:1/x'],
] as const;

describe('a hostile registry', () => {
  it.each(refusedAddresses)('can not name %s as the service', async (_name, url) => {
    const { host, provider, registry } = await start();
    host.once('GET /.well-known/terraform.json', { body: { 'providers.v1': url } });
    await expect(registry.versions(provider)).rejects.toThrow(
      /refusing the redirect|username\/password/u,
    );
  });

  it.each(refusedAddresses)('can not redirect to %s', async (_name, url) => {
    const { host, provider, registry } = await start();
    host.once('GET /.well-known/terraform.json', { body: { 'providers.v1': '/v1/' } });
    host.once('GET /v1/acme/thing/versions', { status: 302, headers: { location: url } });
    await expect(registry.versions(provider)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_QUERY',
      cause: { code: 'ERR_HTTP_REDIRECT_REFUSED' },
    });
  });

  it.each(
    ['shasums_url', 'shasums_signature_url'].flatMap((field) =>
      refusedAddresses.map(([name, url]) => [field, name, url] as const),
    ),
  )('can not name in %s %s', async (field, _name, url) => {
    const { host, provider, registry } = await start();
    host.once('GET /.well-known/terraform.json', { body: { 'providers.v1': '/v1/' } });
    host.once('GET /v1/acme/thing/1.0.0/download/linux/amd64', {
      body: { ...document, [field]: url },
    });
    host.always('GET /sums', { body: '' });
    host.always('GET /sums.sig', { body: '' });
    await expect(registry.package({ provider, version, platform })).rejects.toThrow(
      'refusing the redirect',
    );
  });

  it.each(refusedAddresses)('can not send a download to %s', async (_name, url) => {
    const download = createDownload(client(), { retries: 0 });
    const referredBy = new URL('https://127.0.0.1/v1/document');
    await expect(download({ url: new URL(url), referredBy }, buffer)).rejects.toMatchObject({
      code: 'ERR_HTTP_REDIRECT_REFUSED',
    });
  });

  it('does not get its token sent anywhere else, whatever it names', async () => {
    const { host, provider, registry } = await start();
    const thief = await peers.start({ tls: certificate });
    host.once('GET /.well-known/terraform.json', { body: { 'providers.v1': '/v1/' } });
    host.once('GET /v1/acme/thing/1.0.0/download/linux/amd64', {
      status: 307,
      headers: { location: `${thief.origin}/doc` },
    });
    thief.once('GET /doc', { body: document });
    thief.once('GET /sums', { status: 302, headers: { location: `${host.origin}/back` } });
    host.once('GET /back', { body: 'sums' });
    thief.once('GET /sums.sig', { body: 'signature' });
    const found = await registry.package({ provider, version, platform });
    expect(found.downloadUrl.href).toBe(`${thief.origin}/thing.zip`);
    thief.expectNeverSaw(secret);
    expect(host.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('does not reach a terminal with what it says', async () => {
    const { host, provider, registry } = await start();
    const nasty = '\u001b[2J\u202e\u0007';
    host.once('GET /.well-known/terraform.json', { body: { 'providers.v1': '/v1/' } });
    host.once('GET /v1/acme/thing/versions', { body: { versions: [{ version: nasty }] } });
    await expect(registry.versions(provider)).rejects.toThrow(
      expect.objectContaining({
        message: expect.not.stringMatching(/[\u001b\u202e\u0007]/u) as string,
      }) as Error,
    );
  });
});

describe('a hostile mirror', () => {
  it.each(refusedAddresses)('can not redirect to %s', async (_name, url) => {
    const peer = await peers.start({ tls: certificate });
    const mirror = createNetworkMirror({ http: client(), url: new URL(`${peer.origin}/`) });
    const provider = parseProviderAddress('acme/thing');
    peer.once('GET /registry.opentofu.org/acme/thing/index.json', {
      status: 302,
      headers: { location: url },
    });
    await expect(mirror.versions(provider)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_QUERY',
      cause: { code: 'ERR_HTTP_REDIRECT_REFUSED' },
    });
  });

  it('is never given a token over plain HTTP', async () => {
    let asked = false;
    const mirror = createNetworkMirror({
      http: client(),
      url: new URL('http://mirror.example.com/'),
      credentialsFor: () => {
        asked = true;
        return Promise.resolve(secret);
      },
    });
    await expect(mirror.versions(parseProviderAddress('acme/thing'))).rejects.toMatchObject({
      cause: { code: 'ERR_HTTP_PLAIN_REFUSED' },
    });
    expect(asked).toBe(false);
  });
});
