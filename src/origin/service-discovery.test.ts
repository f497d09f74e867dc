import { describe, expect, it } from 'vitest';
import { makeTestCertificate } from '../../test/support/test-certificate.ts';
import { type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { createHttpClient, type HttpClient } from '../http/index.ts';
import { createServiceDiscovery, type DiscoveryOptions } from './service-discovery.ts';

const peers = usePeers();
const certificate = await makeTestCertificate();
const wellKnown = 'GET /.well-known/terraform.json';
const json = { 'content-type': 'application/json' };

function client(): HttpClient {
  return createHttpClient({ ca: [certificate.ca] });
}

function discovery(options: Partial<DiscoveryOptions> = {}) {
  return createServiceDiscovery({ http: client(), requestTimeoutMs: 5000, ...options });
}

async function startHost(): Promise<ScriptedPeer> {
  return await peers.start({ tls: certificate });
}

describe('service discovery', () => {
  it.each([
    ['an absolute URL', 'https://registry.example.com/v1/', 'https://registry.example.com/v1/'],
    ['a relative path', '/v1/providers/', 'https://HOST/v1/providers/'],
    ['a path relative to the document', 'here/', 'https://HOST/.well-known/here/'],
    ['a fragment, which is dropped', '/v1/#x', 'https://HOST/v1/'],
  ])('accepts %s', async (_name, value, expected) => {
    const host = await startHost();
    host.once(wellKnown, { body: { 'providers.v1': value, 'modules.v1': 7 } });
    const found = await discovery().providers(host.host);
    expect(found.url.href).toBe(expected.replace('HOST', host.host));
    expect(found.referredBy?.pathname).toBe('/.well-known/terraform.json');
  });

  it.each([
    [{}, 'does not offer a OpenTofu provider registry', false],
    [{ 'modules.v1': '/x/' }, 'does not offer a OpenTofu provider registry', false],
    [
      { 'providers.v2': '/x/' },
      'does not support the provider registry protocol required by this OpenTofu version',
      true,
    ],
    [{ 'providers.v1': 7 }, 'does not offer a OpenTofu provider registry', false],
    [
      { 'providers.v1': null, 'providers.v9': '/x/' },
      'does not support the provider registry',
      true,
    ],
  ])('rejects a host with the services %j', async (services, message, hasOtherVersion) => {
    const host = await startHost();
    host.once(wellKnown, { body: services });
    const failure = discovery().providers(host.host);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_ORIGIN_NO_SERVICE',
      category: 'unsupported',
      hasOtherVersion,
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    [{ status: 404, body: 'gone' }, 'ERR_ORIGIN_NO_SERVICE', 'does not offer'],
    [
      { status: 429, body: '' },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'failed to request discovery document: 429 Too Many Requests',
    ],
    [{ status: 503 }, 'ERR_ORIGIN_HOST_UNREACHABLE', '503 Service Unavailable'],
    [
      { body: '{}', headers: { 'content-type': 'text/html; charset=utf-8' } },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'discovery URL returned an unsupported Content-Type "text/html"',
    ],
    [
      { body: '{}' },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'discovery URL has a malformed Content-Type ""',
    ],
    [
      { body: '[1]', headers: json },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'failed to decode discovery document as a JSON object',
    ],
    [{ body: '{"a', headers: json }, 'ERR_ORIGIN_HOST_UNREACHABLE', 'failed to decode discovery'],
    [{ body: 'null', headers: json }, 'ERR_ORIGIN_HOST_UNREACHABLE', 'failed to decode discovery'],
    [
      { body: Buffer.alloc(1024 * 1024 + 1, 32), headers: json },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'discovery doc response is too large (got 1048577 bytes; limit 1048576)',
    ],
    [
      { body: { 'providers.v1': 'ftp://example.com/' } },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'unsupported scheme ftp',
    ],
    [
      { body: { 'providers.v1': 'https://a:b@example.com/' } },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'embedded username/password information is not permitted',
    ],
    [
      { body: { 'providers.v1': 'https://exa mple.com/' } },
      'ERR_ORIGIN_HOST_UNREACHABLE',
      'Failed to parse service URL',
    ],
    [{ fault: { kind: 'drop' } as const }, 'ERR_ORIGIN_HOST_UNREACHABLE', 'could not connect to'],
  ])('rejects an answer (%#)', async (reply, code, message) => {
    const host = await startHost();
    host.once(wellKnown, reply);
    await expect(discovery().providers(host.host)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(host.requests).toHaveLength(1);
  });

  it('is bounded where no length is declared', async () => {
    const host = await startHost();
    host.once(wellKnown, {
      body: Buffer.alloc(2 * 1024 * 1024, 32),
      headers: { ...json, 'content-length': [], 'transfer-encoding': 'chunked' },
    });
    await expect(discovery().providers(host.host)).rejects.toMatchObject({
      cause: { code: 'ERR_ORIGIN_DISCOVERY' },
    });
  });

  it('follows redirects, and resolves against where they ended', async () => {
    const [host, other] = [await startHost(), await startHost()];
    host.once(wellKnown, { status: 302, headers: { location: `${other.origin}/sub/doc.json` } });
    other.once('GET /sub/doc.json', { body: { 'providers.v1': 'p/' } });
    const found = await discovery({ credentialsFor: () => Promise.resolve('s3cret') }).providers(
      host.host,
    );
    expect(found.url.href).toBe(`${other.origin}/sub/p/`);
    expect(host.requests[0]?.headers.authorization).toBe('Bearer s3cret');
    other.expectNeverSaw('s3cret');
  });

  it('does not fail when the credentials can not be found out', async () => {
    const host = await startHost();
    host.once(wellKnown, { body: { 'providers.v1': '/p/' } });
    const source = discovery({ credentialsFor: () => Promise.reject(new Error('no keychain')) });
    await expect(source.providers(host.host)).resolves.toBeDefined();
    expect(host.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('tells all services of a host, with absolute addresses', async () => {
    const host = await startHost();
    const login = { client: 'c', authz: '/auth', token: 'https://id.example.com/t', ports: [1] };
    host.once(wellKnown, { body: { 'modules.v1': '/m/', 'login.v1': login, odd: null } });
    expect(await discovery().services(host.host)).toEqual({
      'modules.v1': `https://${host.host}/m/`,
      'login.v1': { ...login, authz: `https://${host.host}/auth` },
      odd: null,
    });
  });

  it('asks a host once for all who want to know, and again after a failure', async () => {
    const host = await startHost();
    host.once(wellKnown, { status: 500 });
    host.once(wellKnown, { body: { 'providers.v1': '/p/' } });
    const source = discovery();
    await expect(source.providers(host.host)).rejects.toThrow('500 Internal Server Error');
    await Promise.all([1, 2, 3].map(() => source.providers(host.host)));
    await source.providers(host.host);
    expect(host.requests).toHaveLength(2);
  });

  it('believes what the user wrote for a host, and asks nobody', async () => {
    const hosts = new Map([
      ['example.com', { 'providers.v1': 'https://mirror.example.net/p/' }],
      ['relative.example.com', { 'providers.v1': '/p/' }],
      ['empty.example.com', {}],
    ]);
    const source = discovery({ hosts });
    await expect(source.providers('example.com')).resolves.toMatchObject({
      url: new URL('https://mirror.example.net/p/'),
      referredBy: undefined,
    });
    const relative = await source.providers('relative.example.com');
    expect(relative.url.href).toBe('https://relative.example.com/p/');
    await expect(source.providers('empty.example.com')).rejects.toMatchObject({
      code: 'ERR_ORIGIN_NO_SERVICE',
    });
  });

  it('gives up on a host that does not answer in time', async () => {
    const host = await startHost();
    host.once(wellKnown, { fault: { kind: 'stall' } });
    await expect(discovery({ requestTimeoutMs: 60 }).providers(host.host)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_HOST_UNREACHABLE',
      category: 'remote',
    });
  });

  it('ends with the reason of an abort', async () => {
    const host = await startHost();
    const reason = new Error('enough');
    await expect(
      discovery().providers(host.host, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});
