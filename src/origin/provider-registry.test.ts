import { describe, expect, it } from 'vitest';
import { type Reply, type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import {
  formatPlatform,
  formatVersion,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../domain/index.ts';
import { createHttpClient } from '../http/index.ts';
import { createProviderRegistry, type ProviderRegistry } from './provider-registry.ts';
import { createServiceDiscovery } from './service-discovery.ts';

const peers = usePeers();
const provider = parseProviderAddress('example.com/acme/thing');
const wanted = { provider, version: parseVersion('1.2.3'), platform: parsePlatform('linux_amd64') };
const versionsPath = 'GET /v1/acme/thing/versions';
const packagePath = 'GET /v1/acme/thing/1.2.3/download/linux/amd64';
const hex = 'ab'.repeat(32);

interface Setting {
  readonly registry: ProviderRegistry;
  readonly peer: ScriptedPeer;
}

async function start(
  options: { retries?: number; token?: string; timeoutMs?: number; base?: string } = {},
): Promise<Setting> {
  const peer = await peers.start();
  // Retries are not waited for.
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  const http = createHttpClient({ clock });
  const services = { 'providers.v1': `${peer.origin}${options.base ?? '/v1/'}` };
  const discovery = createServiceDiscovery({
    http,
    hosts: new Map(['example.com', 'registry.opentofu.org'].map((host) => [host, services])),
  });
  const registry = createProviderRegistry({
    http,
    discovery,
    retries: options.retries,
    requestTimeoutMs: options.timeoutMs,
    credentialsFor: () => Promise.resolve(options.token),
  });
  return { registry, peer };
}

const document = {
  protocols: ['5.0', '6.1'],
  os: 'linux',
  arch: 'amd64',
  filename: 'thing.zip',
  download_url: 'files/thing.zip',
  shasum: hex,
  shasums_url: '/sums',
  shasums_signature_url: '/sums.sig',
  signing_keys: { gpg_public_keys: [{ key_id: 'ABC', ascii_armor: 'armor' }] },
};

describe('the versions of a provider', () => {
  it('are ascending, each once, with warnings that are fit to print', async () => {
    const { peer, registry } = await start();
    peer.once(versionsPath, {
      body: {
        versions: [
          { version: '1.10.0', protocols: ['5.0'], platforms: 'not looked at' },
          { version: '1.9.0' },
          { version: '1.10.0+b', protocols: null },
          { version: '1.9' },
        ],
        warnings: ['moved to \u001b[31melsewhere'],
      },
    });
    const { versions, warnings } = await registry.versions(provider);
    expect(versions.map(({ version }) => formatVersion(version))).toEqual([
      '1.9.0',
      '1.10.0',
      '1.10.0+b',
    ]);
    expect(warnings).toEqual(['moved to \ufffd[31melsewhere']);
    expect(peer.requests[0]?.headers['x-terraform-version']).toBe('1.12.0');
  });

  it.each<readonly [unknown, readonly string[]]>([
    [
      [
        { os: 'linux', arch: 'amd64' },
        { os: 'darwin', arch: 'arm64' },
        { os: 'linux', arch: 'amd64' },
      ],
      ['darwin_arm64', 'linux_amd64'],
    ],
    [
      [
        { os: '', arch: 'amd64' },
        { os: 'linux', arch: 'a/b' },
      ],
      [],
    ],
    [[{ os: 1 }], []],
    ['linux', []],
    [null, []],
    [undefined, []],
  ])('have platforms as far as they are told: %j', async (platforms, names) => {
    const { peer, registry } = await start();
    peer.once(versionsPath, { body: { versions: [{ version: '1.0.0', platforms }] } });
    const { versions } = await registry.versions(provider);
    expect(versions[0]?.platforms.map(formatPlatform)).toEqual(names);
  });

  it.each([['{}'], ['{"versions":null}'], ['{"versions":[]}']])('may be none: %s', async (body) => {
    const { peer, registry } = await start();
    peer.once(versionsPath, { body });
    await expect(registry.versions(provider)).resolves.toMatchObject({ versions: [] });
  });

  const query = 'could not query provider registry for example.com/acme/thing: ';
  it.each([
    [
      { status: 404 },
      'ERR_ORIGIN_UNKNOWN_PROVIDER',
      'provider registry example.com does not have a provider named example.com/acme/thing',
    ],
    [{ status: 400 }, 'ERR_ORIGIN_QUERY', `${query}400 Bad Request`],
    [{ status: 204 }, 'ERR_ORIGIN_QUERY', `${query}204 No Content`],
    [{ body: 'no' }, 'ERR_ORIGIN_QUERY', `${query}the list of versions is not JSON`],
    [{ body: '"x"' }, 'ERR_ORIGIN_QUERY', `${query}the list of versions: Invalid type`],
    [{ body: '[]' }, 'ERR_ORIGIN_QUERY', query],
    [{ body: { versions: {} } }, 'ERR_ORIGIN_QUERY', 'at versions'],
    [{ body: { versions: [{ version: 1 }] } }, 'ERR_ORIGIN_QUERY', 'at versions.0.version'],
    [{ body: { versions: [null] } }, 'ERR_ORIGIN_QUERY', 'at versions.0'],
    [
      { body: { versions: [{ version: '1.0.0' }, { version: 'v1' }] } },
      'ERR_ORIGIN_QUERY',
      'registry response includes invalid version string "v1"',
    ],
    [
      { body: { versions: [{ version: '1.0.0', protocols: '5.0' }] } },
      'ERR_ORIGIN_QUERY',
      'protocols',
    ],
    [{ body: { warnings: Array(40).fill('x') } }, 'ERR_ORIGIN_QUERY', 'at warnings'],
    [{ body: { versions: [{ version: 'x'.repeat(9000) }] } }, 'ERR_ORIGIN_QUERY', 'Invalid length'],
    [{ body: Buffer.alloc(17 * 1024 * 1024, 32) }, 'ERR_ORIGIN_QUERY', 'larger than the limit'],
    [{ body: '['.repeat(200_000) }, 'ERR_ORIGIN_QUERY', 'not JSON'],
    [
      { body: `{"versions":${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
      'ERR_ORIGIN_QUERY',
      query,
    ],
    [
      { status: 302, headers: { location: 'file:///etc/passwd' } },
      'ERR_ORIGIN_QUERY',
      'does not lead to an http or https address',
    ],
  ] satisfies [Reply, string, string][])('rejects an answer (%#)', async (reply, code, message) => {
    const { peer, registry } = await start();
    peer.once(versionsPath, reply);
    await expect(registry.versions(provider)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    [401, undefined, 'host example.com requires authentication credentials'],
    [403, undefined, 'host example.com requires authentication credentials'],
    [401, 'tok', 'host example.com rejected the given authentication credentials'],
    [403, 'tok', 'host example.com rejected the given authentication credentials'],
  ])('need a token: %i with %s', async (status, token, message) => {
    const { peer, registry } = await start(token === undefined ? {} : { token });
    peer.once(versionsPath, { status });
    await expect(registry.versions(provider)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_UNAUTHORIZED',
      category: 'auth',
      message,
      hint: expect.stringContaining('TF_TOKEN_example_com') as string,
    });
    expect(peer.requests[0]?.headers.authorization).toBe(token && `Bearer ${token}`);
  });

  it.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('are asked for again %i times', async (retries, requests) => {
    const { peer, registry } = await start({ retries });
    peer.times(requests, versionsPath, { status: 503 });
    await expect(registry.versions(provider)).rejects.toThrow('503 Service Unavailable');
    expect(peer.requests).toHaveLength(requests);
  });

  it('are asked for again as a whole when the answer breaks off', async () => {
    const { peer, registry } = await start();
    peer.once(versionsPath, { body: { versions: [] }, fault: { kind: 'drop-after', bytes: 4 } });
    peer.once(versionsPath, { body: { versions: [{ version: '1.0.0' }] } });
    expect((await registry.versions(provider)).versions).toHaveLength(1);
  });

  it('are not waited for longer than the time-out', async () => {
    const { peer, registry } = await start({ retries: 0, timeoutMs: 60 });
    peer.once(versionsPath, { body: {}, fault: { kind: 'stall-after', bytes: 1 } });
    await expect(registry.versions(provider)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_QUERY',
      category: 'remote',
    });
  });

  it('are looked for beside a base that has no slash at its end, as in OpenTofu', async () => {
    const { peer, registry } = await start({ base: '/v1/lost' });
    peer.once(versionsPath, { body: {} });
    await registry.versions(provider);
  });

  it('refuse a token that would not stay in its header', async () => {
    const { registry } = await start({ token: 'a\r\nX-Other: 1' });
    await expect(registry.versions(provider)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_HOST_UNREACHABLE',
      message: expect.not.stringContaining('X-Other') as string,
    });
  });
});

describe('a package', () => {
  it('comes with everything the registry states, and its proof', async () => {
    const { peer, registry } = await start({ token: 's3cret' });
    peer.once(packagePath, {
      body: {
        ...document,
        shasum: hex.toUpperCase(),
        packages: { linux_amd64: { hashes: [`zh:${hex}`, 'h1:x='], package_size: 12 } },
      },
    });
    peer.once('GET /sums', { body: 'sums' });
    peer.once('GET /sums.sig', { body: Buffer.from([0x88, 0]) });
    const found = await registry.package(wanted);
    expect(found).toMatchObject({
      filename: 'thing.zip',
      zh: `zh:${hex}`,
      downloadUrl: new URL(`${peer.origin}/v1/acme/thing/1.2.3/download/linux/files/thing.zip`),
      signingKeys: ['armor'],
      packages: [{ platform: wanted.platform, hashes: [`zh:${hex}`, 'h1:x='], size: 12 }],
      sums: Buffer.from('sums'),
      signature: Buffer.from([0x88, 0]),
    });
    const [first, ...files] = peer.requests;
    expect(first?.headers.authorization).toBe('Bearer s3cret');
    for (const file of files) expect(file.headers.authorization).toBeUndefined();
  });

  it.each([
    ['no protocols', { protocols: [] }],
    ['protocols that are null', { protocols: null }],
    ['one protocol of many that is supported', { protocols: ['4', '6.9', '7.0'] }],
    ['no signing keys', { signing_keys: null }],
    ['packages that are null', { packages: null }],
    ['unknown fields', { extra: { deep: [1] } }],
  ])('may have %s', async (_name, change) => {
    const { peer, registry } = await start();
    peer.once(packagePath, { body: { ...document, ...change } });
    peer.once('GET /sums', { body: '' });
    peer.once('GET /sums.sig', { body: '' });
    await expect(registry.package(wanted)).resolves.toBeDefined();
  });

  it.each([
    [{ status: 404 }, 'ERR_ORIGIN_NO_PACKAGE', 'is not available for linux_amd64'],
    [{ status: 500 }, 'ERR_ORIGIN_QUERY', '500 Internal Server Error'],
    [{ body: '[' }, 'ERR_ORIGIN_QUERY', 'not JSON'],
    [
      { body: { ...document, arch: 'arm64' } },
      'ERR_ORIGIN_INVALID_DOCUMENT',
      'registry response to request for linux_amd64 archive has incorrect target linux_arm64',
    ],
    [
      { body: { ...document, os: 'x\u001b[2J' } },
      'ERR_ORIGIN_INVALID_DOCUMENT',
      'incorrect target x\ufffd[2J_amd64',
    ],
    [
      { body: { ...document, protocols: ['five'] } },
      'ERR_ORIGIN_QUERY',
      'registry response includes invalid version string "five"',
    ],
    [
      { body: { ...document, download_url: 'ftp://x/y' } },
      'ERR_ORIGIN_INVALID_DOCUMENT',
      'registry response includes invalid download URL: must use http or https scheme',
    ],
    [
      { body: { ...document, shasums_url: 'data:,x' } },
      'ERR_ORIGIN_INVALID_DOCUMENT',
      'registry response includes invalid SHASUMS URL: must use http or https scheme',
    ],
    [
      { body: { ...document, shasums_signature_url: 'file:///x' } },
      'ERR_ORIGIN_INVALID_DOCUMENT',
      'registry response includes invalid SHASUMS signature URL: must use http or https scheme',
    ],
    [
      { body: { ...document, shasums_url: 'https://[' } },
      'ERR_ORIGIN_INVALID_DOCUMENT',
      'registry response includes invalid SHASUMS URL',
    ],
    [
      { body: { ...document, shasum: 'abc' } },
      'ERR_ORIGIN_QUERY',
      'registry response includes invalid SHA256 hash "abc"',
    ],
    [
      { body: { ...document, shasum: 'zz'.repeat(32) } },
      'ERR_ORIGIN_QUERY',
      'registry response includes invalid SHA256 hash',
    ],
    [
      { body: { ...document, packages: { linux: {} } } },
      'ERR_ORIGIN_QUERY',
      'registry response includes invalid package platform "linux"',
    ],
    [
      { body: { ...document, packages: { linux_amd64: { hashes: ['nothing'] } } } },
      'ERR_ORIGIN_QUERY',
      'registry response includes invalid package hash "nothing"',
    ],
    [
      { body: { ...document, packages: { linux_amd64: { package_size: 1.5 } } } },
      'ERR_ORIGIN_QUERY',
      'package_size',
    ],
    [{ body: { ...document, signing_keys: 'x' } }, 'ERR_ORIGIN_QUERY', 'signing_keys'],
    [
      { body: { ...document, signing_keys: { gpg_public_keys: [null] } } },
      'ERR_ORIGIN_QUERY',
      'gpg_public_keys.0',
    ],
    [
      { body: { ...document, signing_keys: { gpg_public_keys: Array(40).fill({}) } } },
      'ERR_ORIGIN_QUERY',
      'gpg_public_keys',
    ],
    [{ body: Buffer.alloc(5 * 1024 * 1024, 32) }, 'ERR_ORIGIN_QUERY', 'larger than the limit'],
  ] satisfies [Reply, string, string][])('rejects an answer (%#)', async (reply, code, message) => {
    const { peer, registry } = await start({ retries: 0 });
    peer.once(packagePath, reply);
    await expect(registry.package(wanted)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    [
      { status: 404 },
      { body: '' },
      'failed to retrieve authentication checksums for provider: 404 Not Found returned from 127.0.0.1',
    ],
    [
      { body: '' },
      { status: 404 },
      'failed to retrieve cryptographic signature for provider: 404 Not Found returned from 127.0.0.1',
    ],
    [{ status: 403 }, { status: 404 }, 'authentication checksums for provider: 403 Forbidden'],
    [{ body: Buffer.alloc(1024 * 1024 + 1) }, { body: '' }, 'larger than the limit of 1048576'],
    [{ body: '' }, { body: Buffer.alloc(64 * 1024 + 1) }, 'larger than the limit of 65536'],
  ] satisfies [Reply, Reply, string][])(
    'is no package without its proof (%#)',
    async (sums, signature, message) => {
      const { peer, registry } = await start();
      peer.once(packagePath, { body: document });
      peer.once('GET /sums', sums);
      peer.once('GET /sums.sig', signature);
      await expect(registry.package(wanted)).rejects.toMatchObject({
        code: 'ERR_ORIGIN_QUERY',
        message: expect.stringContaining(message) as string,
      });
    },
  );

  it.each([
    [['4.0'], '1.1.0'],
    [['7.0'], '1.1.0'],
    [['5.0-beta'], '1.1.0'],
  ])('of the protocols %j only comes with advice', async (protocols, suggestion) => {
    const { peer, registry } = await start();
    peer.once(packagePath, { body: { ...document, protocols } });
    peer.once(versionsPath, {
      body: {
        versions: [
          { version: '1.2.3', protocols },
          { version: '1.0.0', protocols: ['5.0'] },
          { version: '1.1.0', protocols: ['4.0', '5.0'] },
        ],
      },
    });
    const failure = registry.package(wanted);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_ORIGIN_PROTOCOL',
      category: 'unsupported',
      message: 'provider example.com/acme/thing 1.2.3 is not supported by this version of OpenTofu',
      suggestion: parseVersion(suggestion),
    });
  });

  it('of a provider without any supported version comes without a suggestion', async () => {
    const { peer, registry } = await start();
    peer.once(packagePath, { body: { ...document, protocols: ['4'] } });
    peer.once(versionsPath, { body: { versions: [{ version: '1.2.3', protocols: ['4'] }] } });
    await expect(registry.package(wanted)).rejects.toMatchObject({ suggestion: undefined });
  });
});

describe('where a token goes', () => {
  it('is not where another host says that the registry is', async () => {
    const [host, elsewhere] = [await peers.start(), await peers.start()];
    const asked: string[] = [];
    const registry = createProviderRegistry({
      http: createHttpClient(),
      discovery: {
        providers: () =>
          Promise.resolve({
            url: new URL(`${elsewhere.origin}/v1/`),
            referredBy: new URL(`${host.origin}/.well-known/terraform.json`),
          }),
      },
      credentialsFor: (name) => {
        asked.push(name);
        return Promise.resolve(name === 'example.com' ? 's3cret' : undefined);
      },
    });
    elsewhere.once(versionsPath, { status: 401 });
    await expect(registry.versions(provider)).rejects.toMatchObject({
      message: 'host example.com requires authentication credentials',
      hint: expect.stringContaining(elsewhere.host) as string,
    });
    expect(asked).toEqual([elsewhere.host]);
    elsewhere.expectNeverSaw('s3cret');
  });

  it('is not where a redirect leads', async () => {
    const { peer, registry } = await start({ token: 's3cret' });
    const other = await peers.start();
    peer.once(versionsPath, { status: 307, headers: { location: `${other.origin}/x` } });
    other.once('GET /x', { body: {} });
    await registry.versions(provider);
    other.expectNeverSaw('s3cret');
    expect(other.requests[0]?.headers['x-terraform-version']).toBeUndefined();
  });
});

describe('a provider from before namespaces', () => {
  it.each([
    [{ body: { id: 'hashicorp/thing' } }, 'hashicorp'],
    [{ body: { id: 'hashicorp/thing', moved_to: 'acme/thing' } }, 'acme'],
  ])('is found where it went: %o', async (reply, namespace) => {
    const { peer, registry } = await start();
    peer.once('GET /v1/-/thing/versions', reply);
    await expect(registry.successorOf('thing')).resolves.toMatchObject({
      namespace,
      type: 'thing',
    });
  });

  it.each([
    [{ status: 404 }],
    [{ body: {} }],
    [{ body: { id: '-/thing' } }],
    [{ body: { id: 'a/b/c/d' } }],
    [{ body: 'x' }],
  ] satisfies [Reply][])('is not found: %o', async (reply) => {
    const { peer, registry } = await start();
    peer.once('GET /v1/-/thing/versions', reply);
    await expect(registry.successorOf('thing')).resolves.toBeUndefined();
  });
});
