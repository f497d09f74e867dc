import { describe, expect, it } from 'vitest';
import {
  noConstraints,
  type PackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  zhFromHex,
} from '../../domain/index.ts';
import { parseDigest } from '../../spec/index.ts';
import {
  LockedPackageMismatchError,
  LockedPackageMissingError,
  lockFindings,
} from './locked-release.ts';
import type { VerifiedRelease } from './verify-release.ts';

const provider = parseProviderAddress('acme/thing');
const version = parseVersion('1.0.0');
const hex = (digit: string): string => digit.repeat(64);
const zh = (digit: string): PackageHash => zhFromHex(hex(digit));
const h1 = (letter: string): PackageHash => `h1:${letter.repeat(43)}=` as PackageHash;

/** `linux_amd64` is package 1 with tree A, `darwin_arm64` package 2 with tree B. */
const release: Pick<VerifiedRelease, 'packages' | 'provider' | 'version'> = {
  provider,
  version,
  packages: [
    {
      platform: 'linux_amd64',
      digest: parseDigest(`sha256:${hex('1')}`),
      size: 1,
      h1: h1('A'),
      isSound: true,
    },
    {
      platform: 'darwin_arm64',
      digest: parseDigest(`sha256:${hex('2')}`),
      size: 1,
      h1: h1('B'),
      isSound: true,
    },
  ],
};

const findings = (hashes: readonly PackageHash[], platforms?: readonly string[]): string[] =>
  lockFindings(
    release,
    { place: 'a.lock', lock: { provider, version, constraints: noConstraints, hashes } },
    platforms?.map(parsePlatform),
  ).map((one) => {
    const what = one.severity === 'problem' ? one.error.constructor.name : one.message;
    return `${one.severity} ${one.platform ?? '-'} ${what}`;
  });

const missing = LockedPackageMissingError.name;
const mismatch = LockedPackageMismatchError.name;

describe('a release beside a lock file', () => {
  it.each<readonly [string, readonly PackageHash[], readonly string[] | undefined, string[]]>([
    ['that locks all packages', [zh('1'), zh('2')], undefined, []],
    ['that locks trees only', [h1('A'), h1('B')], undefined, []],
    [
      'that locks a package which is not there',
      [zh('1'), zh('2'), zh('3'), h1('A')],
      undefined,
      [`problem - ${missing}`],
    ],
    ['of which two platforms matter', [zh('1'), zh('2'), zh('3')], ['linux_amd64'], []],
    [
      'where a platform that matters is not there',
      [zh('1'), zh('2'), zh('3')],
      ['linux_amd64', 'windows_amd64'],
      [`problem windows_amd64 ${missing}`],
    ],
    ['that locks other packages', [zh('7'), h1('Z')], undefined, [`problem - ${mismatch}`]],
    [
      'that was made for another platform',
      [zh('1'), h1('A')],
      undefined,
      ['warning darwin_arm64 a.lock has no hash of the package: it can not be installed with it'],
    ],
    [
      'that was not made for a platform that matters',
      [zh('1'), h1('A')],
      ['darwin_arm64'],
      [`problem darwin_arm64 ${mismatch}`],
    ],
    [
      'that locks no hash',
      [],
      undefined,
      ['warning - a.lock locks no hash of it, so anything would be installed'],
    ],
  ])('%s', (_name, hashes, platforms, wanted) => {
    expect(findings(hashes, platforms)).toEqual(wanted);
  });
});
