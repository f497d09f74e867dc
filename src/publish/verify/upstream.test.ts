import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  packageFilename,
  type PackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  zhFromHex,
} from '../../domain/index.ts';
import type { SignedBy, TrustRule } from '../../signatures/index.ts';
import {
  compareWithUpstream,
  type HeldRelease,
  platformToAsk,
  type UpstreamComparison,
  type UpstreamRelease,
} from './upstream.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const version = parseVersion('1.2.3');
const zh = (digit: string): PackageHash => zhFromHex(digit.repeat(64));

/** `linux_amd64` to a digit of its hash. */
type Packages = Readonly<Record<string, string>>;

const sumsOf = (packages: Packages): ReadonlyMap<string, PackageHash> =>
  new Map(
    Object.entries(packages).map(([name, digit]) => [
      packageFilename(provider.type, version, parsePlatform(name)),
      zh(digit),
    ]),
  );

const signer = (digit: string): SignedBy => ({
  keyId: digit.repeat(16),
  fingerprint: digit.repeat(40),
  userId: 'Author',
  keyExpired: false,
  signatureExpired: false,
  createdAt: new Date(0),
});

function held(packages: Packages, over: Partial<HeldRelease> = {}): HeldRelease {
  return {
    provider,
    version,
    packages: Object.entries(packages).map(([platform, digit]) => ({ platform, zh: zh(digit) })),
    sums: [sumsOf(packages)],
    signedBy: signer('A'),
    rule: undefined,
    ...over,
  };
}

function upstream(packages: Packages, over: Partial<UpstreamRelease> = {}): UpstreamRelease {
  return {
    sums: sumsOf(packages),
    platforms: Object.keys(packages).map(parsePlatform),
    signature: undefined,
    ...over,
  };
}

const codes = ({ errors }: UpstreamComparison): readonly string[] => errors.map(({ code }) => code);

describe('comparing packages', () => {
  it.each<readonly [string, Packages, Packages, Partial<UpstreamComparison>]>([
    ['all the same', { a_b: '1', c_d: '2' }, { a_b: '1', c_d: '2' }, { same: 2, offered: 2 }],
    [
      'fewer than there are',
      { a_b: '1' },
      { c_d: '2', a_b: '1', e_f: '3' },
      { same: 1, offered: 3, missing: ['c_d', 'e_f'] },
    ],
    [
      'a platform that was withdrawn',
      { a_b: '1', c_d: '2' },
      { a_b: '1' },
      { same: 1, offered: 1, withdrawn: ['c_d'] },
    ],
  ])('accepts %s', (_name, here, there, expected) => {
    const found = compareWithUpstream(held(here), upstream(there));
    expect(found).toMatchObject({
      key: 'same',
      errors: [],
      changed: [],
      unlisted: [],
      ...expected,
    });
  });

  it.each<readonly [string, Packages, Packages, Partial<UpstreamComparison>]>([
    [
      'another package',
      { a_b: '1', c_d: '2' },
      { a_b: '1', c_d: '3' },
      { same: 1, changed: [{ platform: 'c_d', held: zh('2'), upstream: zh('3') }] },
    ],
    ['a platform that nobody names', { a_b: '1', c_d: '2' }, { a_b: '1' }, { unlisted: ['c_d'] }],
  ])('rejects %s', (_name, here, there, expected) => {
    const found = compareWithUpstream(
      held(here, { sums: [sumsOf({ a_b: '1' })] }),
      upstream(there),
    );
    expect(found).toMatchObject(expected);
    expect(found.errors).toMatchObject([
      { code: 'ERR_PUBLISH_UPSTREAM_PACKAGE', category: 'integrity' },
    ]);
    expect(found.errors[0]?.message).toContain('c_d');
  });

  it('takes lines of other files, types and versions for no packages', () => {
    const others = [
      'terraform-provider-thing_1.2.3_manifest.json',
      'terraform-provider-thing_1.2.4_a_b.zip',
      'terraform-provider-other_1.2.3_a_b.zip',
      'notes.txt',
    ].map((name) => [name, zh('9')] as const);
    const sums = new Map([...sumsOf({ a_b: '1' }), ...others]);
    const found = compareWithUpstream(held({ a_b: '1' }), upstream({ a_b: '1' }, { sums }));
    expect(found).toMatchObject({ same: 1, offered: 1, missing: [], errors: [] });
  });

  it('counts what the sums name where the origin does not tell its platforms', () => {
    const there = { a_b: '1', c_d: '2' };
    const found = compareWithUpstream(held({ a_b: '1' }), upstream(there, { platforms: [] }));
    expect(found).toMatchObject({ offered: 2, missing: ['c_d'] });
  });

  it('does not count what the sums name, and the origin does not offer', () => {
    const there = upstream({ a_b: '1', c_d: '2' }, { platforms: [parsePlatform('a_b')] });
    expect(compareWithUpstream(held({ a_b: '1' }), there)).toMatchObject({
      offered: 1,
      missing: [],
    });
  });

  it('says nothing of a package that can not be read', () => {
    const here = held({ a_b: '1' }, { packages: [{ platform: 'a_b', zh: undefined }] });
    const found = compareWithUpstream(here, upstream({ a_b: '1' }));
    expect(found).toMatchObject({ same: 0, offered: 1, changed: [], errors: [] });
  });

  it('puts each held platform into exactly one place, for any two releases', () => {
    const packages = fc.dictionary(
      fc.constantFrom('a_b', 'c_d', 'e_f', 'g_h'),
      fc.constantFrom('1', '2'),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(packages, packages, packages, (here, there, listed) => {
        const found = compareWithUpstream(held(here, { sums: [sumsOf(listed)] }), upstream(there));
        const { changed, missing, same, unlisted, withdrawn } = found;
        expect(same + changed.length + unlisted.length + withdrawn.length).toBe(
          Object.keys(here).length,
        );
        expect(same + changed.length + missing.length).toBe(found.offered);
        expect(found.errors.length > 0).toBe(changed.length + unlisted.length > 0);
      }),
    );
  });
});

describe('comparing keys', () => {
  const rule = { keys: [signer('B').fingerprint] } as unknown as TrustRule;

  it.each<readonly [string, Partial<HeldRelease>, UpstreamRelease['signature'], string]>([
    ['the same', {}, { kind: 'signed', signedBy: signer('A') }, 'same'],
    ['the same, expired by now', {}, { kind: 'expired-key', signedBy: signer('A') }, 'same'],
    ['nobody asked', {}, undefined, 'same'],
    [
      'neither is signed',
      { signedBy: undefined },
      { kind: 'unsigned', signedBy: undefined },
      'none',
    ],
    [
      'only the origin is',
      { signedBy: undefined },
      { kind: 'signed', signedBy: signer('A') },
      'gained',
    ],
    ['another that the rule names', { rule }, { kind: 'signed', signedBy: signer('B') }, 'renewed'],
  ])('accepts: %s', (_name, here, signature, key) => {
    const there = upstream({ a_b: '1' }, { signature });
    expect(compareWithUpstream(held({ a_b: '1' }, here), there)).toMatchObject({ key, errors: [] });
  });

  it.each<readonly [string, Partial<HeldRelease>, UpstreamRelease['signature'], RegExp]>([
    ['another', {}, { kind: 'signed', signedBy: signer('B') }, /signed by BBBB.* by AAAA/u],
    [
      'another that the rule does not name',
      { rule },
      { kind: 'signed', signedBy: signer('C') },
      /signed by CCCC/u,
    ],
    ['none any more', {}, { kind: 'unsigned', signedBy: undefined }, /not signed at its origin/u],
    ['a forged one', {}, { kind: 'bad-signature', signedBy: undefined }, /none of the keys/u],
    [
      'a forged one where none is kept',
      { signedBy: undefined },
      { kind: 'unknown-key', signedBy: undefined },
      /none of the keys/u,
    ],
  ])('rejects: %s', (_name, here, signature, message) => {
    const there = upstream({ a_b: '1' }, { signature });
    const found = compareWithUpstream(held({ a_b: '1' }, here), there);
    expect(codes(found)).toEqual(['ERR_PUBLISH_UPSTREAM_KEY']);
    expect(found).toMatchObject({ key: 'changed', errors: [{ category: 'trust' }] });
    expect(found.errors[0]?.message).toMatch(message);
  });
});

describe('the platform that is asked for', () => {
  const platforms = (text: string) => text.split(' ').filter(Boolean).map(parsePlatform);
  it.each([
    ['one that both have', 'c_d a_b', 'a_b c_d', 'a_b'],
    ['one of the origin, where it has none of ours', 'a_b', 'c_d', 'c_d'],
    ['one of ours, where the origin does not tell', 'c_d a_b', '', 'c_d'],
  ])('is %s', (_name, here, there, expected) => {
    expect(platformToAsk(platforms(here), platforms(there))).toEqual(parsePlatform(expected));
  });
});
