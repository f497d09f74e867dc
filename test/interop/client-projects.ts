import {
  configured,
  fromFolder,
  fsMirror,
  hostBlock,
  init,
  main,
  methods,
  mirrored,
  type Scenario,
} from './client-scenario.ts';

const inFolder = (files: Readonly<Record<string, string>>): Scenario['make'] =>
  configured((world) => methods(fsMirror(world.packed)), { files });
const modulesJson = (...modules: readonly Readonly<Record<string, string>>[]): string =>
  JSON.stringify({ Modules: [{ Key: '', Source: '', Dir: '.' }, ...modules] });
const state = (provider: string): string =>
  JSON.stringify({
    version: 4,
    terraform_version: '1.10.0',
    serial: 1,
    lineage: '3f2c9f0e-8f4f-4c54-9d6c-0e1c9b7b0e52',
    outputs: {},
    resources: [
      {
        mode: 'managed',
        type: 'thing_x',
        name: 'y',
        provider: `provider["${provider}"]`,
        instances: [{ schema_version: 0, attributes: { id: 'a' } }],
      },
    ],
  });
const moduleRow = 'the record of modules, `modules.json`';

const configurations: readonly Scenario[] = [
  {
    name: 'a configuration in JSON',
    make: inFolder({
      'main.tf': '',
      'more.tf.json': JSON.stringify({
        terraform: { required_providers: { thing: { source: mirrored, version: '< 1.1' } } },
      }),
    }),
  },
  {
    name: 'a .tofu file in place of its .tf file',
    make: inFolder({ 'main.tofu': main(mirrored, '< 1.1') }),
  },
  {
    name: 'an override file',
    make: inFolder({ 'x_override.tf': main(mirrored, '< 1.1') }),
  },
  {
    name: 'a data source of another provider, which no place has',
    make: inFolder({ 'd.tf': 'data "null_x" "y" {}\n' }),
  },
  {
    name: 'an import of another provider, which no place has',
    make: inFolder({
      'i.tf': 'import {\n  to = null_x.y\n  id = "a"\n}\nresource "null_x" "y" {}\n',
    }),
  },
  {
    name: 'a provider of a test only',
    make: inFolder({
      'main.tf': '',
      'x.tftest.hcl': 'provider "null" {}\n\nrun "a" {\n}\n',
    }),
  },
  {
    name: 'required_providers twice',
    make: inFolder({ 'more.tf': main(mirrored) }),
  },
  {
    name: 'a source that is none',
    make: inFolder({ 'main.tf': main('a/b/c/d') }),
  },
  {
    name: 'a constraint that is none',
    make: inFolder({ 'main.tf': main(mirrored, 'newest') }),
  },
  {
    name: 'a constraint that only half of the readers take',
    make: inFolder({ 'main.tf': main(mirrored, '>= v1.0') }),
  },
  {
    name: 'an unknown argument in required_providers',
    make: inFolder({
      'main.tf': `terraform {\n  required_providers {\n    thing = {\n      source = "${mirrored}"\n      versoin = "1"\n    }\n  }\n}\n`,
    }),
  },
  {
    name: 'two names for one provider',
    make: inFolder({
      'main.tf': `terraform {\n  required_providers {\n    thing = {\n      source = "${mirrored}"\n    }\n    same = {\n      source = "${mirrored}"\n    }\n  }\n}\n`,
    }),
  },
  { name: 'a legacy address', make: inFolder({ 'main.tf': main('-/thing') }) },
  {
    name: 'a type that begins as a repository',
    make: inFolder({ 'main.tf': main('acme/terraform-provider-thing') }),
  },
  {
    name: 'a built-in provider that there is not',
    make: inFolder({ 'main.tf': main('terraform.io/builtin/thing') }),
  },
  {
    name: 'a syntax error',
    make: inFolder({ 'more.tf': 'resource "thing_x" {\n' }),
    differs: { row: 'a file with syntax errors', in: ['titles'] },
  },
  {
    name: 'a version of OpenTofu that there is not',
    make: inFolder({ 'more.tf': 'terraform {\n  required_version = "> 99"\n}\n' }),
    since: '1.12',
  },
  {
    name: 'a legacy constraint without a source, on a host of the CLI configuration',
    make: configured((world) => hostBlock('registry.opentofu.org', world), {
      files: { 'main.tf': 'terraform {\n  required_providers {\n    absent = "~> 1.0"\n  }\n}\n' },
    }),
  },
  {
    name: 'no configuration at all',
    make: (world) => ({ config: methods(fsMirror(world.packed)), args: init, files: {} }),
  },
  {
    name: 'arguments in the environment',
    make: (world) => ({
      config: '',
      args: init,
      env: { TF_CLI_ARGS_init: `-plugin-dir=${world.packed}` },
      files: { 'main.tf': main(mirrored) },
    }),
    differs: {
      row: '`TF_CLI_ARGS` and `TF_CLI_ARGS_init`',
      in: ['succeeded', 'lock', 'installed', 'pluginPath', 'titles', 'lines'],
    },
  },
  {
    name: '-chdir',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: [['-chdir=there', 'init']],
      env: { TF_DATA_DIR: '../data' },
      files: { 'there/main.tf': main(mirrored) },
    }),
  },
  {
    name: 'too many arguments',
    make: fromFolder({ args: [['init', 'there']] }),
    differs: { row: 'what is wrong with options and arguments', in: ['titles'] },
  },
];

const modules: readonly Scenario[] = [
  {
    name: 'constraints of modules within modules',
    make: inFolder({
      'm.tf': 'module "a" {\n  source = "./a"\n}\n',
      'a/main.tf': `${main(mirrored, '>= 1.0')}module "b" {\n  source = "./b"\n}\n`,
      'a/b/main.tf': main(mirrored, '!= 1.1.0'),
    }),
    differs: { row: moduleRow, in: ['installed'] },
  },
  {
    name: 'constraints of modules that contradict each other',
    make: inFolder({
      'main.tf': `${main(mirrored, '< 1.1')}module "a" {\n  source = "./a"\n}\n`,
      'a/main.tf': main(mirrored, '>= 1.1'),
    }),
    differs: { row: moduleRow, in: ['installed'] },
  },
  {
    name: 'a module of a registry that is installed',
    make: inFolder({
      'main.tf': 'module "a" {\n  source = "example.com/acme/a/x"\n  version = "1.0.0"\n}\n',
      '.terraform/modules/a/main.tf': main(mirrored, '< 1.1'),
      '.terraform/modules/modules.json': modulesJson({
        Key: 'a',
        Source: 'example.com/acme/a/x',
        Version: '1.0.0',
        Dir: '.terraform/modules/a',
      }),
    }),
  },
  {
    name: 'a module whose folder is not there',
    make: inFolder({ 'm.tf': 'module "a" {\n  source = "./a"\n}\n' }),
    differs: { row: moduleRow, in: ['installed'] },
  },
  {
    name: 'a module without a source',
    make: inFolder({ 'm.tf': 'module "a" {\n}\n' }),
    since: '1.12',
  },
  {
    name: 'an unknown provider that only a module uses',
    make: inFolder({
      'm.tf': 'module "a" {\n  source = "./a"\n}\n',
      'a/main.tf': 'resource "null_x" "y" {}\n',
    }),
    differs: { row: moduleRow, in: ['installed'] },
  },
];

const states: readonly Scenario[] = [
  {
    name: 'a provider that only the state needs',
    make: inFolder({ 'main.tf': '', 'terraform.tfstate': state(mirrored) }),
  },
  {
    name: 'a provider of the predecessor that only the state needs',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': '',
        'terraform.tfstate': state('registry.terraform.io/acme/thing'),
        'mirror/registry.opentofu.org/acme/thing': `COPY ${world.packed}/${mirrored}`,
      },
    }),
  },
  {
    name: 'a provider of the predecessor that only the state needs, kept',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      env: { OPENTOFU_STATEFILE_PROVIDER_ADDRESS_TRANSLATION: '0' },
      files: {
        'main.tf': '',
        'terraform.tfstate': state('registry.terraform.io/acme/thing'),
        'mirror/registry.terraform.io/acme/thing': `COPY ${world.packed}/${mirrored}`,
      },
    }),
  },
  {
    name: 'a state in another place',
    make: inFolder({
      'main.tf': 'terraform {\n  backend "local" {\n    path = "kept/state"\n  }\n}\n',
      'kept/state': state(mirrored),
    }),
  },
  {
    name: 'a state of a workspace',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: init,
      env: { TF_WORKSPACE: 'blue' },
      files: { 'main.tf': '', 'terraform.tfstate.d/blue/terraform.tfstate': state(mirrored) },
    }),
  },
  {
    name: 'a state that can not be read',
    make: inFolder({ 'terraform.tfstate': '{"version": 4' }),
    since: '1.12',
  },
  {
    name: 'an empty state',
    make: inFolder({ 'terraform.tfstate': '' }),
  },
];

/** What requires providers. */
export const projectScenarios: readonly Scenario[] = [...configurations, ...modules, ...states];
