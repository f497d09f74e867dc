import { mkdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type InitProject,
  type InitWorld,
  makeInitProject,
  makeInitWorld,
} from '../../../test/support/init-world.ts';
import type {
  OriginRegistry,
  OriginRegistryOptions,
} from '../../../test/support/origin-registry.ts';
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

async function origin(options: Partial<OriginRegistryOptions> = {}): Promise<OriginRegistry> {
  const registry = await world.startOrigin(options);
  onTestFinished(() => registry.close());
  return registry;
}

const init = (
  { env, home }: InitProject,
  args: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): Promise<MainRun> =>
  runMain(['init', ...args], { home, env: { ...onlyLoopback, ...env, ...more } });

const installed = (home: string, source: string): Promise<unknown> =>
  stat(join(home, '.terraform/providers', source, '1.1.0/linux_amd64'));

describe('init from the registry that an address names', () => {
  it('installs what is signed, says by whom, and locks all platforms', async () => {
    const registry = await origin();
    const source = `${registry.host}/acme/thing`;
    const project = await makeInitProject(world, source);
    const result = await init(project);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain(
      `- Installed ${source} v1.1.0 (signed, key ID ${world.key.keyId})`,
    );
    expect(result.stdout).toContain('Providers are signed by their developers.');
    await installed(project.home, source);
    expect((await project.lockText()).match(/"zh:/gu)).toHaveLength(2);
    const again = await init(project);
    expect(again.stdout).toContain(`- Using previously-installed ${source} v1.1.0`);
    expect(again.stdout).not.toContain('Providers are signed');
  });

  it('asks the services of a host block, and says that no signature could be checked', async () => {
    const registry = await origin({ keys: [] });
    const host = `host "registry.opentofu.org" {\n  services = { "providers.v1" = "${registry.providersUrl}" }\n}\n`;
    const project = await makeInitProject(world, 'acme/thing', host);
    const { code, stdout } = await init(project);
    expect(code).toBe(0);
    expect(stdout).toContain(
      '- Installed acme/thing v1.1.0. Signature validation was skipped due to the registry not containing GPG keys for this provider',
    );
  });

  it.each([
    ['TF_TOKEN', (host: string) => ({ env: { [`TF_TOKEN_${host}`]: 's3cret' }, config: '' })],
    [
      'a credentials block',
      (host: string) => ({ env: {}, config: `credentials "${host}" {\n  token = "s3cret"\n}\n` }),
    ],
  ])('sends the token of %s, and not for packages', async (_name, settings) => {
    const registry = await origin({ token: 's3cret' });
    const { config, env } = settings(registry.host);
    const project = await makeInitProject(world, `${registry.host}/acme/thing`, config);
    const refused = await init({
      ...project,
      env: { SSL_CERT_FILE: project.env['SSL_CERT_FILE'] ?? '' },
    });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('requires authentication credentials');
    expect(await init(project, [], env)).toMatchObject({ code: 0 });
    const withToken = registry.requests.filter((line) => line.endsWith('(token)'));
    expect(withToken.join()).toContain('/v1/providers/acme/thing/versions');
    expect(withToken.join()).not.toContain('.zip');
  });

  it('says that a host is no provider registry', async () => {
    const registry = await origin();
    registry.faults.answer = (path) =>
      path === '/.well-known/terraform.json'
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }
        : undefined;
    const source = `${registry.host}/acme/thing`;
    const { code, stderr } = await init(await makeInitProject(world, source));
    expect(code).toBe(6);
    expect(stderr).toContain('Error: Invalid provider registry host');
    expect(stderr.replaceAll(/\s*│\s*/gu, ' ')).toContain(
      'does not offer a OpenTofu provider registry.',
    );
  });
});

describe('init, what it says', () => {
  it('says with --quiet what came of it, and nothing on the way', async () => {
    const registry = await origin();
    const source = `${registry.host}/acme/thing`;
    const project = await makeInitProject(world, source);
    const lines = (await init(project, ['--quiet'])).stdout.split('\n');
    expect(lines.filter((line) => line.startsWith('- '))).toEqual([
      `- Installed ${source} v1.1.0 (signed, key ID ${world.key.keyId})`,
    ]);
    expect(lines).not.toContain('Initializing provider plugins...');
    const again = (await init(project, ['--quiet'])).stdout.trim();
    expect(again).toBe('The providers of this configuration are installed.');
  });

  it('refuses to change a lock file with -lockfile=readonly, as it tells everything else', async () => {
    const registry = await origin();
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    const { code, stderr } = await init(project, ['--lockfile', 'readonly']);
    expect(code).toBe(7);
    expect(stderr).toContain('│ Error: Provider dependency changes detected\n│\n│ Changes to');
    expect(await project.lockText()).toBe('');
  });
});

describe('init and what a registry says besides', () => {
  it('tells the warnings of a registry before what failed', async () => {
    const registry = await origin();
    const versions = [{ version: '1.1.0', protocols: ['5.0'] }];
    registry.faults.answer = (path) =>
      path.endsWith('/versions')
        ? { body: JSON.stringify({ versions, warnings: ['It moved.'] }) }
        : undefined;
    registry.faults.wrongShasum = true;
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    const { code, stderr, stdout } = await init(project);
    expect(code).not.toBe(0);
    const said = `${stdout}${stderr}`;
    expect(said).toContain('- It moved.');
    expect(said.indexOf('Additional provider information from registry')).toBeLessThan(
      said.indexOf('Error: Failed to install provider'),
    );
    expect(said.match(/It moved/gu)).toHaveLength(1);
    const machine = await init(project, ['-json']);
    const levels = machine.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { '@level': string })['@level']);
    expect(levels.filter((level) => level !== 'info')).toEqual(['warn', 'error']);
  });

  it('says that a locked version is gone', async () => {
    const registry = await origin();
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    expect(await init(project)).toMatchObject({ code: 0 });
    await rm(join(project.home, '.terraform'), { recursive: true });
    registry.faults.answer = (path) => {
      if (path.includes('/1.1.0/')) return { status: 404 };
      return path.endsWith('/versions')
        ? { body: '{"versions":[{"version":"1.0.0","protocols":["5.0"]}]}' }
        : undefined;
    };
    const { code, stderr } = await init(project);
    expect(code).toBe(3);
    expect(stderr).toContain('the previously-selected version 1.1.0 is no longer available');
  });
});

describe('init from mirrors', () => {
  it('asks the network mirror that --from names', async () => {
    const registry = await origin();
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const { code, stdout } = await init(project, ['--from', `network:${registry.mirrorUrl}`]);
    expect(code).toBe(0);
    expect(stdout).toContain('- Installed example.com/acme/thing v1.1.0 (verified checksum)');
    expect(registry.requests.join()).not.toMatch(/well-known|\/v1\//u);
  });

  it('asks the methods of the CLI configuration in their order', async () => {
    const registry = await origin();
    const folder = await world.mirrorFolder('example.com/acme/thing');
    const config = `provider_installation {\n  filesystem_mirror {\n    path = "${folder}"\n    include = ["example.com/*/*"]\n  }\n  network_mirror {\n    url = "${registry.mirrorUrl}"\n  }\n}\n`;
    const project = await makeInitProject(world, 'example.com/acme/thing', config);
    expect((await init(project)).stdout).toContain('v1.1.0 (unauthenticated)');
    const other = await makeInitProject(world, 'example.org/acme/thing', config);
    expect((await init(other)).stdout).toContain('v1.1.0 (verified checksum)');
  });

  it('takes the folders of -plugin-dir and no others, and records them', async () => {
    const folder = await world.mirrorFolder('example.com/acme/thing', 'unpacked');
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const result = await init(project, [`-plugin-dir=${folder}`]);
    expect(result.code).toBe(0);
    const path = join(
      project.home,
      '.terraform/providers/example.com/acme/thing/1.1.0/linux_amd64',
    );
    expect(await readlink(path)).toBe(join(folder, 'example.com/acme/thing/1.1.0/linux_amd64'));
    const record = join(project.home, '.terraform/plugin_path');
    expect(JSON.parse(await readFile(record, 'utf8'))).toEqual([folder]);
    expect(await init(project, ['-plugin-dir='])).toMatchObject({ code: 0 });
    await expect(stat(record)).rejects.toThrow('ENOENT');
    const both = await init(project, ['--plugin-dir', folder, '--from', 'direct']);
    expect(both).toMatchObject({ code: 2 });
    expect(both.stderr).toContain('mutually exclusive');
  });

  it('finds providers in the well-known folders, and asks no registry for them', async () => {
    const folder = await world.mirrorFolder('example.com/acme/thing');
    const project = await makeInitProject(world, 'example.com/acme/thing');
    await mkdir(join(project.home, '.terraform.d'));
    await rename(folder, join(project.home, '.terraform.d/plugins'));
    const result = await init(project);
    expect(result.stdout).toContain('v1.1.0 (unauthenticated)');
  });
});

describe('init with a plugin cache', () => {
  it('fills it, and uses it without asking anybody', async () => {
    const registry = await origin();
    const source = `${registry.host}/acme/thing`;
    const TF_PLUGIN_CACHE_DIR = await tempFolder();
    const project = await makeInitProject(world, source);
    const first = await init(project, [], { TF_PLUGIN_CACHE_DIR });
    expect(first.stdout).toContain(
      `- Installing ${source} v1.1.0 to the shared cache directory...`,
    );
    expect(first.stdout).toContain(`- Using ${source} v1.1.0 from the shared cache directory`);
    await rm(join(project.home, '.terraform'), { recursive: true });
    const count = registry.requests.length;
    const second = await init(project, [], { TF_PLUGIN_CACHE_DIR });
    expect(second.stdout).toContain(
      `- Detected previously-installed ${source} v1.1.0 in the shared cache directory`,
    );
    expect(registry.requests).toHaveLength(count);
  });
});

describe('init and providers under development', () => {
  it('warns of overrides', async () => {
    const folder = await world.mirrorFolder('example.com/acme/thing');
    const config = `provider_installation {\n  dev_overrides {\n    "example.com/acme/thing" = "/src/thing"\n  }\n  filesystem_mirror {\n    path = "${folder}"\n  }\n}\n`;
    const { stderr, stdout } = await init(
      await makeInitProject(world, 'example.com/acme/thing', config),
    );
    expect(stdout + stderr).toContain('Provider development overrides are in effect');
    expect(stdout + stderr).toContain('- example.com/acme/thing in /src/thing');
  });

  it('leaves alone what was started by hand', async () => {
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const TF_REATTACH_PROVIDERS = JSON.stringify({ 'example.com/acme/thing': { Pid: 1 } });
    const result = await init(project, ['--from', 'fs:/nowhere'], { TF_REATTACH_PROVIDERS });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).not.toContain('Installing');
    const bad = await init(project, ['--from', 'direct'], { TF_REATTACH_PROVIDERS: '{' });
    expect(bad).toMatchObject({ code: 2 });
    expect(bad.stderr).toContain('Invalid format for TF_REATTACH_PROVIDERS');
  });
});
