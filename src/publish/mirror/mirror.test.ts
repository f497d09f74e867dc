import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import {
  makeMirrorPlace,
  type MirrorPlaceOptions,
  type MirrorTestPlace,
  newest,
} from '../../../test/support/mirror-place.ts';
import { makeOriginKey } from '../../../test/support/origin-key.ts';
import type { OriginRegistry } from '../../../test/support/origin-registry.ts';
import {
  formatPlatform,
  formatVersion,
  parseConstraints,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../../domain/index.ts';
import { inspectRelease, readEvidenceOf, readRelease } from '../../release/index.ts';
import type { MirroredProvider } from './select-versions.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});
const place = (options?: MirrorPlaceOptions): Promise<MirrorTestPlace> =>
  makeMirrorPlace(world, options);

describe('mirroring a release', () => {
  it('publishes every platform with what its developers signed, and keeps nothing here', async () => {
    const { folder, registry, run, tags, to } = await place();
    const { failures, releases } = await run();
    expect(failures).toEqual([]);
    const [release] = releases;
    expect(release).toMatchObject({
      verdict: { kind: 'signed', signedBy: { keyId: world.key.keyId } },
      evidence: 'attached',
      packages: [
        { platform: 'darwin_arm64', outcome: 'pushed' },
        { platform: 'linux_amd64', outcome: 'pushed' },
      ],
    });
    expect(await tags()).toEqual(['1.1.0']);
    const provider = parseProviderAddress(`${registry.host}/acme/thing`);
    const version = parseVersion('1.1.0');
    const found = await readRelease(to, { provider, version });
    const h1s = found.index.targets.map(({ hints, platform }) => [
      formatPlatform(platform),
      hints.h1,
    ]);
    const wanted = world.packages.filter((one) => one.version === '1.1.0');
    expect(new Map(h1s as [string, string][])).toEqual(
      new Map(wanted.map(({ h1, platform }) => [platform, h1])),
    );
    const [evidence] = await readEvidenceOf(to, found.descriptor);
    expect(evidence?.documents.sums?.toString()).toContain('terraform-provider-thing_1.1.0');
    expect(evidence?.documents.signature).toBeDefined();
    expect(evidence?.documents.keys?.toString()).toContain(world.key.keyId);
    const inspected = await inspectRelease({
      repository: to,
      provider,
      version,
      tags: new Set(['1.1.0']),
      lookForPackages: true,
    });
    expect(inspected.findings).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('fetches nothing when all is there, and asks for two documents', async () => {
    const { asked, run, to } = await place();
    await run();
    asked();
    const before = await to.resolve('1.1.0');
    const { releases } = await run();
    expect(releases[0]?.packages.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
    expect(releases[0]?.evidence).toBe('present');
    expect(await to.resolve('1.1.0')).toEqual(before);
    const requests = asked().map((line) => line.replace(/^GET .*\//u, ''));
    expect(requests.filter((line) => /versions$/u.test(line))).toHaveLength(1);
    expect(requests.filter((line) => !/versions$/u.test(line))).toHaveLength(2);
    expect(requests.join()).not.toMatch(/\.zip|\.sig/u);
  });

  it('fetches only the platforms that are missing', async () => {
    const { asked, run } = await place();
    await run({ platforms: [parsePlatform('linux_amd64')] });
    asked();
    const { releases } = await run();
    expect(releases[0]?.packages).toMatchObject([
      { platform: 'darwin_arm64', outcome: 'pushed' },
      { platform: 'linux_amd64', outcome: 'present' },
    ]);
    expect(asked().filter((line) => line.endsWith('.zip'))).toHaveLength(1);
  });

  it('gives the same index whatever came first', async () => {
    const [one, two] = [await place(), await place()];
    await one.run();
    await two.run({ platforms: [parsePlatform('darwin_arm64')] });
    await two.run();
    // The address is part of the index; the manifests of the packages are the same.
    const digests = async ({ registry, to }: MirrorTestPlace): Promise<readonly string[]> => {
      const provider = parseProviderAddress(`${registry.host}/acme/thing`);
      const { index } = await readRelease(to, { provider, version: parseVersion('1.1.0') });
      return index.targets.map(({ descriptor }) => descriptor.digest);
    };
    expect(await digests(one)).toEqual(await digests(two));
  });

  it('only looks with a dry run', async () => {
    const { asked, run, tags } = await place();
    const { releases } = await run({ dryRun: true });
    expect(releases[0]?.packages.map(({ outcome }) => outcome)).toEqual(['planned', 'planned']);
    expect(await tags()).toEqual([]);
    expect(asked().join()).not.toMatch(/GET [^,]*\.zip/u);
  });
});

describe('selecting versions', () => {
  it.each<readonly [string, Partial<MirroredProvider>, string[]]>([
    ['the newest', { wanted: [newest] }, ['1.1.0']],
    ['all', { wanted: [{ ...newest, newest: 'all' }] }, ['1.0.0', '1.1.0']],
    ['the newest two', { wanted: [{ ...newest, newest: 2 }] }, ['1.0.0', '1.1.0']],
    ['more than there are', { wanted: [{ ...newest, newest: 9 }] }, ['1.0.0', '1.1.0']],
    [
      'the newest of a constraint',
      { wanted: [{ constraints: parseConstraints('< 1.1'), newest: 1 }] },
      ['1.0.0'],
    ],
    ['exact ones', { versions: [parseVersion('1.0.0')] }, ['1.0.0']],
    [
      'exact ones and the newest',
      { versions: [parseVersion('1.0.0')], wanted: [newest] },
      ['1.0.0', '1.1.0'],
    ],
  ])('takes %s', async (_name, wanted, versions) => {
    const { registry, run, tags } = await place();
    const provider = parseProviderAddress(`${registry.host}/acme/thing`);
    const { failures, packages, providers, releases } = await run({
      providers: [{ provider, versions: [], wanted: [], ...wanted }],
    });
    expect(failures).toEqual([]);
    expect(releases.map(({ version }) => formatVersion(version))).toEqual(versions);
    expect({ packages, providers }).toMatchObject({
      providers: 1,
      packages: { pushed: 2 * versions.length, present: 0 },
    });
    expect(await tags()).toEqual(versions);
  });

  it('tells what is not offered, and takes the rest', async () => {
    const { registry, run } = await place();
    const provider = parseProviderAddress(`${registry.host}/acme/thing`);
    const unknown = parseProviderAddress(`${registry.host}/acme/absent`);
    const { failures, releases } = await run({
      providers: [
        { provider: unknown, versions: [], wanted: [newest] },
        {
          provider,
          versions: [parseVersion('9.0.0')],
          wanted: [{ constraints: parseConstraints('> 2'), newest: 1 }, newest],
        },
      ],
    });
    expect(releases).toHaveLength(1);
    expect(failures.map(({ error }) => String(error)).join('\n')).toMatch(
      /acme\/absent[^]*has no version 9\.0\.0[^]*has no version that satisfies > 2\.0\.0/u,
    );
  });

  it('refuses a release without a package for the platforms that were asked for', async () => {
    const { run } = await place();
    const { failures } = await run({ platforms: [parsePlatform('plan9_386')] });
    expect(String(failures[0]?.error)).toContain('no package for a platform that was asked for');
  });
});

describe('what was tampered with is not published', () => {
  it.each<readonly [string, (registry: OriginRegistry) => unknown, RegExp]>([
    ['a changed zip', ({ faults }) => (faults.alteredZips = true), /BadPackage|checksum|sha256/iu],
    [
      'changed sums',
      ({ faults }) => (faults.alteredSums = true),
      /does not fit the data|has no line/u,
    ],
    [
      'sums of another version',
      ({ faults }) => (faults.sumsOfVersion = '1.0.0'),
      /has no line for/u,
    ],
    [
      'a missing signature',
      ({ faults }) => (faults.missingSignature = true),
      /cryptographic signature/u,
    ],
    ['missing sums', ({ faults }) => (faults.missingSums = true), /authentication checksums/u],
  ])('%s', async (_name, spoil, message) => {
    const { folder, registry, run, tags } = await place();
    spoil(registry);
    const { failures, releases } = await run();
    expect(releases).toEqual([]);
    expect(String(failures[0]?.error)).toMatch(message);
    expect(await tags()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('a signature by a key that is not listed', async () => {
    const { registry, run, tags } = await place();
    registry.faults.signer = await makeOriginKey();
    const { failures } = await run();
    expect(failures).toMatchObject([{ error: { category: 'trust' } }]);
    expect(await tags()).toEqual([]);
  });

  it('a release without any key, of a host that is not the default registry', async () => {
    const { run } = await place({ keys: [] });
    const { failures } = await run();
    expect(failures).toMatchObject([{ error: { category: 'trust' } }]);
  });

  it('a package that changed since it was published: a conflict, before anything is fetched', async () => {
    const { asked, registry, run } = await place();
    await run();
    const line = (digit: string, platform: string): string =>
      `${digit.repeat(64)}  terraform-provider-thing_1.1.0_${platform}.zip\n`;
    registry.faults.answer = (path) =>
      path.endsWith('SHA256SUMS')
        ? { body: line('a', 'linux_amd64') + line('b', 'darwin_arm64') }
        : undefined;
    asked();
    const { failures } = await run();
    expect(failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_CONFLICT' } }]);
    expect(asked().join()).not.toContain('.zip');
  });

  it('does not keep other releases from being mirrored', async () => {
    const { registry, run, tags } = await place();
    const provider = parseProviderAddress(`${registry.host}/acme/thing`);
    registry.faults.answer = (path) =>
      path.includes('1.0.0') && path.endsWith('.zip') ? { status: 500 } : undefined;
    const { failures, releases } = await run({
      providers: [{ provider, versions: [], wanted: [{ ...newest, newest: 'all' }] }],
    });
    expect(releases).toHaveLength(1);
    expect(failures).toMatchObject([{ version: '1.0.0' }]);
    expect(await tags()).toEqual(['1.1.0']);
  });
});
