import { describe, expect, it } from 'vitest';
import {
  type PackageHash,
  parsePackageHash,
  parseProviderAddress,
  parseVersion,
  type ProviderLock,
  noConstraints,
} from '../domain/index.ts';
import type { HashClaims, StagedPackage } from '../sources/index.ts';
import {
  authenticationOf,
  checkLocked,
  formatAuthentication,
  judge,
  labelOf,
} from './dispositions.ts';
import { hashesToRecord } from './lock-record.ts';

const zh = (digit: string): PackageHash => parsePackageHash(`zh:${digit.repeat(64)}`);
const h1 = (letter: string): PackageHash => parsePackageHash(`h1:${letter.repeat(43)}=`);

const here = { zh: zh('1'), h1: h1('A') };
const elsewhere = { zh: zh('2'), h1: h1('B') };
const foreign = { zh: zh('f'), h1: h1('F') };
const keyA = 'AAAAAAAAAAAAAAAA';
const keyB = 'BBBBBBBBBBBBBBBB';

const zipped: StagedPackage = {
  kind: 'extracted',
  directory: '/staged',
  size: 1,
  zh: here.zh,
  h1OfZip: here.h1,
  h1OfTree: here.h1,
};
const folder: StagedPackage = { kind: 'linked', path: '/mirror', h1OfTree: here.h1 };

const claims = (over: Partial<HashClaims> = {}): HashClaims => ({
  expected: [],
  trustedMirror: [],
  ...over,
});
const signedBy = (...keyIds: readonly string[]): HashClaims['signed'] => [
  { hash: here.zh, keyIds },
  { hash: elsewhere.zh, keyIds },
];

const official = parseProviderAddress('acme/thing');
const thirdParty = parseProviderAddress('example.com/acme/thing');
const version = parseVersion('1.0.0');

describe('the result of an installation', () => {
  it.each<readonly [string, StagedPackage, HashClaims, string, boolean]>([
    ['a filesystem mirror', zipped, claims(), 'unauthenticated', false],
    ['an unpacked mirror', folder, claims(), 'unauthenticated', false],
    ['an OCI mirror', zipped, claims({ expected: [here.zh] }), 'verified checksum', false],
    [
      'a network mirror with several hashes',
      zipped,
      claims({ expected: [foreign.zh, here.h1] }),
      'verified checksum',
      false,
    ],
    [
      'a mirror that is trusted for all hashes',
      zipped,
      claims({ expected: [here.zh], trustedMirror: [here.zh, elsewhere.zh] }),
      'verified checksum',
      true,
    ],
    [
      'a trusted mirror without a hash of this package',
      zipped,
      claims({ trustedMirror: [elsewhere.zh] }),
      'signing skipped',
      true,
    ],
    [
      'a registry without keys',
      zipped,
      claims({ expected: [here.zh], reportedByRegistry: [here.zh, elsewhere.zh] }),
      'signing skipped',
      true,
    ],
    [
      'a registry with a key',
      zipped,
      claims({ expected: [here.zh], signed: signedBy(keyA) }),
      `signed, key ID ${keyA}`,
      false,
    ],
    [
      'a registry with two keys',
      zipped,
      claims({ expected: [here.zh], signed: signedBy(keyB, keyA, keyB) }),
      `signed, key ID ${keyA}, ${keyB}`,
      false,
    ],
    [
      'a registry whose key has no name',
      zipped,
      claims({ expected: [here.zh], signed: signedBy('n/a') }),
      'signed, key ID n/a',
      false,
    ],
  ])('from %s', (_name, staged, said, text, skipped) => {
    const dispositions = judge(staged, said);
    const authentication = authenticationOf(dispositions);
    expect(formatAuthentication(authentication)).toBe(text);
    expect(authentication.signatureSkipped).toBe(skipped);
    expect(labelOf(dispositions)).toBe(authentication.label);
  });

  it('joins what several say of one hash', () => {
    const dispositions = judge(
      zipped,
      claims({
        expected: [here.zh],
        reportedByRegistry: [here.zh, here.h1],
        signed: [
          { hash: here.zh, keyIds: [keyB] },
          { hash: here.zh, keyIds: [keyA] },
        ],
      }),
    );
    expect(Object.fromEntries(dispositions)).toEqual({
      [here.zh]: { verifiedLocally: true, reportedByRegistry: true, signedBy: [keyA, keyB] },
      [here.h1]: { reportedByRegistry: true },
    });
  });

  it.each([
    [[foreign.zh], `provider package doesn't match the expected checksum "${foreign.zh}"`],
    [[foreign.zh, foreign.h1], "provider package doesn't match the any of the expected checksums"],
  ])('is none when the package has none of the hashes announced', (expected, message) => {
    expect(() => judge(zipped, claims({ expected }))).toThrow(
      expect.objectContaining({
        code: 'ERR_INSTALL_PACKAGE_MISMATCH',
        category: 'integrity',
        message,
      }),
    );
    // A signature over something else does not help, nor does trust.
    const trusted = { expected, trustedMirror: [here.zh], signed: signedBy(keyA) };
    expect(() => judge(zipped, claims(trusted))).toThrow(message);
  });
});

describe('the lock file', () => {
  const check = (staged: StagedPackage, locked: readonly PackageHash[]): void => {
    checkLocked(staged, { provider: thirdParty, version, locked });
  };

  it.each<readonly [string, StagedPackage, readonly PackageHash[]]>([
    ['a zip by its zh', zipped, [here.zh]],
    ['a zip by its h1', zipped, [here.h1]],
    ['a zip by one of many', zipped, [foreign.zh, elsewhere.h1, here.zh]],
    ['a folder by its h1', folder, [here.h1, foreign.zh]],
    ['anything when it has nothing of the version', folder, []],
    ['anything when it has unknown schemes only', zipped, [parsePackageHash('h2:abc')]],
  ])('accepts %s', (_name, staged, locked) => {
    expect(() => check(staged, locked)).not.toThrow();
  });

  const recorded = 'any of the checksums previously recorded in the dependency lock file';
  const docs =
    'for more information: https://opentofu.org/docs/language/files/dependency-lock/#checksum-verification';
  it.each<readonly [string, StagedPackage, readonly PackageHash[], string, RegExp]>([
    [
      'another zip',
      zipped,
      [elsewhere.zh, elsewhere.h1],
      `the current package for example.com/acme/thing 1.0.0 doesn't match ${recorded}; ${docs}`,
      /offers zh:1/u,
    ],
    [
      'another folder',
      folder,
      [elsewhere.h1],
      `the local package for example.com/acme/thing 1.0.0 doesn't match ${recorded} (this might be because the available checksums are for packages targeting different platforms); ${docs}`,
      /offers h1:A/u,
    ],
    [
      'a folder that it has checksums of zips for',
      folder,
      [here.zh],
      `the local package for example.com/acme/thing 1.0.0 doesn't match ${recorded} (this might be because the available checksums are for packages targeting different platforms); ${docs}`,
      /checksums of zips only/u,
    ],
    [
      'a package when only hashes of unknown schemes would match',
      zipped,
      [foreign.zh, parsePackageHash('h9:x')],
      `the current package for example.com/acme/thing 1.0.0 doesn't match ${recorded}; ${docs}`,
      /providers lock/u,
    ],
  ])('rejects %s', (_name, staged, locked, message, hint) => {
    expect(() => check(staged, locked)).toThrow(
      expect.objectContaining({
        code: 'ERR_INSTALL_LOCK_MISMATCH',
        category: 'integrity',
        message,
        hint: expect.stringMatching(hint) as string,
      }),
    );
  });
});

describe('what is recorded after an installation', () => {
  const lock = (text: string, ...hashes: readonly PackageHash[]): ProviderLock => ({
    provider: official,
    version: parseVersion(text),
    constraints: noConstraints,
    hashes,
  });
  const registry = claims({
    expected: [here.zh],
    reportedByRegistry: [here.zh, here.h1, elsewhere.zh, elsewhere.h1],
  });
  const signed = claims({ ...registry, signed: signedBy(keyA) });
  const trusted = claims({
    expected: [here.zh],
    trustedMirror: [here.zh, here.h1, elsewhere.zh, elsewhere.h1],
  });
  const allPlatforms = [here.h1, elsewhere.h1, here.zh, elsewhere.zh];

  it.each<
    readonly [
      string,
      {
        readonly of?: typeof official;
        readonly staged?: StagedPackage;
        readonly said: HashClaims;
        readonly previous?: ProviderLock;
        readonly enforce?: true;
      },
      readonly PackageHash[],
      boolean,
    ]
  >([
    ['an OCI mirror', { said: claims({ expected: [here.zh] }) }, [here.h1, here.zh], true],
    ['a filesystem mirror', { said: claims() }, [here.h1], true],
    ['an unpacked mirror', { staged: folder, said: claims() }, [here.h1], true],
    ['the default registry, with sums and packages', { said: signed }, allPlatforms, false],
    ['the default registry, unsigned', { said: registry }, allPlatforms, false],
    [
      'the default registry, unsigned, when signatures are enforced',
      { said: registry, enforce: true },
      [here.h1, here.zh],
      true,
    ],
    [
      "another host's registry: what is signed, and no other hash that it reports",
      { of: thirdParty, said: signed },
      [here.h1, here.zh, elsewhere.zh],
      false,
    ],
    [
      "another host's registry, unsigned",
      { of: thirdParty, said: registry },
      [here.h1, here.zh],
      true,
    ],
    ['a trusted mirror', { said: trusted }, allPlatforms, false],
    [
      'a trusted mirror, for a provider of another host',
      { of: thirdParty, said: trusted },
      [here.h1, here.zh],
      true,
    ],
    [
      'a mirror, when the same version was recorded before',
      {
        said: claims({ expected: [here.zh] }),
        previous: lock('1.0.0', elsewhere.zh, here.zh, parsePackageHash('h9:x')),
      },
      [here.h1, here.zh, elsewhere.zh],
      false,
    ],
    [
      'a mirror, when another version was recorded before',
      { said: claims({ expected: [here.zh] }), previous: lock('0.9.0', elsewhere.zh) },
      [here.h1, here.zh],
      true,
    ],
  ])('from %s', (_name, { enforce, of, previous, said, staged = zipped }, hashes, incomplete) => {
    const recorded = hashesToRecord({
      provider: of ?? official,
      version,
      installed: here.h1,
      dispositions: judge(staged, said),
      previous,
      enforceSignatures: enforce ?? false,
    });
    expect(recorded.hashes).toEqual(hashes);
    expect(recorded.onlyThisPlatform).toBe(incomplete);
  });
});
