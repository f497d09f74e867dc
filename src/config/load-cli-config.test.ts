import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCliConfig, type LoadedCliConfig } from './load-cli-config.ts';
import type { Surroundings } from './surroundings.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tofurc-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function put(name: string, text: string): Promise<string> {
  const path = join(home, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

function load(env: Surroundings['env'] = {}): Promise<LoadedCliConfig> {
  return loadCliConfig({ env: { HOME: home, ...env }, cwd: home, home, platform: 'linux' });
}

const summaries = ({ diagnostics }: LoadedCliConfig): readonly string[] =>
  diagnostics.map(({ severity, summary }) => `${severity}: ${summary}`);

describe('loadCliConfig', () => {
  it('is empty and content when there is nothing', async () => {
    expect(await load()).toEqual({
      config: {
        providerInstallation: undefined,
        ociCredentials: [],
        ociDefaultCredentials: undefined,
        hosts: new Map(),
        serviceTokens: new Map(),
        credentialsHelper: undefined,
        registryProtocols: {},
        downloadRetries: undefined,
        pluginCacheDir: undefined,
        pluginCacheMayBreakLockFile: false,
      },
      diagnostics: [],
      hidesMethods: false,
    });
  });

  it.each<readonly [string, boolean]>([
    ['provider_installation {', true],
    ['provider_installation = 5', true],
    ['plugin_cache_dir = []', true],
    ['provider_installation {\n  direct {}\n}', false],
    ['credentials "no..pe" {}', false],
    ['registry_protocols = 1', false],
  ])('says of %j whether methods may be hidden: %s', async (text, hidesMethods) => {
    await put('.tofurc', text);
    expect((await load()).hidesMethods).toBe(hidesMethods);
  });

  it('merges the main file and the folder in the order of names', async () => {
    await put('.tofurc', 'oci_credentials "main.com" { username = "u" password = "p" }');
    await put('.terraform.d/b.tfrc', 'oci_credentials "b.com" { username = "u" password = "p" }');
    await put(
      '.terraform.d/a.tfrc.json',
      '{"oci_credentials": {"a.com": {"username": "u", "password": "p"}}, "provider_installation": [{"direct": [{}]}]}',
    );
    const { config, diagnostics } = await load();
    expect(diagnostics).toEqual([]);
    expect(config.ociCredentials.map(({ label }) => label)).toEqual(['main.com', 'a.com', 'b.com']);
    expect(config.providerInstallation?.methods).toHaveLength(1);
  });

  it('reads nothing besides a file that the environment names', async () => {
    await put('.tofurc', 'oci_credentials "main.com" { username = "u" password = "p" }');
    await put('.terraform.d/b.tfrc', 'oci_credentials "b.com" { username = "u" password = "p" }');
    await put('own', 'oci_credentials "own.com" { username = "u" password = "p" }');
    const { config } = await load({ TF_CLI_CONFIG_FILE: 'own' });
    expect(config.ociCredentials.map(({ label }) => label)).toEqual(['own.com']);
  });

  it('warns when a named file is not there', async () => {
    const { diagnostics } = await load({ TF_CLI_CONFIG_FILE: '/no/such/file' });
    expect(diagnostics).toEqual([
      {
        severity: 'warning',
        summary: 'Unable to open CLI configuration file',
        detail: 'The CLI configuration file at "/no/such/file" does not exist.',
      },
    ]);
  });

  it('uses the first of two provider_installation blocks and complains', async () => {
    await put('.tofurc', 'provider_installation { direct {} }');
    await put('.terraform.d/x.tfrc', 'provider_installation { filesystem_mirror { path = "p" } }');
    const loaded = await load();
    expect(summaries(loaded)).toEqual([
      'error: No more than one provider_installation block may be specified',
    ]);
    expect(loaded.config.providerInstallation?.methods).toMatchObject([{ kind: 'direct' }]);
  });

  it('complains about what may stand only once', async () => {
    await put(
      '.tofurc',
      [
        'oci_default_credentials { docker_credentials_helper = "one" }',
        'oci_default_credentials { docker_credentials_helper = "two" }',
        'oci_credentials "a.com" { username = "u" password = "1" }',
        'oci_credentials "a.com" { username = "u" password = "2" }',
      ].join('\n'),
    );
    const loaded = await load();
    expect(summaries(loaded)).toEqual([
      'error: No more than one oci_default_credentials block may be specified',
      'error: Duplicate oci_credentials block for "a.com"',
    ]);
    expect(loaded.config.ociDefaultCredentials?.helper).toBe('one');
  });

  it('goes on after a broken file, and shows the place in it', async () => {
    const broken = await put('.tofurc', 'provider_installation {\n  direct {');
    await put('.terraform.d/x.tfrc', 'oci_credentials "a.com" { username = "u" password = "p" }');
    const { config, diagnostics } = await load();
    expect(diagnostics).toMatchObject([
      {
        severity: 'error',
        summary: `Error parsing ${broken}: At 2:12: object expected closing RBRACE got: EOF`,
        range: { file: broken, start: { line: 2, column: 11 } },
      },
    ]);
    expect(config.ociCredentials).toHaveLength(1);
  });

  it('goes on after a file that can not be read', async () => {
    await mkdir(join(home, '.tofurc'));
    await put('.terraform.d/x.tfrc', 'oci_credentials "a.com" { username = "u" password = "p" }');
    const loaded = await load();
    expect(summaries(loaded)).toEqual([
      `error: Error reading ${home}/.tofurc: cannot read ${home}/.tofurc: it is a directory`,
    ]);
    expect(loaded.config.ociCredentials).toHaveLength(1);
  });

  it('bounds a file', async () => {
    await put('.tofurc', '#'.repeat(16 * 1024 * 1024 + 1));
    expect(summaries(await load())[0]).toContain('is larger than the limit of 16777216 bytes');
  });

  describe('the plugin cache', () => {
    it('is the first that is set, and the environment before all files', async () => {
      const [main, other] = [join(home, 'main'), join(home, 'other')];
      for (const path of [main, other]) await mkdir(path);
      await put('.tofurc', `plugin_cache_dir = "${main}"`);
      await put('.terraform.d/x.tfrc', `plugin_cache_dir = "${other}"`);
      expect((await load()).config.pluginCacheDir).toBe(main);
      expect((await load({ TF_PLUGIN_CACHE_DIR: other })).config.pluginCacheDir).toBe(other);
    });

    it('must be there', async () => {
      await put('.tofurc', 'plugin_cache_dir = "/no/such/$HOME"');
      const path = `/no/such/${home}`;
      expect(summaries(await load())).toEqual([
        `error: The specified plugin cache dir ${path} cannot be opened: stat ${path}: no such file or directory`,
      ]);
    });

    it.each([
      ['', false],
      ['0', false],
      ['1', true],
      ['no', true],
    ])('may break the lock file with the variable at %j: %j', async (value, expected) => {
      const env = { TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: value };
      expect((await load(env)).config.pluginCacheMayBreakLockFile).toBe(expected);
    });
  });

  it('stops for an abort', async () => {
    await put('.tofurc', '');
    const loading = loadCliConfig(
      { env: { HOME: home }, cwd: home, home, platform: 'linux' },
      { signal: AbortSignal.abort(new Error('stop')) },
    );
    await expect(loading).rejects.toThrow('stop');
  });
});
