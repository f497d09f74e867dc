import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../base/index.ts';
import { formatConstraints, formatProviderAddress, type Requirements } from '../domain/index.ts';
import {
  type ConfigurationRequirements,
  readConfigurationRequirements,
  type ReadOptions,
} from './configuration-requirements.ts';

let top: string;
let folder: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'modules-'));
  folder = join(top, 'root');
  await mkdir(folder);
});
afterEach(() => rm(top, { recursive: true, force: true }));

async function read(
  files: Readonly<Record<string, string>>,
  options: ReadOptions = {},
): Promise<ConfigurationRequirements> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return await readConfigurationRequirements(folder, options);
}

/** `TYPE CONSTRAINTS` of official providers, whole addresses of others. */
function shown(requirements: Requirements): readonly string[] {
  return [...requirements.values()]
    .map(({ provider, constraints }) =>
      `${formatProviderAddress(provider)} ${formatConstraints(constraints)}`
        .replace('registry.opentofu.org/hashicorp/', '')
        .trim(),
    )
    .sort();
}

function problems(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ summary, range }) =>
    range === undefined ? summary : `${range.file}:${range.start.line} ${summary}`,
  );
}

async function sound(
  files: Readonly<Record<string, string>>,
  options?: ReadOptions,
): Promise<readonly string[]> {
  const read_ = await read(files, options);
  expect(read_.diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`)).toEqual([]);
  return shown(read_.requirements);
}

const call = (name: string, source: string, more = ''): string =>
  `module "${name}" {\n  source = "${source}"\n  ${more}\n}\n`;
const needs = (type: string, version: string): string =>
  `terraform {\n  required_providers {\n    ${type} = "${version}"\n  }\n}\n`;
const uses = (type: string): string => `resource "${type}_x" "y" {}\n`;
const manifest = (...records: readonly Readonly<Record<string, string>>[]): string =>
  JSON.stringify({ Modules: [{ Key: '', Source: '', Dir: '.' }, ...records] });

describe('local modules', () => {
  it('add their requirements and constraints, at every depth', async () => {
    const root = await read({
      'main.tf': `${needs('aws', '>= 4')}${call('net', './net')}${call('app', './app')}`,
      'net/main.tf': `${needs('aws', '< 6')}${call('inner', '../shared')}`,
      'app/main.tofu.json': '{"module": {"s": {"source": "../shared"}}}',
      'shared/main.tf': `${needs('aws', '!= 5.1.0')}${uses('null')}`,
    });
    expect(root.diagnostics).toEqual([]);
    expect(shown(root.requirements)).toEqual(['aws >= 4.0.0, != 5.1.0, < 6.0.0', 'null']);
    expect(
      root.modules.map(({ address, directory, source }) => [address, directory, source]),
    ).toEqual([
      ['', '.', undefined],
      ['module.app', 'app', './app'],
      ['module.app.module.s', 'shared', '../shared'],
      ['module.net', 'net', './net'],
      ['module.net.module.inner', 'shared', '../shared'],
    ]);
    expect(shown(root.modules[2]?.requirements ?? new Map())).toEqual(['aws != 5.1.0', 'null']);
  });

  it('imply providers by their own required_providers, not by those of the caller', async () => {
    expect(
      await sound({
        'main.tf': `terraform {\n  required_providers {\n    aws = { source = "acme/aws" }\n  }\n}\n${call('a', './a')}`,
        'a/main.tf': uses('aws'),
      }),
    ).toEqual(['aws', 'registry.opentofu.org/acme/aws']);
  });

  it.each([
    ['./a/', 'a'],
    ['.\\\\a', 'a'],
    ['./b/../a', 'a'],
    ['./a//', 'a'],
    ['../beside', '../beside'],
    ['./../root/a', 'a'],
    ['./link', 'a'],
  ])('may be called by %s', async (source, directory) => {
    await mkdir(join(folder, 'a'));
    await symlink(join(folder, 'a'), join(folder, 'link'));
    const root = await read({
      'main.tf': call('x', source),
      'a/main.tf': uses('null'),
      '../beside/main.tf': uses('null'),
    });
    expect(root.diagnostics).toEqual([]);
    expect(shown(root.requirements)).toEqual(['null']);
    expect(root.modules[1]?.directory).toBe(directory);
  });

  it('are called from where they really are', async () => {
    await mkdir(join(folder, 'deep', 'a'), { recursive: true });
    await symlink(join(folder, 'deep', 'a'), join(folder, 'link'));
    expect(
      await sound({
        'main.tf': call('x', './link'),
        'deep/a/main.tf': call('y', '../b'),
        'deep/b/main.tf': uses('null'),
      }),
    ).toEqual(['null']);
  });

  it('may have no configuration', async () => {
    await mkdir(join(folder, 'a'));
    expect(await sound({ 'main.tf': call('x', './a') })).toEqual([]);
  });

  it.each([
    ['is missing', call('x', './none'), 'main.tf:1 Unreadable module directory'],
    ['is a file', call('x', './main.tf'), 'main.tf:1 Unreadable module directory'],
    ['is a link to itself', call('x', './loop'), 'main.tf:1 Unreadable module directory'],
    ['has no source', 'module "x" {\n}\n', 'main.tf:1 Missing required argument'],
    ['has two names', call('x', './a') + call('x', './a'), 'main.tf:5 Duplicate module call'],
    ['has no name', call('x y', './a'), 'main.tf:1 Invalid module instance name'],
    [
      'has a version',
      call('x', './a', 'version = "1"'),
      'main.tf:2 Invalid registry module source address',
    ],
    ['lacks its ./', call('x', 'a'), 'main.tf:2 Invalid module source address'],
    [
      'has null for a source',
      'module "x" {\n  source = null\n}\n',
      'main.tf:2 Unsuitable value type',
    ],
    [
      'has a list for a source',
      'module "x" {\n  source = ["./a"]\n}\n',
      'main.tf:2 Unsuitable value type',
    ],
    ['is wrong itself', call('x', './wrong'), 'wrong/main.tf:1 Unclosed configuration block'],
    ['imports', call('x', './imports'), 'imports/main.tf:1 Invalid import configuration'],
  ])('are reported when one %s', async (_, text, expected) => {
    await symlink(join(folder, 'loop'), join(folder, 'loop'));
    const root = await read({
      'main.tf': text,
      'a/main.tf': '',
      'wrong/main.tf': 'resource "a_b" "c" {\n',
      'imports/main.tf': 'import {\n  to = a_b.c\n  id = "1"\n}\n',
    });
    expect(problems(root.diagnostics)).toEqual([expected]);
  });

  it('that are wrong are reported once, however often they are called', async () => {
    const root = await read({
      'main.tf': call('a', './x') + call('b', './x'),
      'x/main.tf': '}\n',
    });
    expect(problems(root.diagnostics)).toHaveLength(1);
    expect(root.modules).toHaveLength(3);
  });

  it('are not read when the root module is wrong', async () => {
    const root = await read({ 'main.tf': `${call('a', './x')}}\n`, 'x/main.tf': '}\n' });
    expect(problems(root.diagnostics).every((each) => each.startsWith('main.tf:'))).toBe(true);
    expect(root.modules.map(({ address }) => address)).toEqual(['']);
  });
});

describe('calls without end', () => {
  it.each([
    ['a module that calls itself', { 'a/main.tf': call('a', '../a') }],
    ['the root module, called', { 'a/main.tf': call('root', '../') }],
    [
      'two modules that call each other',
      { 'a/main.tf': call('b', '../b'), 'b/main.tf': call('a', '../a') },
    ],
  ])('are reported: %s', async (_, files) => {
    const root = await read({ 'main.tf': call('a', './a'), ...files });
    expect(root.diagnostics.map(({ summary }) => summary)).toEqual(['Module calls itself']);
  });

  it('are found behind symbolic links', async () => {
    await mkdir(join(folder, 'a'));
    await symlink(join(folder, 'a'), join(folder, 'a', 'again'));
    const root = await read({ 'main.tf': call('a', './a'), 'a/main.tf': call('b', './again') });
    expect(problems(root.diagnostics)).toEqual(['a/main.tf:1 Module calls itself']);
  });

  it('are found where the source is a new one each time', async () => {
    const text =
      'variable "n" { default = "a" }\nmodule "m" {\n  source = "../${var.n == "a" ? "b" : "a"}"\n  n = var.n == "a" ? "b" : "a"\n}\n';
    const root = await read({ 'main.tf': call('a', './a'), 'a/main.tf': text, 'b/main.tf': text });
    expect(root.diagnostics.map(({ summary }) => summary)).toEqual([
      'Module calls are nested too deeply',
    ]);
  });

  it('end at 10000 calls, though none of them leads anywhere', async () => {
    const lost = Array.from({ length: 200 }, (_, i) => call(`m${i}`, './none')).join('');
    const many = Array.from({ length: 60 }, (_, i) => call(`m${i}`, './a')).join('');
    await expect(read({ 'main.tf': many, 'a/main.tf': lost })).rejects.toMatchObject({
      code: 'ERR_REQUIREMENTS_TOO_LARGE',
      limit: 10_000,
    });
  });

  it('have names that are cut where they are told', async () => {
    const name = 'n'.repeat(100_000);
    const { diagnostics } = await read({ 'main.tf': call(name, './a'), 'a/main.tf': '' });
    expect(diagnostics.map(({ summary }) => summary)).toEqual([
      'Module calls are nested too deeply',
    ]);
    expect(diagnostics[0]?.detail.length).toBeLessThan(1000);
  });

  it('may double a text a hundred times, which then can not be told', async () => {
    const locals = Array.from(
      { length: 100 },
      (_, i) => `a${i + 1} = "\${local.a${i}}\${local.a${i}}"`,
    );
    const root = await read({
      'main.tf': `locals {\n  a0 = "xx"\n${locals.join('\n')}\n}\nmodule "m" {\n  source = local.a100\n}\n`,
    });
    expect(problems(root.diagnostics)).toEqual(['main.tf:104 Module not installed']);
  });

  it('may lead through many locals in many modules', async () => {
    const chain = Array.from({ length: 99 }, (_, i) => `a${i + 1} = local.a${i}`).join('\n');
    const inner = (source: string): string =>
      `variable "v" {}\nlocals {\n  a0 = var.v\n${chain}\n}\nmodule "m" {\n  source = "${source}"\n  v = local.a99\n}\n`;
    const files = Object.fromEntries(
      Array.from({ length: 90 }, (_, i) => [`m${i}/main.tf`, inner(`../m${i + 1}`)]),
    );
    const last = 'variable "v" {}\nmodule "x" {\n  source = "./${var.v}"\n}\n';
    const root = await read({
      'main.tf': call('m', './m0', 'v = "x"'),
      ...files,
      'm90/main.tf': last,
    });
    expect(problems(root.diagnostics)).toEqual(['m90/main.tf:2 Module not installed']);
    expect(root.modules).toHaveLength(92);
  });

  it('end at 10000 modules', async () => {
    // Each level calls the next one ten times.
    const level = (next: string): string =>
      Array.from({ length: 10 }, (_, i) => call(`m${i}`, next)).join('');
    const files = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map((name, i, all) => [
        `${name}/main.tf`,
        i + 1 < all.length ? level(`../${all[i + 1] ?? ''}`) : uses('null'),
      ]),
    );
    await expect(read({ 'main.tf': level('./a'), ...files })).rejects.toMatchObject({
      code: 'ERR_REQUIREMENTS_TOO_LARGE',
      category: 'usage',
      limit: 10_000,
    });
  });

  it('end at 256 MiB', async () => {
    const names = Array.from({ length: 17 }, (_, i) => `m${i}`);
    for (const name of names) {
      await mkdir(join(folder, name));
      // No text, and so not even looked at: it is the bytes that count.
      await writeFile(join(folder, name, 'main.tf'), Buffer.of(0xff));
      await truncate(join(folder, name, 'main.tf'), 16 * 1024 * 1024);
    }
    const text = names.map((name) => call(name, `./${name}`)).join('');
    await expect(read({ 'main.tf': text })).rejects.toMatchObject({
      code: 'ERR_REQUIREMENTS_TOO_LARGE',
      limit: 256 * 1024 * 1024,
    });
  });
});

describe('installed modules', () => {
  const source = 'registry.opentofu.org/example/net/aws';
  const record = { Key: 'net', Source: source, Version: '1.2.0', Dir: '.terraform/modules/net' };
  const files = {
    '.terraform/modules/net/main.tf': uses('null') + call('sub', './sub'),
    '.terraform/modules/net/sub/main.tf': uses('tls'),
  };

  it('are read where modules.json has them, with the modules that are part of them', async () => {
    expect(
      await sound({
        ...files,
        'main.tf': call('net', 'example/net/aws', 'version = "~> 1.0"'),
        '.terraform/modules/modules.json': manifest(record),
      }),
    ).toEqual(['null', 'tls']);
  });

  it('are read below another data folder', async () => {
    expect(
      await sound(
        {
          'data/modules/net/main.tf': uses('null'),
          'main.tf': call('net', 'example/net/aws'),
          'data/modules/modules.json': manifest({ ...record, Dir: 'data/modules/net' }),
        },
        { dataDirectory: 'data' },
      ),
    ).toEqual(['null']);
  });

  it.each([
    ['no record', undefined, call('net', 'example/net/aws'), 'Module not installed'],
    ['another source', record, call('net', 'example/other/aws'), 'Module source has changed'],
    [
      'another version',
      record,
      call('net', 'example/net/aws', 'version = "2.0"'),
      'Module version requirements have changed',
    ],
    [
      'no version',
      { ...record, Version: '' },
      call('net', 'example/net/aws', 'version = "1.2"'),
      'Module version requirements have changed',
    ],
    [
      'no folder',
      { ...record, Dir: 'none' },
      call('net', 'example/net/aws'),
      'Module not installed',
    ],
    [
      'constraints that are none',
      record,
      call('net', 'example/net/aws', 'version = "one"'),
      'Invalid version constraint',
    ],
    [
      'a version that is no string',
      record,
      call('net', 'example/net/aws', 'version = []'),
      'Invalid version constraint',
    ],
  ])('are reported with %s', async (_, installed, text, expected) => {
    const root = await read({
      ...files,
      'main.tf': text,
      '.terraform/modules/modules.json': installed === undefined ? '' : manifest(installed),
    });
    expect(root.diagnostics.map(({ summary }) => summary)).toEqual([expected]);
  });

  it('do not reach out of their package', async () => {
    const root = await read({
      'main.tf': call('net', 'example/net/aws'),
      '.terraform/modules/modules.json': manifest(record),
      '.terraform/modules/net/main.tf': call('out', '../../../../nothing'),
    });
    expect(root.diagnostics.map(({ summary }) => summary)).toEqual([
      'Local module path escapes module package',
    ]);
  });
});

describe('sources that depend on variables', () => {
  const text =
    'variable "dir" {\n  default = "a"\n}\nlocals {\n  path = "./${var.dir}"\n}\nmodule "x" {\n  source = local.path\n}\n';
  const files = { 'main.tf': text, 'a/main.tf': uses('a'), 'b/main.tf': uses('b') };

  it.each([
    ['the default', {}, {}, 'a'],
    ['the environment', {}, { dir: 'b' }, 'b'],
    ['terraform.tfvars', { 'terraform.tfvars': 'dir = "b"' }, { dir: 'none' }, 'b'],
    [
      '*.auto.tfvars.json',
      { 'terraform.tfvars': 'dir = "none"', 'x.auto.tfvars.json': '{"dir": "b"}' },
      {},
      'b',
    ],
    ['an override file', { 'override.tf': 'locals {\n  path = "./b"\n}\n' }, {}, 'b'],
  ])('have the value of %s', async (_, more, variables, expected) => {
    expect(await sound({ ...files, ...more }, { variables })).toEqual([expected]);
  });

  it('are given on to child modules', async () => {
    expect(
      await sound({
        'main.tf': call('x', './c', 'dir = "b"'),
        'c/main.tf': 'variable "dir" {}\nmodule "y" {\n  source = "../${var.dir}"\n}\n',
        'b/main.tf': uses('b'),
      }),
    ).toEqual(['b']);
  });
});

describe('tests', () => {
  it('add the providers of their blocks and the modules that their runs call', async () => {
    const root = await read({
      'main.tf': uses('null'),
      'a.tftest.hcl': 'provider "aws" {}\nrun "one" {\n  module {\n    source = "./x"\n  }\n}\n',
      'tests/b.tofutest.hcl': 'run "two" {\n  module {\n    source = "./x"\n  }\n}\n',
      'x/main.tf': uses('tls'),
    });
    expect(root.diagnostics).toEqual([]);
    expect(shown(root.requirements)).toEqual(['aws', 'null', 'tls']);
    expect(root.modules.map(({ directory }) => directory)).toEqual(['.', 'x', 'x']);
  });
});
