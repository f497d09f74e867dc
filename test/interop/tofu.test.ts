import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTofus } from '../support/peers.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli, runProgram, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const tofus = findTofus();
const platform = `linux_${process.arch === 'x64' ? 'amd64' : process.arch}`;

interface Setting {
  readonly folder: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  readonly location: string;
  readonly caFile: string;
}

interface SettingOptions {
  /** Lines inside the oci_mirror block. */
  readonly method?: string;
  readonly versions?: readonly string[];
  readonly constraint?: string;
}

/** A registry over TLS with releases in it, and a project that requires them. */
async function setUp(options: SettingOptions = {}): Promise<Setting> {
  const folder = await tempFolder();
  const tls = join(folder, 'tls');
  const server = await startServe(
    [join(folder, 'registry'), '--listen', '127.0.0.1:0', '--tls-self-signed', tls],
    { cwd: folder },
  );
  const host = server.hosts[0] ?? '';
  const caFile = join(tls, 'ca.crt');
  const location = `${host}/tf/{hostname}/{namespace}/{type}`;
  for (const version of options.versions ?? ['1.2.3']) {
    const dist = join(folder, `dist-${version}`);
    await makeReleaseFolder(dist, {
      type: 'thing',
      version,
      platforms: [...new Set([platform, 'darwin_arm64', 'windows_amd64'])],
    });
    const args = ['push', 'registry.opentofu.org/acme/thing', dist, '--to', location];
    const pushed = await runCli([...args, '--ca-file', caFile], { cwd: folder });
    expect(pushed.stderr).not.toMatch(/Error/u);
    expect(pushed.code).toBe(0);
  }
  const config = join(folder, 'tofurc');
  const template = `${host}/tf/\${hostname}/\${namespace}/\${type}`;
  await writeFile(
    config,
    `provider_installation {\n  oci_mirror {\n    repository_template = "${template}"\n    include = ["*/*/*"]\n    ${options.method ?? ''}\n  }\n}\n`,
  );
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(
    join(project, 'main.tf'),
    `terraform {\n  required_providers {\n    thing = {\n      source  = "acme/thing"\n      version = "${options.constraint ?? '~> 1.0'}"\n    }\n  }\n}\n`,
  );
  const env = { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: caFile };
  return { folder, project, env, location, caFile };
}

async function installed(project: string): Promise<readonly string[]> {
  const providers = join(project, '.terraform', 'providers');
  const entries = await readdir(providers, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'));
  const lines = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, size } = await stat(path);
      return `${path.slice(providers.length)} ${(mode & 0o777).toString(8)} ${size}`;
    }),
  );
  return lines.sort();
}

const lockOf = (project: string): Promise<string> =>
  readFile(join(project, '.terraform.lock.hcl'), 'utf8');

async function clear(project: string): Promise<void> {
  await rm(join(project, '.terraform'), { recursive: true, force: true });
  await rm(join(project, '.terraform.lock.hcl'), { force: true });
}

describe.skipIf(tofus.length === 0)('unmodified OpenTofu (TOFU_BIN or tofu on PATH)', () => {
  describe.each(tofus.map((path) => [basename(path), path]))('%s', (_name, tofu) => {
    const init = (setting: Setting, ...more: string[]): ReturnType<typeof runProgram> =>
      runProgram(tofu, ['init', '-no-color', ...more], { cwd: setting.project, env: setting.env });
    const ours = (setting: Setting, ...more: string[]): ReturnType<typeof runCli> =>
      runCli(['init', ...more], { cwd: setting.project, env: setting.env });

    it('installs from our registry what we pushed, with a verified checksum', async () => {
      const setting = await setUp();
      const result = await init(setting);
      expect(result.stderr).not.toMatch(/Error/u);
      expect(result.code).toBe(0);
      expect(result.stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
    });

    it('writes the same lock file and the same tree as ours', async () => {
      const setting = await setUp({ versions: ['1.2.3', '1.4.0', '2.0.0'] });
      const { project } = setting;
      await init(setting);
      const theirLock = await lockOf(project);
      const theirTree = await installed(project);
      await clear(project);
      const result = await ours(setting);
      expect(result.code).toBe(0);
      expect(await lockOf(project)).toBe(theirLock);
      expect(await installed(project)).toEqual(theirTree);
    });

    it('accepts unchanged what ours left, and the other way round', async () => {
      const setting = await setUp();
      const { project } = setting;
      await ours(setting);
      const ourLock = await lockOf(project);
      const ourTree = await installed(project);
      const again = await init(setting);
      expect(again.stdout).toContain('- Using previously-installed acme/thing v1.2.3');
      expect(await lockOf(project)).toBe(ourLock);
      expect(await installed(project)).toEqual(ourTree);

      await clear(project);
      await init(setting);
      const theirLock = await lockOf(project);
      const result = await ours(setting);
      expect(result.stdout).toContain('- Using previously-installed acme/thing v1.2.3');
      expect(await lockOf(project)).toBe(theirLock);
    });

    it('installs on another machine with the lock file that ours wrote for all platforms', async () => {
      const setting = await setUp({ method: 'trust_all_hashes = true' });
      const { project, folder } = setting;
      const result = await ours(setting);
      expect(result.stderr).toBe('');
      const lock = await lockOf(project);
      expect(lock.match(/"h1:/gu)).toHaveLength(3);
      expect(lock.match(/"zh:/gu)).toHaveLength(3);
      const elsewhere = join(folder, 'elsewhere');
      await mkdir(elsewhere);
      for (const name of ['main.tf', '.terraform.lock.hcl']) {
        await cp(join(project, name), join(elsewhere, name));
      }
      const theirs = await init({ ...setting, project: elsewhere });
      expect(theirs.code).toBe(0);
      expect(theirs.stdout).toContain('(verified checksum)');
      expect(await lockOf(elsewhere)).toBe(lock);
    });

    it('refuses, as ours does, a package that the lock file does not know', async () => {
      const setting = await setUp();
      const { project } = setting;
      await ours(setting);
      const lock = await lockOf(project);
      const changed = lock.replaceAll(/"(h1:|zh:)..../gu, '"$1abcd');
      await writeFile(join(project, '.terraform.lock.hcl'), changed);
      await rm(join(project, '.terraform'), { recursive: true });
      const [theirs, mine] = [await init(setting), await ours(setting)];
      for (const result of [theirs, mine]) {
        expect(result.code).not.toBe(0);
        expect(`${result.stdout}${result.stderr}`.replaceAll(/\s*│\s*|\s+/gu, ' ')).toContain(
          "doesn't match any of the checksums previously recorded in the dependency lock file",
        );
      }
    });

    it('agrees on upgrades and on a version that nobody has', async () => {
      const setting = await setUp({ versions: ['1.0.0'] });
      const { project, folder, location, caFile } = setting;
      await ours(setting);
      const dist = join(folder, 'newer');
      await makeReleaseFolder(dist, { type: 'thing', version: '1.1.0', platforms: [platform] });
      const push = ['push', 'registry.opentofu.org/acme/thing', dist, '--to', location];
      await runCli([...push, '--ca-file', caFile], { cwd: folder });
      const before = await lockOf(project);
      await ours(setting);
      expect(await lockOf(project)).toBe(before);
      await ours(setting, '-upgrade');
      const upgraded = await lockOf(project);
      expect(upgraded).toContain('"1.1.0"');
      await writeFile(join(project, '.terraform.lock.hcl'), before);
      await init(setting, '-upgrade');
      expect(await lockOf(project)).toBe(upgraded);

      const main = await readFile(join(project, 'main.tf'), 'utf8');
      await writeFile(join(project, 'main.tf'), main.replace('~> 1.0', '~> 9.0'));
      await clear(project);
      const [theirs, mine] = [await init(setting), await ours(setting)];
      for (const result of [theirs, mine]) {
        expect(result.code).not.toBe(0);
        expect(`${result.stdout}${result.stderr}`.replaceAll(/\s*│\s*|\s+/gu, ' ')).toContain(
          'no available releases match the given constraints ~> 9.0',
        );
      }
    });
  });
});

it.runIf(tofus.length === 0)(
  'skips the tests with OpenTofu: none is on PATH nor named by TOFU_BIN',
  () => {
    expect(tofus).toEqual([]);
  },
);
