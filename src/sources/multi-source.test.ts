import { describe, expect, it } from 'vitest';
import { TofuOciError } from '../base/index.ts';
import {
  formatVersion,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  type ProviderAddress,
} from '../domain/index.ts';
import {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from './errors.ts';
import type { PackageRequest, ProviderSource, ReleaseHashes } from './interfaces.ts';
import { createMultiSource } from './multi-source.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const ask = (version: string): PackageRequest => ({
  provider,
  version: parseVersion(version),
  platform: parsePlatform('linux_amd64'),
});

class RefusedError extends TofuOciError {
  readonly code = 'ERR_BASE_TEST_REFUSED';
  readonly category = 'auth';
}

interface Sketch {
  readonly versions?: readonly string[];
  readonly otherPlatforms?: readonly string[];
  readonly fails?: Error;
  readonly warning?: string;
  readonly hashes?: true;
  readonly registrySays?: string;
}

function sketch(display: string, is: Sketch): ProviderSource {
  const miss = (of: ProviderAddress): Error =>
    new ProviderNotFoundError(of, [display], { registrySays: is.registrySays });
  const lookUp = (version: string): void => {
    if (is.fails !== undefined) throw is.fails;
    if (is.versions === undefined) throw miss(provider);
    if (is.otherPlatforms?.includes(version) === true) {
      throw new PlatformNotSupportedError(ask(version));
    }
    if (!is.versions.includes(version)) {
      throw new VersionNotFoundError(ask(version), undefined, display);
    }
  };
  const source: ProviderSource = {
    display,
    availableVersions: (of, call = {}) => {
      if (is.fails !== undefined) return Promise.reject(is.fails);
      if (is.versions === undefined) return Promise.reject(miss(of));
      if (is.warning !== undefined) call.onWarning?.(is.warning);
      return Promise.resolve(is.versions.map(parseVersion));
    },
    packageMeta: (request) =>
      Promise.resolve().then(() => {
        lookUp(formatVersion(request.version));
        const stage = (): Promise<never> => Promise.reject(new Error('not asked'));
        const claims = { expected: [], trustedMirror: [] };
        return { ...request, filename: '', location: { display, stage, measure: stage }, claims };
      }),
  };
  if (is.hashes === undefined) return source;
  const releaseHashes = ({ version }: Omit<PackageRequest, 'platform'>): Promise<ReleaseHashes> =>
    Promise.resolve().then(() => {
      lookUp(formatVersion(version));
      return { display, packages: [], trusted: true };
    });
  return { ...source, releaseHashes };
}

function multi(...sketches: readonly Sketch[]): ProviderSource {
  return createMultiSource(
    sketches.map((is, index) => ({
      source: sketch(`place ${index + 1}`, is),
      include: [],
      exclude: [],
    })),
  );
}

describe('the versions of several methods', () => {
  it.each<readonly [string, readonly Sketch[], readonly string[]]>([
    ['one', [{ versions: ['1.0.0'] }], ['1.0.0']],
    ['both', [{ versions: ['2.0.0'] }, { versions: ['1.0.0', '2.0.0'] }], ['1.0.0', '2.0.0']],
    ['those that know it', [{}, { versions: ['1.0.0'] }, { registrySays: 'no' }], ['1.0.0']],
    ['those that have any', [{ versions: [] }, { versions: ['1.0.0'] }], ['1.0.0']],
  ])('are those of %s', async (_name, sketches, expected) => {
    const versions = await multi(...sketches).availableVersions(provider);
    expect(versions.map(formatVersion)).toEqual(expected);
  });

  it('come with the warnings of all, in order', async () => {
    const heard: string[] = [];
    await multi(
      { versions: ['1.0.0'], warning: 'one' },
      {},
      { versions: ['1.0.0'], warning: 'two' },
    ).availableVersions(provider, { onWarning: (text) => heard.push(text) });
    expect(heard).toEqual(['one', 'two']);
  });

  it('are not found when no method has any, and every place that was searched is named', async () => {
    await expect(multi({}, { versions: [] }, {}).availableVersions(provider)).rejects.toThrow(
      'provider example.com/acme/thing was not found in any of the search locations\n\n  - place 1\n  - place 2\n  - place 3',
    );
  });

  it('are none where there is no method at all', async () => {
    await expect(multi().availableVersions(provider)).resolves.toEqual([]);
    await expect(multi().packageMeta(ask('1.0.0'))).rejects.toThrow(ProviderNotFoundError);
  });

  it('are not found in the words of the registry, if one was asked', async () => {
    const registrySays = 'provider registry example.com does not have a provider named x';
    await expect(
      multi({}, { registrySays }, { versions: [] }).availableVersions(provider),
    ).rejects.toMatchObject({ code: 'ERR_SOURCES_PROVIDER_NOT_FOUND', message: registrySays });
  });

  it('fail with any method that fails for another reason', async () => {
    const fails = new RefusedError('401');
    await expect(
      multi({ versions: ['1.0.0'] }, { fails }).availableVersions(provider),
    ).rejects.toBe(fails);
  });
});

describe('the package of several methods', () => {
  it.each<readonly [string, readonly Sketch[], string]>([
    ['the first', [{ versions: ['1.0.0'] }, { versions: ['1.0.0'] }], 'place 1'],
    ['the next of one without the provider', [{}, { versions: ['1.0.0'] }], 'place 2'],
    [
      'the next of one without the version',
      [{ versions: ['0.9.0'] }, { versions: ['1.0.0'] }],
      'place 2',
    ],
    [
      'the next of one without the platform',
      [{ versions: ['1.0.0'], otherPlatforms: ['1.0.0'] }, { versions: ['1.0.0'] }],
      'place 2',
    ],
    [
      'the next of a registry that does not know it',
      [{ registrySays: 'no' }, { versions: ['1.0.0'] }],
      'place 2',
    ],
  ])('is that of %s', async (_name, sketches, place) => {
    const meta = await multi(...sketches).packageMeta(ask('1.0.0'));
    expect(meta.location.display).toBe(place);
  });

  it.each(['auth', 'integrity', 'trust', 'remote'] as const)(
    'is not looked for behind a failure of category %s',
    async (category) => {
      const fails = Object.assign(new RefusedError('no'), { category });
      await expect(
        multi({ fails }, { versions: ['1.0.0'] }).packageMeta(ask('1.0.0')),
      ).rejects.toBe(fails);
    },
  );

  it.each<readonly [string, readonly Sketch[], string]>([
    [
      'for other platforms only',
      [{}, { versions: ['1.0.0'], otherPlatforms: ['1.0.0'] }, { versions: [] }],
      'ERR_SOURCES_PLATFORM_NOT_SUPPORTED',
    ],
    ['in other versions only', [{}, { versions: ['2.0.0'] }], 'ERR_SOURCES_VERSION_NOT_FOUND'],
    ['nowhere', [{}, {}], 'ERR_SOURCES_PROVIDER_NOT_FOUND'],
    ['nowhere, without methods', [], 'ERR_SOURCES_PROVIDER_NOT_FOUND'],
  ])('that is there %s is not found', async (_name, sketches, code) => {
    await expect(multi(...sketches).packageMeta(ask('1.0.0'))).rejects.toMatchObject({
      code,
      category: 'not-found',
    });
  });
});

describe('the hashes of a release from several methods', () => {
  it('are those of the method that the package comes from', async () => {
    const source = multi(
      { versions: ['2.0.0'], hashes: true },
      { versions: ['1.0.0'], hashes: true },
      { versions: ['1.0.0'], hashes: true },
    );
    await expect(source.releaseHashes?.(ask('1.0.0'))).resolves.toMatchObject({
      display: 'place 2',
    });
  });

  it('are unknown when that method does not tell any, whatever the next would say', async () => {
    const source = multi({ versions: ['1.0.0'] }, { versions: ['1.0.0'], hashes: true });
    await expect(source.releaseHashes?.(ask('1.0.0'))).resolves.toBeUndefined();
    await expect(source.releaseHashes?.(ask('2.0.0'))).rejects.toMatchObject({
      code: 'ERR_SOURCES_VERSION_NOT_FOUND',
    });
  });

  it('fail with a method that fails', async () => {
    const fails = new RefusedError('401');
    const source = multi({ fails, hashes: true }, { versions: ['1.0.0'], hashes: true });
    await expect(source.releaseHashes?.(ask('1.0.0'))).rejects.toBe(fails);
  });
});
