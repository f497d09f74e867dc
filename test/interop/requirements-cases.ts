/** A configuration that OpenTofu and ours read: both should say the same of it. */
export interface RequirementsCase {
  readonly title: string;
  /** By path from the folder of the root module. */
  readonly files: Readonly<Record<string, string>>;
  /** Symbolic links: where they stand, and what is in them. */
  readonly links?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The first release that knows what the case is about. */
  readonly since?: string;
  /** What is wrong is the same, and is said in other words or at another place: only that it is wrong counts. */
  readonly inOtherWords?: boolean;
  /** OpenTofu names one place or another of several, by chance. */
  readonly placesVary?: boolean;
}

const required = (entries: string): string =>
  `terraform {\n  required_providers {\n    ${entries}\n  }\n}\n`;
const call = (name: string, source: string, more = ''): string =>
  `module "${name}" {\n  source = "${source}"\n  ${more}\n}\n`;
const uses = (type: string): string => `resource "${type}_x" "y" {}\n`;
const run = (name: string, source: string): string =>
  `run "${name}" {\n  module {\n    source = "${source}"\n  }\n}\n`;
const installed = (...records: readonly Readonly<Record<string, string>>[]): string =>
  JSON.stringify({ Modules: [{ Key: '', Source: '', Dir: '.' }, ...records] });
const record = (
  key: string,
  source: string,
  version?: string,
): Readonly<Record<string, string>> => ({
  Key: key,
  Source: source,
  ...(version === undefined ? {} : { Version: version }),
  Dir: `.terraform/modules/${key}`,
});
const state = (...providers: readonly string[]): string =>
  JSON.stringify({
    version: 4,
    terraform_version: '1.9.0',
    serial: 1,
    lineage: '00000000-0000-0000-0000-000000000000',
    outputs: {},
    resources: providers.map((provider, i) => ({
      mode: 'managed',
      type: 'a_b',
      name: `n${i}`,
      provider,
      instances: [],
    })),
  });

const entries: readonly RequirementsCase[] = [
  {
    title: 'entries with addresses, constraints, both and nothing',
    files: {
      'main.tf': required(
        'aws = { source = "hashicorp/aws", version = ">= 4.0, < 6.0, != 5.1.0" }\n corp = { source = "Example.com:8443/Acme/Corp" }\n null = { version = "~> 3.2" }\n random = {}\n local = ">= 2.1"\n tls = "~>4"\n terraform = { source = "terraform.io/builtin/terraform" }',
      ),
    },
  },
  {
    title: 'a constraint in each spelling',
    files: {
      'main.tf': required(
        'a = ">= 2.68, >= 2.68.0"\n b = "~> 1.2, >= 1.2, 1.2.4"\n c = "=1.0.0-beta.1+x"\n d = " "\n e = ">1,<2"\n f = 3\n g = "~> 1.2.3-rc1"\n h = "!= 1, != 1.0"',
      ),
    },
  },
  {
    title: 'a number of wrong entries at once',
    files: {
      'main.tf': required(
        'a = []\n b = { source = 1, version = 2 }\n c = { region = "x" }\n d = { source = "a/b/c/d" }\n e = { version = "=> 1" }\n AWS = {}\n a_b = {}\n f = "one"\n g = null\n h = { source = "terraform-provider-x/terraform-provider-y" }',
      ),
    },
  },
  {
    title: 'constraints that only the second reader refuses',
    files: { 'main.tf': required('a = { version = ">= v1.0" }\n b = ">= 1.0.0.0"') },
  },
  {
    title: 'entries that are not static',
    files: {
      'main.tf': required('a = var.x\n b = { source = var.y }\n c = { version = "${1 + 1}" }'),
    },
  },
  {
    title: 'two blocks, in two files and in one',
    files: { 'a.tf': required('a = {}'), 'b.tf': required('b = {}') + required('c = {}') },
  },
  {
    title: 'one provider under two names',
    placesVary: true,
    files: {
      'main.tf': required(
        'a = { source = "acme/x", version = ">= 1" }\n b = { source = "acme/x", version = "< 2" }',
      ),
    },
  },
  {
    title: 'one provider of the names of the predecessor and of OpenTofu',
    files: { 'main.tf': required('aws = {}\n aws2 = { source = "opentofu/aws" }') },
  },
  {
    title: 'the predecessor’s unqualified addresses',
    files: { 'main.tf': required('aws = { source = "-/aws" }') },
  },
  {
    title: 'another registry, and the same provider implied beside it',
    files: {
      'main.tf': `${required('aws = { source = "registry.terraform.io/hashicorp/aws" }')}${uses('aws')}`,
      'a/main.tf': uses('aws'),
      'b.tf': call('a', './a'),
    },
  },
  {
    title: 'a built-in provider under both hosts',
    since: '1.11',
    files: {
      'main.tf': required(
        'terraform = { source = "opentofu.org/builtin/terraform" }\n other = { source = "terraform.io/builtin/terraform" }',
      ),
    },
  },
];

const implied: readonly RequirementsCase[] = [
  {
    title: 'resources, data sources, checks, imports and provider blocks',
    files: {
      'main.tf':
        'resource "null_resource" "x" {}\nresource "standalone" "x" {}\ndata "http" "x" {}\ncheck "c" {\n data "tls_c" "x" {}\n assert {\n  condition = data.tls_c.x.ok\n  error_message = "no"\n }\n}\nimport {\n to = google_x.y\n id = "1"\n provider = google-beta\n}\nprovider "helm" {}\nresource "terraform_data" "x" {}\ndata "terraform_remote_state" "s" {\n backend = "local"\n}\n',
    },
  },
  {
    title: 'ephemeral resources',
    since: '1.11',
    files: { 'main.tf': 'ephemeral "random_password" "x" {}\n' },
  },
  {
    title: 'imports into modules and resources',
    files: {
      'main.tf': `import {\n to = module.a.aws_x.y\n id = "1"\n}\nimport {\n to = null_x.y\n id = "1"\n}\n${uses('null')}${call('a', './a')}`,
      'a/main.tf': uses('aws'),
    },
  },
  {
    title: 'local names instead of types',
    files: {
      'main.tf': `${required('corp = { source = "example.com/acme/corp", version = "1.0.0" }')}${uses('corp')}resource "aws_x" "y" {\n provider = corp\n}\nresource "aws_x" "z" {\n provider = corp.west\n}\nprovider "corp" {\n alias = "west"\n}\nprovider "corp" {}\n`,
    },
  },
  {
    title: 'versions in provider blocks',
    files: {
      'main.tf': `${required('aws = ">= 4"')}provider "aws" {\n  version = "< 6"\n}\nprovider "aws" {\n  alias = "west"\n  version = "!= 5.0.0"\n}\nprovider "null" {\n version = "~> 3.0"\n}\n`,
    },
  },
  {
    title: 'provider blocks that are wrong',
    files: {
      'main.tf':
        'provider "AWS" {}\nprovider "a_b" {}\nprovider "b" {\n version = "x"\n}\nprovider "c" {\n version = []\n}\n',
    },
  },
  {
    title: 'references that are wrong',
    files: {
      'main.tf':
        'resource "a_b" "a" {\n provider = "x.y.z"\n}\nresource "a_b" "b" {\n provider = x["k"]\n}\nresource "a_b" "c" {\n provider = x.y.z\n}\nresource "a_b" "d" {\n provider = f()\n}\nresource "a_b" "e" {\n provider = AWS\n}\n',
    },
  },
  {
    title: 'a reference in quotes',
    files: {
      'main.tf': 'resource "a_b" "a" {\n provider = "x.y"\n}\nprovider "x" {\n alias = "y"\n}\n',
    },
  },
  {
    title: 'a provider by two names, with resources and blocks',
    files: {
      'main.tf': `${required('a = { source = "hashicorp/aws" }')}provider "aws" {\n alias = "b"\n}\nresource "aws_vpc" "x" {}\n`,
    },
  },
];

const fileKinds: readonly RequirementsCase[] = [
  {
    title: 'all four endings, shadowing, hidden files and backups',
    files: {
      'a.tf': uses('a'),
      'b.tofu': uses('b'),
      'c.tf.json': '{"resource": {"c_x": {"y": {}}}}',
      'd.tofu.json': '{"resource": {"d_x": {"y": {}}}}',
      'e.tf': uses('wrong'),
      'e.tofu': uses('e'),
      'f.tf.json': '{"resource": {"wrong_x": {"z": {}}}}',
      'f.tofu.json': '{"resource": {"f_x": {"y": {}}}}',
      'g.tf': uses('g'),
      'g.tofu.json': '{"resource": {"h_x": {"y": {}}}}',
      '.hidden.tf': '}',
      'x.tf~': '}',
      '#x.tf#': '}',
      'sub/x.tf': '}',
      'x.hcl': '}',
    },
  },
  {
    title: 'a shadow that is hidden or a folder',
    files: { 'a.tf': uses('a'), 'a.tofu/x.txt': '', 'b.tf': uses('b') },
  },
  {
    title: 'override files for entries',
    files: {
      'main.tf': required(
        'a = { source = "acme/a", version = "1.0.0" }\n b = { source = "acme/b" }',
      ),
      'x_override.tf': required('a = { source = "acme/x" }'),
      'override.tf.json':
        '{"terraform": {"required_providers": {"a": {"version": "9.0.0"}, "c": "3.0.0"}}}',
      'y_override.tofu': required('b = ">= 2"'),
    },
  },
  {
    title: 'override files without a primary block',
    files: { 'main.tf': uses('a'), 'override.tf': required('a = { source = "acme/a" }') },
  },
  {
    title: 'override files for resources and provider blocks',
    files: {
      'main.tf':
        'resource "aws_x" "y" {}\nresource "aws_x" "z" {\n  provider = corp\n}\nprovider "p" {\n  version = "1.0.0"\n}\n',
      'override.tf':
        'resource "aws_x" "y" {\n  provider = other\n}\nresource "aws_x" "z" {}\nprovider "p" {\n  version = "2.0.0"\n}\nprovider "new" {}\n',
    },
  },
  {
    title: 'override files for what is not there',
    files: {
      'main.tf': '',
      'override.tf':
        'resource "a_b" "c" {}\ndata "a_b" "c" {}\nprovider "a" {\n alias = "b"\n}\nmodule "m" {\n source = "./m"\n}\n',
    },
  },
  {
    title: 'override files for module calls',
    files: {
      'main.tf': call('m', './one'),
      'override.tf': call('m', './two'),
      'one/main.tf': uses('one'),
      'two/main.tf': uses('two'),
    },
  },
  {
    title: 'override files alone',
    files: { 'override.tf': required('a = {}') },
  },
  {
    title: 'JSON with objects, arrays, comments and strings',
    files: {
      'main.tf.json': JSON.stringify({
        '//': 'x',
        terraform: [{}, { required_providers: [{ aws: '>= 4', corp: { source: 'acme/corp' } }] }],
        provider: { corp: [{}, { alias: 'west' }] },
        resource: [{ null_resource: { x: {} } }, { aws_x: { y: [{ provider: 'corp.west' }] } }],
        data: { http: { x: {} } },
        import: [{ to: 'google_x.y', id: '1' }],
      }),
    },
  },
  {
    title: 'JSON whose root is an array',
    files: { 'main.tf.json': '[{"resource": {"a_x": {"y": {}}}}, {"provider": {"b": {}}}]' },
  },
  {
    title: 'JSON with wrong entries',
    files: {
      'main.tf.json':
        '{"terraform": {"required_providers": {\n"a": [],\n"b": {"region": "x"},\n"c": {"source": 1},\n"d": {"version": null},\n"AWS": {}\n}}}',
    },
  },
  {
    title: 'syntax errors in two files',
    files: { 'a.tf': 'resource "null_resource" "x" {\n', 'b.tf': 'x = = 1\n', 'c.tf': uses('c') },
    inOtherWords: true,
  },
  {
    title: 'JSON that is none',
    files: { 'a.tf.json': '{"provider": {"x": {},}}' },
    inOtherWords: true,
  },
  {
    title: 'a link that leads nowhere',
    files: { 'a.tf': '' },
    links: { 'b.tf': 'nothing' },
    inOtherWords: true,
  },
  {
    title: 'a link to a file elsewhere',
    files: { 'x/a.txt': uses('a') },
    links: { 'b.tf': 'x/a.txt' },
  },
  {
    title: 'a link to a folder',
    files: { 'x/a.tf': uses('a'), 'b.tf': '' },
    links: { 'c.tf': 'x' },
    inOtherWords: true,
  },
];

const modules: readonly RequirementsCase[] = [
  {
    title: 'nested local modules, all constraints together',
    files: {
      'main.tf': `${required('aws = ">= 4"')}${call('net', './net')}${call('app', './app')}`,
      'net/main.tf': `${required('aws = "< 6"')}${call('inner', '../shared')}`,
      'app/main.tofu.json': '{"module": {"s": {"source": "../shared"}}}',
      'shared/main.tf': `${required('aws = "!= 5.1.0"')}${uses('null')}`,
    },
  },
  {
    title: 'local names of each module for itself',
    files: {
      'main.tf': `${required('x = { source = "acme/x" }')}${uses('x')}${call('a', './a')}${call('b', './b')}`,
      'a/main.tf': uses('x'),
      'b/main.tf': `${required('x = { source = "example.com/b/x" }')}${uses('x')}`,
    },
  },
  {
    title: 'providers that are passed add nothing',
    files: {
      'main.tf': `provider "aws" {\n alias = "w"\n}\n${call('a', './a', 'providers = {\n  aws = aws.w\n }')}`,
      'a/main.tf': `${required('aws = {}')}${uses('aws')}`,
    },
  },
  {
    title: 'sources in many spellings',
    files: {
      'main.tf': ['./a', './a/', './/a', './b/../a', '.\\\\a', './a/../a/.', './link', '../beside']
        .map((source, i) => call(`m${i}`, source))
        .join(''),
      'a/main.tf': uses('a'),
      '../beside/main.tf': uses('beside'),
    },
    links: { link: 'a' },
  },
  {
    title: 'calls from behind a link',
    files: {
      'main.tf': call('x', './link'),
      'deep/a/main.tf': call('y', '../b'),
      'deep/b/main.tf': uses('deep'),
      'b/main.tf': uses('shallow'),
    },
    links: { link: 'deep/a' },
  },
  {
    title: 'a module without a configuration',
    files: { 'main.tf': call('x', './a'), 'a/x.txt': '' },
  },
  { title: 'a module that is missing', files: { 'main.tf': call('x', './a') } },
  { title: 'a module that is a file', files: { 'main.tf': call('x', './main.tf') } },
  { title: 'a source that lacks its ./', files: { 'main.tf': call('x', 'a'), 'a/main.tf': '' } },
  { title: 'a source that is two dots', files: { 'main.tf': call('x', '..') } },
  {
    title: 'a local source with a version',
    files: { 'main.tf': call('x', './a', 'version = "1.0"'), 'a/main.tf': '' },
  },
  { title: 'a call without a source', files: { 'main.tf': 'module "x" {\n}\n' } },
  { title: 'a source that is null', files: { 'main.tf': 'module "x" {\n source = null\n}\n' } },
  {
    title: 'a source that is a list',
    files: { 'main.tf': 'module "x" {\n source = ["./a"]\n}\n' },
  },
  {
    title: 'two calls of one name',
    files: { 'main.tf': call('x', './a') + call('x', './a'), 'a/main.tf': '' },
  },
  { title: 'a call whose name is none', files: { 'main.tf': call('x y', './a'), 'a/main.tf': '' } },
  {
    title: 'a version that is none',
    since: '1.12',
    files: { 'main.tf': call('x', 'a/b/c', 'version = "one"') },
  },
  {
    title: 'a module that is wrong, called twice',
    files: { 'main.tf': call('a', './x') + call('b', './x'), 'x/main.tf': required('a = []') },
  },
  {
    title: 'an import in a module',
    files: { 'main.tf': call('a', './x'), 'x/main.tf': 'import {\n to = a_b.c\n id = "1"\n}\n' },
  },
  {
    title: 'a wrong root module hides what its modules have',
    since: '1.12',
    files: { 'main.tf': required('a = []') + call('a', './x'), 'x/main.tf': '}\n' },
  },
];

const elsewhere: readonly RequirementsCase[] = [
  {
    title: 'an installed module, and one within its package',
    files: {
      'main.tf': call('net', 'example/net/aws', 'version = "~> 1.0"'),
      '.terraform/modules/modules.json': installed(
        record('net', 'registry.opentofu.org/example/net/aws', '1.2.0'),
        { Key: 'net.sub', Source: './sub', Dir: '.terraform/modules/net/sub' },
      ),
      '.terraform/modules/net/main.tf': uses('null') + call('sub', './sub'),
      '.terraform/modules/net/sub/main.tf': uses('tls'),
    },
  },
  {
    title: 'modules from everywhere that are installed',
    files: {
      'main.tf': [
        ['a', 'github.com/acme/a'],
        ['b', 'git@github.com:acme/b.git'],
        ['c', 'git::https://example.com/c.git?ref=v1'],
        ['d', 'https://example.com/d.zip//sub'],
        ['e', 'github.com/acme/e//x/y?ref=1'],
        ['f', 'example.com/acme/f/aws//sub'],
        ['g', 's3::https://s3-eu-west-1.amazonaws.com/bucket/g.zip'],
        ['h', 'hg::http://example.com/h'],
      ]
        .map(([name = '', source = '']) => call(name, source))
        .join(''),
      ...Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [
          `.terraform/modules/${name}/main.tf`,
          uses(name),
        ]),
      ),
      '.terraform/modules/modules.json': installed(
        record('a', 'git::https://github.com/acme/a.git'),
        record('b', 'git::ssh://git@github.com/acme/b.git'),
        record('c', 'git::https://example.com/c.git?ref=v1'),
        record('d', 'https://example.com/d.zip//sub'),
        record('e', 'git::https://github.com/acme/e.git//x/y?ref=1'),
        record('f', 'example.com/acme/f/aws//sub', '3.0.0'),
        record('g', 's3::https://s3-eu-west-1.amazonaws.com/bucket/g.zip'),
        record('h', 'hg::http://example.com/h'),
      ),
    },
  },
  {
    title: 'a source by the value of a variable',
    files: {
      'main.tf':
        'variable "dir" {\n default = "none"\n}\nlocals {\n path = "./${var.dir}"\n}\nmodule "x" {\n source = local.path\n}\n',
      'terraform.tfvars': 'dir = "a"\n',
      'x.auto.tfvars.json': '{"dir": "b"}',
      'b/main.tf': uses('b'),
    },
    env: { TF_VAR_dir: 'c' },
  },
  {
    title: 'a source by the environment',
    files: {
      'main.tf': 'variable "dir" {}\nmodule "x" {\n source = "./${var.dir}"\n}\n',
      'b/main.tf': uses('b'),
    },
    env: { TF_VAR_dir: 'b' },
  },
  {
    title: 'a source by what the caller sets, through two modules',
    files: {
      'main.tf': call('x', './c', 'dir = "b"'),
      'c/main.tf': 'variable "dir" {}\nmodule "y" {\n source = "../${var.dir}"\n}\n',
      'b/main.tf': uses('b'),
    },
  },
  {
    title: 'a source by the workspace and paths',
    files: {
      'main.tf':
        'module "x" {\n source = "./${terraform.workspace}"\n}\nmodule "y" {\n source = "${path.module}/default"\n}\n',
      'default/main.tf': uses('b'),
    },
  },
  {
    title: 'tests, their providers and their modules',
    files: {
      'main.tf': uses('null'),
      'a.tftest.hcl': `provider "aws" {}\n${run('one', './x')}`,
      'tests/b.tftest.hcl': run('two', './y'),
      'tests/c.tftest.json': '{"provider": {"json": {}}, "run": {"plain": {}}}',
      'x/main.tf': uses('tls'),
      'y/main.tf': uses('http') + call('z', '../x'),
    },
  },
  {
    title: 'tests that OpenTofu’s ending shadows',
    files: {
      'main.tf': uses('null'),
      'tests/b.tftest.hcl': 'provider "wrong" {}\n',
      'tests/b.tofutest.hcl': 'provider "right" {}\n',
    },
  },
  {
    title: 'a run without the source of its module',
    files: { 'main.tf': '', 'a.tftest.hcl': 'run "one" {\n  module {\n  }\n}\n' },
  },
];

const states: readonly RequirementsCase[] = [
  {
    title: 'the providers of a state',
    files: {
      'main.tf': uses('null'),
      'terraform.tfstate': state(
        'provider["registry.opentofu.org/hashicorp/tls"]',
        'module.a.provider["example.com/acme/x"].west',
        'provider["registry.opentofu.org/hashicorp/null"]',
        'provider["terraform.io/builtin/terraform"]',
      ),
    },
  },
  {
    title: 'the predecessor’s addresses in a state',
    files: {
      'main.tf': uses('null'),
      'terraform.tfstate': state('provider["registry.terraform.io/hashicorp/tls"]'),
    },
  },
  {
    title: 'the predecessor’s addresses in a state, kept',
    files: {
      'main.tf': uses('null'),
      'terraform.tfstate': state('provider["registry.terraform.io/hashicorp/tls"]'),
    },
    env: { OPENTOFU_STATEFILE_PROVIDER_ADDRESS_TRANSLATION: '0' },
  },
  {
    title: 'the predecessor’s addresses in a state and in the configuration',
    files: {
      'main.tf': required('tls = { source = "registry.terraform.io/hashicorp/tls" }'),
      'terraform.tfstate': state(
        'provider["registry.terraform.io/hashicorp/tls"]',
        'provider["registry.terraform.io/hashicorp/null"]',
      ),
    },
  },
  {
    title: 'unqualified addresses in a state',
    files: { 'main.tf': '', 'terraform.tfstate': state('provider.aws') },
  },
  {
    title: 'a state in a workspace',
    files: {
      'main.tf': uses('null'),
      'terraform.tfstate': state('provider["registry.opentofu.org/hashicorp/wrong"]'),
      '.terraform/environment': 'prod',
      'terraform.tfstate.d/prod/terraform.tfstate': state(
        'provider["registry.opentofu.org/hashicorp/tls"]',
      ),
    },
  },
  {
    title: 'a state at another path',
    files: {
      'main.tf': `terraform {\n backend "local" {\n  path = "x/y.tfstate"\n }\n}\n${uses('null')}`,
      'x/y.tfstate': state('provider["registry.opentofu.org/hashicorp/tls"]'),
    },
  },
  { title: 'an empty state', files: { 'main.tf': uses('null'), 'terraform.tfstate': '' } },
  {
    title: 'a state that is none',
    files: { 'main.tf': uses('null'), 'terraform.tfstate': '{' },
    inOtherWords: true,
  },
  {
    title: 'a state of a later version',
    files: { 'main.tf': uses('null'), 'terraform.tfstate': '{"version": 5}' },
    inOtherWords: true,
  },
  {
    title: 'a folder without a configuration',
    files: { 'x.txt': '', 'terraform.tfstate': state('provider["a/b/c"]') },
  },
];

export const requirementsCases: readonly RequirementsCase[] = [
  ...entries,
  ...implied,
  ...fileKinds,
  ...modules,
  ...elsewhere,
  ...states,
];
