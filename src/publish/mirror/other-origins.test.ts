import { rm } from 'node:fs/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import {
  makeMirrorPlace,
  type MirrorPlaceOptions,
  type MirrorTestPlace,
  newest,
  pinning,
} from '../../../test/support/mirror-place.ts';
import type { OriginRegistry } from '../../../test/support/origin-registry.ts';
import { parsePlatform, parseProviderAddress, parseVersion } from '../../domain/index.ts';
import { createHttpClient } from '../../http/index.ts';
import { createDownload, createMeasureDownload, createNetworkMirror } from '../../origin/index.ts';
import { readRelease } from '../../release/index.ts';
import { createFilesystemOrigin } from './filesystem-origin.ts';
import type { MirrorOrigin } from './mirror-origin.ts';
import { createNetworkMirrorOrigin } from './network-mirror-origin.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

const rules = { enforceSignatures: false, enforceExpiration: false };
const linux = parsePlatform('linux_amd64');
const version = parseVersion('1.1.0');
const all = [{ ...newest, newest: 'all' as const }];

const pushedTwice = { packages: { pushed: 2, present: 0, planned: 0 }, failures: [] };
const presentTwice = { packages: { pushed: 0, present: 2, planned: 0 }, failures: [] };

describe('a network mirror as origin', () => {
  const networkPlace = (options: MirrorPlaceOptions = {}): Promise<MirrorTestPlace> => {
    const http = createHttpClient({ ca: [world.certificate.ca] });
    onTestFinished(() => http.close());
    const origin = (registry: OriginRegistry): MirrorOrigin =>
      createNetworkMirrorOrigin({
        mirror: createNetworkMirror({ http, url: new URL(registry.mirrorUrl) }),
        download: createDownload(http, { retries: 0 }),
        measure: createMeasureDownload(http),
        rules,
        trust: options.trust?.(`${registry.host}/acme/thing`),
      });
    return makeMirrorPlace(world, { ...options, origin });
  };

  it('gives its packages, and the second time nothing, with two small requests', async () => {
    const { asked, run } = await networkPlace();
    const first = await run();
    expect(first).toMatchObject(pushedTwice);
    expect(first.releases[0]?.verdict).toMatchObject({ kind: 'unsigned', isAccepted: false });
    asked();
    expect(await run()).toMatchObject(presentTwice);
    expect(asked()).toHaveLength(2);
  });

  it('asks for the platforms of those versions only that are taken', async () => {
    const { asked, run } = await networkPlace();
    await run({ platforms: [linux], dryRun: true });
    expect(asked().filter((line) => /\/mirror\/.*\.json$/u.test(line))).toHaveLength(2);
  });

  it.each<readonly [string, (of: InitWorld) => readonly string[], object]>([
    ['nothing of hashes', () => [], pushedTwice],
    ['only h1', (of) => of.packages.map(({ h1 }) => h1), pushedTwice],
    [
      'other hashes',
      () => [`h1:${Buffer.alloc(32).toString('base64')}`],
      { failures: [{ error: { code: 'ERR_SOURCES_CHECKSUM', category: 'integrity' } }] },
    ],
    [
      'another zh',
      () => [`zh:${'a'.repeat(64)}`],
      { failures: [{ error: { code: 'ERR_PUBLISH_BAD_PACKAGE' } }] },
    ],
  ])('that states %s', async (_name, hashes, expected) => {
    const { registry, run } = await networkPlace();
    registry.faults.mirrorHashes = hashes(world);
    expect(await run()).toMatchObject(expected);
  });

  it('recognises what is there by the package itself where no hash is stated', async () => {
    const { registry, run } = await networkPlace();
    await run();
    registry.faults.mirrorHashes = [];
    expect(await run()).toMatchObject(presentTwice);
  });

  it('does not change what is there where only the package itself tells', async () => {
    const { registry, run, to } = await networkPlace();
    await run();
    const before = await to.resolve('1.1.0');
    const [zip] = world.packages.filter((one) => one.version === '1.0.0');
    registry.faults.mirrorHashes = [];
    registry.faults.answer = (path) =>
      path.endsWith('.zip') ? { body: zip?.zip ?? '' } : undefined;
    expect((await run()).failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_CONFLICT' } }]);
    expect(await to.resolve('1.1.0')).toEqual(before);
  });

  it('has no signature, which a rule or the user may want', async () => {
    const ruled = await networkPlace({ trust: pinning(world.key) });
    expect((await ruled.run()).failures).toMatchObject([{ error: { reason: 'unsigned' } }]);
    expect(ruled.asked().join()).not.toContain('.zip');
    const { run } = await networkPlace();
    const { failures } = await run({ requireSigned: true });
    expect(failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_UNSIGNED' } }]);
  });

  it('says which provider it has not', async () => {
    const { registry, run } = await networkPlace();
    const provider = parseProviderAddress(`${registry.host}/acme/absent`);
    const { failures } = await run({ providers: [{ provider, versions: [], wanted: all }] });
    expect(failures).toMatchObject([{ error: { category: 'not-found' } }]);
  });
});

describe('a filesystem mirror as origin', () => {
  const source = 'example.com/acme/thing';
  const provider = parseProviderAddress(source);
  const wanted = { providers: [{ provider, versions: [], wanted: [newest] }] };

  it('gives its zips, which stay where they are, and the second time nothing', async () => {
    const directory = await world.mirrorFolder(source);
    const { folder, run, to } = await makeMirrorPlace(world, {
      origin: () => createFilesystemOrigin({ directory, rules }),
    });
    expect(await run({ ...wanted, dryRun: true })).toMatchObject({ packages: { planned: 2 } });
    expect(await run(wanted)).toMatchObject(pushedTwice);
    expect(await run(wanted)).toMatchObject(presentTwice);
    expect(await run({ ...wanted, dryRun: true })).toMatchObject(presentTwice);
    expect(folder).not.toBe(directory);
    const { index } = await readRelease(to, { provider, version });
    expect(index.targets.map(({ hints }) => hints.h1).sort()).toEqual(
      world.packages
        .filter((one) => one.version === '1.1.0')
        .map(({ h1 }) => h1)
        .sort(),
    );
  });

  it('refuses folders with words: the zip is what was signed', async () => {
    const directory = await world.mirrorFolder(source, 'unpacked');
    const { run, tags } = await makeMirrorPlace(world, {
      origin: () => createFilesystemOrigin({ directory, rules }),
    });
    const { failures } = await run(wanted);
    expect(failures).toMatchObject([
      { error: { code: 'ERR_PUBLISH_UNPACKED', message: /is unpacked, in .*1\.1\.0/u } },
    ]);
    expect(await tags()).toEqual([]);
  });

  it('is a failure when it is not there, or has another provider', async () => {
    const directory = await world.mirrorFolder('example.com/acme/other');
    const { run } = await makeMirrorPlace(world, {
      origin: () => createFilesystemOrigin({ directory, rules }),
    });
    expect((await run(wanted)).failures).toMatchObject([{ error: { category: 'not-found' } }]);
    await rm(directory, { recursive: true });
    expect((await run(wanted)).failures).toMatchObject([
      { error: { code: 'ERR_BASE_FILE_ACCESS' } },
    ]);
  });
});
