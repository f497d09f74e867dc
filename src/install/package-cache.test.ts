import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { extractPackage, hashTree } from '../archive/index.ts';
import { type Clock, type Files, nodeFiles } from '../base/index.ts';
import {
  type PackageHash,
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../domain/index.ts';
import type { PackageRequest, StagedPackage } from '../sources/index.ts';
import { openPackageCache, type PackageCache, type PackageCacheOptions } from './package-cache.ts';
import type { TryLock } from './package-cache-locks.ts';

const request: PackageRequest = {
  provider: parseProviderAddress('example.com/acme/thing'),
  version: parseVersion('1.0.0'),
  platform: parsePlatform('linux_amd64'),
};
const inside = 'example.com/acme/thing/1.0.0/linux_amd64';
const foreign = parsePackageHash(`zh:${'f'.repeat(64)}`);

const stage =
  (zip: Buffer) =>
  async (directory: string): Promise<StagedPackage> => ({
    kind: 'extracted',
    directory,
    ...(await extractPackage(Readable.from([zip]), directory)),
  });
const mustNotStage = (): Promise<never> => Promise.reject(new Error('it was fetched'));

let directory: string;
let zip: Buffer;
let h1: PackageHash;
let zh: PackageHash;
beforeEach(async () => {
  directory = await tempFolder();
  zip = await makeProviderZip({ type: 'thing', version: '1.0.0' }, 'linux_amd64');
  const scratch = await tempFolder();
  ({ h1OfTree: h1, zh } = await extractPackage(Readable.from([zip]), scratch));
});

const open = async (over: Partial<PackageCacheOptions> = {}): Promise<PackageCache> =>
  await openPackageCache({ directory, mayBreakLockFile: false, ...over });

/** A cache with the package in it. */
async function filled(over: Partial<PackageCacheOptions> = {}): Promise<PackageCache> {
  const cache = await open(over);
  await cache.fill(request, { locked: [], stage: stage(zip) });
  return cache;
}

describe('a cached package', () => {
  it.each<readonly [string, () => readonly PackageHash[], boolean, string | undefined]>([
    ['matches the lock file', () => [h1], false, 'matches-lock'],
    ['matches the lock file, among others', () => [foreign, h1], true, 'matches-lock'],
    ['is not in the lock file', () => [], false, undefined],
    ['is not in the lock file, which may be broken', () => [], true, 'unchecked'],
    ['has another hash', () => [foreign], false, undefined],
    ['has another hash, and the lock file may be broken', () => [foreign], true, undefined],
    ['is locked by its zip only', () => [zh], false, undefined],
    ['is locked by unknown schemes only', () => [parsePackageHash('h9:x')], false, undefined],
    [
      'is locked by unknown schemes only, and may be broken',
      () => [parsePackageHash('h9:x')],
      true,
      'unchecked',
    ],
  ])('that %s', async (_name, locked, mayBreakLockFile, standing) => {
    const cache = await filled({ mayBreakLockFile });
    const found = await cache.find(request, { locked: locked() });
    expect(found?.standing).toBe(standing);
    if (found !== undefined)
      expect(found).toMatchObject({ path: join(directory, inside), h1OfTree: h1 });
  });

  it.each<readonly [string, (path: string) => Promise<unknown>]>([
    ['changed', (path) => writeFile(join(path, 'README.md'), 'changed')],
    ['emptied', (path) => rm(path, { recursive: true }).then(() => mkdir(path))],
    ['given a link to a folder', (path) => symlink('/', join(path, 'root'))],
    ['made a file', (path) => rm(path, { recursive: true }).then(() => writeFile(path, ''))],
  ])('that was %s is not used', async (_name, change) => {
    const cache = await filled({ mayBreakLockFile: true });
    await change(join(directory, inside));
    await expect(cache.find(request, { locked: [h1] })).resolves.toBeUndefined();
  });

  it('without an executable is not used unchecked', async () => {
    const cache = await filled({ mayBreakLockFile: true });
    await rm(join(directory, inside, 'terraform-provider-thing_v1.0.0'));
    await expect(cache.find(request, { locked: [] })).resolves.toBeUndefined();
  });
});

describe('filling the cache', () => {
  it('puts the package where OpenTofu looks for it, and leaves nothing else', async () => {
    const cache = await open();
    const { cached, filled: wasFilled } = await cache.fill(request, {
      locked: [h1],
      stage: stage(zip),
    });
    await cache.close();
    expect(wasFilled).toBe(true);
    expect(cached).toEqual({
      path: join(directory, inside),
      h1OfTree: h1,
      standing: 'matches-lock',
    });
    expect(await hashTree(join(directory, inside))).toBe(h1);
    expect((await stat(join(directory, inside))).mode & 0o777).toBe(0o755);
    expect(await readdir(directory)).toEqual(['example.com']);
    expect(await readdir(dirname(join(directory, inside)))).toEqual(['linux_amd64']);
  });

  it('uses what is there already when the lock file admits it', async () => {
    const cache = await filled();
    const again = await cache.fill(request, { locked: [h1], stage: mustNotStage });
    expect(again).toMatchObject({ filled: false, cached: { standing: 'matches-lock' } });
  });

  it('fetches what it has no hashes of once more, and keeps what is there when it is the same', async () => {
    const cache = await filled();
    const before = await stat(join(directory, inside));
    const again = await cache.fill(request, { locked: [], stage: stage(zip) });
    expect(again).toMatchObject({ filled: true, cached: { standing: 'unchecked' } });
    expect((await stat(join(directory, inside))).ino).toBe(before.ino);
    const byZip = await cache.fill(request, { locked: [zh], stage: stage(zip) });
    expect(byZip).toMatchObject({ filled: true, cached: { standing: 'matches-lock' } });
  });

  it('is not disturbed by another process that puts the package there in the very moment', async () => {
    const other = await open();
    let isDone = false;
    // What is looked up is there only afterwards.
    const files: Files = {
      ...nodeFiles,
      lstat: (async (path: string) => {
        const seen = await nodeFiles.lstat(path).catch((error: unknown) => error);
        if (!isDone && path.endsWith('linux_amd64')) {
          isDone = true;
          await other.fill(request, { locked: [], stage: stage(zip) });
        }
        if (seen instanceof Error) throw seen;
        return seen;
      }) as Files['lstat'],
    };
    const cache = await open({ files });
    await cache.fill(request, { locked: [], stage: stage(zip) });
    expect(isDone).toBe(true);
    expect(await hashTree(join(directory, inside))).toBe(h1);
  });

  it('takes the place of a link to a mirror that is gone', async () => {
    const path = join(directory, inside);
    await mkdir(dirname(path), { recursive: true });
    await symlink('/nowhere/at/all', path);
    const cache = await open();
    await cache.fill(request, { locked: [], stage: stage(zip) });
    expect(await hashTree(path)).toBe(h1);
  });

  it('refuses to replace what has another content', async () => {
    const cache = await filled();
    const path = join(directory, inside);
    await writeFile(join(path, 'README.md'), 'changed');
    await expect(cache.fill(request, { locked: [h1], stage: stage(zip) })).rejects.toMatchObject({
      code: 'ERR_INSTALL_MODIFIED_PACKAGE',
      message: `existing cached package at ${path} does not match the content of the downloaded package; does it contain local modifications?`,
    });
    expect(await readFile(join(path, 'README.md'), 'utf8')).toBe('changed');
  });

  it('leaves the cache as it was when the package may not be used', async () => {
    const cache = await open();
    const stageAndFail = async (folder: string): Promise<StagedPackage> => {
      await stage(zip)(folder);
      throw new Error('not trusted');
    };
    await expect(cache.fill(request, { locked: [], stage: stageAndFail })).rejects.toThrow(
      'not trusted',
    );
    await cache.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('links the package of an unpacked mirror, also over a link to one that is gone', async () => {
    const mirror = await tempFolder();
    await extractPackage(Readable.from([zip]), mirror);
    const path = join(directory, inside);
    await mkdir(dirname(path), { recursive: true });
    await symlink('/nowhere', path);
    const cache = await open();
    const linked: StagedPackage = { kind: 'linked', path: mirror, h1OfTree: h1 };
    await cache.fill(request, { locked: [h1], stage: () => Promise.resolve(linked) });
    expect(await readlink(path)).toBe(mirror);
    await expect(cache.find(request, { locked: [h1] })).resolves.toBeDefined();
    await rm(path);
    await symlink('/nowhere', path);
    await cache.fill(request, { locked: [], stage: stage(zip) });
    expect(await hashTree(path)).toBe(h1);
  });

  it.each([
    ['missing', 'none', 'no such file or directory'],
    ['a file', 'file', 'a part of the path is not a directory'],
  ])('needs a folder, which may not be %s', async (_name, name, why) => {
    await writeFile(join(directory, 'file'), '');
    const path = join(directory, name);
    await expect(open({ directory: path })).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
      message: `cannot open the plugin cache directory ${path}: ${why}`,
    });
  });
});

/** Time that passes only while somebody sleeps. */
function sleepingClock(onSleep: (slept: number) => void = () => undefined): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: (ms, signal) => {
      now += ms;
      onSleep(now);
      return Promise.resolve().then(() => signal?.throwIfAborted());
    },
  };
}

describe('several processes that fill the cache', () => {
  it('wait for each other, say so after five seconds, and use what the first has fetched', async () => {
    const other = await open();
    let held = true;
    const clock = sleepingClock((now) => {
      if (now >= 8_000) held = false;
    });
    const asked: string[] = [];
    let released = 0;
    const tryLock: TryLock = async (path) => {
      asked.push(path);
      if (held) return undefined;
      await other.fill(request, { locked: [], stage: stage(zip) });
      return { release: () => Promise.resolve(void (released += 1)) };
    };
    const waits: string[] = [];
    const cache = await open({ clock, tryLock });
    const got = await cache.fill(request, {
      locked: [h1],
      stage: mustNotStage,
      onWait: (where) => waits.push(where),
    });
    expect(got.filled).toBe(false);
    expect(waits).toEqual([directory]);
    expect(released).toBe(1);
    expect(new Set(asked)).toEqual(
      new Set([join(directory, dirname(inside), '.linux_amd64.tofu-oci.lock')]),
    );
  });

  it('do not wait when they could not use what the other fetches', async () => {
    const tryLock: TryLock = () => Promise.resolve(undefined);
    const cache = await open({ tryLock });
    await expect(cache.fill(request, { locked: [], stage: stage(zip) })).resolves.toMatchObject({
      filled: true,
    });
  });

  it('release the lock when fetching fails, and stop waiting when they are told to', async () => {
    let released = 0;
    const free: TryLock = () =>
      Promise.resolve({ release: () => Promise.resolve(void (released += 1)) });
    const cache = await open({ tryLock: free });
    await expect(cache.fill(request, { locked: [h1], stage: mustNotStage })).rejects.toThrow(
      'it was fetched',
    );
    expect(released).toBe(1);
    const controller = new AbortController();
    const clock = sleepingClock((now) => {
      if (now >= 1_000) controller.abort(new Error('enough'));
    });
    const waiting = await open({ clock, tryLock: () => Promise.resolve(undefined) });
    const { signal } = controller;
    await expect(
      waiting.fill(request, { locked: [h1], stage: mustNotStage, signal }),
    ).rejects.toThrow('enough');
  });

  it('wait for an OpenTofu that holds its record lock there', async () => {
    const path = join(directory, inside);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.lock`, '');
    const { dev, ino } = await stat(`${path}.lock`, { bigint: true });
    const hex = (number: bigint): string => number.toString(16).padStart(2, '0');
    // What fits into a byte each: the devices of test machines.
    const device = `${hex((dev >> 8n) & 0xfffn)}:${hex((dev & 0xffn) | ((dev >> 12n) & 0xfff00n))}`;
    let looks = 0;
    const readFileOf: unknown = async (name: string, encoding: 'latin1') => {
      if (name !== '/proc/locks') return await nodeFiles.readFile(name, encoding);
      looks += 1;
      return looks > 3
        ? `1: POSIX  ADVISORY  READ 7 ${device}:${ino} 0 EOF\n2: FLOCK  ADVISORY  WRITE 7 ${device}:${ino} 0 EOF\n`
        : `1: FLOCK  ADVISORY  WRITE 8 00:1a:99 0 EOF\n2: POSIX  ADVISORY  WRITE 7 ${device}:${ino} 0 EOF\n`;
    };
    const files = Object.assign({}, nodeFiles, { readFile: readFileOf });
    const cache = await open({ clock: sleepingClock(), files });
    await cache.fill(request, { locked: [], stage: stage(zip) });
    expect(looks).toBe(4);
    expect(await readdir(dirname(path))).toEqual(['linux_amd64', 'linux_amd64.lock']);
  });
});

/** One process of many: fills the cache, checks what it got, links it into a folder of its own. */
const worker = `
  import { readFileSync } from 'node:fs';
  import { Readable } from 'node:stream';
  import { extractPackage, hashTree } from 'ARCHIVE';
  import { nodeFiles, systemClock } from 'BASE';
  import { acquireLock, StoreLockedError } from 'CONTENT';
  import { parsePlatform, parseProviderAddress, parseVersion } from 'DOMAIN';
  import { openPackageCache } from 'INSTALL';
  const [directory, zip, target, locked, h1] = process.argv.slice(2);
  const tryLock = async (lock) => {
    try {
      return await acquireLock(nodeFiles, { folder: directory, lock }, systemClock);
    } catch (error) {
      if (error instanceof StoreLockedError) return undefined;
      throw error;
    }
  };
  const cache = await openPackageCache({ directory, mayBreakLockFile: false, tryLock });
  const request = {
    provider: parseProviderAddress('example.com/acme/thing'),
    version: parseVersion('1.0.0'),
    platform: parsePlatform('linux_amd64'),
  };
  const stage = async (folder) => ({
    kind: 'extracted',
    directory: folder,
    ...(await extractPackage(Readable.from([readFileSync(zip)]), folder)),
  });
  const hashes = locked === '' ? [] : [locked];
  const { cached, filled } = await cache.fill(request, { locked: hashes, stage });
  if ((await hashTree(cached.path)) !== h1) throw new Error('torn in the cache');
  await cache.linkInto(cached, target);
  if ((await hashTree(target)) !== h1) throw new Error('torn in the target');
  await cache.close();
  process.stdout.write(filled ? 'filled' : 'used');
`;

async function bundleWorker(folder: string): Promise<string> {
  const room = (name: string): string =>
    JSON.stringify(join(import.meta.dirname, '..', name, 'index.ts'));
  const entry = join(folder, 'worker.mjs');
  const outfile = join(folder, 'worker.bundle.mjs');
  const script = worker
    .replace("'ARCHIVE'", room('archive'))
    .replace("'BASE'", room('base'))
    .replace("'CONTENT'", room('content'))
    .replace("'INSTALL'", JSON.stringify(join(import.meta.dirname, 'package-cache.ts')))
    .replace("'DOMAIN'", room('domain'));
  await writeFile(entry, script);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    nodePaths: [join(import.meta.dirname, '../../node_modules')],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  return outfile;
}

async function run(script: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const [out, complaints] = await Promise.all([text(child.stdout), buffer(child.stderr)]);
  await closed;
  return `${out}${complaints.toString()}`;
}

describe('sixteen processes with one cache', () => {
  it.each(['with a lock file', 'without a lock file'])(
    'all succeed, nothing is torn, %s',
    async (how) => {
      const folder = await tempFolder();
      const script = await bundleWorker(folder);
      const binary = Buffer.alloc(2_000_000, 'a provider of some size, over and over');
      const large = await makeProviderZip(
        { type: 'thing', version: '1.0.0', binary },
        'linux_amd64',
      );
      const scratch = await tempFolder();
      const { h1OfTree } = await extractPackage(Readable.from([large]), scratch);
      const zipPath = join(folder, 'package.zip');
      await writeFile(zipPath, large);
      const locked = how === 'with a lock file' ? h1OfTree : '';
      // Half of them share a working folder.
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, index) => {
          const target = join(folder, `project-${index < 8 ? 'shared' : index}`, 'linux_amd64');
          return run(script, [directory, zipPath, target, locked, h1OfTree]);
        }),
      );
      const expected =
        how === 'with a lock file'
          ? ['filled', ...Array<string>(15).fill('used')]
          : Array<string>(16).fill('filled');
      expect(outcomes.sort()).toEqual(expected);
      expect(await hashTree(join(directory, inside))).toBe(h1OfTree);
      expect(await readdir(directory)).toEqual(['example.com']);
      expect(await readdir(dirname(join(directory, inside)))).toEqual(['linux_amd64']);
    },
  );
});
