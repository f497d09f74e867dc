import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  address,
  filesIn,
  locationAt,
  makeProject,
  type PublishedRegistry,
  requiring,
  startPublishedRegistry,
  version,
} from '../support/published-registry.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { type Finished, runCli } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

let published: PublishedRegistry;
beforeAll(async () => {
  published = await startPublishedRegistry();
});
afterAll(() => published.close());

const init = (project: string, ...more: string[]): Promise<Finished> =>
  runCli(['init', '--from', locationAt(published.host), ...more], { cwd: project });

describe('init in a project with faults', () => {
  it('says where the lock file is wrong, and leaves it', async () => {
    const project = await makeProject();
    const text = 'provider "acme/thing" {\n  version = "1.2.3"\n}\n\nprovider {\n  version = 1\n';
    await writeFile(join(project, '.terraform.lock.hcl'), text);
    const result = await init(project);
    expect(result.stderr).toContain('Error: Non-normalized provider source address');
    expect(result.stderr).toContain('on .terraform.lock.hcl line 1, column 10:');
    expect(result.stderr).toContain('on .terraform.lock.hcl line 5, column ');
    expect(result.code).toBe(2);
    expect(await filesIn(project)).toEqual(['.terraform.lock.hcl', 'main.tf']);
    expect(await readFile(join(project, '.terraform.lock.hcl'), 'utf8')).toBe(text);
  });

  it('says where the configuration is wrong, every place of it', async () => {
    const project = await makeProject();
    const text =
      'terraform {\n  required_providers {\n    thing = { source = "example.com/acme/th_ing" }\n    other = "~> x"\n  }\n}\nresource "thing_x" {\n';
    await writeFile(join(project, 'main.tf'), text);
    const result = await init(project);
    expect(result.stderr).toContain('Error: Invalid provider type');
    expect(result.stderr).toContain('on main.tf line 3, column 24:');
    expect(result.stderr).toContain('Error: Invalid version constraint');
    expect(result.stderr).toContain('on main.tf line 4, column 13:');
    expect(result.stderr).toContain('on main.tf line 7, column ');
    // The diagnostics say it all.
    expect(result.stderr).not.toMatch(/^Error:/mu);
    expect(result.stdout).toBe('');
    expect(result.code).toBe(2);
  });

  it('asks the registry that the address names when nothing else is said', async () => {
    const project = await makeProject();
    const result = await runCli(['init'], { cwd: project });
    expect(result.stderr).toContain('Could not resolve provider example.com/acme/thing');
    expect(result.stderr).toContain('could not connect to example.com');
    expect(result.code).toBe(6);
  });

  it('does not go past a mirror that nobody can read the name of', async () => {
    const project = await makeProject();
    const config = join(project, 'tofurc');
    await writeFile(config, 'provider_installation {\n  oci_mirror {\n');
    const result = await runCli(['init'], { cwd: project, env: { TF_CLI_CONFIG_FILE: config } });
    expect(result.stderr).toContain('There are some problems with the CLI configuration:');
    expect(result.stderr).toContain('Hint: Correct the places named above.');
    expect(result.code).toBe(2);
  });

  it('says that the folder of a filesystem mirror is not there', async () => {
    const project = await makeProject();
    const config = join(project, 'tofurc');
    const text =
      'provider_installation {\n  filesystem_mirror {\n    path = "/nowhere/mirror"\n  }\n}\n';
    await writeFile(config, text);
    const result = await runCli(['init'], { cwd: project, env: { TF_CLI_CONFIG_FILE: config } });
    expect(result.stderr).toContain('/nowhere/mirror');
    expect(result.stderr).toContain('no such file or directory');
    expect(result.code).not.toBe(0);
  });

  it('installs nothing below a .terraform that is a file, and then it is still a file', async () => {
    const project = await makeProject();
    await writeFile(join(project, '.terraform'), 'mine\n');
    const result = await init(project);
    expect(result.stderr).toContain('a part of the path is not a directory');
    expect(result.code).toBe(1);
    expect(await readFile(join(project, '.terraform'), 'utf8')).toBe('mine\n');
    expect(await filesIn(project)).toEqual(['.terraform', 'main.tf']);
  });

  it('reports what went wrong first, not the .terraform that is a file', async () => {
    const project = await makeProject();
    await writeFile(join(project, '.terraform'), '');
    await writeFile(join(project, 'main.tf'), requiring(address, '~> 7.0'));
    const result = await init(project);
    expect(result.stderr).toContain('no available releases match the given constraints ~> 7.0');
    expect(result.code).toBe(3);
  });

  it('installs over a folder that a broken run of another tool left empty', async () => {
    const project = await makeProject();
    await mkdir(join(project, '.terraform/providers', address, version), { recursive: true });
    expect(await init(project)).toMatchObject({ code: 0 });
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot)(
    `says that a project folder is read-only${isRoot ? ' (skipped: root may write anywhere)' : ''}`,
    async () => {
      const project = await makeProject();
      await chmod(project, 0o555);
      const result = await init(project);
      await chmod(project, 0o755);
      expect(result.stderr).toContain('permission denied');
      expect(result.code).toBe(1);
      expect(await filesIn(project)).toEqual(['main.tf']);
    },
  );

  it('says that a folder to work in is not there', async () => {
    const project = await makeProject();
    const result = await init(project, '--chdir', 'elsewhere');
    expect(result.stderr).toContain(`${join(project, 'elsewhere')}: no such file or directory`);
    expect(result.code).toBe(2);
    const file = await init(project, '--chdir', 'main.tf');
    expect(file.stderr).toContain(`--chdir: ${join(project, 'main.tf')} is not a folder`);
    expect(file.code).toBe(2);
  });

  it('says that the folder of a child module is not there', async () => {
    const project = await makeProject();
    await writeFile(join(project, 'modules.tf'), 'module "net" {\n  source = "./net"\n}\n');
    const result = await init(project);
    expect(result.stderr).toContain('Error: Unreadable module directory');
    expect(result.stderr).toContain('on modules.tf line 1, column 1:');
    expect(result.code).toBe(2);
    expect(await filesIn(project)).toEqual(['main.tf', 'modules.tf']);
  });

  it('says that a file of certificates is not there', async () => {
    const project = await makeProject();
    const result = await init(project, '--ca-file', 'ca.pem');
    expect(result.stderr).toContain(`${join(project, 'ca.pem')}: no such file or directory`);
    expect(result.stderr).not.toContain('ENOENT');
    expect(result.code).toBe(2);
  });
});

describe('push of files with faults', () => {
  interface Fault {
    readonly code: number;
    readonly message: RegExp;
    readonly break: (folder: string, zip: string) => Promise<unknown>;
  }

  const faults: readonly (readonly [string, Fault])[] = [
    [
      'a zip that is cut off',
      {
        code: 5,
        message: /zip archive|ends at byte/u,
        break: async (_, zip) => writeFile(zip, (await readFile(zip)).subarray(0, -30)),
      },
    ],
    [
      'an error page with the name of a zip',
      {
        code: 5,
        message: /not a provider's zip archive/u,
        break: (_, zip) => writeFile(zip, '<html>503</html>'),
      },
    ],
    [
      'a zip that is not what SHA256SUMS states',
      {
        code: 5,
        message: /SHA256SUMS|checksum/u,
        break: async (folder, zip) => {
          const sums = join(folder, `terraform-provider-thing_${version}_SHA256SUMS`);
          const name = zip.slice(folder.length + 1);
          await writeFile(sums, `${'0'.repeat(64)}  ${name}\n`);
        },
      },
    ],
    [
      'a signature without its key',
      {
        code: 2,
        message: /--public-key|key/u,
        break: (folder) =>
          writeFile(join(folder, `terraform-provider-thing_${version}_SHA256SUMS.sig`), 'x'),
      },
    ],
  ];

  it.each(faults)('refuses %s before anything is sent', async (_, fault) => {
    const folder = await tempFolder();
    const release = await makeReleaseFolder(folder, {
      type: 'thing',
      version,
      platforms: ['linux_amd64'],
    });
    await fault.break(folder, release.pathOf('linux_amd64'));
    // Nobody listens there: a request would fail in another way.
    const result = await runCli(['push', address, folder, '--to', locationAt('127.0.0.1:1')]);
    expect(result.stderr).toMatch(fault.message);
    expect(result.code).toBe(fault.code);
    expect(result.stdout).toBe('');
  });

  it.each([
    ['an empty folder', 'example.com/acme/thing'],
    ['a folder without the version that is asked for', 'example.com/acme/thing@9.9.9'],
  ])('says which name it looks for in %s', async (_, wanted) => {
    const folder = await tempFolder();
    const result = await runCli(['push', wanted, folder, '--to', locationAt('127.0.0.1:1')]);
    expect(result.stderr).toMatch(/no terraform-provider-thing_\S+_OS_ARCH\.zip in /u);
    expect(result.stderr).toContain(folder);
    expect(result.code).toBe(3);
  });

  it('does not write a layout where a file is', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'layouts'), 'mine\n');
    const to = `oci-layout:${join(folder, 'layouts')}/{hostname}/{namespace}/{type}`;
    const result = await runCli(['push', address, published.release.folder, '--to', to]);
    expect(result.stderr).toMatch(/layouts.*(not a directory|EEXIST|a file)/u);
    expect(result.code).not.toBe(0);
    expect(await readFile(join(folder, 'layouts'), 'utf8')).toBe('mine\n');
  });
});
