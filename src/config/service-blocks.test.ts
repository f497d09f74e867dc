import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { loadCliConfig, type LoadedCliConfig } from './load-cli-config.ts';
import type { Surroundings } from './surroundings.ts';

/** Loads `.tofurc`, and other files below the home folder. */
async function load(
  text: string,
  {
    env = {},
    files = {},
  }: {
    readonly env?: Surroundings['env'];
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<LoadedCliConfig> {
  const home = await tempFolder();
  for (const [name, content] of Object.entries({ '.tofurc': text, ...files })) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), content);
  }
  return await loadCliConfig({ env: { HOME: home, ...env }, cwd: home, home, platform: 'linux' });
}

describe('host blocks', () => {
  it.each([
    'host "Registry.Example.COM:443" { services = { "providers.v1" = "https://x/" } }',
    'host "registry.example.com" { services { "providers.v1" = "https://x/" } }',
    'HOST "registry.example.com" { Services = { "providers.v1" = "https://x/" } }',
    'host { "registry.example.com" { services = { "providers.v1" = "https://x/" } } }',
    '{"host": {"registry.example.com": {"services": {"providers.v1": "https://x/"}}}}',
  ])('name the services of a host: %s', async (text) => {
    const { config, diagnostics } = await load(text);
    expect(diagnostics).toEqual([]);
    expect([...config.hosts]).toEqual([['registry.example.com', { 'providers.v1': 'https://x/' }]]);
  });

  it('of one label replace each other as a whole, also across files', async () => {
    const { config } = await load(
      'host "a.com" { services = { "x.v1" = "1" } }\nhost "a.com" { services = { "y.v1" = "2" } }\nhost "b.com" {}',
      { files: { '.terraform.d/a.tfrc': 'host "b.com" { services = { "z.v1" = true } }' } },
    );
    expect(Object.fromEntries(config.hosts)).toEqual({
      'a.com': { 'y.v1': '2' },
      'b.com': { 'z.v1': true },
    });
  });
});

describe('credentials blocks', () => {
  it.each<readonly [string, string | undefined]>([
    ['credentials "a.com" { token = "t" }', 't'],
    ['credentials "a.com" { token = "s" }\ncredentials "a.com" { token = "t" }', 't'],
    ['{"credentials": {"a.com": {"token": "t"}}}', 't'],
    ['credentials "a.com" {}', undefined],
    ['credentials "a.com" { token = ["t"] }', undefined],
    ['credentials "a.com" { token = 5 }', undefined],
  ])('give a token or none: %s', async (text, token) => {
    const { config, diagnostics } = await load(text);
    expect(diagnostics).toEqual([]);
    expect([...config.serviceTokens]).toEqual([['a.com', token]]);
  });
});

describe('a credentials_helper block', () => {
  it('names a program and its arguments', async () => {
    const { config } = await load('credentials_helper "vault" { args = ["-a", 5] }');
    expect(config.credentialsHelper).toEqual({ name: 'vault', args: ['-a', '5'] });
    expect((await load('credentials_helper "x" {}')).config.credentialsHelper?.args).toEqual([]);
  });
});

describe('registry_protocols', () => {
  const block = 'registry_protocols { retry_count = 3 request_timeout_seconds = "7" }';

  it.each<readonly [string, Surroundings['env'], object]>([
    ['', {}, {}],
    [block, {}, { retries: 3, requestTimeoutMs: 7_000 }],
    ['registry_protocols { retry_count = 0 }', {}, { retries: 0 }],
    ['registry_protocols { retry_count = -5 }', {}, { retries: 0 }],
    ['registry_protocols { request_timeout_seconds = 0 }', {}, { requestTimeoutMs: 86_400_000 }],
    [block, { TF_REGISTRY_DISCOVERY_RETRY: '9' }, { retries: 9, requestTimeoutMs: 7_000 }],
    [block, { TF_REGISTRY_CLIENT_TIMEOUT: '1' }, { retries: 3, requestTimeoutMs: 1_000 }],
    [
      block,
      { TF_REGISTRY_DISCOVERY_RETRY: '0', TF_REGISTRY_CLIENT_TIMEOUT: 'x' },
      { retries: 3, requestTimeoutMs: 7_000 },
    ],
  ])('%j with %j', async (text, env, settings) => {
    const { config, diagnostics } = await load(text, { env });
    expect(diagnostics).toEqual([]);
    expect(config.registryProtocols).toEqual(settings);
  });

  it('count in the main file only', async () => {
    const files = { '.terraform.d/a.tfrc': block };
    expect((await load('', { files })).config.registryProtocols).toEqual({});
  });

  it.each<readonly [string, number | undefined]>([
    ['5', 5],
    ['0', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['', undefined],
  ])('leave TF_PROVIDER_DOWNLOAD_RETRY=%s to the environment', async (text, retries) => {
    const { config } = await load('', { env: { TF_PROVIDER_DOWNLOAD_RETRY: text } });
    expect(config.downloadRetries).toBe(retries);
  });
});

describe('wrong blocks about services', () => {
  const wrongFile = /^Error parsing \/.*\/\.tofurc: /u;

  it.each<readonly [string, string]>([
    ['host = "x"', 'At 1:8: root.host: not an object type for map (*ast.LiteralType)'],
    [
      'host "example.com" { services = "x" }',
      'At 1:33: root.host.example.com.services: not an object type for map (*ast.LiteralType)',
    ],
    [
      'host "example.com" { services = ["x"] }',
      'At 1:33: root.host.example.com.services: not an object type for map (*ast.ListType)',
    ],
    [
      'credentials = "x"',
      'At 1:15: root.credentials: not an object type for map (*ast.LiteralType)',
    ],
    ['credentials "example.com" = "x"', 'At 1:27: nested object expected: LBRACE got: ASSIGN'],
    [
      'credentials_helper = "a"',
      'At 1:22: root.credentials_helper: not an object type for map (*ast.LiteralType)',
    ],
    ['credentials_helper "a" { args = "x" }', 'At 1:33: unknown slice type: *ast.LiteralType'],
    [
      'credentials_helper "a" { args = [1, true] }',
      'At 1:37: root.credentials_helper.a.args[1]: unknown type for string *ast.LiteralType',
    ],
  ])('%j is the end of the file', async (text, message) => {
    const { config, diagnostics } = await load(`${text}\nplugin_cache_dir = "/nowhere"\n`);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.summary.replace(wrongFile, '')).toBe(message);
    const [, line, column] = /^At (\d+):(\d+)/u.exec(message) ?? [];
    expect(diagnostics[0]?.range?.start).toMatchObject({
      line: Number(line),
      column: Number(column),
    });
    expect(config.pluginCacheDir).toBeUndefined();
  });

  it.each<readonly [string, string]>([
    [
      'host "no..pe" { services = {} }',
      'The host "no..pe" block has an invalid hostname: hostname contains empty label (two consecutive periods)',
    ],
    [
      'host "https://x" {}',
      'The host "https://x" block has an invalid hostname: need just a hostname and optional port number, not a full URL',
    ],
    [
      'credentials "no..pe" { token = "x" }',
      'The credentials "no..pe" block has an invalid hostname: hostname contains empty label (two consecutive periods)',
    ],
    [
      '{"host":{"no..pe":{"services":{"providers.v1":"https://x"}}}}',
      'The host "no..pe" block has an invalid hostname: hostname contains empty label (two consecutive periods)',
    ],
    [
      'credentials_helper "a" {}\ncredentials_helper "b" {}',
      'No more than one credentials_helper block may be specified',
    ],
  ])('%j is reported', async (text, summary) => {
    const { diagnostics } = await load(text);
    expect(diagnostics.map((each) => each.summary)).toEqual([summary]);
  });

  it.each<readonly [string, string, string]>([
    [
      'registry_protocols = "x"',
      '1:1',
      'Invalid registry_protocols block | The registry_protocols item at 1:1 must have an open brace after the block type.',
    ],
    [
      'registry_protocols = [1]',
      '1:1',
      'Invalid registry_protocols block | The registry_protocols item at 1:1 must have an open brace after the block type.',
    ],
    [
      'registry_protocols { retry_count = "x" }',
      '1:36',
      'Invalid registry_protocols block | Invalid registry protocol settings at 1:20: strconv.ParseInt: parsing "x": invalid syntax.',
    ],
    [
      'registry_protocols { retry_count = 1.5 }',
      '1:36',
      'Invalid registry_protocols block | Invalid registry protocol settings at 1:20: At 1:36: root.retry_count: unknown type *ast.LiteralType.',
    ],
    [
      'registry_protocols { request_timeout_seconds = true }',
      '1:48',
      'Invalid registry_protocols block | Invalid registry protocol settings at 1:20: At 1:48: root.request_timeout_seconds: unknown type *ast.LiteralType.',
    ],
    [
      'registry_protocols { retry_count = 1 }\nregistry_protocols { retry_count = 2 }',
      '2:1',
      'Duplicate registry_protocols block | The registry protocol settings were already defined at 1:1.',
    ],
  ])('%j is reported with its place', async (text, place, message) => {
    const { diagnostics } = await load(text);
    const told = diagnostics.map(({ detail, range, summary }) => {
      const { column, line } = range?.start ?? { line: 0, column: 0 };
      return `${line}:${column} ${summary} | ${detail}`;
    });
    expect(told).toEqual([`${place} ${message}`]);
  });

  it('never tell a token', async () => {
    for (const text of [
      'credentials "no..pe" { token = "hunter2" }',
      'credentials "a.com" = "hunter2"',
      'credentials = "hunter2"',
    ]) {
      const { diagnostics } = await load(text);
      expect(diagnostics).toHaveLength(1);
      expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
    }
  });
});
