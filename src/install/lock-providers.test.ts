import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashesOnShelf, type Shelf, ShelfSource } from '../../test/support/shelf-source.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import {
  emptyLockFile,
  formatLockFile,
  formatPlatform,
  noConstraints,
  type PackageHash,
  parseConstraints,
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  type ProviderAddress,
  providerKey,
  type Requirements,
} from '../domain/index.ts';
import { lockProviders, type LockRequest, type LockSummary } from './lock-providers.ts';
import { lockFileName } from './lock-store.ts';

const thing = parseProviderAddress('acme/thing');
const other = parseProviderAddress('acme/other');
const privateThing = parseProviderAddress('example.com/acme/thing');
const version = parseVersion('1.0.0');
const [linux, darwin] = [parsePlatform('linux_amd64'), parsePlatform('darwin_arm64')];
const names = ['darwin_arm64', 'linux_amd64'];
const shelf: Shelf = { versions: ['1.0.0'], platforms: names };
const foreign = parsePackageHash(`zh:${'f'.repeat(64)}`);

async function hashes(on: Shelf, ...platforms: (typeof linux)[]): Promise<readonly PackageHash[]> {
  const all = await Promise.all(
    platforms.map(async (platform) => {
      const { h1OfTree, zh } = await hashesOnShelf(on, { provider: thing, version, platform });
      return [h1OfTree, zh];
    }),
  );
  return all.flat().sort();
}

function requiring(...providers: readonly ProviderAddress[]): Requirements {
  return new Map(
    providers.map((provider) => [providerKey(provider), { provider, constraints: noConstraints }]),
  );
}

const lockOf = (provider: ProviderAddress, locked: readonly PackageHash[]): string =>
  formatLockFile(
    emptyLockFile.with({ provider, version, constraints: noConstraints, hashes: locked }),
  );

interface Project {
  readonly directory: string;
  readonly events: string[];
  readonly lock: (source: ShelfSource, over?: Partial<LockRequest>) => Promise<LockSummary>;
  readonly text: () => Promise<string>;
}

async function project(before?: string): Promise<Project> {
  const directory = await tempFolder();
  const path = join(directory, lockFileName);
  if (before !== undefined) await writeFile(path, before);
  const events: string[] = [];
  return {
    directory,
    events,
    text: () => readFile(path, 'utf8').catch(() => ''),
    lock: async (source, over = {}) =>
      await lockProviders(
        {
          directory,
          source,
          requirements: requiring(thing),
          platforms: [linux, darwin],
          mode: 'update',
          enforceSignatures: false,
          ...over,
        },
        {
          events: {
            fetching: ({ platform, provider }) =>
              events.push(`fetching ${provider.type} ${formatPlatform(platform)}`),
            retrieved: ({ platform, provider }, { label }) =>
              events.push(`retrieved ${provider.type} ${formatPlatform(platform)} (${label})`),
            told: ({ platform, provider }, source_) =>
              events.push(`told ${provider.type} ${formatPlatform(platform)} by ${source_}`),
            obtained: ({ kind, platform, provider }) =>
              events.push(`obtained ${provider.type} ${formatPlatform(platform)}: ${kind}`),
          },
        },
      ),
  };
}

describe('locking providers', () => {
  it('records the hashes of each platform, and keeps no package', async () => {
    const { directory, events, lock, text } = await project();
    const source = new ShelfSource({ thing: shelf });
    const summary = await lock(source);
    expect(summary.lockFile).toBe('created');
    expect(summary.providers[0]?.hashes).toEqual(await hashes(shelf, linux, darwin));
    expect(await text()).toBe(lockOf(thing, await hashes(shelf, linux, darwin)));
    expect(events).toEqual([
      'fetching thing linux_amd64',
      'retrieved thing linux_amd64 (verified checksum)',
      'fetching thing darwin_arm64',
      'retrieved thing darwin_arm64 (verified checksum)',
      'obtained thing linux_amd64: new-provider',
      'obtained thing darwin_arm64: new-provider',
    ]);
    expect(source.calls.filter((call) => call.startsWith('versions'))).toHaveLength(1);
    expect(await readdir(directory)).toEqual([lockFileName]);
  });

  it('adds to what is locked, and says what is new', async () => {
    const { events, lock, text } = await project(lockOf(thing, await hashes(shelf, linux)));
    const source = new ShelfSource({ thing: { ...shelf, versions: ['1.0.0', '2.0.0'] } });
    expect(await lock(source)).toMatchObject({ lockFile: 'changed' });
    expect(source.calls).not.toContain('versions thing');
    expect(events.slice(-2)).toEqual([
      'obtained thing linux_amd64: none',
      'obtained thing darwin_arm64: new-hashes',
    ]);
    expect(await text()).toBe(lockOf(thing, await hashes(shelf, linux, darwin)));
    expect(await lock(source)).toMatchObject({ lockFile: 'unchanged' });
  });

  it('brings the constraints and the form up to date without a word', async () => {
    const all = await hashes(shelf, linux, darwin);
    const { lock, text } = await project(`# mine\n${lockOf(thing, all)}`);
    const constraints = parseConstraints('~> 1.0');
    const requirements: Requirements = new Map([
      [providerKey(thing), { provider: thing, constraints }],
    ]);
    const summary = await lock(new ShelfSource({ thing: shelf }), { requirements });
    expect(summary.lockFile).toBe('unchanged');
    const wanted = emptyLockFile.with({ provider: thing, version, constraints, hashes: all });
    expect(await text()).toBe(formatLockFile(wanted));
  });

  it('takes the named providers only, and keeps the entries of the others', async () => {
    const before = lockOf(other, [foreign]);
    const { lock, text } = await project(before);
    await lock(new ShelfSource({ thing: shelf }), {
      requirements: requiring(thing, other),
      addresses: [thing],
    });
    expect(await text()).toContain('acme/thing');
    expect(await text()).toContain(foreign);
  });

  it('refuses a provider that is not required, before it asks anybody', async () => {
    const { lock } = await project();
    const source = new ShelfSource({ thing: shelf });
    await expect(lock(source, { addresses: [other] })).rejects.toMatchObject({
      code: 'ERR_INSTALL_NOT_REQUIRED',
      diagnostics: [
        {
          summary: 'Invalid provider argument',
          detail:
            'The provider registry.opentofu.org/acme/other is not required by the current configuration.',
        },
      ],
    });
    expect(source.calls).toEqual([]);
  });

  it('passes over what is built in', async () => {
    const builtIn = parseProviderAddress('terraform.io/builtin/terraform');
    const { lock } = await project();
    const summary = await lock(new ShelfSource({ thing: shelf }), {
      requirements: requiring(thing, builtIn),
    });
    expect(summary.providers.map(({ provider }) => provider.type)).toEqual(['thing']);
  });

  it('reports everything that failed, and leaves the lock file alone', async () => {
    const before = lockOf(other, [foreign]);
    const { lock, text } = await project(before);
    const failing = lock(new ShelfSource({ thing: { ...shelf, platforms: ['linux_amd64'] } }), {
      requirements: requiring(thing, parseProviderAddress('acme/gone')),
    });
    await expect(failing).rejects.toMatchObject({
      code: 'ERR_INSTALL_LOCK_FAILED',
      category: 'not-found',
    });
    const error: unknown = await failing.catch((reason: unknown) => reason);
    const details = (error as { diagnostics: { detail: string }[] }).diagnostics.map(
      ({ detail }) => detail,
    );
    expect(details[0]).toContain('- registry.opentofu.org/acme/gone: provider');
    expect(details[1]).toContain('fetch the requested providers for darwin_arm64');
    expect(details[1]).toContain('is not available for darwin_arm64');
    expect(await text()).toBe(before);
  });

  it('does not work with a lock file that has errors', async () => {
    const { lock } = await project('provider "acme/thing" {\n');
    await expect(lock(new ShelfSource({ thing: shelf }))).rejects.toMatchObject({
      code: 'ERR_INSTALL_INVALID_LOCK_FILE',
    });
  });

  it('refuses a package that holds another provider', async () => {
    const { lock } = await project();
    const failing = lock(new ShelfSource({ thing: { ...shelf, holds: 'evil' } }));
    await expect(failing).rejects.toMatchObject({
      failures: [
        { error: { code: 'ERR_ARCHIVE_NOT_A_PROVIDER' } },
        { error: { code: 'ERR_ARCHIVE_NOT_A_PROVIDER' } },
      ],
    });
  });
});

describe('checking a lock file', () => {
  it('changes nothing, and fails when something is missing', async () => {
    const before = lockOf(thing, await hashes(shelf, linux));
    const { lock, text } = await project(before);
    const source = new ShelfSource({ thing: shelf });
    await expect(lock(source, { mode: 'check' })).rejects.toMatchObject({
      code: 'ERR_INSTALL_LOCK_OUTDATED',
      category: 'conflict',
    });
    expect(await text()).toBe(before);
    const summary = await lock(source, { mode: 'check', platforms: [linux] });
    expect(summary.lockFile).toBe('unchanged');
  });
});

describe('locking from a source that tells the hashes', () => {
  const telling: Shelf = { ...shelf, tells: { h1: true, trusted: true } };

  it('takes its word, and all platforms, where it is trusted', async () => {
    const { events, lock } = await project();
    const source = new ShelfSource({ thing: telling });
    const summary = await lock(source, { platforms: [linux] });
    expect(summary.providers[0]?.hashes).toEqual(await hashes(shelf, linux, darwin));
    expect(source.calls).toEqual(['versions thing']);
    expect(events).toEqual([
      'told thing linux_amd64 by a shelf:1.0.0',
      'obtained thing linux_amd64: new-provider',
    ]);
  });

  it.each<readonly [string, Shelf, Partial<LockRequest>]>([
    ['is not trusted', { ...shelf, tells: { h1: true, trusted: false } }, {}],
    ['does not tell the h1', { ...shelf, tells: { h1: false, trusted: true } }, {}],
    ['is trusted and signatures are enforced', telling, { enforceSignatures: true }],
    [
      'is trusted for the default registry only',
      telling,
      { requirements: requiring(privateThing) },
    ],
  ])('looks at the package where it %s', async (_name, on, over) => {
    const { lock } = await project();
    const source = new ShelfSource({ thing: on });
    const summary = await lock(source, { platforms: [linux], ...over });
    expect(source.calls).toContain('measure thing linux_amd64');
    expect(summary.providers[0]?.hashes).toEqual(await hashes(shelf, linux));
  });

  it('never joins hashes of another package with those of a locked version', async () => {
    const [h1] = await hashes(shelf, linux);
    const changed: Shelf = { ...telling, salt: 'changed' };
    for (const locked of [[foreign], [h1, foreign].filter((hash) => hash !== undefined)]) {
      const before = lockOf(thing, locked);
      const { lock, text } = await project(before);
      await expect(lock(new ShelfSource({ thing: changed }))).rejects.toMatchObject({
        category: 'integrity',
      });
      expect(await text()).toBe(before);
    }
  });

  it('takes hashes of a platform that is not locked yet', async () => {
    const { lock } = await project(lockOf(thing, await hashes(shelf, linux)));
    const source = new ShelfSource({ thing: { ...shelf, tells: { h1: true, trusted: false } } });
    const summary = await lock(source, { platforms: [darwin] });
    expect(summary.providers[0]?.hashes).toEqual(await hashes(shelf, linux, darwin));
  });
});
