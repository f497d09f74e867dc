import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { providerSourceSuite } from '../../test/suites/provider-source-suite.ts';
import {
  type OriginPackage,
  type OriginRegistry,
  startOriginRegistry,
} from '../../test/support/origin-registry.ts';
import { makeProviderZip } from '../../test/support/release-folder.ts';
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
import { createDownload, createNetworkMirror } from '../origin/index.ts';
import type { ProviderSource } from './interfaces.ts';
import { createNetworkMirrorSource } from './network-mirror-source.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const request = {
  provider,
  version: parseVersion('1.0.0'),
  platform: parsePlatform('linux_amd64'),
};

function sourceOf(
  registry: OriginRegistry,
  trustAllHashes = false,
  token?: string,
): ProviderSource {
  const http = createHttpClient();
  return createNetworkMirrorSource({
    mirror: createNetworkMirror({
      http,
      url: new URL(registry.mirrorUrl),
      credentialsFor: () => Promise.resolve(token),
    }),
    download: createDownload(http, { retries: 0 }),
    trustAllHashes,
  });
}

let packages: readonly OriginPackage[];
let hashes: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  const made = await Promise.all(
    ['linux_amd64', 'darwin_arm64'].map(async (platform) => {
      const zip = await makeProviderZip({ type: 'thing', version: '1.0.0' }, platform);
      const { h1OfTree, zh } = await inspectPackage(readableOf(zip));
      const facts = { namespace: 'acme', type: 'thing', version: '1.0.0', platform, zip };
      return { zh, ...facts, h1: h1OfTree };
    }),
  );
  packages = made;
  hashes = new Map(made.map(({ h1, platform, zh }) => [platform, [h1, zh]]));
});

const running: OriginRegistry[] = [];
afterEach(async () => {
  for (const registry of running.splice(0)) await registry.close();
});

async function start(token?: string): Promise<OriginRegistry> {
  const registry = await startOriginRegistry({
    packages,
    ...(token === undefined ? {} : { token }),
  });
  running.push(registry);
  return registry;
}

providerSourceSuite('a network mirror', async (offered) => {
  const registry = await startOriginRegistry({
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

describe('a package from a network mirror', () => {
  it('claims the hashes that the mirror announces for it', async () => {
    const { claims } = await sourceOf(await start()).packageMeta(request);
    expect(claims).toEqual({ expected: hashes.get('linux_amd64'), trustedMirror: [] });
  });

  it('claims those of every platform only when the mirror is trusted for them', async () => {
    const { claims } = await sourceOf(await start(), true).packageMeta(request);
    expect(claims.expected).toEqual(hashes.get('linux_amd64'));
    expect(new Set(claims.trustedMirror)).toEqual(new Set([...hashes.values()].flat()));
  });

  it('claims nothing when the mirror announces nothing', async () => {
    const registry = await start();
    registry.faults.mirrorHashes = [];
    const { claims } = await sourceOf(registry).packageMeta(request);
    expect(claims.expected).toEqual([]);
  });

  it.each([
    [['new:x', 'h1:y'], ['h1:y']],
    [['zh:z'], ['zh:z']],
  ])('leaves out hashes of schemes that nobody knows: %j', async (announced, expected) => {
    const registry = await start();
    registry.faults.mirrorHashes = announced;
    const { claims } = await sourceOf(registry).packageMeta(request);
    expect(claims.expected).toEqual(expected);
  });

  it('is refused when all of its hashes are of such schemes', async () => {
    const registry = await start();
    registry.faults.mirrorHashes = ['new:x'];
    await expect(sourceOf(registry).packageMeta(request)).rejects.toMatchObject({
      code: 'ERR_SOURCES_CHECKSUM',
      message:
        'this version of OpenTofu does not support any of the checksum formats given for this provider',
    });
  });

  it('is not there for a platform: the mirror is named', async () => {
    const registry = await start();
    const wanted = { ...request, platform: parsePlatform('plan9_386') };
    await expect(sourceOf(registry).packageMeta(wanted)).rejects.toMatchObject({
      code: 'ERR_SOURCES_PLATFORM_NOT_SUPPORTED',
      cause: {
        code: 'ERR_ORIGIN_NO_PACKAGE',
        message: `provider mirror ${registry.mirrorUrl} does not have a package of example.com/acme/thing 1.0.0 for plan9_386`,
      },
    });
  });

  it('of a version that was listed and is missing is a failure, not a miss', async () => {
    const registry = await start();
    registry.faults.answer = (path) => (path.endsWith('/1.0.0.json') ? { status: 404 } : undefined);
    await expect(sourceOf(registry).packageMeta(request)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_QUERY',
      category: 'remote',
      message: expect.stringContaining(
        'provider mirror does not have archive index for previously-reported',
      ) as string,
    });
  });

  it('of a version or provider that was never listed is a miss', async () => {
    const source = sourceOf(await start());
    const version = parseVersion('9.0.0');
    await expect(source.packageMeta({ ...request, version })).rejects.toMatchObject({
      code: 'ERR_SOURCES_VERSION_NOT_FOUND',
    });
    const other = parseProviderAddress('example.com/acme/none');
    await expect(source.packageMeta({ ...request, provider: other })).rejects.toMatchObject({
      code: 'ERR_SOURCES_PROVIDER_NOT_FOUND',
      searched: [source.display],
    });
  });

  it('is downloaded without the token that its documents need', async () => {
    const registry = await start('s3cret');
    const { location } = await sourceOf(registry, false, 's3cret').packageMeta(request);
    await location.stage(await tempFolder());
    expect(registry.requests).toEqual([
      'GET /mirror/example.com/acme/thing/1.0.0.json (token)',
      'GET /files/acme/thing/1.0.0/terraform-provider-thing_1.0.0_linux_amd64.zip',
    ]);
    await expect(sourceOf(registry).packageMeta(request)).rejects.toMatchObject({
      code: 'ERR_ORIGIN_UNAUTHORIZED',
    });
  });

  it('has hashes for a lock file without a download', async () => {
    const source = sourceOf(await start(), true);
    const found = await source.releaseHashes?.(request);
    expect(found?.trusted).toBe(true);
    expect(found?.packages.map(({ h1, zh }) => [h1, zh])).toEqual([...hashes.values()]);
  });
});
