import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { onlyLoopback } from '../../test/support/run-cli.ts';
import { runMain } from '../../test/support/run-main.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { makeTestCertificate } from '../../test/support/test-certificate.ts';
import type { CliIo } from './io.ts';
import { main } from './main.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, in a world of its own. */
async function run(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Run> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const io: CliIo = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { HOME: options.cwd, ...onlyLoopback, ...options.env },
    cwd: options.cwd,
    platform: 'linux',
    arch: 'x64',
    signal: new AbortController().signal,
  };
  const code = await main(args, io);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const location = ['--from', '127.0.0.1:1/{hostname}/{namespace}/{type}'];

describe('init', () => {
  it('names "tofu get" where a module is not installed', async () => {
    const cwd = await tempFolder();
    const text = 'module "network" {\n  source = "example/network/aws"\n}\n';
    await writeFile(join(cwd, 'main.tf'), text);
    const result = await run(['init', ...location, '--json'], { cwd });
    expect(result.code).toBe(2);
    expect(result.stdout).toContain('Module not installed');
    expect(result.stdout).toContain('tofu get');
  });

  it('asks for the providers of child modules, of a source that depends on a variable, too', async () => {
    const cwd = await tempFolder();
    const text = 'variable "folder" {}\nmodule "network" {\n  source = "./${var.folder}"\n}\n';
    await writeFile(join(cwd, 'main.tf'), text);
    await mkdir(join(cwd, 'inner'));
    await writeFile(join(cwd, 'inner', 'main.tf'), 'resource "null_resource" "x" {}\n');
    const env = { TF_VAR_folder: 'inner' };
    const result = await run(['init', ...location, '--json'], { cwd, env });
    expect(result.stdout).toContain('hashicorp/null');
  });

  it('says where it looked, with OpenTofu’s exit code in its spelling', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), 'resource "null_resource" "x" {}\n');
    const config = join(cwd, 'tofurc');
    await mkdir(join(cwd, 'mirror'));
    await writeFile(
      config,
      'provider_installation {\n  filesystem_mirror {\n    path = "mirror"\n  }\n}\n',
    );
    const env = { TF_CLI_CONFIG_FILE: config };
    const ours = await run(['init'], { cwd, env });
    expect(ours.code).toBe(3);
    expect(ours.stderr).toContain('was not found in any of the search locations');
    expect(ours.stderr).toContain(`- ${join(cwd, 'mirror')}`);
    const theirs = await run(['init', '-no-color'], { cwd, env });
    expect(theirs.code).toBe(1);
  });

  it('shows every problem of the configuration with its place', async () => {
    const cwd = await tempFolder();
    await writeFile(
      join(cwd, 'main.tf'),
      'terraform {\n  required_providers {\n    a = { source = "no..pe/x" }\n    b = { version = "v" }\n  }\n}\n',
    );
    const result = await run(['init', ...location], { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/main\.tf line 3, column \d+/u);
    expect(result.stderr).toMatch(/main\.tf line 4, column \d+/u);
  });

  it('works in the folder of --chdir', async () => {
    const cwd = await tempFolder();
    const result = await run(['-chdir=nowhere', 'init', ...location], { cwd });
    expect(result.code).toBeLessThanOrEqual(1);
    expect(result.stderr).not.toContain('nowhere/nowhere');
  });
});

describe('init, used wrongly', () => {
  const configuration =
    'terraform {\n  required_providers {\n    null = { source = "example.com/acme/null" }\n  }\n}\n';

  it('asks about the shell when a location came without its variables', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), configuration);
    const result = await run(['init', '--from', '127.0.0.1:1/tf///'], { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('"127.0.0.1:1/tf///"');
    expect(result.stderr).toContain('Did your shell expand it?');
  });

  it('tells of a missing --ca-file once', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), configuration);
    const result = await run(['init', ...location, '--ca-file', 'nope.crt'], { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr.match(/nope\.crt/gu)).toHaveLength(1);
  });

  it('names the variable that leads to a missing certificate', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), configuration);
    const env = { NODE_EXTRA_CA_CERTS: 'nope.crt' };
    const result = await run(['init', ...location], { cwd, env });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('NODE_EXTRA_CA_CERTS: cannot read');
    expect(result.stderr).toContain('unset it');
  });

  it('refuses a --ca-file without certificates', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), configuration);
    const result = await run(['init', ...location, '--ca-file', 'main.tf'], { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('main.tf has no certificate in PEM form');
  });

  it('refuses a --ca-file whose certificates run into each other, and takes any line ends', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), configuration);
    const [one, other] = await Promise.all([makeTestCertificate(), makeTestCertificate()]);
    const [first, second] = [one.ca.trimEnd(), other.ca.trimEnd()];
    await writeFile(join(cwd, 'joined.crt'), `${first}${second}\n`);
    const refused = await run(['init', ...location, '--ca-file', 'joined.crt'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('joined.crt has a certificate that is not whole');
    expect(refused.stderr).toContain('line break between them');
    const text = `# two\n${first}\n# more\n${second}`;
    for (const sound of [text, text.replaceAll(/\r?\n/gu, '\r\n')]) {
      await writeFile(join(cwd, 'sound.crt'), sound);
      const taken = await run(['init', ...location, '--ca-file', 'sound.crt'], { cwd });
      expect(taken.stderr).not.toContain('--ca-file');
    }
  });

  it('says that a folder has no configuration, which may be the wrong folder', async () => {
    const cwd = await tempFolder();
    const empty = await run(['init', ...location], { cwd });
    expect(empty.code).toBe(0);
    expect(empty.stdout).toContain('no OpenTofu configuration files');
    await writeFile(join(cwd, 'main.tf'), 'output "x" {\n  value = 1\n}\n');
    const without = await run(['init', ...location], { cwd });
    expect(without.stdout).toContain('requires no providers');
  });

  it('sends the reader of a broken CLI configuration to its problems', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), configuration);
    await writeFile(join(cwd, 'broken.tofurc'), 'provider_installation {');
    const env = { TF_CLI_CONFIG_FILE: join(cwd, 'broken.tofurc') };
    const result = await run(['init'], { cwd, env });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('Error parsing');
    expect(result.stderr).toContain('Correct the places named above.');
  });

  it.each([
    [['init', '../other'], '-chdir=FOLDER'],
    [['init', '-backend=false'], 'run "tofu init" after it'],
    [['init', '-reconfigure'], 'a CLI configuration that says where providers are'],
  ])('%j is refused with the way that works', async (args, advice) => {
    const result = await run(args, { cwd: await tempFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(advice);
  });
});

describe('a location of a kind that will not do', () => {
  it.each([
    ['push', ['push', 'example.com/acme/null', '.', '--to', 'direct'], '"direct" is no place'],
    ['push', ['push', 'example.com/acme/null', '.', '--to', 'r.example'], 'no path after'],
    ['list', ['list', '--from', 'fs:.'], '"fs" is no place'],
    ['copy from', ['copy', '--from', 'network:https://m.example/', '--to', './x'], '"network" is'],
    ['copy to', ['copy', '--from', './x', '--to', 'fs:x'], '"fs" is no place'],
  ])('is refused by %s with those that will', async (_name, args, why) => {
    const result = await run(args, { cwd: await tempFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(why);
    expect(result.stderr).toMatch(
      /A location is one of: REGISTRY\/path\S+, oci-layout:\S+, \.\/DIR, oci-archive:FILE\.tar\. ?/u,
    );
  });

  it('is offered by init, which takes every kind', async () => {
    const cwd = await tempFolder();
    const result = await run(['init', '--from', 'r.example'], { cwd });
    expect(result.stderr).toContain('direct, network:URL, fs:DIR.');
  });
});

describe('push, used wrongly', () => {
  it.each([
    [['./dist', 'example.com/acme/null'], 'Write the address, then the paths'],
    [['https://example.com/acme/null', './dist'], 'without a scheme'],
  ])('%j is refused with the way that works', async (args, advice) => {
    const to = ['--to', '127.0.0.1:1/{hostname}/{namespace}/{type}'];
    const result = await run(['push', ...args, ...to], { cwd: await tempFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(advice);
  });
});

describe('config', () => {
  it('prints the block for a location, in OpenTofu’s spelling', async () => {
    const cwd = await tempFolder();
    const result = await run(['config', 'registry.example.com/tf/{hostname}/{namespace}/{type}'], {
      cwd,
    });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(
      'repository_template = "registry.example.com/tf/${hostname}/${namespace}/${type}"',
    );
  });

  it.each([
    [
      ['r.example/tf/{namespace}-{type}'],
      "'r.example/tf/{namespace}/{type}' keeps providers apart.",
    ],
    [['r.example/{namespace}-{type}', '--host', 'example.com'], 'into the same repository'],
  ])('warns of a template in which providers meet: %j', async (args, warning) => {
    const cwd = await tempFolder();
    const result = await run(['config', ...args], { cwd });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain(warning);
    const machine = await run(['config', ...args, '--json'], { cwd });
    expect(machine.stdout.split('\n')[0]).toContain('{"type":"warning","message":"');
  });

  it('refuses a folder, which OpenTofu can not read', async () => {
    const cwd = await tempFolder();
    const result = await run(['config', './registry'], { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('tofu-oci serve');
  });
});

describe('the version', () => {
  it.each([[['version', '--json']], [['--version', '--json']], [['--json', '--version']]])(
    'is an object with --json: %j',
    async (args) => {
      const result = await run(args, { cwd: await tempFolder() });
      expect(JSON.parse(result.stdout)).toMatchObject({ type: 'summary', command: 'version' });
      expect(result.code).toBe(0);
    },
  );
});

describe('the command line', () => {
  it('copies providers of two hosts only where the template keeps them apart', async () => {
    const home = await tempFolder();
    const addresses = ['registry.opentofu.org/acme/thing', 'registry.terraform.io/acme/thing'];
    const to = 'registry.example.com/{namespace}/{type}';
    const args = ['copy', ...addresses, '--from', './x', '--to', to];
    const { code, stderr } = await runMain(args, { home });
    expect(stderr).toContain('names no host, and providers of registry.opentofu.org');
    expect(code).toBe(2);
  });

  it.each(['login', 'logout', 'init', 'lock', 'copy', 'mirror', 'serve', 'doctor'])(
    'fills the prose of "help %s" to 80 columns, and shows examples',
    async (command) => {
      const { stdout } = await run(['help', command], { cwd: await tempFolder() });
      const lines = stdout.split('\n');
      expect(lines.filter((line) => line.length > 80 && !line.startsWith('  '))).toEqual([]);
      expect(lines).toContain('Examples:');
    },
  );

  it('says that no command is given', async () => {
    const result = await run(['--json'], { cwd: await tempFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('no command is given');
  });

  it.each([
    [['--help'], /Usage: tofu-oci/u],
    [['help', 'push'], /Usage: tofu-oci push/u],
    [['push', '--help'], /--public-key/u],
    [[], /Usage: tofu-oci/u],
    [['-help'], /Usage: tofu-oci/u],
    [['-version'], /^tofu-oci \d/u],
  ])('%j prints help and succeeds', async (args, text) => {
    const result = await run(args, { cwd: await tempFolder() });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(text);
  });

  it('does not show an empty list as a default', async () => {
    const { stdout } = await run(['push', '--help'], { cwd: await tempFolder() });
    expect(stdout).toContain('--annotation');
    expect(stdout).not.toContain('default: []');
    expect(stdout).not.toContain('default: none');
  });

  it('has help for the commands that it has', async () => {
    const result = await run(['help', 'nonsense'], { cwd: await tempFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('unknown command "nonsense"');
  });

  it('refuses what it does not know, and says where to look', async () => {
    const result = await run(['push', '--no-such-thing'], { cwd: await tempFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('tofu-oci help push');
  });
});
