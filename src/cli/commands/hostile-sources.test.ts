import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type InitProject,
  type InitWorld,
  makeInitProject,
  makeInitWorld,
} from '../../../test/support/init-world.ts';
import type { OriginAnswer, OriginRegistry } from '../../../test/support/origin-registry.ts';
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

async function origin(): Promise<OriginRegistry> {
  const registry = await world.startOrigin();
  onTestFinished(() => registry.close());
  return registry;
}

const run = (
  { env, home }: InitProject,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<MainRun> => runMain(args, { home, env: { ...onlyLoopback, ...env, ...more } });
const pipe = (path: string): Promise<unknown> => promisify(execFile)('mkfifo', [path]);
const isWindows = process.platform === 'win32';

describe('a registry that answers what no registry would', () => {
  const json = (
    body: string | Buffer,
    more: Readonly<Record<string, string>> = {},
  ): OriginAnswer => ({
    headers: { 'content-type': 'application/json', ...more },
    body,
  });
  const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const list = (count: number): string =>
    `{"versions":[${Array<string>(count).fill('{"version":"1"}').join(',')}]}`;

  it.each<readonly [string, RegExp, () => OriginAnswer, string]>([
    [
      'lists within a million lists',
      /versions$/u,
      () => json(`{"versions":${nested(1e6)}}`),
      'invalid version',
    ],
    [
      'services of a million lists',
      /well-known/u,
      () => json(`{"providers.v1":${nested(4e5)}}`),
      'does not offer',
    ],
    ['800,000 versions', /versions$/u, () => json(list(800_000)), 'Expected <=40000'],
    [
      'a version of ten megabytes',
      /versions$/u,
      () => json(`{"versions":[{"version":"1+${'a'.repeat(1e7)}"}]}`),
      'Expected <=8192',
    ],
    [
      'compressed blanks',
      /versions$/u,
      () => json(gzipSync(Buffer.alloc(5e7, 32)), { 'content-encoding': 'gzip' }),
      'content encoding "gzip"',
    ],
    [
      'endless sums',
      /SHA256SUMS$/u,
      () => ({ body: Buffer.alloc(2e7, 10) }),
      'limit of 1048576 bytes',
    ],
    [
      'an endless signature',
      /\.sig$/u,
      () => ({ body: Buffer.alloc(2e7, 10) }),
      'limit of 65536 bytes',
    ],
    [
      'a signature of packets that claim to be long',
      /\.sig$/u,
      () => ({ body: Buffer.alloc(6e4, 0xc2) }),
      'the signature can not be read',
    ],
    [
      'zeros in place of a package',
      /\.zip$/u,
      () => ({ body: Buffer.alloc(3e7) }),
      'does not begin with a zip entry',
    ],
  ])('is told: %s', { timeout: 20_000 }, async (_name, path, answer, message) => {
    const registry = await origin();
    const made = answer();
    registry.faults.answer = (at) => (path.test(at) ? made : undefined);
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    const { code, stderr } = await run(project, ['init']);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(message);
    expect(stderr.length).toBeLessThan(2000);
    expect(await project.lockText()).toBe('');
    const left = await readdir(join(project.home, '.terraform')).catch(() => []);
    expect(left.filter((name) => name.startsWith('.tofu-oci'))).toEqual([]);
  });
});

describe.skipIf(isWindows)('a working folder from a stranger', () => {
  it.each<readonly [string, (path: string) => Promise<unknown>, string]>([
    ['a pipe', pipe, 'it is no regular file'],
    ['a device without end', (path) => symlink('/dev/zero', path), 'it is no regular file'],
    ['a folder', (path) => mkdir(path), 'it is a directory'],
    ['a link to itself', (path) => symlink(path, path), 'ELOOP'],
  ])('has %s as its lock file: nobody waits for it', async (_name, make, message) => {
    const project = await makeInitProject(world, 'example.com/acme/thing');
    await make(join(project.home, '.terraform.lock.hcl'));
    for (const args of [['init'], ['lock']]) {
      const { code, stderr } = await run(project, args);
      expect(code).toBe(1);
      expect(stderr).toContain(message);
    }
    expect((await run(project, ['doctor'])).stdout).toContain('checks:');
  });

  it.each<readonly [string, (folder: string, executable: string) => Promise<unknown>]>([
    ['a pipe', async (_folder, executable) => await rm(executable).then(() => pipe(executable))],
    [
      'a device',
      async (_folder, executable) =>
        await rm(executable).then(() => symlink('/dev/zero', executable)),
    ],
    [
      'a link to itself',
      async (_folder, executable) =>
        await rm(executable).then(() => symlink(executable, executable)),
    ],
    ['a link to the folder above', (folder) => symlink('..', join(folder, 'x'))],
    [
      'a link to all there is',
      async (folder) => await rm(folder, { recursive: true }).then(() => symlink('/', folder)),
    ],
  ])('has %s where a provider is installed: it is refused at once', async (_name, make) => {
    const registry = await origin();
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    expect(await run(project, ['init'])).toMatchObject({ code: 0 });
    const folder = join(
      project.home,
      '.terraform/providers',
      registry.host,
      'acme/thing/1.1.0/linux_amd64',
    );
    await make(folder, join(folder, 'terraform-provider-thing_v1.1.0'));
    const before = await project.lockText();
    const { code, stderr } = await run(project, ['init']);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/cannot (?:compute the h1 hash of|hash) /u);
    expect(await project.lockText()).toBe(before);
  });
});

describe.skipIf(isWindows)('a plugin cache that others can write to', () => {
  const entry = (host: string): string => `${host}/acme/thing/1.1.0`;

  it.each<readonly [string, (folder: string, victim: string) => Promise<unknown>]>([
    [
      'a link in place of the lock',
      (folder, victim) => symlink(victim, join(folder, '.linux_amd64.tofu-oci.lock')),
    ],
    ['a pipe in place of the lock', (folder) => pipe(join(folder, '.linux_amd64.tofu-oci.lock'))],
    [
      'a folder in place of the lock',
      (folder) => mkdir(join(folder, '.linux_amd64.tofu-oci.lock')),
    ],
    [
      'a link in place of the lock of OpenTofu',
      (folder, victim) => symlink(victim, join(folder, 'linux_amd64.lock')),
    ],
    ['a pipe in place of the lock of OpenTofu', (folder) => pipe(join(folder, 'linux_amd64.lock'))],
  ])(
    'and holds %s: nothing waits, and nothing is written through',
    { timeout: 20_000 },
    async (_name, plant) => {
      const registry = await origin();
      const project = await makeInitProject(world, `${registry.host}/acme/thing`);
      expect(await run(project, ['init'])).toMatchObject({ code: 0 });
      await rm(join(project.home, '.terraform'), { recursive: true });
      const cache = await tempFolder();
      const victim = join(await tempFolder(), 'victim');
      await writeFile(victim, 'mine');
      const folder = join(cache, entry(registry.host));
      await mkdir(folder, { recursive: true });
      await plant(folder, victim);
      const { code } = await run(project, ['init'], { TF_PLUGIN_CACHE_DIR: cache });
      expect(await readFile(victim, 'utf8')).toBe('mine');
      expect(code).toBe(0);
    },
  );

  it.each<readonly [string, (path: string) => Promise<unknown>]>([
    [
      'another package',
      async (path) => {
        await mkdir(path, { recursive: true });
        await writeFile(join(path, 'terraform-provider-thing_v1.1.0'), 'evil', { mode: 0o755 });
      },
    ],
    [
      'a package with a pipe in it',
      async (path) => {
        await mkdir(path, { recursive: true });
        await pipe(join(path, 'terraform-provider-thing_v1.1.0'));
      },
    ],
  ])('and holds %s: it is never linked', async (_name, plant) => {
    const registry = await origin();
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    expect(await run(project, ['init'])).toMatchObject({ code: 0 });
    await rm(join(project.home, '.terraform'), { recursive: true });
    const cache = await tempFolder();
    await plant(join(cache, entry(registry.host), 'linux_amd64'));
    for (const lock of [await project.lockText(), '']) {
      await writeFile(join(project.home, '.terraform.lock.hcl'), lock);
      const { code, stdout } = await run(project, ['init'], { TF_PLUGIN_CACHE_DIR: cache });
      expect([code, stdout]).toEqual([5, expect.not.stringContaining('from the shared cache')]);
    }
  });
});
