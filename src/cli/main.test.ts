import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
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
    env: { HOME: options.cwd, ...options.env },
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
  it('refuses a configuration with child modules, with advice', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), 'module "network" {\n  source = "./network"\n}\n');
    const result = await run(['init', ...location, '--json'], { cwd });
    expect(result.code).toBe(6);
    expect(result.stdout).toContain('ERR_CLI_CHILD_MODULES');
    expect(result.stdout).toContain('network');
  });

  it('says what to do when there is no mirror, with OpenTofu’s exit code in its spelling', async () => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'main.tf'), 'resource "null_resource" "x" {}\n');
    const ours = await run(['init'], { cwd });
    expect(ours.code).toBe(2);
    expect(ours.stderr).toContain('tofu-oci config LOCATION');
    const theirs = await run(['init', '-no-color'], { cwd });
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

  it('refuses a folder, which OpenTofu can not read', async () => {
    const cwd = await tempFolder();
    const result = await run(['config', './registry'], { cwd });
    expect(result.code).toBe(2);
  });
});

describe('the command line', () => {
  it.each([
    [['--help'], /Usage: tofu-oci/u],
    [['help', 'push'], /Usage: tofu-oci push/u],
    [['push', '--help'], /--public-key/u],
    [[], /Usage: tofu-oci/u],
  ])('%j prints help and succeeds', async (args, text) => {
    const result = await run(args, { cwd: await tempFolder() });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(text);
  });

  it('refuses what it does not know, and says where to look', async () => {
    const result = await run(['push', '--no-such-thing'], { cwd: await tempFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('tofu-oci help push');
  });
});
