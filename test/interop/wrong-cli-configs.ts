/** A CLI configuration with something wrong in it. */
export interface WrongCliConfig {
  /** Texts by their paths below the home folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Those that name files or folders are relative to the home folder. */
  readonly env?: Readonly<Record<string, string>>;
  /** The first minor version of OpenTofu 1 that finds it wrong; older ones say nothing. */
  readonly since?: number;
  /** Why it is not compared. */
  readonly differs?: Difference;
}

/** Rows of docs/differences.md. */
export const differences = {
  json: 'CLI configuration in JSON: what JSON does not allow',
  prefix: '`source = "terraform-x"` or `"opentofu-x"`, one part',
  bareRegistry: 'a repository template that is a bare registry, or ends with `@`',
  namespace: 'a pattern with a wrong namespace',
} as const;

export type Difference = keyof typeof differences;

const differs = (difference: Difference, wrong: WrongCliConfig): WrongCliConfig => ({
  ...wrong,
  differs: difference,
});

const main = (text: string): WrongCliConfig => ({ files: { '.tofurc': text } });
const split = (first: string, second: string): WrongCliConfig => ({
  files: { '.tofurc': first, '.terraform.d/b.tfrc': second },
});
const installation = (inside: string): WrongCliConfig =>
  main(`provider_installation {\n${inside}}\n`);
const method = (kind: string, inside: string): WrongCliConfig =>
  installation(`  ${kind} {\n    ${inside}\n  }\n`);
const template = (text: string, more = ''): WrongCliConfig =>
  method('oci_mirror', `repository_template = ${text}\n${more}`);
const credentials = (label: string, inside: string): WrongCliConfig =>
  main(`oci_credentials ${label} {\n  ${inside}\n}\n`);
const defaults = (inside: string): WrongCliConfig =>
  main(`oci_default_credentials {\n  ${inside}\n}\n`);
const since = (minor: number, wrong: WrongCliConfig): WrongCliConfig => ({
  ...wrong,
  since: minor,
});
const protocols = (inside: string): WrongCliConfig =>
  since(11, main(`registry_protocols {\n  ${inside}\n}\n`));
const json = (value: unknown): WrongCliConfig => main(`${JSON.stringify(value, undefined, 2)}\n`);

/** What they are called in a list of tests. */
export function nameOf({ env = {}, files }: WrongCliConfig): string {
  const texts = Object.entries(files).map(([path, text]) =>
    path === '.tofurc' ? JSON.stringify(text) : `${path}: ${JSON.stringify(text)}`,
  );
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...settings, ...texts].join(' + ');
}

export const wrongCliConfigs: readonly WrongCliConfig[] = [
  // Syntax
  main('plugin_cache_dir = \n[\n'),
  main('plugin_cache_dir "x"\n'),
  main('provider_installation {\n'),
  main('provider_installation }\n'),
  main('}\n'),
  main('=\n'),
  main('a = "b\n'),
  main('a = "\\q"\n'),
  main('a = [1, 2\n'),
  main('a = [1 2]\n'),
  main('a = <<EOT\nfoo\n'),
  main('/* no end\n'),
  since(12, main('a = 1\na = 2\n')),
  differs('json', main('{ "a": 1,, }\n')),
  differs('json', main('{ "a": }\n')),
  differs('json', main('{ "a" 1 }\n')),
  differs('json', main('{\n')),
  // The whole file
  main('plugin_cache_dir = {}\n'),
  main('plugin_cache_dir = ["x"]\n'),
  main('plugin_cache_dir = true\n'),
  main('plugin_cache_dir = 1.5\n'),
  main('plugin_cache_dir = "/nowhere/at/all"\n'),
  main('plugin_cache_may_break_dependency_lock_file = "true"\n'),
  main('plugin_cache_may_break_dependency_lock_file = 1\n'),
  main('plugin_cache_may_break_dependency_lock_file = [true]\n'),
  main('host = "example.com"\n'),
  main('host "a b" {}\n'),
  main('host "" {}\n'),
  main('host "example.com:abc" {}\n'),
  main('host "example.com:99999" {}\n'),
  main('host "ex_ample.com" {}\n'),
  main('host "-a.com" {}\n'),
  main('host "example.com" {\n  services = "x"\n}\n'),
  main('host "example.com" {\n  services = ["x"]\n}\n'),
  main('credentials = "x"\n'),
  main('credentials "a/b" {\n  token = "x"\n}\n'),
  main('credentials "https://example.com" {\n  token = "x"\n}\n'),
  main('credentials_helper = "x"\n'),
  main('credentials_helper "a" {}\ncredentials_helper "b" {}\n'),
  main('credentials_helper "a" {\n  args = "x"\n}\n'),
  main('credentials_helper "a" {\n  args = [["x"]]\n}\n'),
  main('credentials_helper "a" {\n  args = [true]\n}\n'),
  protocols('retry_count = "x"'),
  protocols('retry_count = true'),
  protocols('retry_count = 1.5'),
  protocols('retry_count = []'),
  protocols('request_timeout_seconds = "10s"'),
  protocols('request_timeout_seconds = {}'),
  since(11, main('registry_protocols = 1\n')),
  since(11, main('registry_protocols {\n}\nregistry_protocols {\n}\n')),
  // provider_installation
  main('provider_installation = 1\n'),
  main('provider_installation = {}\n'),
  main('provider_installation "x" {}\n'),
  main('provider_installation {}\nprovider_installation {}\n'),
  split('provider_installation {}\n', 'provider_installation {}\n'),
  installation('  direct = 1\n'),
  installation('  direct = {}\n'),
  installation('  direct "x" {}\n'),
  installation('  foo {}\n'),
  installation('  Direct {}\n'),
  installation('  git "x" {}\n  direct {}\n'),
  method('direct', 'include = "x"'),
  method('direct', 'include = ["x"]'),
  method('direct', 'include = ["a/b/c/d"]'),
  method('direct', 'include = ["*/b/c"]'),
  method('direct', 'include = ["*/c"]'),
  method('direct', 'include = ["*/*/c"]'),
  method('direct', 'include = ["a b/c/d"]'),
  differs('namespace', method('direct', 'include = ["example.com/b!/c"]')),
  method('direct', 'include = ["example.com/b/c_d!"]'),
  method('direct', 'include = [""]'),
  method('direct', 'include = [true]'),
  method('direct', 'exclude = ["x"]'),
  method('direct', 'exclude = {\n      a = 1\n    }'),
  method('direct', 'exclude = ["*/b/c"]'),
  method('direct', 'include = ["x"]\n    exclude = ["y"]'),
  since(11, method('direct', 'download_retry_count = "x"')),
  since(11, method('direct', 'download_retry_count = true')),
  installation('  filesystem_mirror {}\n'),
  method('filesystem_mirror', 'path = ""'),
  method('filesystem_mirror', 'path = ["x"]'),
  method('filesystem_mirror', 'path = {}'),
  method('filesystem_mirror', 'path = "/x"\n    include = 1'),
  method('filesystem_mirror', 'path = "/x"\n    include = ["*/x/y"]'),
  installation('  network_mirror {}\n'),
  method('network_mirror', 'url = ""'),
  method('network_mirror', 'url = "http://example.com/"'),
  method('network_mirror', 'url = "example.com"'),
  method('network_mirror', 'url = "https://"'),
  method('network_mirror', 'url = "https:///x"'),
  method('network_mirror', 'url = "https:x"'),
  method('network_mirror', 'url = "https://exa mple.com/"'),
  method('network_mirror', 'url = "https://example.com:abc/"'),
  method('network_mirror', 'url = "https://[::1/"'),
  method('network_mirror', 'url = "://example.com"'),
  method('network_mirror', 'url = "https://example.com/%zz"'),
  method('network_mirror', 'url = "HTTPS://example.com"\n exclude = ["x"]'),
  method('network_mirror', 'url = "https://example.com"\n    include = ["x"]'),
  since(11, method('network_mirror', 'url = "https://example.com"\n    download_retry_count = []')),
  since(12, method('network_mirror', 'url = "https://example.com"\n    trust_all_hashes = "yes"')),
  method('network_mirror', 'url = 1.5'),
  // Development overrides
  method('dev_overrides', '"a/b/c/d" = "/x"'),
  method('dev_overrides', '"a b" = "/x"'),
  differs('prefix', method('dev_overrides', '"terraform-provider-null" = "/x"')),
  method('dev_overrides', '"hashicorp/terraform-provider-null" = "/x"'),
  method('dev_overrides', '"hashicorp/null" = ["/x"]'),
  method('dev_overrides', '"hashicorp/null" = true'),
  installation('  direct {}\n  dev_overrides {}\n'),
  installation('  dev_overrides = {}\n'),
  // OCI mirrors
  installation('  oci_mirror {}\n'),
  template('""'),
  template('["x"]'),
  template('true'),
  template('"example.com/x"'),
  template('"example.com/x"', 'include = ["example.com/*/*"]'),
  template('"example.com/x"', 'include = ["example.com/a/*"]'),
  template('"example.com/${namespace}/${type}"'),
  template('"example.com/${hostname}/${type}"'),
  template('"example.com/${hostname}/${namespace}"'),
  template('"example.com/${host}/${namespace}/${type}"'),
  template('"example.com/${hostname}/${namespace}/${type"'),
  template('"example.com/${hostname}/${namespace}/${}"'),
  template('"example.com/${hostname}/${namespace}/${type.x}"'),
  template('"example.com/${hostname}/${namespace}/${type + 1}"'),
  template('"example.com/${hostname}/${namespace}/${upper(type)}"'),
  template('"example.com/${hostname}/${namespace}/${type}:latest"'),
  template('"example.com/${hostname}/${namespace}/${type}!"'),
  template('"example.com/${hostname}/${namespace}/%{ if type }"'),
  differs('bareRegistry', template('"example.com/${hostname}/${namespace}/${type}@"')),
  template('"Example com/${hostname}/${namespace}/${type}"'),
  template('"https://example.com/${hostname}/${namespace}/${type}"'),
  template('"/${hostname}/${namespace}/${type}"'),
  template('"example.com/UPPER/${hostname}/${namespace}/${type}"'),
  template('"${[hostname, namespace, type]}"'),
  template('"${null}"', 'include = ["example.com/a/b"]'),
  differs('bareRegistry', template('"${true}"', 'include = ["example.com/a/b"]')),
  template('"example.com/${hostname}/${namespace}/${type}"', 'include = "x"'),
  template('"example.com/${hostname}/${namespace}/${type}"', 'include = ["x"]'),
  template('"example.com/${hostname}/${namespace}/${type}"', 'exclude = ["*/x/y"]'),
  // Credentials for registries
  main('oci_credentials {}\n'),
  main('oci_credentials "a" "b" {}\n'),
  main('oci_credentials = {}\n'),
  main('oci_credentials "example.com" = {}\n'),
  credentials('"example.com"', ''),
  credentials('""', 'username = "a"'),
  credentials('"example.com/"', 'username = "a"'),
  credentials('"example.com/A"', 'username = "a"'),
  credentials('"example.com/a:b"', 'username = "a"'),
  credentials('"https://example.com"', 'username = "a"'),
  credentials('"example.com:x"', 'username = "a"'),
  credentials('"example.com"', 'username = "a"'),
  credentials('"example.com"', 'password = "a"'),
  credentials('"example.com"', 'access_token = "a"'),
  credentials('"example.com"', 'refresh_token = "a"'),
  credentials('"example.com"', 'username = "a"\n  access_token = "b"'),
  credentials('"example.com"', 'username = ["a"]\n  password = "b"'),
  credentials('"example.com"', 'username = "a"\n  password = true'),
  credentials('"example.com"', 'docker_credentials_helper = ""'),
  credentials('"example.com"', 'docker_credentials_helper = "a/b"'),
  credentials('"example.com/x"', 'docker_credentials_helper = "a"'),
  credentials('"example.com/x"', 'docker_credentials_helper = "a/b"'),
  main(
    'oci_credentials "example.com" {\n  username = "a"\n  password = "b"\n}\noci_credentials "example.com" {\n  username = "a"\n  password = "b"\n}\n',
  ),
  split(
    'oci_credentials "example.com" {\n  docker_credentials_helper = "a"\n}\n',
    'oci_credentials "example.com" {\n  docker_credentials_helper = "a"\n}\n',
  ),
  main('oci_default_credentials = {}\n'),
  main('oci_default_credentials "x" {}\n'),
  main('oci_default_credentials {}\noci_default_credentials {}\n'),
  defaults('discover_ambient_credentials = "yes"'),
  defaults('docker_style_config_files = "x"'),
  defaults('docker_style_config_files = [true]'),
  defaults('docker_credentials_helper = ""'),
  defaults('docker_credentials_helper = "a/b"'),
  defaults('docker_credentials_helper = {}'),
  defaults('discover_ambient_credentials = false\n  docker_style_config_files = []'),
  // JSON
  json({ plugin_cache_dir: 1.5 }),
  json({ plugin_cache_dir: { a: 1 } }),
  json({ host: { 'a b': { services: {} } } }),
  json({ host: 'x' }),
  json({ credentials: { 'a b': { token: 'x' } } }),
  json({ credentials: 'x' }),
  json({ provider_installation: 'x' }),
  json({ provider_installation: { direct: 'x' } }),
  json({ provider_installation: { foo: [{}] } }),
  json({ provider_installation: { filesystem_mirror: [{}] } }),
  json({ provider_installation: { oci_mirror: [{ repository_template: 'x' }], direct: [{}] } }),
  json({ provider_installation: { direct: [{ include: ['x'] }] } }),
  json({ provider_installation: [{ direct: [{}] }, { direct: [{}] }] }),
  json({ oci_credentials: { 'example.com': { username: 'a' } } }),
  json({ oci_credentials: { 'a b': { username: 'a', password: 'b' } } }),
  json({ oci_credentials: 'x' }),
  json({ oci_default_credentials: 'x' }),
  json({ oci_default_credentials: { docker_credentials_helper: 'a/b' } }),
  since(11, json({ registry_protocols: 'x' })),
  since(11, json({ registry_protocols: { retry_count: 'x' } })),
  // Several files and the environment
  { files: {}, env: { TF_CLI_CONFIG_FILE: 'none.rc' } },
  { files: {}, env: { TERRAFORM_CONFIG: 'none.rc' } },
  { files: { '.tofurc': '' }, env: { TF_PLUGIN_CACHE_DIR: '/nowhere/at/all' } },
  { files: { 'x.rc': 'a = \n[\n' }, env: { TF_CLI_CONFIG_FILE: 'x.rc' } },
  { files: { '.terraformrc': 'host "a b" {}\n' } },
  { files: { '.terraform.d/a.tfrc': 'host "a b" {}\n', '.terraform.d/b.tfrc': '}' } },
  { files: { '.terraform.d/a.tfrc.json': '{ "host": { "a b": {} } }\n' } },
  { files: { 'xdg/opentofu/tofurc': 'host "a b" {}\n' }, env: { XDG_CONFIG_HOME: 'xdg' } },
  split('credentials_helper "a" {}\n', 'credentials_helper "b" {}\n'),
  split('oci_default_credentials {}\n', 'oci_default_credentials {}\n'),
  split('credentials "a b" {}\n', 'host "a b" {}\n'),
];
