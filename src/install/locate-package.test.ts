import { describe, expect, it } from 'vitest';
import {
  noConstraints,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  type ProviderLock,
} from '../domain/index.ts';
import {
  type PackageMeta,
  PlatformNotSupportedError,
  type ProviderSource,
  ProviderNotFoundError,
} from '../sources/index.ts';
import { locatePackage } from './locate-package.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const version = parseVersion('1.0.0');
const request = { provider, version, platform: parsePlatform('linux_amd64') };
const lockedAt = (text: string): ProviderLock => ({
  provider,
  version: parseVersion(text),
  constraints: noConstraints,
  hashes: [],
});

/** A registry that answers alike for a platform and for a version that it has not. */
function registry(
  offers: readonly string[] | Error,
): ProviderSource & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    display: 'origin registry example.com',
    asked,
    availableVersions: () => {
      asked.push('versions');
      if (offers instanceof Error) return Promise.reject(offers);
      return Promise.resolve(offers.map((text) => parseVersion(text)));
    },
    packageMeta: () => {
      asked.push('package');
      return Promise.reject(new PlatformNotSupportedError(request));
    },
  };
}

describe('a package that the registry does not have', () => {
  it('is of a locked version that is not on offer any more', async () => {
    const source = registry(['1.1.0']);
    await expect(
      locatePackage(source, request, { locked: lockedAt('1.0.0') }),
    ).rejects.toMatchObject({
      code: 'ERR_INSTALL_NO_MATCHING_VERSION',
      message: 'the previously-selected version 1.0.0 is no longer available',
      cause: { code: 'ERR_SOURCES_PLATFORM_NOT_SUPPORTED' },
    });
    expect(source.asked).toEqual(['package', 'versions']);
  });

  it.each<readonly [string, readonly string[] | Error, ProviderLock | undefined, number]>([
    ['the locked version is on offer', ['1.0.0', '1.1.0'], lockedAt('1.0.0'), 2],
    ['nobody says what is on offer', new ProviderNotFoundError(provider, []), lockedAt('1.0.0'), 2],
    ['the version was chosen from what is on offer', ['1.0.0'], lockedAt('0.9.0'), 1],
    ['nothing is locked', ['1.0.0'], undefined, 1],
  ])('is of another platform, where %s', async (_name, offers, locked, questions) => {
    const source = registry(offers);
    await expect(locatePackage(source, request, { locked })).rejects.toMatchObject({
      code: 'ERR_SOURCES_PLATFORM_NOT_SUPPORTED',
    });
    expect(source.asked).toHaveLength(questions);
  });

  it('is not looked for again when something else is wrong', async () => {
    const source = { ...registry([]), packageMeta: () => Promise.reject(new Error('broken')) };
    await expect(locatePackage(source, request, { locked: lockedAt('1.0.0') })).rejects.toThrow(
      'broken',
    );
    expect(source.asked).toEqual([]);
  });

  it('is where the source says otherwise', async () => {
    const meta = { ...request, filename: 'x.zip' } as PackageMeta;
    const source = { ...registry([]), packageMeta: () => Promise.resolve(meta) };
    await expect(locatePackage(source, request, { locked: undefined })).resolves.toBe(meta);
  });
});
