import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InternalError } from '../../base/index.ts';
import { type PackageHash, parsePackageHash } from '../package-hash.ts';
import { formatProviderAddress, parseProviderAddress } from '../provider-address.ts';
import { parseVersion } from '../version.ts';
import { parseConstraints } from '../version-constraints.ts';
import { formatLockFile } from './format-lock-file.ts';
import { emptyLockFile, type LockFile, type ProviderLock, sameLocks } from './lock-file.ts';
import { parseLockFile } from './parse-lock-file.ts';
import { upgradeFromPredecessor } from './predecessor.ts';

const lock = (
  address: string,
  version: string,
  { constraints = '', hashes = [] }: { constraints?: string; hashes?: readonly string[] } = {},
): ProviderLock => ({
  provider: parseProviderAddress(address),
  version: parseVersion(version),
  constraints: parseConstraints(constraints),
  hashes: hashes.map(parsePackageHash),
});

const fileOf = (...locks: readonly ProviderLock[]): LockFile =>
  locks.reduce((file, each) => file.with(each), emptyLockFile);

const header = `# This file is maintained automatically by "tofu init".
# Manual edits may be lost in future updates.
`;

describe('formatLockFile', () => {
  it('writes nothing but the header for no locks', () => {
    expect(formatLockFile(emptyLockFile)).toBe(header);
  });

  it('writes to the byte what OpenTofu writes', () => {
    const file = fileOf(
      lock('test/foo', '1.0.0', {
        constraints: '>= 1.0.0',
        hashes: ['zh:cc', 'h1:bb=', 'zh:aa', 'h1:bb='],
      }),
      lock('test/bar', '1.2.0', { constraints: '~> 1' }),
      lock('test/baz', '1.2.0'),
      lock('test/boo', '1.2.0', { constraints: '1.2' }),
      lock('test/hoo', '1.2.0-beta+x', { hashes: ['h2:later'] }),
      lock('Bücher.example:8443/a/b', '0.1.0'),
    );
    expect(formatLockFile(file)).toBe(`${header}
provider "registry.opentofu.org/test/bar" {
  version     = "1.2.0"
  constraints = "~> 1.0"
}

provider "registry.opentofu.org/test/baz" {
  version = "1.2.0"
}

provider "registry.opentofu.org/test/boo" {
  version     = "1.2.0"
  constraints = "1.2.0"
}

provider "registry.opentofu.org/test/foo" {
  version     = "1.0.0"
  constraints = ">= 1.0.0"
  hashes = [
    "h1:bb=",
    "zh:aa",
    "zh:cc",
  ]
}

provider "registry.opentofu.org/test/hoo" {
  version = "1.2.0-beta+x"
  hashes = [
    "h2:later",
  ]
}

provider "bücher.example:8443/a/b" {
  version = "0.1.0"
}
`);
  });

  it('escapes strange hashes as HCL does, and reads them back', () => {
    const strange = 'x:"\\${a}%{b}$$\n\r\t\u0001é\u00a0\u{1f600}\u{e0001}$';
    const text = formatLockFile(fileOf(lock('a/b', '1.0.0', { hashes: [strange] })));
    expect(text).toContain(
      '    "x:\\"\\\\$${a}%%{b}$$\\n\\r\\t\\u0001é\\u00a0\u{1f600}\\U000e0001$",\n',
    );
    const parsed = parseLockFile(text, 'x');
    expect(parsed.diagnostics).toEqual([]);
    expect(parsed.lockFile.get(parseProviderAddress('a/b'))?.hashes).toEqual([strange]);
  });

  it('is undone by parseLockFile', () => {
    const hash = fc
      .tuple(fc.constantFrom('h1', 'zh', 'other'), fc.string({ unit: 'binary', maxLength: 8 }))
      .map(([scheme, value]) => `${scheme}:${value}`)
      // Text in a file is NFC in HCL, and half a surrogate pair has no bytes.
      .filter((text) => !/\p{Surrogate}/u.test(text) && text.normalize('NFC') === text);
    const entry = fc.record({
      address: fc.constantFrom('a/b', 'a/c', 'example.com/a/b', 'ü.example/я/中'),
      version: fc.constantFrom('0.1.0', '1.2.3-rc.1', '1.0.0+x', '18446744073709551615.0.0'),
      constraints: fc.constantFrom('', '~> 1.2', '>= 1.0.0, < 2.0.0', '1.2.3-rc.1'),
      hashes: fc.array(hash, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
        const file = fileOf(
          ...entries.map(({ address, version, constraints, hashes }) =>
            lock(address, version, { constraints, hashes }),
          ),
        );
        const text = formatLockFile(file);
        const parsed = parseLockFile(text, 'x');
        expect(parsed.diagnostics).toEqual([]);
        expect(parsed.lockFile.providers()).toEqual(file.providers());
        expect(sameLocks(parsed.lockFile, file)).toBe(true);
        expect(formatLockFile(parsed.lockFile)).toBe(text);
      }),
    );
  });
});

describe('a lock file', () => {
  const provider = parseProviderAddress('a/b');

  it('never changes', () => {
    const before = fileOf(lock('a/b', '1.0.0'));
    const after = before.with(lock('a/b', '2.0.0')).with(lock('a/c', '1.0.0'));
    expect(before.get(provider)?.version).toEqual(parseVersion('1.0.0'));
    expect(after.get(provider)?.version).toEqual(parseVersion('2.0.0'));
    expect(after.without(provider).get(provider)).toBeUndefined();
    expect(after.providers()).toHaveLength(2);
    expect(emptyLockFile.providers()).toEqual([]);
  });

  it('lists providers in the order of the file', () => {
    const file = fileOf(lock('b/a', '1.0.0'), lock('a.com/z/z', '1.0.0'), lock('a/b', '1.0.0'));
    expect(file.providers().map((each) => formatProviderAddress(each.provider))).toEqual([
      'a.com/z/z',
      'registry.opentofu.org/a/b',
      'registry.opentofu.org/b/a',
    ]);
  });

  it.each(['terraform.io/builtin/terraform', '-/null'])('takes no %s', (address) => {
    expect(() => emptyLockFile.with(lock(address, '1.0.0'))).toThrow(InternalError);
  });
});

describe('sameLocks', () => {
  const base = lock('a/b', '1.0.0', { hashes: ['h1:a', 'zh:b'] });

  it.each<[string, boolean, LockFile]>([
    ['itself', true, fileOf(base)],
    [
      'hashes in another order and twice',
      true,
      fileOf(lock('a/b', '1.0.0', { hashes: ['zh:b', 'h1:a', 'h1:a'] })),
    ],
    ['other constraints', true, fileOf({ ...base, constraints: parseConstraints('~> 1.0') })],
    ['another version', false, fileOf({ ...base, version: parseVersion('1.0.1') })],
    ['other metadata', false, fileOf({ ...base, version: parseVersion('1.0.0+x') })],
    ['fewer hashes', false, fileOf({ ...base, hashes: [parsePackageHash('h1:a')] })],
    ['other hashes', false, fileOf({ ...base, hashes: ['h1:a', 'zh:c'].map(parsePackageHash) })],
    ['another provider', false, fileOf({ ...base, provider: parseProviderAddress('a/c') })],
    ['one more', false, fileOf(base, lock('a/c', '1.0.0'))],
    ['nothing', false, emptyLockFile],
  ])('compared with %s: %s', (_what, expected, other) => {
    expect(sameLocks(fileOf(base), other)).toBe(expected);
    expect(sameLocks(other, fileOf(base))).toBe(expected);
  });

  it('sees that a file on disk has its hashes out of order, so that it is written anew', () => {
    const text = formatLockFile(fileOf(base)).replace('"h1:a",\n    "zh:b"', '"zh:b",\n    "h1:a"');
    const { lockFile, diagnostics } = parseLockFile(text, 'x');
    expect(diagnostics).toEqual([]);
    expect(sameLocks(lockFile, fileOf(base))).toBe(false);
    expect(formatLockFile(lockFile)).toBe(formatLockFile(fileOf(base)));
  });
});

describe('upgradeFromPredecessor', () => {
  const old = 'registry.terraform.io/hashicorp/null';

  it('adds the same selection without hashes, and says so', () => {
    const before = fileOf(
      lock(old, '3.2.3', { constraints: '~> 3.0', hashes: ['h1:a'] }),
      lock('registry.terraform.io/other/x', '1.0.0'),
    );
    const { lockFile, added, diagnostics } = upgradeFromPredecessor(before);
    expect(lockFile.get(parseProviderAddress('hashicorp/null'))).toEqual(
      lock('hashicorp/null', '3.2.3', { constraints: '~> 3.0' }),
    );
    expect(lockFile.get(parseProviderAddress(old))?.hashes).toEqual<PackageHash[]>([
      parsePackageHash('h1:a'),
    ]);
    expect(lockFile.providers()).toHaveLength(3);
    expect(added.map(({ to }) => formatProviderAddress(to))).toEqual([
      'registry.opentofu.org/hashicorp/null',
    ]);
    expect(diagnostics).toMatchObject([
      { severity: 'warning', summary: 'Dependency lock file entries automatically updated' },
    ]);
    expect(diagnostics[0]?.detail).toContain(`${old} => registry.opentofu.org/hashicorp/null`);
  });

  it('leaves alone what there is', () => {
    const before = fileOf(
      lock(old, '3.2.3'),
      lock('hashicorp/null', '3.0.0', { hashes: ['h1:b'] }),
    );
    const { lockFile, diagnostics } = upgradeFromPredecessor(before);
    expect(lockFile).toBe(before);
    expect(diagnostics).toEqual([]);
  });
});
