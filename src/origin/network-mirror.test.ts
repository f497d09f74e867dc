import { describe, expect, it } from 'vitest';
import { type Reply, type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { formatVersion, parseProviderAddress, parseVersion } from '../domain/index.ts';
import { createHttpClient } from '../http/index.ts';
import { createNetworkMirror, type NetworkMirror } from './network-mirror.ts';

const peers = usePeers();
const provider = parseProviderAddress('example.com/acme/thing');
const release = { provider, version: parseVersion('1.2.3+b') };
const indexPath = 'GET /m/example.com/acme/thing/index.json';
const versionPath = 'GET /m/example.com/acme/thing/1.2.3+b.json';
const json = { 'content-type': 'application/json' };

async function start(
  options: { token?: string; base?: string; timeoutMs?: number } = {},
): Promise<{ readonly mirror: NetworkMirror; readonly peer: ScriptedPeer }> {
  const peer = await peers.start();
  const mirror = createNetworkMirror({
    http: createHttpClient(),
    url: new URL(`${peer.origin}${options.base ?? '/m/'}`),
    requestTimeoutMs: options.timeoutMs,
    credentialsFor: (host) => Promise.resolve(host === peer.host ? options.token : undefined),
  });
  return { mirror, peer };
}

describe('the versions that a mirror lists', () => {
  it.each([['application/json'], ['application/json; charset=utf-8'], ['Application/JSON ;x']])(
    'are ascending, without what is no version (%s)',
    async (type) => {
      const { mirror, peer } = await start();
      const versions = { '1.10.0': {}, '1.9.0': null, v1: {}, '1.10': 7, __proto__: {} };
      peer.once(indexPath, {
        body: JSON.stringify({ versions, extra: 1 }),
        headers: { 'content-type': type },
      });
      const found = await mirror.versions(provider);
      expect(found?.map(formatVersion)).toEqual(['1.9.0', '1.10.0']);
    },
  );

  it.each([['{}'], ['{"versions":null}'], ['{"versions":{}}']])('may be none: %s', async (body) => {
    const { mirror, peer } = await start();
    peer.once(indexPath, { body, headers: json });
    await expect(mirror.versions(provider)).resolves.toEqual([]);
  });

  it('are undefined for a provider that it does not have', async () => {
    const { mirror, peer } = await start();
    peer.once(indexPath, { status: 404 });
    await expect(mirror.versions(provider)).resolves.toBeUndefined();
  });

  it.each([
    ['server returned unsuccessful status 500', { status: 500 }],
    ['server returned unsuccessful status 204', { status: 204 }],
    ['response has invalid Content-Type: must be application/json', { body: '{}' }],
    [
      'response has invalid Content-Type',
      { body: '{}', headers: { 'content-type': 'application/jsonx' } },
    ],
    ['response has invalid Content-Type', { body: '{}', headers: { 'content-type': 'text/html' } }],
    ['index.json is not JSON', { body: '{', headers: json }],
    ['index.json is a list', { body: '[]', headers: json }],
    ['at versions', { body: '{"versions":"x"}', headers: json }],
    ['larger than the limit', { body: Buffer.alloc(17 * 1024 * 1024, 32), headers: json }],
  ] satisfies [string, Reply][])('fail once and for all: %s (%#)', async (message, reply) => {
    const { mirror, peer } = await start();
    peer.once(indexPath, reply);
    await expect(mirror.versions(provider)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_QUERY',
      message: expect.stringContaining(message) as string,
    });
    await expect(Promise.resolve(peer.requests.length)).resolves.toBe(1);
  });

  it.each([[401], [403]])('need a token: %i', async (status) => {
    const { mirror, peer } = await start();
    peer.once(indexPath, { status });
    await expect(mirror.versions(provider)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_UNAUTHORIZED',
      message: `host ${peer.host} rejected the given authentication credentials`,
    });
  });

  it('are asked for with the token of the mirror, which does not follow a redirect', async () => {
    const { mirror, peer } = await start({ token: 's3cret' });
    const other = await peers.start();
    peer.once(indexPath, { status: 302, headers: { location: `${other.origin}/i.json` } });
    other.once('GET /i.json', { body: { versions: { '1.0.0': {} } } });
    await expect(mirror.versions(provider)).resolves.toHaveLength(1);
    expect(peer.requests[0]?.headers.authorization).toBe('Bearer s3cret');
    other.expectNeverSaw('s3cret');
  });

  it('are at most five redirects away', async () => {
    const { mirror, peer } = await start();
    peer.always(indexPath, {
      status: 302,
      headers: { location: '/m/example.com/acme/thing/index.json' },
    });
    await expect(mirror.versions(provider)).rejects.toThrow('too many');
    expect(peer.requests).toHaveLength(6);
  });

  it('are beside a base that has no slash at its end, as in OpenTofu', async () => {
    const { mirror, peer } = await start({ base: '/m/lost' });
    peer.once(indexPath, { status: 404 });
    await mirror.versions(provider);
  });

  it.each([
    ['müller.example.com/acme/thing', '/m/xn--mller-kva.example.com/acme/thing/index.json'],
    ['example.com:8443/acme/thing', '/m/example.com:8443/acme/thing/index.json'],
    ['example.com/größe/thing', '/m/example.com/gr%C3%B6%C3%9Fe/thing/index.json'],
  ])('of %s are at %s', async (address, path) => {
    const { mirror, peer } = await start();
    peer.once(`GET ${path}`, { status: 404 });
    await mirror.versions(parseProviderAddress(address));
  });

  it('are not waited for longer than the time-out', async () => {
    const { mirror, peer } = await start({ timeoutMs: 60 });
    peer.once(indexPath, { fault: { kind: 'stall' } });
    await expect(mirror.versions(provider)).rejects.toMatchObject({ category: 'remote' });
  });
});

describe('the archives of a version', () => {
  it('have addresses relative to where the document came from', async () => {
    const { mirror, peer } = await start();
    peer.once(versionPath, { status: 302, headers: { location: '/other/v.json' } });
    peer.once('GET /other/v.json', {
      body: {
        archives: {
          linux_amd64: { url: 'files/a.zip', hashes: ['h1:x=', 'zh:y', 'new:z'] },
          darwin_arm64: { url: 'https://cdn.example.com/b.zip' },
          odd: { url: '/c.zip', hashes: null },
        },
      },
    });
    const { archives, documentUrl } = await mirror.archives(release);
    expect(documentUrl.href).toBe(`${peer.origin}/other/v.json`);
    expect(archives.get('linux_amd64')).toEqual({
      url: new URL(`${peer.origin}/other/files/a.zip`),
      hashes: ['h1:x=', 'zh:y', 'new:z'],
    });
    expect(archives.get('darwin_arm64')).toMatchObject({ hashes: [] });
    expect(archives.get('odd')?.url.href).toBe(`${peer.origin}/c.zip`);
  });

  it.each([
    [
      'provider mirror does not have archive index for previously-reported example.com/acme/thing version 1.2.3+b',
      { status: 404 },
    ],
    [
      'provider mirror returned invalid provider hash "nothing"',
      { body: { archives: { linux_amd64: { url: 'a', hashes: ['nothing'] } } } },
    ],
    [
      'provider mirror returned invalid URL "file:///etc/passwd"',
      { body: { archives: { linux_amd64: { url: 'file:///etc/passwd' } } } },
    ],
    ['invalid URL "https://["', { body: { archives: { linux_amd64: { url: 'https://[' } } } }],
    ['archives.linux_amd64', { body: { archives: { linux_amd64: null } } }],
    ['archives.linux_amd64.url', { body: { archives: { linux_amd64: { url: 1 } } } }],
    [
      'hashes',
      { body: { archives: { linux_amd64: { url: 'a', hashes: Array(300).fill('h1:x') } } } },
    ],
    [
      'too many',
      {
        body: {
          archives: Object.fromEntries(
            Array.from({ length: 300 }, (_, i) => [`a_${i}`, { url: 'a' }]),
          ),
        },
      },
    ],
    ['larger than the limit', { body: Buffer.alloc(5 * 1024 * 1024, 32), headers: json }],
  ] satisfies [string, Reply][])('reject: %s (%#)', async (message, reply) => {
    const { mirror, peer } = await start();
    peer.once(versionPath, reply);
    await expect(mirror.archives(release)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_QUERY',
      message: expect.stringContaining(message) as string,
    });
  });
});
