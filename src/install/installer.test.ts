import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ShelfSource } from '../../test/support/shelf-source.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { hashTree } from '../archive/index.ts';
import { nodeFiles } from '../base/index.ts';
import {
  emptyLockFile,
  formatLockFile,
  type LockFile,
  parseConstraints,
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  providerKey,
  type ProviderAddress,
  type Requirements,
} from '../domain/index.ts';
import { ProviderNotFoundError, type ProviderSource } from '../sources/index.ts';
import { InstallError } from './errors.ts';
import { initProviders, type InitRequest } from './init.ts';
import type { InstallEvents } from './events.ts';
import { readLockFile, writeLockFile } from './lock-store.ts';
import { openPackageCache } from './package-cache.ts';

const thing = parseProviderAddress('acme/thing');
const other = parseProviderAddress('example.com/acme/other');
const platform = parsePlatform('linux_amd64');
const foreignHash = parsePackageHash(`zh:${'f'.repeat(64)}`);

function requirements(...entries: readonly [ProviderAddress, string][]): Requirements {
  return new Map(
    entries.map(([provider, constraints]) => [
      providerKey(provider),
      { provider, constraints: parseConstraints(constraints) },
    ]),
  );
}

interface Project {
  readonly directory: string;
  readonly events: string[];
  readonly init: (
    source: ProviderSource,
    over?: Partial<InitRequest>,
  ) => ReturnType<typeof initProviders>;
  readonly lockText: () => Promise<string>;
  readonly packagePath: (...more: string[]) => string;
}

async function project(wanted: Requirements = requirements([thing, '~> 1.0'])): Promise<Project> {
  const directory = await tempFolder();
  const events: string[] = [];
  const listener: InstallEvents = {
    query: ({ provider, locked }) => events.push(`${locked ? 'reuse' : 'find'} ${provider.type}`),
    warned: (provider, texts) => events.push(`warned about ${provider.type}: ${texts.join(', ')}`),
    alreadyInstalled: (provider, _version, place) =>
      events.push(`using ${provider.type}${place === 'cache' ? ' in the cache' : ''}`),
    installing: (provider, _version, place) =>
      events.push(`installing ${provider.type}${place === 'cache' ? ' to the cache' : ''}`),
    usingFromCache: (provider) => events.push(`from the cache: ${provider.type}`),
    installed: (provider, _version, { label }) =>
      events.push(`installed ${provider.type} (${label})`),
    builtIn: (provider) => events.push(`built-in ${provider.type}`),
  };
  return {
    directory,
    events,
    init: (source, over = {}) =>
      initProviders(
        {
          directory,
          dataDirectory: join(directory, '.terraform'),
          source,
          requirements: wanted,
          platform,
          upgrade: false,
          lockFileMode: 'update',
          enforceSignatures: false,
          ...over,
        },
        { events: listener },
      ),
    lockText: () => readFile(join(directory, '.terraform.lock.hcl'), 'utf8'),
    packagePath: (...more) =>
      join(directory, '.terraform/providers/registry.opentofu.org/acme/thing', ...more),
  };
}

describe('init', () => {
  it('installs the newest version that fits and locks what it verified', async () => {
    const { init, events, lockText, packagePath } = await project();
    const source = new ShelfSource({ thing: { versions: ['0.9.0', '1.0.0', '1.4.0', '2.0.0'] } });
    const summary = await init(source);
    expect(summary.lockFile).toBe('created');
    expect(events).toEqual([
      'find thing',
      'installing thing',
      'installed thing (verified checksum)',
    ]);
    const folder = packagePath('1.4.0', 'linux_amd64');
    const installed = await hashTree(folder);
    const lock = await lockText();
    expect(lock).toContain('  version     = "1.4.0"\n  constraints = "~> 1.0"\n');
    expect(lock).toContain(`    "${installed}",\n    "zh:`);
    expect((await stat(join(folder, 'terraform-provider-thing_v1.4.0'))).mode & 0o777).toBe(0o755);
    expect(await readdir(packagePath('..', '..', '..', '..'))).toEqual(['providers']);
  });

  it('asks nobody when everything is installed and locked', async () => {
    const { init, events } = await project();
    const source = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    await init(source);
    source.calls.length = 0;
    events.length = 0;
    const again = await init(source);
    expect(again.lockFile).toBe('unchanged');
    expect(events).toEqual(['reuse thing', 'using thing']);
    expect(source.calls).toEqual([]);
  });

  it('keeps the locked version until told to upgrade', async () => {
    const { init, lockText } = await project();
    await init(new ShelfSource({ thing: { versions: ['1.0.0'] } }));
    const newer = new ShelfSource({ thing: { versions: ['1.0.0', '1.1.0'] } });
    await init(newer);
    expect(await lockText()).toContain('"1.0.0"');
    const upgraded = await init(newer, { upgrade: true });
    expect(upgraded.lockFile).toBe('changed');
    expect(await lockText()).toContain('"1.1.0"');
  });

  it("keeps the version that a lock file of OpenTofu's predecessor selected, and says so", async () => {
    const provider = parseProviderAddress('hashicorp/thing');
    const { init, directory, lockText } = await project(requirements([provider, '~> 1.0']));
    const locked = {
      provider: parseProviderAddress('registry.terraform.io/hashicorp/thing'),
      version: parseVersion('1.0.0'),
      constraints: parseConstraints('~> 1.0'),
      hashes: [foreignHash],
    };
    await writeLockFile(directory, emptyLockFile.with(locked));
    const summary = await init(new ShelfSource({ thing: { versions: ['1.0.0', '1.1.0'] } }));
    expect(summary).toMatchObject({
      lockFile: 'changed',
      diagnostics: [
        { summary: 'Dependency lock file entries automatically updated' },
        { summary: 'Incomplete lock file information for providers' },
      ],
    });
    const text = await lockText();
    expect(text).toContain('provider "registry.opentofu.org/hashicorp/thing" {');
    expect(text).toContain('version     = "1.0.0"');
    expect(text).not.toContain('registry.terraform.io');
    expect(text).not.toContain(foreignHash);
  });

  it('does not look for version 0.0.0, which stands for an unpublished provider', async () => {
    const { init } = await project(requirements([thing, '0.0.0']));
    const source = new ShelfSource({ thing: { versions: ['0.0.0'] } });
    await expect(init(source)).rejects.toMatchObject({
      failures: [
        {
          summary: 'Failed to resolve provider packages',
          error: { code: 'ERR_INSTALL_UNPUBLISHED_VERSION' },
        },
      ],
    });
    expect(source.calls).toEqual([]);
  });

  it('keeps hashes of the same version and forgets those of another', async () => {
    const { init, lockText, directory } = await project();
    const source = new ShelfSource({ thing: { versions: ['1.0.0', '1.1.0'] } });
    await init(new ShelfSource({ thing: { versions: ['1.0.0'] } }));
    const { lockFile } = await readLockFile(directory);
    const lock = lockFile.get(thing)!;
    await writeLockFile(
      directory,
      lockFile.with({ ...lock, hashes: [...lock.hashes, foreignHash] }),
    );
    await init(source, { dataDirectory: join(directory, 'fresh') });
    expect(await lockText()).toContain(foreignHash);
    await init(source, { upgrade: true });
    expect(await lockText()).not.toContain(foreignHash);
  });

  it('refuses before the download a package that the lock file does not know', async () => {
    const { init, directory, lockText } = await project();
    await init(new ShelfSource({ thing: { versions: ['1.0.0'] } }));
    const before = await lockText();
    const changed = new ShelfSource({ thing: { versions: ['1.0.0'], salt: 'changed' } });
    await expect(init(changed, { dataDirectory: join(directory, 'fresh') })).rejects.toMatchObject({
      category: 'integrity',
      failures: [{ error: { code: 'ERR_INSTALL_LOCK_MISMATCH' } }],
    });
    expect(changed.calls).not.toContain('stage thing');
    expect(await lockText()).toBe(before);
  });

  it('judges a lock with h1 hashes only after the download, and leaves nothing behind', async () => {
    const { init, directory } = await project();
    await init(new ShelfSource({ thing: { versions: ['1.0.0'] } }));
    const { lockFile } = await readLockFile(directory);
    const lock = lockFile.get(thing)!;
    const h1Only = lock.hashes.filter((hash) => hash.startsWith('h1:'));
    await writeLockFile(directory, lockFile.with({ ...lock, hashes: h1Only }));
    const fresh = join(directory, 'fresh');
    const changed = new ShelfSource({ thing: { versions: ['1.0.0'], salt: 'changed' } });
    await expect(init(changed, { dataDirectory: fresh })).rejects.toMatchObject({
      failures: [{ error: { code: 'ERR_INSTALL_LOCK_MISMATCH' } }],
    });
    expect(changed.calls).toContain('stage thing');
    await expect(readdir(fresh)).resolves.toEqual([]);
    const good = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    await expect(init(good, { dataDirectory: fresh })).resolves.toMatchObject({
      lockFile: 'changed',
    });
  });

  it('does not overwrite a package that was changed after it was installed', async () => {
    const { init, packagePath } = await project();
    const source = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    await init(source);
    const file = packagePath('1.0.0', 'linux_amd64', 'README.md');
    await chmod(file, 0o644);
    await writeFile(file, 'changed\n');
    await expect(init(source)).rejects.toMatchObject({
      failures: [{ error: { code: 'ERR_INSTALL_MODIFIED_PACKAGE' } }],
    });
    expect(await readFile(file, 'utf8')).toBe('changed\n');
  });

  it('refuses a package that does not have what its source announced', async () => {
    const { init } = await project();
    const source = new ShelfSource({ thing: { versions: ['1.0.0'], expected: [foreignHash] } });
    await expect(init(source)).rejects.toMatchObject({
      failures: [
        { summary: 'Failed to install provider', error: { code: 'ERR_INSTALL_PACKAGE_MISMATCH' } },
      ],
    });
  });

  it('records what a trusted mirror reports, for the default host only and not when enforced', async () => {
    const trusted = [foreignHash];
    const shelf = { versions: ['1.0.0'], trusted };
    const ours = await project();
    await ours.init(new ShelfSource({ thing: shelf }));
    expect(await ours.lockText()).toContain(foreignHash);
    const enforced = await project();
    await enforced.init(new ShelfSource({ thing: shelf }), { enforceSignatures: true });
    expect(await enforced.lockText()).not.toContain(foreignHash);
    const third = await project(requirements([other, '']));
    await third.init(new ShelfSource({ other: shelf }));
    expect(await third.lockText()).not.toContain(foreignHash);
  });

  it('warns when only this platform could be locked', async () => {
    const { init } = await project();
    const summary = await init(new ShelfSource({ thing: { versions: ['1.0.0'] } }));
    expect(summary.diagnostics).toMatchObject([
      { severity: 'warning', summary: 'Incomplete lock file information for providers' },
    ]);
  });

  it('reports every failure, sorted, and saves nothing', async () => {
    const missing = parseProviderAddress('acme/missing');
    const { init, directory } = await project(
      requirements([thing, '>= 9.0.0'], [missing, ''], [other, '']),
    );
    const source = new ShelfSource({
      thing: { versions: ['1.0.0'] },
      other: { versions: ['1.0.0'] },
    });
    const error: unknown = await init(source).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_INSTALL_FAILED',
      category: 'not-found',
      failures: [
        {
          summary: 'Failed to query available provider packages',
          error: { code: 'ERR_SOURCES_PROVIDER_NOT_FOUND' },
        },
        {
          summary: 'Failed to resolve provider packages',
          error: { code: 'ERR_INSTALL_NO_MATCHING_VERSION' },
        },
      ],
    });
    await expect(stat(join(directory, '.terraform.lock.hcl'))).rejects.toThrow(/ENOENT/u);
  });

  it('says that a locked version must be upgraded, or is gone', async () => {
    const { init, directory } = await project();
    await init(new ShelfSource({ thing: { versions: ['1.0.0'] } }));
    const narrower = requirements([thing, '~> 1.5']);
    await expect(
      init(new ShelfSource({ thing: { versions: ['1.5.0'] } }), { requirements: narrower }),
    ).rejects.toMatchObject({ failures: [{ error: { code: 'ERR_INSTALL_LOCKED_VERSION' } }] });
    const fresh = { dataDirectory: join(directory, 'fresh') };
    await expect(init(new ShelfSource({ thing: { versions: ['1.5.0'] } }), fresh)).rejects.toThrow(
      /the previously-selected version 1\.0\.0 is no longer available/u,
    );
  });

  it('takes out of the lock file what is not required any more', async () => {
    const { init, lockText } = await project(requirements([thing, ''], [other, '']));
    const source = new ShelfSource({
      thing: { versions: ['1.0.0'] },
      other: { versions: ['1.0.0'] },
    });
    await init(source);
    expect(await lockText()).toContain('acme/other');
    await init(source, { requirements: requirements([thing, '']) });
    expect(await lockText()).not.toContain('acme/other');
  });

  it('with a read-only lock file fails for a new provider and only warns for new hashes', async () => {
    const { init, directory, lockText } = await project();
    const source = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    await expect(init(source, { lockFileMode: 'readonly' })).rejects.toMatchObject({
      code: 'ERR_INSTALL_LOCK_READONLY',
    });
    await init(source);
    const { lockFile } = await readLockFile(directory);
    const lock = lockFile.get(thing)!;
    const zhOnly = lock.hashes.filter((hash) => hash.startsWith('zh:'));
    await writeLockFile(directory, lockFile.with({ ...lock, hashes: zhOnly }));
    const before = await lockText();
    const summary = await init(source, { lockFileMode: 'readonly' });
    expect(summary.lockFile).toBe('not-updated');
    expect(summary.diagnostics.map(({ summary: title }) => title)).toEqual([
      'Provider lock file not updated',
    ]);
    expect(await lockText()).toBe(before);
  });

  it('knows the built-in provider and nothing else that is built in', async () => {
    const terraform = parseProviderAddress('terraform.io/builtin/terraform');
    const { init, events } = await project(requirements([terraform, '']));
    await init(new ShelfSource({}));
    expect(events).toEqual(['built-in terraform']);
    const constrained = requirements([terraform, '1.0.0']);
    await expect(init(new ShelfSource({}), { requirements: constrained })).rejects.toMatchObject({
      failures: [
        {
          summary: 'Invalid dependency on built-in provider',
          error: {
            code: 'ERR_INSTALL_BUILT_IN',
            message: 'built-in providers do not support explicit version constraints',
          },
        },
      ],
    });
    const unknown = requirements([parseProviderAddress('terraform.io/builtin/foo'), '']);
    await expect(init(new ShelfSource({}), { requirements: unknown })).rejects.toMatchObject({
      failures: [
        {
          summary: 'Invalid dependency on built-in provider',
          error: { message: 'this OpenTofu release has no built-in provider named "foo"' },
        },
      ],
    });
  });

  it('refuses a lock file that it can not read, with the places', async () => {
    const { init, directory } = await project();
    await writeFile(join(directory, '.terraform.lock.hcl'), 'provider "acme/thing" {}\n');
    await expect(init(new ShelfSource({}))).rejects.toMatchObject({
      code: 'ERR_INSTALL_INVALID_LOCK_FILE',
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ summary: 'Non-normalized provider source address' }),
      ]) as unknown,
    });
  });

  it('stops at an abort and leaves neither package nor lock file', async () => {
    const { directory } = await project();
    const controller = new AbortController();
    const inner = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    const source: ProviderSource = {
      display: 'aborting',
      availableVersions: (provider) => inner.availableVersions(provider),
      packageMeta: (request) => {
        controller.abort();
        return inner.packageMeta(request);
      },
    };
    const run = initProviders(
      {
        directory,
        dataDirectory: join(directory, '.terraform'),
        source,
        requirements: requirements([thing, '']),
        platform,
        upgrade: false,
        lockFileMode: 'update',
        enforceSignatures: false,
      },
      { signal: controller.signal },
    );
    await expect(run).rejects.toThrow();
    await expect(stat(join(directory, '.terraform.lock.hcl'))).rejects.toThrow(/ENOENT/u);
    await expect(stat(join(directory, '.terraform/providers'))).rejects.toThrow(/ENOENT/u);
  });
});

describe('a package of another provider', () => {
  it('is not installed, and not locked, however sound it is', async () => {
    const { directory, init } = await project();
    const source = new ShelfSource({ thing: { versions: ['1.0.0'], holds: 'other' } });
    await expect(init(source)).rejects.toMatchObject({
      code: 'ERR_INSTALL_FAILED',
      failures: [
        {
          summary: 'Failed to install provider',
          detail: expect.stringContaining(
            'provider binary not found: could not find executable file starting with terraform-provider-thing',
          ) as string,
        },
      ],
    });
    await expect(stat(join(directory, '.terraform.lock.hcl'))).rejects.toThrow(/ENOENT/u);
    await expect(stat(join(directory, '.terraform/providers'))).rejects.toThrow(/ENOENT/u);
  });
});

describe('the lock file on disk', () => {
  it('is empty when it is not there, and comes back as it was written', async () => {
    const directory = await tempFolder();
    const { lockFile } = await readLockFile(directory);
    expect(lockFile.providers()).toEqual([]);
    const lock: LockFile = emptyLockFile.with({
      provider: thing,
      version: parseVersion('1.0.0'),
      constraints: parseConstraints('1.0.0'),
      hashes: [foreignHash],
    });
    await writeLockFile(directory, lock);
    expect(formatLockFile((await readLockFile(directory)).lockFile)).toBe(formatLockFile(lock));
    expect((await stat(join(directory, '.terraform.lock.hcl'))).mode & 0o777).toBe(0o644);
  });

  it('says which path could not be read', async () => {
    const directory = await tempFolder();
    await mkdir(join(directory, '.terraform.lock.hcl'));
    await expect(readLockFile(directory)).rejects.toMatchObject({ code: 'ERR_BASE_FILE_ACCESS' });
  });

  it('replaces a link that a stranger put in its place, and leaves alone what that leads to', async () => {
    const directory = await tempFolder();
    const elsewhere = join(await tempFolder(), 'settings');
    await writeFile(elsewhere, '# all comments, so that it is a lock file\n');
    await symlink(elsewhere, join(directory, '.terraform.lock.hcl'));
    await writeLockFile(directory, (await readLockFile(directory)).lockFile);
    expect(await readFile(elsewhere, 'utf8')).toBe('# all comments, so that it is a lock file\n');
    expect((await lstat(join(directory, '.terraform.lock.hcl'))).isSymbolicLink()).toBe(false);
  });

  it('is never written through a name that was there before', async () => {
    const directory = await tempFolder();
    const opened: unknown[] = [];
    const files = {
      ...nodeFiles,
      open: (...request: Parameters<typeof nodeFiles.open>) => {
        opened.push(request);
        return nodeFiles.open(...request);
      },
    };
    await writeLockFile(directory, emptyLockFile, files);
    await writeLockFile(directory, emptyLockFile, files);
    const name = expect.stringMatching(/\.terraform\.lock\.hcl\.[0-9a-f]{16}\.new$/u) as string;
    expect(opened).toEqual([
      [name, 'wx', 0o644],
      [name, 'wx', 0o644],
    ]);
    expect(new Set(opened.map((request) => JSON.stringify(request))).size).toBe(2);
    expect(await readdir(directory)).toEqual(['.terraform.lock.hcl']);
  });

  it('leaves nothing behind when it can not be written', async () => {
    const directory = await tempFolder();
    await mkdir(join(directory, '.terraform.lock.hcl'));
    const writing = writeLockFile(directory, emptyLockFile);
    await expect(writing).rejects.toMatchObject({ code: 'ERR_BASE_FILE_ACCESS' });
    expect(await readdir(directory)).toEqual(['.terraform.lock.hcl']);
  });
});

describe('an installation with a plugin cache', () => {
  async function withCache(mayBreakLockFile = false) {
    const cache = await openPackageCache({ directory: await tempFolder(), mayBreakLockFile });
    const cached = join(cache.directory, 'registry.opentofu.org/acme/thing/1.0.0/linux_amd64');
    return { cache, cached };
  }

  it('puts packages there, links them, and records what a direct installation would', async () => {
    const { cache, cached } = await withCache();
    const [one, two, plain] = [await project(), await project(), await project()];
    const source = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    await one.init(source, { cache });
    const installed = one.packagePath('1.0.0', 'linux_amd64');
    expect(await readlink(installed)).toBe(cached);
    expect(one.events).toEqual([
      'find thing',
      'installing thing to the cache',
      'installed thing (verified checksum)',
      'from the cache: thing',
    ]);
    await plain.init(source);
    expect(await one.lockText()).toBe(await plain.lockText());

    // Another folder with the same lock file finds it there and asks nobody.
    await writeLockFile(two.directory, (await readLockFile(one.directory)).lockFile);
    const nobody = new ShelfSource({});
    await two.init(nobody, { cache });
    expect(nobody.calls).toEqual([]);
    expect(two.events).toEqual([
      'reuse thing',
      'using thing in the cache',
      'from the cache: thing',
    ]);
    two.events.length = 0;
    await two.init(nobody, { cache });
    expect(two.events).toEqual(['reuse thing', 'using thing']);
  });

  it('uses what nobody checked only where the lock file may be broken', async () => {
    const { cache } = await withCache(true);
    const source = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    await (await project()).init(source, { cache });
    const next = await project();
    source.calls.length = 0;
    await next.init(source, { cache });
    expect(source.calls).toEqual(['versions thing']);
    expect(next.events.slice(-2)).toEqual([
      'installed thing (unauthenticated)',
      'from the cache: thing',
    ]);
    expect((await next.lockText()).match(/"(?:h1|zh):/gu)).toEqual(['"h1:']);
  });

  it('links nothing that the lock file does not admit', async () => {
    const { cache } = await withCache();
    const { directory, init, packagePath } = await project();
    const lockFile = emptyLockFile.with({
      provider: thing,
      version: parseVersion('1.0.0'),
      constraints: parseConstraints('~> 1.0'),
      hashes: [foreignHash],
    });
    await writeLockFile(directory, lockFile);
    const failing = init(new ShelfSource({ thing: { versions: ['1.0.0'] } }), { cache });
    await expect(failing).rejects.toMatchObject({ category: 'integrity' });
    await expect(lstat(packagePath('1.0.0', 'linux_amd64'))).rejects.toThrow('ENOENT');
  });
});

describe('providers that somebody else has started', () => {
  it('are not installed, and stay locked as they are', async () => {
    const { directory, events, init, lockText } = await project(
      requirements([thing, ''], [other, '']),
    );
    const source = new ShelfSource({ thing: { versions: ['1.0.0'] } });
    await init(source, { unmanaged: [other] });
    expect(events.join()).not.toContain('other');
    expect(await lockText()).not.toContain('other');
    const { lockFile } = await readLockFile(directory);
    const locked = lockFile.with({
      provider: other,
      version: parseVersion('2.0.0'),
      constraints: parseConstraints(''),
      hashes: [foreignHash],
    });
    await writeLockFile(directory, locked);
    await init(source, { unmanaged: [other] });
    expect(await lockText()).toContain('"example.com/acme/other"');
  });
});

describe('what the source says to people', () => {
  it('is passed on, with the provider, once', async () => {
    const { events, init } = await project();
    await init(new ShelfSource({ thing: { versions: ['1.0.0'], warnings: ['moved', 'gone'] } }));
    expect(events).toContain('warned about thing: moved, gone');
  });
});

describe('a provider that its own registry does not know', () => {
  const guess = parseProviderAddress('null');
  const unknownHere = (successor?: ProviderAddress): ProviderSource => ({
    display: 'origin registry',
    availableVersions: (provider) =>
      Promise.reject(new ProviderNotFoundError(provider, [], { registrySays: 'not here' })),
    packageMeta: () => Promise.reject(new Error('it was asked')),
    successorOf: () => Promise.resolve(successor),
  });
  const detailOf = async (source: ProviderSource, wanted: Requirements): Promise<string> => {
    const { init } = await project(wanted);
    const error: unknown = await init(source).catch((reason: unknown) => reason);
    if (!(error instanceof InstallError)) throw new Error('it did not fail as expected');
    return error.failures.map(({ detail }) => detail).join('\n');
  };

  it.each<readonly [string, ProviderAddress | undefined, Requirements, string]>([
    [
      'that moved',
      parseProviderAddress('acme/null'),
      requirements([guess, '']),
      'Did you intend to use acme/null? If so, you must specify that source address',
    ],
    [
      'that is required under another name as well',
      undefined,
      requirements([guess, ''], [parseProviderAddress('other/null'), '']),
      'Did you intend to use other/null?',
    ],
    [
      'of which nobody knows more',
      guess,
      requirements([guess, '']),
      'All modules should specify their required_providers so that external consumers',
    ],
    [
      'of another host',
      parseProviderAddress('acme/null'),
      requirements([other, '']),
      'All modules should specify their required_providers so that external consumers',
    ],
  ])('%s', async (_name, successor, wanted, advice) => {
    const detail = await detailOf(unknownHere(successor), wanted);
    expect(detail).toContain('not here\n\n');
    expect(detail).toContain(advice);
    expect(detail.includes('github.com/opentofu/registry')).toBe(!wanted.has(providerKey(other)));
  });
});
