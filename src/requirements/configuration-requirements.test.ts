import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, nodeFiles } from '../base/index.ts';
import { formatConstraints, formatProviderAddress } from '../domain/index.ts';
import { TooManyFilesError } from './errors.ts';
import { readJsonFile } from './json-file.ts';
import { readNativeFile } from './native-file.ts';
import {
  type ConfigurationRequirements,
  readConfigurationRequirements,
} from './configuration-requirements.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'module-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(files: Readonly<Record<string, string>>): Promise<ConfigurationRequirements> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return await readConfigurationRequirements(folder);
}

/** `ADDRESS CONSTRAINTS`, sorted. */
function shown({ requirements }: ConfigurationRequirements): readonly string[] {
  return [...requirements.values()]
    .map(({ provider, constraints }) =>
      `${formatProviderAddress(provider)} ${formatConstraints(constraints)}`.trim(),
    )
    .sort();
}

/** `FILE:LINE:COLUMN summary | detail`. */
function problems(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ severity, summary, detail, range }) => {
    const place =
      range === undefined ? '-' : `${range.file}:${range.start.line}:${range.start.column}`;
    return `${place} ${severity === 'warning' ? 'warning: ' : ''}${summary} | ${detail}`;
  });
}

async function sound(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const root = await read(files);
  expect(problems(root.diagnostics)).toEqual([]);
  return shown(root);
}

const required = (entries: string): string =>
  `terraform {\n  required_providers {\n${entries}\n  }\n}\n`;
const official = 'registry.opentofu.org/hashicorp';

describe('a folder without a configuration', () => {
  it.each([
    ['is missing', undefined],
    ['is empty', {}],
    ['has other files', { 'README.md': '#', 'x.hcl': '}', 'terraform.tfvars': '}' }],
    ['has hidden files and backups', { '.x.tf': '}', 'x.tf~': '}', '#x.tf#': '}' }],
    ['has folders with such names', { 'x.tf/y.txt': '' }],
    ['has tests alone', { 'a.tftest.hcl': '' }],
  ])('requires nothing when it %s', async (_, files) => {
    const root =
      files === undefined
        ? await readConfigurationRequirements(join(folder, 'none'))
        : await read(files);
    expect(root).toEqual({
      requirements: new Map(),
      modules: files === undefined ? [] : (expect.any(Array) as unknown),
      state: new Map(),
      empty: true,
      diagnostics: [],
    });
  });
});

describe('required_providers', () => {
  it('has an address, constraints, both or nothing', async () => {
    expect(
      await sound({
        'main.tf': required(`
          aws    = { source = "hashicorp/aws", version = ">= 4.0, < 6.0" }
          corp   = { source = "Example.com:8443/Acme/Corp" }
          null   = { version = "~> 3.2" }
          random = {}
          local  = ">= 2.1"
          time   = {
            source                = "hashicorp/time"
            configuration_aliases = [time.west]
          }
          terraform = { source = "terraform.io/builtin/terraform" }`),
      }),
    ).toEqual([
      'example.com:8443/acme/corp',
      `${official}/aws >= 4.0.0, < 6.0.0`,
      `${official}/local >= 2.1.0`,
      `${official}/null ~> 3.2`,
      `${official}/random`,
      `${official}/time`,
      'terraform.io/builtin/terraform',
    ]);
  });

  it('takes a number for a constraint, as HCL does', async () => {
    expect(await sound({ 'main.tf': required('null = 3') })).toEqual([`${official}/null 3.0.0`]);
  });

  it('joins the constraints of two names for one provider, with a warning', async () => {
    const root = await read({
      'main.tf': required(
        'a = { source = "acme/x", version = ">= 1" }\nb = { source = "acme/x", version = "< 2" }',
      ),
    });
    expect(shown(root)).toEqual(['registry.opentofu.org/acme/x >= 1.0.0, < 2.0.0']);
    expect(problems(root.diagnostics)).toEqual([
      'main.tf:4:5 warning: Duplicate required provider | Provider acme/x with the local name "b" was previously required as "a". A provider can only be required once within required_providers.',
    ]);
  });

  it.each([
    [
      'provider "aws" {\n  alias = "b"\n}',
      'main.tf:3:5 warning: Duplicate required provider | Provider hashicorp/aws with the local name "a" was implicitly required via a configuration block as "aws". The provider configuration block name must match the name used in required_providers.',
    ],
    [
      'resource "aws_vpc" "x" {}',
      'main.tf:7:1 warning: Duplicate required provider | Provider "registry.opentofu.org/hashicorp/aws" was implicitly required via resource "aws_vpc.x", but listed in required_providers as "a". Either the local name in required_providers must match the resource name, or the "a" provider must be assigned within the resource block.',
    ],
    [
      'data "aws_vpc" "x" {}',
      'main.tf:7:1 warning: Duplicate required provider | Provider "registry.opentofu.org/hashicorp/aws" was implicitly required via resource "data.aws_vpc.x", but listed in required_providers as "a". Either the local name in required_providers must match the resource name, or the "a" provider must be assigned within the resource block.',
    ],
    ['resource "aws_vpc" "x" { provider = a }', undefined],
    ['provider "a" {}', undefined],
  ])('warns that a provider goes by another name in %s', async (text, expected) => {
    const root = await read({
      'main.tf': `${required('a = { source = "hashicorp/aws" }')}\n${text}`,
    });
    expect(problems(root.diagnostics)).toEqual(expected === undefined ? [] : [expected]);
  });

  it('warns of a provider that is required by both of its names', async () => {
    const root = await read({
      'main.tf': required('aws = {}\naws2 = { source = "opentofu/aws" }'),
    });
    expect(problems(root.diagnostics)).toEqual([
      '- warning: Potential provider misconfiguration | OpenTofu has detected multiple providers of type aws (hashicorp/aws, opentofu/aws) which may be a misconfiguration.\n\nIf this is intentional you can ignore this warning',
    ]);
  });

  const object = 'Invalid required_providers object';
  const entries = 'required_providers entries must be strings or objects.';
  const keys =
    'required_providers objects can only contain "version", "source" and "configuration_aliases" attributes. To configure a provider, use a "provider" block.';
  it.each([
    ['aws = []', `main.tf:3:7 ${object} | ${entries}`],
    ['aws = null', `main.tf:3:7 ${object} | ${entries}`],
    ['aws = var.x', `main.tf:3:7 ${object} | ${entries}`],
    ['aws = { region = "x" }', `main.tf:3:9 ${object} | ${keys}`],
    ['aws = { source = 1 }', 'main.tf:3:18 Invalid source | Source must be specified as a string.'],
    [
      'aws = { source = var.x }',
      'main.tf:3:18 Invalid source | Source must be specified as a string.',
    ],
    [
      'aws = { version = 1 }',
      'main.tf:3:19 Invalid version constraint | Version must be specified as a string.',
    ],
    [
      'aws = { version = "one" }',
      'main.tf:3:19 Invalid version constraint | This string does not use correct version constraint syntax.',
    ],
    [
      'aws = { version = "=> 1.0" }',
      'main.tf:3:19 Invalid version constraint | This string does not use correct version constraint syntax.',
    ],
    [
      'aws = { version = ">= v1.0" }',
      'main.tf:3:19 Invalid version constraint | Incorrect version constraint syntax: invalid specification ">= v1.0": a "v" prefix should not be used when specifying versions.',
    ],
    [
      'aws = "one"',
      'main.tf:3:7 Invalid version constraint | This string does not use correct version constraint syntax.',
    ],
    [
      'aws = { source = "a/b/c/d" }',
      'main.tf:3:18 Invalid provider source string | The "source" attribute must be in the format "[hostname/][namespace/]name"',
    ],
    [
      'AWS = {}',
      'main.tf:3:7 Invalid provider local name | Provider names must be normalized. Replace "AWS" with "aws" to fix this error.',
    ],
    [
      'a_b = {}',
      'main.tf:3:7 Invalid provider local name | a_b is an invalid provider local name: must contain only letters, digits, and dashes, and may not use leading or trailing dashes',
    ],
    [
      'a_b = ">= 1"',
      'main.tf:3:7 Invalid provider name | must contain only letters, digits, and dashes, and may not use leading or trailing dashes',
    ],
    [
      'aws {\n source = "x/y"\n}',
      'main.tf:3:1 Unexpected "aws" block | Blocks are not allowed here.',
    ],
    [
      'aws = { source = "-/aws" }',
      'main.tf:3:7 Invalid legacy provider address | This configuration or its associated state refers to the unqualified provider "aws".\n\nYou must complete the Terraform 0.13 upgrade process before upgrading to later versions.',
    ],
  ])('rejects %s', async (text, expected) => {
    const { diagnostics } = await read({ 'main.tf': required(text) });
    expect(problems(diagnostics)).toEqual([expected]);
  });

  it('reports every wrong entry at once, and keeps the others', async () => {
    const root = await read({
      'main.tf': required('a = []\nb = { source = 1, version = 2 }\nnull = {}'),
    });
    expect(problems(root.diagnostics).map((line) => line.split(' |')[0])).toEqual([
      `main.tf:3:5 ${object}`,
      'main.tf:4:16 Invalid source',
      'main.tf:4:29 Invalid version constraint',
    ]);
    expect(shown(root)).toEqual([`${official}/null`]);
  });

  it('may stand once in all primary files', async () => {
    const { diagnostics } = await read({
      'a.tf': required('null = {}'),
      'b.tf': `${required('aws = {}')}${required('local = {}')}`,
    });
    const before =
      'Duplicate required providers configuration | A module may have only one required providers configuration. The required providers were previously configured at a.tf:2,3-21.';
    expect(problems(diagnostics)).toEqual([`b.tf:2:3 ${before}`, `b.tf:7:3 ${before}`]);
  });

  it('has no label', async () => {
    const text = 'terraform {\n  required_providers "x" {\n  }\n}\n';
    expect(problems((await read({ 'main.tf': text })).diagnostics)).toEqual([
      'main.tf:2:22 Extraneous label for required_providers | No labels are expected for required_providers blocks.',
    ]);
  });

  it('belongs into a terraform block', async () => {
    const { diagnostics } = await read({ 'main.tf': 'required_providers {\n}\n' });
    expect(problems(diagnostics)).toEqual([
      'main.tf:1:1 Invalid required_providers block | A "required_providers" block must be nested inside a "terraform" block.',
    ]);
  });
});

describe('implied providers', () => {
  it('come from resources, data sources, ephemeral resources, checks, imports and provider blocks', async () => {
    expect(
      await sound({
        'main.tf': `
          resource "null_resource" "x" {}
          resource "standalone" "x" {}
          data "http" "x" {}
          ephemeral "random_password" "x" {}
          check "c" {
            data "tls_certificate" "x" {}
          }
          import {
            to = module.a["k"].module.b.aws_vpc.x
            id = "1"
          }
          import {
            to       = google_x.y[each.key]
            provider = google-beta
          }
          provider "helm" {}
          resource "terraform_data" "x" {}`,
      }),
    ).toEqual([
      `${official}/aws`,
      `${official}/google-beta`,
      `${official}/helm`,
      `${official}/http`,
      `${official}/null`,
      `${official}/random`,
      `${official}/standalone`,
      `${official}/tls`,
      'terraform.io/builtin/terraform',
    ]);
  });

  it('go by the local names of required_providers', async () => {
    expect(
      await sound({
        'main.tf': `${required('corp = { source = "example.com/acme/corp", version = "1.0.0" }')}
          resource "corp_thing" "x" {}
          resource "aws_thing" "x" { provider = corp }
          resource "aws_thing" "y" { provider = corp.west }
          resource "aws_thing" "z" { provider = corp.by_region[each.key] }
          provider "corp" {}`,
      }),
    ).toEqual(['example.com/acme/corp 1.0.0']);
  });

  it('add the constraints of provider blocks, with a warning', async () => {
    const root = await read({
      'main.tf': `${required('aws = ">= 4"')}provider "aws" {\n  version = "< 6"\n}\nprovider "aws" {\n  alias = "west"\n  version = "!= 5.0.0"\n}`,
    });
    expect(shown(root)).toEqual([`${official}/aws >= 4.0.0, != 5.0.0, < 6.0.0`]);
    expect(problems(root.diagnostics).map((line) => line.split(' |')[0])).toEqual([
      'main.tf:7:13 warning: Version constraints inside provider configuration blocks are deprecated',
      'main.tf:11:13 warning: Version constraints inside provider configuration blocks are deprecated',
    ]);
  });

  it('read a reference in quotes as very old configurations have it', async () => {
    expect(await sound({ 'main.tf': 'resource "aws_x" "y" { provider = "corp.west" }' })).toEqual([
      `${official}/corp`,
    ]);
  });

  it('are none for what can be no name; OpenTofu says so', async () => {
    expect(await sound({ 'main.tf': 'resource "null resource" "x" {}' })).toEqual([]);
  });

  it.each([
    ['aws', 'aws'],
    ['aws.west', 'aws'],
    ['aws.west["a"]', 'aws'],
    ['aws.west[0]', 'aws'],
    ['aws.by_region[each.key]', 'aws'],
    ['"aws.west"', 'aws'],
    ['"aws.west[0]"', 'aws'],
    // Words that mean a value elsewhere are names here.
    ['null', 'null'],
    ['null.west', 'null'],
    ['true', 'true'],
  ])('follow provider = %s', async (reference, name) => {
    expect(
      await sound({ 'main.tf': `resource "x_y" "z" {\n  provider = ${reference}\n}\n` }),
    ).toEqual([`${official}/${name}`]);
  });

  it('take a null version in a provider block for none', async () => {
    const { requirements, diagnostics } = await read({
      'main.tf': 'provider "aws" {\n  version = null\n}\n',
    });
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
    expect([...requirements.keys()]).toEqual([`${official}/aws`]);
  });

  it('follow the import of what is only read', async () => {
    const text = 'import {\n  to = module.a.data.aws_x.y\n  id = "1"\n}\n';
    expect(await sound({ 'main.tf': text })).toEqual([`${official}/aws`]);
  });

  const badReference =
    'Invalid provider configuration reference | The provider argument requires a provider type name, optionally followed by a period and then a configuration alias and optional instance key.';
  const badAlias =
    'Invalid provider configuration reference | Provider name must either stand alone or be followed by a period and then a configuration alias.';

  it.each([
    ['resource "aws_x" "y" { provider = 1 + 2 }', `main.tf:1:35 ${badReference}`],
    ['resource "aws_x" "y" { provider = (aws) }', `main.tf:1:35 ${badReference}`],
    ['resource "aws_x" "y" { provider = aws.a[0].b }', `main.tf:1:35 ${badReference}`],
    ['resource "aws_x" "y" { provider = aws.*.a }', `main.tf:1:35 ${badReference}`],
    ['resource "aws_x" "y" { provider = "${aws}" }', `main.tf:1:35 ${badReference}`],
    ['resource "aws_x" "y" { provider = "1" }', `main.tf:1:35 ${badReference}`],
    ['resource "aws_x" "y" { provider = aws.a.b }', `main.tf:1:40 ${badAlias}`],
    ['resource "aws_x" "y" { provider = aws["a"] }', `main.tf:1:38 ${badAlias}`],
    ['resource "aws_x" "y" { provider = "aws.a.b" }', `main.tf:1:35 ${badAlias}`],
    ['resource "aws_x" "y" { provider = "aws[0]" }', `main.tf:1:35 ${badAlias}`],
    [
      'resource "aws_x" "y" { provider = aws[each.key] }',
      'main.tf:1:35 Invalid provider configuration reference | Provider assignment requires an alias when specifying an instance key, in the form of provider.name[instance_key]',
    ],
    [
      'resource "aws_x" "y" { provider = AWS }',
      'main.tf:1:35 Invalid provider local name | Provider names must be normalized. Replace "AWS" with "aws" to fix this error.',
    ],
    [
      'provider "AWS" {}',
      'main.tf:1:1 Invalid provider local name | Provider names must be normalized. Replace "AWS" with "aws" to fix this error.',
    ],
    [
      'provider "aws" { version = var.x }',
      'main.tf:1:28 Invalid version constraint | A string value is required for version.',
    ],
    [
      'provider "aws" { version = "x" }',
      'main.tf:1:28 Invalid version constraint | This string does not use correct version constraint syntax.',
    ],
  ])('reject %s', async (text, expected) => {
    const { diagnostics } = await read({ 'main.tf': text });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(problems(errors)).toEqual([expected]);
  });

  it('come from the provider blocks of tests, too', async () => {
    expect(
      await sound({
        'main.tf': required('corp = { source = "acme/corp" }'),
        'a.tftest.hcl': 'provider "null" {}',
        'tests/b.tofutest.hcl': 'provider "corp" {}\nmock_provider "google" {}\nrun "x" {}',
        'tests/c.tftest.json': '{"provider": {"local": {}}}',
        'tests/d.tf': 'provider "aws" {}',
        'tests/e.tftest.hcl': 'provider "aws" {}',
        'tests/e.tofutest.hcl': '',
      }),
    ).toEqual(['registry.opentofu.org/acme/corp', `${official}/local`, `${official}/null`]);
  });
});

describe('the files of a module', () => {
  it('are .tf and .tofu, where .tofu hides .tf of the same name', async () => {
    expect(
      await sound({
        'a.tf': 'provider "a" {}',
        'a.tofu': 'provider "b" {}',
        'c.tf': 'provider "c" {}',
        'c.tofu.json': '{"provider": {"d": {}}}',
        'e.tf.json': '{"provider": {"e": {}}}',
        'e.tofu.json': '{"provider": {"f": {}}}',
        'sub/g.tf': 'provider "g" {}',
      }),
    ).toEqual(['b', 'c', 'd', 'f'].map((name) => `${official}/${name}`));
  });

  it('have entries replaced by override files, in the order of names', async () => {
    expect(
      await sound({
        'main.tf': required(
          'a = { source = "acme/a", version = "1.0.0" }\nb = { source = "acme/b" }',
        ),
        'x_override.tf': required('a = { source = "acme/x" }'),
        'override.tf.json':
          '{"terraform": {"required_providers": {"a": {"version": "9.0.0"}, "c": "3.0.0"}}}',
      }),
    ).toEqual([
      'registry.opentofu.org/acme/b',
      'registry.opentofu.org/acme/x',
      `${official}/c 3.0.0`,
    ]);
  });

  it('have providers of resources and versions of provider blocks replaced by override files', async () => {
    const root = await read({
      'main.tf':
        'resource "aws_x" "y" {}\nresource "aws_x" "z" {\n  provider = corp\n}\nprovider "p" {\n  version = "1.0.0"\n}\n',
      'override.tf':
        'resource "aws_x" "y" {\n  provider = other\n}\nresource "aws_x" "z" {}\nprovider "p" {\n  version = "2.0.0"\n}\nprovider "new" {}\n',
    });
    expect(shown(root)).toEqual([
      `${official}/corp`,
      `${official}/new`,
      `${official}/other`,
      `${official}/p 2.0.0`,
    ]);
  });

  it.each([
    [
      'resource "a_b" "c" {}',
      'Missing resource to override | There is no a_b resource named "c". An override file can only override a resource block defined in a primary configuration file.',
    ],
    [
      'data "a_b" "c" {}',
      'Missing data resource to override | There is no a_b data resource named "c". An override file can only override a data block defined in a primary configuration file.',
    ],
    [
      'ephemeral "a_b" "c" {}',
      'Missing ephemeral resource to override | There is no a_b ephemeral resource named "c". An override file can only override an ephemeral block defined in a primary configuration file.',
    ],
    [
      'provider "a" {\n alias = "b"\n}',
      'Missing base provider configuration for override | There is no a provider configuration with the alias "b". An override file can only override an aliased provider configuration that was already defined in a primary configuration file.',
    ],
  ])('do not have what the override file has: %s', async (text, expected) => {
    const { diagnostics } = await read({ 'main.tf': '', 'override.tf': text });
    expect(problems(diagnostics)).toEqual([`override.tf:1:1 ${expected}`]);
  });

  it('give all their syntax errors at once, and what could be read', async () => {
    const root = await read({
      'a.tf': 'resource "null_resource" "x" {}\nfoo = = 1\n',
      'b.tf': 'resource {{\n',
      'c.tf.json': '{"provider": {"x": {},}}',
      'd.tf.json': '{"provider": [\n  1 2]}',
      'e.tf': required('local = {}'),
    });
    const files = root.diagnostics.map(({ severity, range }) => {
      expect(severity).toBe('error');
      return `${range?.file ?? ''}:${range?.start.line ?? 0}`;
    });
    expect([...new Set(files)]).toEqual(['a.tf:2', 'b.tf:1', 'c.tf.json:1', 'd.tf.json:2']);
    expect(shown(root)).toEqual([`${official}/local`, `${official}/null`]);
  });

  it('must be UTF-8', async () => {
    await writeFile(join(folder, 'main.tf'), Buffer.from([0x23, 0xff, 0xfe]));
    const { diagnostics } = await readConfigurationRequirements(folder);
    expect(problems(diagnostics)).toEqual([
      'main.tf:1:1 Invalid character encoding | All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.',
    ]);
  });

  it('may have 16 MiB', async () => {
    const { diagnostics } = await read({ 'main.tf': '#'.repeat(16 * 1024 * 1024 + 1) });
    expect(problems(diagnostics)).toEqual([
      'main.tf:1:1 Failed to read file | The file "main.tf" could not be read: it is larger than 16777216 bytes.',
    ]);
  });

  it('are named below the folder that is shown', async () => {
    await writeFile(join(folder, 'main.tf'), '}');
    const { diagnostics } = await readConfigurationRequirements(folder, { display: 'infra' });
    expect(diagnostics[0]?.range?.file).toBe(join('infra', 'main.tf'));
  });

  it('may be at most 10000', async () => {
    const names = Array.from({ length: 10_001 }, (_, i) => ({
      name: `${i}.tf`,
      isDirectory: () => false,
    }));
    const readdir: unknown = () => Promise.resolve(names);
    const files = { ...nodeFiles, readdir: readdir as typeof nodeFiles.readdir };
    const reading = readConfigurationRequirements(folder, { files });
    await expect(reading).rejects.toBeInstanceOf(TooManyFilesError);
    await expect(reading).rejects.toMatchObject({
      code: 'ERR_REQUIREMENTS_TOO_MANY_FILES',
      category: 'usage',
      limit: 10_000,
    });
  });

  it('can not be in a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(readConfigurationRequirements(join(folder, 'file'))).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
      errno: 'ENOTDIR',
    });
  });

  it('are not read after an abort', async () => {
    await read({ 'main.tf': '' });
    const reading = readConfigurationRequirements(folder, {
      signal: AbortSignal.abort(new Error('stop')),
    });
    await expect(reading).rejects.toThrow('stop');
  });
});

describe('the JSON form', () => {
  const entries = {
    aws: { source: 'hashicorp/aws', version: '>= 4' },
    corp: { source: 'acme/corp' },
  };
  it.each([
    ['objects', { terraform: { required_providers: entries } }],
    ['arrays', { terraform: [{}, { required_providers: [entries] }] }],
    [
      'a root that is an array',
      [{ terraform: { required_providers: entries } }, { '//': 'x', terraform: [] }],
    ],
    [
      'strings for constraints',
      {
        terraform: { required_providers: { ...entries, aws: '>= 4' } },
        provider: { corp: [{}, { alias: 'west' }] },
      },
    ],
  ])('may use %s', async (_, value) => {
    expect(await sound({ 'main.tf.json': JSON.stringify(value) })).toEqual([
      'registry.opentofu.org/acme/corp',
      `${official}/aws >= 4.0.0`,
    ]);
  });

  it('implies providers as the other form does', async () => {
    const value = {
      '//': 'comment',
      resource: [
        { null_resource: { x: {} } },
        { aws_x: { y: [{ provider: 'corp.west' }], z: { provider: 'corp' } } },
      ],
      data: { http: { '//': 'comment', x: {} } },
      ephemeral: { random_password: { x: {} } },
      check: { c: { data: { tls_certificate: { x: {} } } } },
      import: [
        { to: 'module.a["b.c"].google_x.y', id: '1' },
        { to: 'x_y.z', provider: 'beta' },
      ],
      provider: { helm: {} },
    };
    expect(await sound({ 'main.tf.json': JSON.stringify(value) })).toEqual(
      ['beta', 'corp', 'google', 'helm', 'http', 'null', 'random', 'tls'].map(
        (name) => `${official}/${name}`,
      ),
    );
  });

  it('has no block where an array is empty or a value is null', async () => {
    const value = {
      resource: { a_x: { y: [] }, b_x: { y: null }, c_x: { y: [{}, {}] } },
      provider: { d: [], Foo: [], e: [{}, { alias: 'two' }] },
    };
    expect(await sound({ 'main.tf.json': JSON.stringify(value) })).toEqual([
      `${official}/c`,
      `${official}/e`,
    ]);
  });

  const wrap = (entry: string): string => `{"terraform": {"required_providers": {\n${entry}\n}}}`;
  it.each([
    [
      wrap('"aws": []'),
      'main.tf.json:2:8 Invalid required_providers object | required_providers entries must be strings or objects.',
    ],
    [
      wrap('"aws": {"region": "x"}'),
      'main.tf.json:2:9 Invalid required_providers object | required_providers objects can only contain "version", "source" and "configuration_aliases" attributes. To configure a provider, use a "provider" block.',
    ],
    [
      wrap('"aws": {"source": 1}'),
      'main.tf.json:2:19 Invalid source | Source must be specified as a string.',
    ],
    [
      wrap('"aws": {"version": null}'),
      'main.tf.json:2:20 Invalid version constraint | Version must be specified as a string.',
    ],
    [
      wrap('"aws": {"version": "x"}'),
      'main.tf.json:2:20 Invalid version constraint | This string does not use correct version constraint syntax.',
    ],
    [
      wrap('"AWS": {}'),
      'main.tf.json:2:8 Invalid provider local name | Provider names must be normalized. Replace "AWS" with "aws" to fix this error.',
    ],
    [
      '{"terraform": {"required_providers": [{}, {}]}}',
      'main.tf.json:1:16 Duplicate required providers configuration | A module may have only one required providers configuration. The required providers were previously configured at main.tf.json:1,16-16.',
    ],
    [
      '{"required_providers": {}}',
      'main.tf.json:1:2 Invalid required_providers block | A "required_providers" block must be nested inside a "terraform" block.',
    ],
    [
      '{"resource": {"a_b": {"c": {"provider": "${x}"}}}}',
      'main.tf.json:1:41 Invalid provider configuration reference | The provider argument requires a provider type name, optionally followed by a period and then a configuration alias and optional instance key.',
    ],
    [
      '[{"provider": {"AWS": {}}}]',
      'main.tf.json:1:16 Invalid provider local name | Provider names must be normalized. Replace "AWS" with "aws" to fix this error.',
    ],
  ])('rejects %j', async (text, expected) => {
    const { diagnostics } = await read({ 'main.tf.json': text });
    expect(problems(diagnostics)).toEqual([expected]);
  });
});

describe('any text', () => {
  const words = [
    'terraform',
    'required_providers',
    'provider',
    'resource',
    '"a_b"',
    'aws',
    '{',
    '}',
    '=',
    '[',
    ']',
    ',',
    ':',
    '"source"',
    'version',
    '"1"',
    '\n',
    '${',
    '"',
    'import',
    'to',
    '.',
    'module',
  ];
  const text = fc
    .array(fc.constantFrom(...words), { maxLength: 25 })
    .map((parts) => parts.join(' '));

  it('is read or reported, and never throws', () => {
    fc.assert(
      fc.property(text, (each) => {
        expect(Array.isArray(readNativeFile(each, 'x.tf').resources)).toBe(true);
        const json = readJsonFile(each, 'x.tf.json');
        expect(json.diagnostics.length > 0 || /^\s*[{[]/u.test(each)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('that is JSON of any shape is read or reported, and never throws', () => {
    const key = fc.constantFrom(
      'terraform',
      'required_providers',
      'provider',
      'resource',
      'data',
      'import',
      'to',
      'check',
      'run',
      'module',
      'version',
      'source',
      'aws',
      '__proto__',
      '//',
    );
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 1, 'aws.x', '${a.b[0]}'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(node, (value) => {
        expect(Array.isArray(readJsonFile(JSON.stringify(value), 'x.tf.json').diagnostics)).toBe(
          true,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

/** Files of some hundred kilobytes: what takes the square of their length takes minutes here. */
describe('a configuration that somebody made to be slow', () => {
  const many = 10_000;
  const each = (line: (index: number) => string): string =>
    Array.from({ length: many }, (_, index) => line(index)).join('\n');

  it('may be JSON on one line', async () => {
    const resources = Object.fromEntries(Array.from({ length: many }, (_, i) => [`é${i}`, {}]));
    const root = await read({ 'a.tf.json': JSON.stringify({ resource: { null_x: resources } }) });
    expect(shown(root)).toEqual([`${official}/null`]);
  });

  it('may require and use many providers', async () => {
    const root = await read({
      'a.tf': `${required(each((i) => `p${i} = { source = "a/b${i}" }`))}${each((i) => `resource "q${i}_x" "y" {}`)}`,
    });
    expect(root.requirements.size).toBe(2 * many);
    expect(root.diagnostics).toEqual([]);
  });

  it('may have legacy addresses only', async () => {
    const root = await read({
      'a.tf': required(each((i) => `p${i} = { source = "-/b${i}" }`)),
    });
    expect(root.diagnostics).toHaveLength(500);
    expect(root.diagnostics[499]?.range?.start.line).toBe(502);
  });

  it('may have many names for the provider of many resources', async () => {
    const root = await read({
      'a.tf': `${required(each((i) => `p${i} = { source = "hashicorp/b" }`))}${each((i) => `resource "b_x" "y${i}" {}`)}`,
    });
    expect(root.requirements.size).toBe(1);
    expect(root.diagnostics.length).toBeLessThan(2 * many);
  });

  it.each([
    ['brackets in a reference', { resource: { a_b: { c: { provider: '['.repeat(300_000) } } } }],
    ['brackets in an import', { import: { to: '['.repeat(300_000) } }],
    ['steps in a reference', { resource: { a_b: { c: { provider: 'a.'.repeat(100_000) } } } }],
    ['a long source', { module: { a: { source: '../'.repeat(300_000) } } }],
    ['half a character in a source', { module: { a: { source: 'github.com/a/\ud800' } } }],
    ['a long version', { module: { a: { source: 'a/b/c', version: `1-${'a'.repeat(60_000)}!` } } }],
  ])('may have %s', async (_, value) => {
    const { diagnostics } = await read({ 'a.tf.json': JSON.stringify(value) });
    expect(diagnostics.length).toBeLessThanOrEqual(1);
  });

  it('may have a native reference of many steps', async () => {
    const { diagnostics } = await read({
      'a.tf': `resource "a_b" "c" {\n  provider = a${'.a'.repeat(200_000)}\n}\n`,
    });
    expect(diagnostics.map(({ summary }) => summary)).toEqual([
      'Invalid provider configuration reference',
    ]);
  });

  it('has its errors told, but not every one of a million', async () => {
    const { diagnostics } = await read({
      'a.tf': 'required_providers {}\n'.repeat(20_000),
      'b.tf': 'provider "aws" {\n  version = "1"\n}\n'.repeat(3000),
      'c.tf': 'required_providers {}\n',
    });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(500);
    expect(diagnostics.filter(({ severity }) => severity === 'warning')).toHaveLength(500);
  });

  it('may have more resources than a function takes arguments', async () => {
    const lines = Array.from({ length: 130_000 }, (_, i) => `resource "b${i % 3}_x" "y${i}" {}`);
    expect((await read({ 'a.tf': lines.join('\n') })).requirements.size).toBe(3);
  });
});
