import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findExecutable, hashTree, inspectPackage } from '../../src/archive/index.ts';
import { isNotFound } from '../../src/base/index.ts';
import { readableOf } from '../../src/content/index.ts';
import {
  formatPlatform,
  formatVersion,
  packageFilename,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  type PackageHash,
  samePlatform,
} from '../../src/domain/index.ts';
import {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  type PackageRequest,
  type ProviderSource,
} from '../../src/sources/index.ts';
import { makeProviderZip } from '../support/release-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** One package that the source under test has to offer. */
export interface OfferedPackage extends PackageRequest {
  readonly zip: Buffer;
  readonly zh: PackageHash;
  readonly h1: PackageHash;
}

export interface SourceUnderTest {
  readonly source: ProviderSource;
  close?(): Promise<void>;
}

export interface ProviderSourceSuiteOptions {
  /** Cases that this source can not pass, by name, each with the reason that the report shows. */
  readonly skips?: Readonly<Partial<Record<SourceCase, string>>>;
}

const provider = parseProviderAddress('example.com/acme/thing');
const unknownProvider = parseProviderAddress('example.com/acme/other');

/** Not in the order of versions, which a source has to restore. */
const offered = [
  ['2.0.0-beta.1', 'linux_amd64'],
  ['1.10.0', 'linux_amd64'],
  ['1.10.0', 'windows_amd64'],
  ['1.9.0', 'darwin_arm64'],
  ['1.9.0', 'linux_amd64'],
  ['1.9.1+build.7', 'linux_amd64'],
] as const;

const ascending = ['1.9.0', '1.9.1+build.7', '1.10.0', '2.0.0-beta.1'];

async function offer(): Promise<readonly OfferedPackage[]> {
  return await Promise.all(
    offered.map(async ([version, platform]) => {
      const zip = await makeProviderZip({ type: provider.type, version }, platform);
      const { h1OfTree, zh } = await inspectPackage(readableOf(zip));
      return {
        provider,
        version: parseVersion(version),
        platform: parsePlatform(platform),
        zip,
        zh,
        h1: h1OfTree,
      };
    }),
  );
}

const ask = (version: string, platform = 'linux_amd64'): PackageRequest => ({
  provider,
  version: parseVersion(version),
  platform: parsePlatform(platform),
});

async function failureOf(task: Promise<unknown>): Promise<unknown> {
  return await task.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
}

type Case = (source: ProviderSource, packages: readonly OfferedPackage[]) => Promise<void>;

const cases = {
  'lists the versions in ascending order, each once': async (source) => {
    const versions = await source.availableVersions(provider);
    expect(versions.map(formatVersion)).toEqual(ascending);
  },

  'says that it does not serve another provider, and where it looked': async (source) => {
    const failure = await failureOf(source.availableVersions(unknownProvider));
    expect(isNotFound(failure)).toBe(true);
    expect(failure).toBeInstanceOf(ProviderNotFoundError);
    expect((failure as ProviderNotFoundError).searched.length).toBeGreaterThan(0);
    expect(source.display).not.toBe('');
  },

  'describes the package that was asked for': async (source, packages) => {
    for (const { platform, version } of packages) {
      const meta = await source.packageMeta({ provider, version, platform });
      expect(meta).toMatchObject({ provider, version, platform });
      expect(meta.filename).toBe(packageFilename('thing', version, platform));
      expect(meta.location.display).not.toBe('');
    }
  },

  'stages each package with its executable': async (source, packages) => {
    for (const { h1, platform, version, zh, zip } of packages) {
      const meta = await source.packageMeta({ provider, version, platform });
      const directory = await tempFolder();
      const staged = await meta.location.stage(directory);
      expect(staged.h1OfTree).toBe(h1);
      if (staged.kind === 'extracted') {
        expect(staged).toMatchObject({ directory, zh, h1OfZip: h1, size: zip.length });
        expect([undefined, zip.length]).toContain(meta.location.size);
      } else {
        expect(await readdir(directory)).toEqual([]);
      }
      const folder = staged.kind === 'extracted' ? directory : staged.path;
      expect(await hashTree(folder)).toBe(h1);
      await expect(findExecutable(folder, 'thing')).resolves.toContain(
        `thing_v${formatVersion(version)}`,
      );
    }
  },

  'measures each package as it stages it, and keeps nothing': async (source, packages) => {
    for (const { h1, platform, version, zh, zip } of packages) {
      const { location } = await source.packageMeta({ provider, version, platform });
      const seen: number[] = [];
      const measured = await location.measure({ onProgress: (received) => seen.push(received) });
      expect(measured.h1OfTree).toBe(h1);
      if (measured.kind === 'linked') continue;
      expect(measured).toMatchObject({ zh, h1OfZip: h1, size: zip.length });
      expect(seen.at(-1)).toBe(zip.length);
    }
  },

  'stages one package several times at once': async (source) => {
    const { location } = await source.packageMeta(ask('1.10.0'));
    const staged = await Promise.all(
      [1, 2, 3].map(async () => await location.stage(await tempFolder())),
    );
    expect(new Set(staged.map(({ h1OfTree }) => h1OfTree)).size).toBe(1);
  },

  'announces no hash that the package does not have': async (source, packages) => {
    for (const { h1, platform, version, zh } of packages) {
      const { claims } = await source.packageMeta({ provider, version, platform });
      for (const hash of claims.expected) expect([zh, h1]).toContain(hash);
    }
  },

  'says that a version is not for a platform': async (source) => {
    const failure = await failureOf(source.packageMeta(ask('1.10.0', 'plan9_386')));
    expect(failure).toBeInstanceOf(PlatformNotSupportedError);
    expect(isNotFound(failure)).toBe(true);
  },

  'says that it lacks a version': async (source) => {
    const failure = await failureOf(source.packageMeta(ask('3.0.0')));
    expect(isNotFound(failure)).toBe(true);
  },

  'says that it lacks a version with other build metadata': async (source) => {
    expect(isNotFound(await failureOf(source.packageMeta(ask('1.9.1'))))).toBe(true);
    expect(isNotFound(await failureOf(source.packageMeta(ask('1.9.0+build.7'))))).toBe(true);
  },

  'gives up when it is told to, and can be asked again': async (source) => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    expect(await failureOf(source.availableVersions(provider, { signal }))).toBe(reason);
    expect(await failureOf(source.packageMeta(ask('1.9.0'), { signal }))).toBe(reason);
    const { location } = await source.packageMeta(ask('1.9.0'));
    const directory = await tempFolder();
    expect(await failureOf(location.stage(directory, { signal }))).toBe(reason);
    expect(await readdir(directory)).toEqual([]);
    await expect(location.stage(directory)).resolves.toBeDefined();
  },

  'tells true hashes of a release, if any': async (source, packages) => {
    const release = await source.releaseHashes?.(ask('1.9.0'));
    for (const told of release?.packages ?? []) {
      const truth = packages.find(
        ({ platform, version }) =>
          formatVersion(version) === '1.9.0' && samePlatform(platform, told.platform),
      );
      expect(truth, formatPlatform(told.platform)).toBeDefined();
      expect([undefined, truth?.zh]).toContain(told.zh);
      expect([undefined, truth?.h1]).toContain(told.h1);
    }
  },

  'has no hashes of a release that it lacks': async (source) => {
    if (source.releaseHashes === undefined) return;
    expect(isNotFound(await failureOf(source.releaseHashes(ask('3.0.0'))))).toBe(true);
  },
} satisfies Readonly<Record<string, Case>>;

export type SourceCase = keyof typeof cases;

/**
 * What every source of providers promises. `open` is given the packages that the source has to offer, all of
 * one provider, and makes one that offers exactly these.
 */
export function providerSourceSuite(
  name: string,
  open: (packages: readonly OfferedPackage[]) => Promise<SourceUnderTest>,
  options: ProviderSourceSuiteOptions = {},
): void {
  describe(`${name} as a source of providers`, () => {
    let packages: readonly OfferedPackage[] | undefined;
    let opened: SourceUnderTest;

    beforeEach(async () => {
      packages ??= await offer();
      opened = await open(packages);
    });

    afterEach(async () => {
      await opened.close?.();
    });

    for (const [title, run] of Object.entries(cases) as [SourceCase, Case][]) {
      const reason = options.skips?.[title];
      if (reason !== undefined) it.skip(`${title} (${reason})`, () => undefined);
      else it(title, async () => await run(opened.source, packages ?? []));
    }
  });
}
