import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { providerSourceSuite } from '../../test/suites/provider-source-suite.ts';
import { makeOriginKey, type OriginKey } from '../../test/support/origin-key.ts';
import {
  type OriginFaults,
  type OriginPackage,
  type OriginRegistry,
  type OriginRegistryOptions,
  startOriginRegistry,
} from '../../test/support/origin-registry.ts';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { policyFor } from '../../test/support/signed-evidence.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { inspectPackage } from '../archive/index.ts';
import { readableOf } from '../content/index.ts';
import {
  formatPlatform,
  formatVersion,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../domain/index.ts';
import { createHttpClient } from '../http/index.ts';
import { createDownload, createProviderRegistry, createServiceDiscovery } from '../origin/index.ts';
import type { TrustPolicy } from '../signatures/index.ts';
import { createDirectSource, type DirectSourceOptions } from './direct-source.ts';
import type { ProviderSource } from './interfaces.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const request = {
  provider,
  version: parseVersion('1.0.0'),
  platform: parsePlatform('linux_amd64'),
};
const onDefaultHost = { ...request, provider: parseProviderAddress('acme/thing') };

let key: OriginKey;
let otherKey: OriginKey;
let expiredKey: OriginKey;
let packages: readonly OriginPackage[];

async function packageOf(version: string, platform: string): Promise<OriginPackage> {
  const zip = await makeProviderZip({ type: 'thing', version }, platform);
  const { h1OfTree } = await inspectPackage(readableOf(zip));
  return { namespace: 'acme', type: 'thing', version, platform, zip, h1: h1OfTree };
}

beforeAll(async () => {
  [key, otherKey, expiredKey] = await Promise.all([
    makeOriginKey(),
    makeOriginKey(),
    makeOriginKey({ expired: true }),
  ]);
  packages = await Promise.all([
    packageOf('1.0.0', 'linux_amd64'),
    packageOf('1.0.0', 'darwin_arm64'),
    packageOf('1.1.0', 'linux_amd64'),
  ]);
});

const running: OriginRegistry[] = [];
afterEach(async () => {
  for (const registry of running.splice(0)) await registry.close();
});

interface Setting {
  readonly source: ProviderSource;
  readonly registry: OriginRegistry;
}

function sourceOf(
  registry: OriginRegistry,
  options: Partial<DirectSourceOptions> = {},
): ProviderSource {
  const http = createHttpClient();
  const services = { 'providers.v1': registry.providersUrl };
  const hosts = new Map(
    [provider, onDefaultHost.provider].map(({ hostname }) => [hostname, services]),
  );
  const discovery = createServiceDiscovery({ http, hosts });
  return createDirectSource({
    registry: createProviderRegistry({ http, discovery, retries: 0 }),
    download: createDownload(http, { retries: 0 }),
    ...options,
  });
}

async function start(
  options: Partial<OriginRegistryOptions> = {},
  more: Partial<DirectSourceOptions> = {},
): Promise<Setting> {
  const registry = await startOriginRegistry({ packages, keys: [key], ...options });
  running.push(registry);
  return { registry, source: sourceOf(registry, more) };
}

const zhOf = async ({ zip }: OriginPackage): Promise<string> =>
  (await inspectPackage(readableOf(zip))).zh;

providerSourceSuite('the origin registry', async (offered) => {
  const signer = await makeOriginKey();
  const registry = await startOriginRegistry({
    keys: [signer],
    packages: offered.map((each) => ({
      namespace: each.provider.namespace,
      type: each.provider.type,
      version: formatVersion(each.version),
      platform: formatPlatform(each.platform),
      zip: each.zip,
      h1: each.h1,
    })),
  });
  return { source: sourceOf(registry), close: () => registry.close() };
});

describe('a package from its own registry', () => {
  it('claims the hashes of all platforms, with the key that signed them', async () => {
    const { source } = await start();
    const { claims, filename, location } = await source.packageMeta(request);
    const [linux, darwin] = await Promise.all(packages.slice(0, 2).map(zhOf));
    expect(filename).toBe('terraform-provider-thing_1.0.0_linux_amd64.zip');
    expect(claims.expected).toEqual([linux]);
    expect(claims.trustedMirror).toEqual([]);
    expect(new Set(claims.reportedByRegistry)).toEqual(new Set([linux, darwin]));
    expect(claims.signed?.map(({ hash }) => hash).sort()).toEqual([linux, darwin].sort());
    expect(claims.signed?.every(({ keyIds }) => keyIds.join() === key.keyId)).toBe(true);
    expect(claims.signedBy).toMatchObject({ keyId: key.keyId, keyExpired: false });
    const staged = await location.stage(await tempFolder());
    expect(staged).toMatchObject({ kind: 'extracted', zh: linux, h1OfTree: packages[0]?.h1 });
  });

  it('claims what the registry reports of all packages, unsigned h1 included', async () => {
    const { source } = await start({ reportsPackages: true });
    const { claims, location } = await source.packageMeta(request);
    expect(location.size).toBe(packages[0]?.zip.length);
    for (const { h1 } of packages.slice(0, 2)) expect(claims.reportedByRegistry).toContain(h1);
    expect(claims.signed?.some(({ hash }) => hash.startsWith('h1:'))).toBe(false);
  });

  it('needs no signature when the default registry has no key', async () => {
    const { source } = await start({ keys: [] });
    const { claims } = await source.packageMeta(onDefaultHost);
    expect(claims.signed).toEqual([]);
    expect(claims.signedBy).toBeUndefined();
    expect(claims.reportedByRegistry).toHaveLength(2);
  });

  it('tries every key that is listed', async () => {
    const { source } = await start({ keys: [otherKey, expiredKey, key] });
    await expect(source.packageMeta(request)).resolves.toMatchObject({
      claims: { signedBy: { keyId: otherKey.keyId } },
    });
    const second = await start({ keys: [otherKey, key] });
    second.registry.faults.signer = key;
    await expect(second.source.packageMeta(request)).resolves.toMatchObject({
      claims: { signedBy: { keyId: key.keyId } },
    });
  });

  it('may have a key that can not be read before the one that signed', async () => {
    const { registry, source } = await start();
    const listed = ['nothing', key.armor].map((armor) => ({ ascii_armor: armor }));
    registry.faults.document = { signing_keys: { gpg_public_keys: listed } };
    await expect(source.packageMeta(request)).resolves.toMatchObject({
      claims: { signedBy: { keyId: key.keyId } },
    });
  });

  it('may be signed by a key that expired, which is reported', async () => {
    const { source } = await start({ keys: [expiredKey] });
    await expect(source.packageMeta(request)).resolves.toMatchObject({
      claims: { signedBy: { keyId: expiredKey.keyId, keyExpired: true } },
    });
  });

  it('tells the registry warnings', async () => {
    const { registry, source } = await start();
    registry.faults.answer = (path) =>
      path.endsWith('/versions') ? { body: '{"versions":[],"warnings":["moved"]}' } : undefined;
    const warnings: string[] = [];
    await source.availableVersions(provider, { onWarning: (text) => warnings.push(text) });
    expect(warnings).toEqual(['moved']);
  });

  it('is not known: the sentence of the registry is the message', async () => {
    const { source } = await start();
    const unknown = parseProviderAddress('example.com/acme/none');
    await expect(source.availableVersions(unknown)).rejects.toMatchObject({
      code: 'ERR_SOURCES_PROVIDER_NOT_FOUND',
      message: 'provider registry example.com does not have a provider named example.com/acme/none',
      searched: ['origin registry example.com'],
    });
  });

  const unsigned =
    'the provider is not signed with a valid signing key; please contact the provider author (';
  it.each<[string, OriginFaults, string, string]>([
    [
      'no signature',
      { missingSignature: true },
      'ERR_ORIGIN_QUERY',
      'failed to retrieve cryptographic signature for provider: 404 Not Found',
    ],
    [
      'no sums',
      { missingSums: true },
      'ERR_ORIGIN_QUERY',
      'failed to retrieve authentication checksums for provider: 404 Not Found',
    ],
    [
      'sums changed after signing',
      { alteredSums: true },
      'ERR_SOURCES_SIGNATURE',
      `${unsigned}error checking signature: `,
    ],
    [
      'the sums of another version',
      { sumsOfVersion: '1.1.0' },
      'ERR_SOURCES_CHECKSUM',
      'checksum list has no SHA-256 hash for "terraform-provider-thing_1.0.0_linux_amd64.zip"',
    ],
    [
      'another shasum',
      { wrongShasum: true },
      'ERR_SOURCES_CHECKSUM',
      `(expected ${'0'.repeat(64)})`,
    ],
    [
      'a file of another name',
      { document: { filename: 'x.zip' } },
      'ERR_SOURCES_CHECKSUM',
      'checksum list has no SHA-256 hash for "x.zip"',
    ],
    [
      'a key that can not be read',
      { document: { signing_keys: { gpg_public_keys: [{ ascii_armor: 'x' }] } } },
      'ERR_SOURCES_SIGNATURE',
      unsigned,
    ],
    [
      'packages without the platform',
      { document: { packages: { plan9_386: { hashes: [], package_size: 1 } } } },
      'ERR_SOURCES_CHECKSUM',
      'registry response missing package with platform "linux_amd64"',
    ],
    [
      'a package without a size',
      { document: { packages: { linux_amd64: { hashes: [] } } } },
      'ERR_SOURCES_CHECKSUM',
      'registry response has invalid package size 0',
    ],
    [
      'a package without zh',
      { document: { packages: { linux_amd64: { hashes: ['h1:x'], package_size: 9 } } } },
      'ERR_SOURCES_CHECKSUM',
      'registry response does not contain matching sha256sum package entry and is invalid',
    ],
    [
      'a package with another zh',
      { document: { packages: { linux_amd64: { hashes: ['zh:ab'], package_size: 9 } } } },
      'ERR_SOURCES_CHECKSUM',
      `which does not match the platform's value of "ab"`,
    ],
  ])('is refused before its download with %s', async (_name, faults, code, message) => {
    const { registry, source } = await start();
    Object.assign(registry.faults, faults);
    await expect(source.packageMeta(request)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(registry.requests.filter((each) => each.endsWith('.zip'))).toEqual([]);
  });

  it('is refused when another key signed', async () => {
    const { registry, source } = await start();
    registry.faults.signer = otherKey;
    await expect(source.packageMeta(request)).rejects.toMatchObject({
      code: 'ERR_SOURCES_SIGNATURE',
      category: 'trust',
      message: expect.stringContaining(
        `${unsigned}authentication signature from unknown issuer`,
      ) as string,
    });
  });

  it.each([
    ['a third party without keys', request, {}, []],
    [
      'the default registry without keys, when signatures are enforced',
      onDefaultHost,
      { enforceSignatures: true },
      [],
    ],
  ] as const)('is refused unsigned: %s', async (_name, wanted, more, keys) => {
    const { registry, source } = await start({ keys: [...keys] }, more);
    registry.faults.signer = key;
    await expect(source.packageMeta(wanted)).rejects.toMatchObject({
      code: 'ERR_SOURCES_SIGNATURE',
      message: `${unsigned}authentication signature from unknown issuer)`,
      hint: expect.stringContaining('lists no signing key') as string,
    });
  });

  describe('under a trust rule', () => {
    it('is taken when the pinned key signed, among others that are listed', async () => {
      const policy = policyFor(key);
      const { source } = await start({ keys: [key, otherKey] }, { policy });
      const { claims } = await source.packageMeta(request);
      expect(claims.signedBy?.fingerprint).toBe(key.fingerprint);
      expect(claims.signed?.map(({ keyIds }) => keyIds)).toContainEqual([key.keyId]);
    });

    it.each<readonly [string, () => TrustPolicy, () => OriginKey[], string]>([
      ['another listed key signed', () => policyFor(otherKey), () => [key], 'changed-key'],
      ['no key is listed', () => policyFor(key), () => [], 'unsigned'],
      [
        'the pinned key is expired and that is forbidden',
        () => policyFor(expiredKey, { more: 'expired_keys = "reject"' }),
        () => [expiredKey],
        'expired-key',
      ],
    ])('is refused before its download when %s', async (_name, policy, keys, reason) => {
      const { registry, source } = await start({ keys: keys() }, { policy: policy() });
      await expect(source.packageMeta(request)).rejects.toMatchObject({
        code: 'ERR_SIGNATURES_UNTRUSTED',
        category: 'trust',
        reason,
      });
      expect(registry.requests.filter((each) => each.endsWith('.zip'))).toEqual([]);
    });

    it('is taken unsigned where the rule says so, and nothing counts as signed', async () => {
      const policy = policyFor(key, { more: 'unsigned = "accept"' });
      const { source } = await start({ keys: [] }, { policy });
      const { claims } = await source.packageMeta(request);
      expect(claims).toMatchObject({ signed: [], signedBy: undefined });
    });

    it('is judged as by OpenTofu where the rule is for another provider', async () => {
      const policy = policyFor(otherKey, { pattern: 'example.com/acme/other' });
      const { source } = await start({}, { policy });
      expect((await source.packageMeta(request)).claims.signedBy?.keyId).toBe(key.keyId);
    });
  });

  it('is refused when an expired key signed and that is enforced', async () => {
    const { source } = await start({ keys: [expiredKey] }, { enforceExpiration: true });
    await expect(source.packageMeta(request)).rejects.toMatchObject({
      code: 'ERR_SOURCES_SIGNATURE',
      message: `${unsigned}key ${expiredKey.keyId} is expired)`,
    });
  });

  it('is held to its hash, and leaves nothing behind', async () => {
    const { registry, source } = await start();
    registry.faults.alteredZips = true;
    const { location } = await source.packageMeta(request);
    const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-test-'));
    await expect(location.stage(folder)).rejects.toMatchObject({ category: 'integrity' });
    await expect(rm(folder, { recursive: true })).resolves.toBeUndefined();
  });

  it.each([
    [1, 'registry response indicates a package of size 1, but received a larger package'],
    [99_999, 'registry response indicates a package of size 99999, but received a package of size'],
  ])('is held to its size, %i', async (size, message) => {
    const { registry, source } = await start();
    const zh = await zhOf(packages[0]!);
    registry.faults.document = {
      packages: { linux_amd64: { hashes: [zh], package_size: size } },
    };
    const { location } = await source.packageMeta(request);
    await expect(location.stage(await tempFolder())).rejects.toMatchObject({
      code: 'ERR_SOURCES_CHECKSUM',
      message: expect.stringContaining(message) as string,
    });
  });

  it('is another good zip than the sums say', async () => {
    const { registry, source } = await start();
    const { zip } = packages[1]!;
    registry.faults.answer = (path) =>
      path.endsWith('linux_amd64.zip') ? { body: zip } : undefined;
    const { location } = await source.packageMeta(request);
    await expect(location.stage(await tempFolder())).rejects.toMatchObject({
      code: 'ERR_SOURCES_CHECKSUM',
      message: `archive has incorrect checksum ${await zhOf(packages[1]!)} (expected ${await zhOf(packages[0]!)})`,
    });
  });

  it('may be kept elsewhere', async () => {
    const { registry, source } = await start();
    const files = await start();
    registry.faults.filesAt = files.registry.origin;
    const { location } = await source.packageMeta(request);
    await expect(location.stage(await tempFolder())).resolves.toMatchObject({ kind: 'extracted' });
    expect(files.registry.requests).toHaveLength(3);
  });
});
