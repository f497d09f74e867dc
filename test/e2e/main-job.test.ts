import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPeer } from '../support/peers.ts';
import { makeReleaseFolder, type ReleaseFolder } from '../support/release-folder.ts';
import { runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const platforms = [...new Set(['linux_amd64', 'windows_amd64', platform])];

interface Setting {
  readonly folder: string;
  readonly release: ReleaseFolder;
  readonly host: string;
  readonly location: string;
}

async function setUp(options: { readonly version?: string } = {}): Promise<Setting> {
  const folder = await tempFolder();
  const release = await makeReleaseFolder(join(folder, 'dist'), {
    type: 'thing',
    version: options.version ?? '1.2.3',
    platforms,
  });
  const server = await startServe([join(folder, 'registry'), '--listen', '127.0.0.1:0'], {
    cwd: folder,
  });
  const host = server.hosts[0] ?? '';
  return { folder, release, host, location: `${host}/tf/{hostname}/{namespace}/{type}` };
}

async function makeProject(folder: string, source: string, version: string): Promise<string> {
  const project = join(folder, 'project');
  await mkdir(project, { recursive: true });
  const text = `terraform {\n  required_providers {\n    thing = {\n      source  = "${source}"\n      version = "${version}"\n    }\n  }\n}\n`;
  await writeFile(join(project, 'main.tf'), text);
  return project;
}

describe('the main job', () => {
  it('publishes a folder of zips and installs from it', async () => {
    const { folder, location, release } = await setUp();
    const pushed = await runCli(['push', 'example.com/acme/thing', 'dist', '--to', location], {
      cwd: folder,
    });
    expect(pushed.stderr).not.toMatch(/Error/u);
    expect(pushed.code).toBe(0);
    expect(pushed.stdout).toMatch(/^example\.com\/acme\/thing 1\.2\.3$/mu);

    const project = await makeProject(folder, 'example.com/acme/thing', '~> 1.2');
    const installed = await runCli(['init', '--from', location], { cwd: project });
    expect(installed.stderr).not.toMatch(/Error/u);
    expect(installed.code).toBe(0);
    expect(installed.stdout).toContain(
      '- Installed example.com/acme/thing v1.2.3 (verified checksum)',
    );

    const lock = await readFile(join(project, '.terraform.lock.hcl'), 'utf8');
    expect(lock).toContain(`"zh:${release.hashes.get(platform) ?? ''}"`);
    expect(lock).toMatch(/constraints = "~> 1\.2"/u);
    const packageFolder = join(
      project,
      '.terraform/providers/example.com/acme/thing/1.2.3',
      platform,
    );
    expect((await readdir(packageFolder)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'terraform-provider-thing_v1.2.3',
    ]);
    const executable = await stat(join(packageFolder, 'terraform-provider-thing_v1.2.3'));
    expect(executable.mode & 0o777).toBe(0o755);

    const again = await runCli(['init', '--from', location], { cwd: project });
    expect(again.stdout).toContain('- Using previously-installed example.com/acme/thing v1.2.3');
    expect(await readFile(join(project, '.terraform.lock.hcl'), 'utf8')).toBe(lock);
  });

  it('gives the same digest from another folder and sends nothing the second time', async () => {
    const { folder, location } = await setUp();
    const args = ['push', 'example.com/acme/thing', 'dist', '--to', location, '--json'];
    const first = await runCli(args, { cwd: folder });
    await makeReleaseFolder(join(folder, 'elsewhere', 'dist'), {
      type: 'thing',
      version: '1.2.3',
      platforms,
    });
    const second = await runCli(args, { cwd: join(folder, 'elsewhere') });
    const summary = (stdout: string): Record<string, unknown> =>
      JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(summary(first.stdout)).toMatchObject({ type: 'summary', action: 'published' });
    expect(summary(second.stdout)).toMatchObject({
      action: 'present',
      digest: summary(first.stdout).digest,
    });
    expect(second.stdout).not.toContain('"how":"sent"');
  });

  it('refuses other bytes for a published platform, with exit code 7', async () => {
    const { folder, location } = await setUp();
    const address = 'example.com/acme/thing';
    await runCli(['push', address, 'dist', '--to', location], { cwd: folder });
    await makeReleaseFolder(join(folder, 'dist'), {
      type: 'thing',
      version: '1.2.3',
      platforms,
      salt: 'changed',
    });
    const refused = await runCli(['push', address, 'dist', '--to', location], { cwd: folder });
    expect(refused.code).toBe(7);
    expect(refused.stderr).toMatch(/published package for \S+ is zh:/u);
    const replaced = await runCli(['push', address, 'dist', '--to', location, '--replace'], {
      cwd: folder,
    });
    expect(replaced.code).toBe(0);
  });

  it('refuses to install a package that the lock file does not know, with exit code 5', async () => {
    const { folder, location } = await setUp();
    const address = 'example.com/acme/thing';
    await runCli(['push', address, 'dist', '--to', location], { cwd: folder });
    const project = await makeProject(folder, address, '1.2.3');
    await runCli(['init', '--from', location], { cwd: project });
    const lockFile = join(project, '.terraform.lock.hcl');
    const lock = await readFile(lockFile, 'utf8');
    await writeFile(
      lockFile,
      lock.replaceAll(/"zh:[0-9a-f]{8}/gu, '"zh:00000000').replaceAll(/"h1:..../gu, '"h1:AAAA'),
    );
    const tampered = await readFile(lockFile, 'utf8');
    const fresh = await runCli(['init', '--from', location], {
      cwd: project,
      env: { TF_DATA_DIR: join(folder, 'other-data') },
    });
    expect(fresh.code).toBe(5);
    expect(fresh.stderr).toMatch(/doesn't match any of the checksums previously recorded/u);
    expect(await readFile(lockFile, 'utf8')).toBe(tampered);
    await expect(stat(join(folder, 'other-data', 'providers'))).rejects.toThrow(/ENOENT/u);
  });

  it('reads the location and the trust for all hashes from the CLI configuration', async () => {
    const { folder, host, release } = await setUp();
    const template = `${host}/tf/\${namespace}/\${type}`;
    const location = `${host}/tf/{namespace}/{type}`;
    const address = 'registry.opentofu.org/acme/thing';
    const pushed = await runCli(['push', address, 'dist', '--to', location], { cwd: folder });
    expect(pushed.code).toBe(0);
    const config = join(folder, 'tofurc');
    await writeFile(
      config,
      `provider_installation {\n  oci_mirror {\n    repository_template = "${template}"\n    include = ["registry.opentofu.org/*/*"]\n    trust_all_hashes = true\n  }\n}\n`,
    );
    const project = await makeProject(folder, 'acme/thing', '>= 1.0.0');
    const env = { TF_CLI_CONFIG_FILE: config };
    const installed = await runCli(['init'], { cwd: project, env });
    expect(installed.stderr).toBe('');
    expect(installed.code).toBe(0);
    const lock = await readFile(join(project, '.terraform.lock.hcl'), 'utf8');
    for (const hex of release.hashes.values()) expect(lock).toContain(`"zh:${hex}"`);
    expect(lock.match(/"h1:/gu)).toHaveLength(platforms.length);
  });
});

describe('bad input', () => {
  let folder: string;
  beforeAll(() => {
    folder = process.cwd();
  });

  it.each([
    [['push', 'acme/thing', 'dist', '--to', 'x/{type}'], 2, /host/u],
    [['push', 'example.com/acme/th_ing', 'dist', '--to', 'x/{type}'], 2, /th_ing|letters/u],
    [['push', 'example.com/acme/thing@1.x', 'dist', '--to', 'x/{type}'], 2, /1\.x/u],
    [
      [
        'push',
        'example.com/acme/thing',
        'no-such-folder',
        '--to',
        '127.0.0.1:1/{hostname}/{namespace}/{type}',
      ],
      2,
      /no such file/u,
    ],
    [['push', 'example.com/acme/thing', '.', '--to', '127.0.0.1:1/tf//'], 2, /shell/u],
    [
      [
        'push',
        'example.com/acme/thing',
        '.',
        '--to',
        '127.0.0.1:1/{hostname}/p-{namespace}-{type}',
      ],
      2,
      /-/u,
    ],
    [['push', 'example.com/acme/thing', '.'], 2, /--to/u],
    [['frobnicate'], 2, /unknown command/u],
    [['push', '--frob'], 2, /unknown option/u],
    [['init', '-backend-config=x'], 2, /backend|unknown option/u],
  ])('%j ends with exit code %i', async (args, code, message) => {
    const result = await runCli(args, { cwd: folder });
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
  });
});

describe('start-up', () => {
  it('answers --version', async () => {
    const result = await runCli(['--version']);
    expect(result).toMatchObject({ code: 0, stdout: 'tofu-oci 0.1.0\n', stderr: '' });
  });
});

describe('peers', () => {
  it('names the reason when a peer is missing', () => {
    expect(findPeer('no-such-program-anywhere')).toMatchObject({
      path: undefined,
      reason: 'no-such-program-anywhere is not on PATH',
    });
  });
});
