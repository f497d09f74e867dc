import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { extractPackage, hashTree } from '../archive/index.ts';
import { nodeFiles } from '../base/index.ts';
import { Readable } from 'node:stream';
import {
  emptyLockFile,
  formatLockFile,
  type LockFile,
  packageFilename,
  type PackageHash,
  parseConstraints,
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  providerKey,
  type ProviderAddress,
  type Requirements,
} from '../domain/index.ts';
import {
  ProviderNotFoundError,
  type ProviderSource,
  VersionNotFoundError,
} from '../sources/index.ts';
import { initProviders, type InitRequest } from './init.ts';
import type { InstallEvents } from './events.ts';
import { readLockFile, writeLockFile } from './lock-store.ts';

const thing = parseProviderAddress('acme/thing');
const other = parseProviderAddress('example.com/acme/other');
const platform = parsePlatform('linux_amd64');
const foreignHash = parsePackageHash(`zh:${'f'.repeat(64)}`);

interface Shelf {
  readonly versions: readonly string[];
  readonly expected?: readonly PackageHash[];
  readonly trusted?: readonly PackageHash[];
  readonly salt?: string;
  /** Whose package is on the shelf; its own unless given. */
  readonly holds?: string;
}

/** A source that makes its packages on the spot and counts what it is asked. */
class ShelfSource implements ProviderSource {
  readonly display = 'a shelf';
  readonly calls: string[] = [];
  readonly #shelves: ReadonlyMap<string, Shelf>;

  constructor(shelves: Readonly<Record<string, Shelf>>) {
    this.#shelves = new Map(Object.entries(shelves));
  }

  availableVersions(provider: ProviderAddress): ReturnType<ProviderSource['availableVersions']> {
    this.calls.push(`versions ${provider.type}`);
    const shelf = this.#shelves.get(provider.type);
    if (shelf === undefined)
      return Promise.reject(new ProviderNotFoundError(provider, [this.display]));
    return Promise.resolve(shelf.versions.map((text) => parseVersion(text)));
  }

  async packageMeta(
    request: Parameters<ProviderSource['packageMeta']>[0],
  ): ReturnType<ProviderSource['packageMeta']> {
    const { provider, version } = request;
    const shelf = this.#shelves.get(provider.type);
    const text = `${version.major}.${version.minor}.${version.patch}`;
    this.calls.push(`package ${provider.type} ${text}`);
    if (shelf?.versions.includes(text) !== true) {
      throw new VersionNotFoundError(request, text, this.display);
    }
    const zip = await makeProviderZip(
      { type: shelf.holds ?? provider.type, version: text, salt: shelf.salt ?? '' },
      'linux_amd64',
    );
    const { zh } = await inspect(zip);
    return {
      ...request,
      filename: packageFilename(provider.type, version, request.platform),
      claims: { expected: shelf.expected ?? [zh], trustedMirror: shelf.trusted ?? [] },
      location: {
        display: 'on the shelf',
        size: zip.length,
        stage: async (directory, options = {}) => {
          this.calls.push(`stage ${provider.type}`);
          const summary = await extractPackage(Readable.from([zip]), directory, {
            signal: options.signal,
          });
          return { kind: 'extracted', directory, ...summary };
        },
      },
    };
  }
}

async function inspect(zip: Buffer): Promise<{ zh: PackageHash; h1OfTree: PackageHash }> {
  const { inspectPackage } = await import('../archive/index.ts');
  return await inspectPackage(Readable.from([zip]));
}

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
    alreadyInstalled: (provider) => events.push(`using ${provider.type}`),
    installing: (provider) => events.push(`installing ${provider.type}`),
    installed: (provider, _version, label) => events.push(`installed ${provider.type} (${label})`),
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
