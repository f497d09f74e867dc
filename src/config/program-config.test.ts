import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { decodeConfigFile } from './config-file.ts';
import { type ConfigChanges, readProgramConfig, type ConfiguredProgram } from './index.ts';
import { loadCliConfig } from './load-cli-config.ts';
import type { Surroundings } from './surroundings.ts';

interface World {
  /** By path below the home folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: ConfiguredProgram;
  readonly changes?: Partial<ConfigChanges>;
}

async function rewritten(world: World) {
  const home = await tempFolder();
  for (const [name, text] of Object.entries(world.files)) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), text.replaceAll('HERE', home));
  }
  const env = { HOME: home, ...world.env };
  const surroundings: Surroundings = { env, cwd: home, home, platform: 'linux' };
  const config = await readProgramConfig(surroundings, { program: world.program ?? 'tofu' });
  const text = config.format({ hosts: new Map(), replace: 'oci_mirror', ...world.changes });
  return { home, config, text, surroundings };
}

const services = { 'providers.v1': 'http://127.0.0.1:1/s/v1/providers/example.com/' };

describe('the CLI configuration for a program', () => {
  it.each<[string, World, string]>([
    ['nothing', { files: {} }, ''],
    [
      'settings, tokens, helpers and what nobody knows',
      {
        files: {
          '.tofurc': `# a comment
plugin_cache_dir = "\${HOME}/.cache \\"q\\" \\\\ \\t"
plugin_cache_may_break_dependency_lock_file = true
credentials "app.terraform.io" { token = "secret" }
credentials_helper "vault" { args = ["--x", "y"] }
novelty { level = 1.5 }
`,
        },
      },
      `plugin_cache_dir = "\${HOME}/.cache \\"q\\" \\\\ \\t"
plugin_cache_may_break_dependency_lock_file = true
credentials "app.terraform.io" {
  token = "secret"
}
credentials_helper "vault" {
  args = ["--x", "y"]
}
novelty {
  level = 1.5
}
`,
    ],
    [
      'an oci_mirror as direct, with its patterns, between the other methods',
      {
        files: {
          '.tofurc': `provider_installation {
  dev_overrides { "acme/x" = "/dev/x" }
  oci_mirror {
    repository_template = "r.example.com/\${namespace}/\${type}"
    include = ["registry.opentofu.org/*/*"]
    exclude = ["acme/*"]
    trust_all_hashes = true
  }
  filesystem_mirror { path = "./m" }
}`,
        },
      },
      `provider_installation {
  dev_overrides {
    "acme/x" = "/dev/x"
  }
  direct {
    include = ["registry.opentofu.org/*/*"]
    exclude = ["acme/*"]
  }
  filesystem_mirror {
    path = "./m"
  }
}
`,
    ],
    [
      'one direct method and the overrides, when the location is named',
      {
        files: {
          '.tofurc': `provider_installation {
  dev_overrides { "acme/x" = "/dev/x" }
  network_mirror { url = "https://m.example.com/" }
  direct { exclude = ["*/*/*"] }
}`,
        },
        changes: { replace: 'all' },
      },
      `provider_installation {
  dev_overrides {
    "acme/x" = "/dev/x"
  }
  direct {}
}
`,
    ],
    [
      'hosts that are overridden in one block, and other hosts as they are',
      {
        files: {
          '.tofurc': `host "EXAMPLE.com" { services = { "modules.v1" = "https://m.example.com/" } }
host "other.example.com" { services = { "modules.v1" = "https://o.example.com/" } }`,
        },
        changes: { hosts: new Map([['example.com', services]]) },
      },
      `host "other.example.com" {
  services = {
    "modules.v1" = "https://o.example.com/"
  }
}
host "example.com" {
  services = {
    "providers.v1" = "http://127.0.0.1:1/s/v1/providers/example.com/"
  }
}
`,
    ],
    [
      'JSON',
      {
        files: {
          '.tofurc': JSON.stringify({
            plugin_cache_dir: '/c',
            host: { 'a.example.com': { services: { 'modules.v1': 'https://m/', none: null } } },
            credentials: [{ 'a.example.com': { token: 't' } }],
            provider_installation: { oci_mirror: [{ repository_template: 'x/y' }], direct: [{}] },
          }),
        },
      },
      `plugin_cache_dir = "/c"
host "a.example.com" {
  services {
    "modules.v1" = "https://m/"
  }
}
credentials "a.example.com" {
  token = "t"
}
provider_installation {
  direct {}
  direct {}
}
`,
    ],
    [
      'paths of Docker-style files that no longer begin at their file',
      {
        files: {
          'conf/rc':
            'oci_default_credentials { docker_style_config_files = ["d.json", "/e.json"] }',
        },
        env: { TF_CLI_CONFIG_FILE: 'conf/rc' },
      },
      `oci_default_credentials {
  docker_style_config_files = ["HERE/conf/d.json", "/e.json"]
}
`,
    ],
    [
      'all files merged: tokens of the folder, the first cache, the switch that is on anywhere',
      {
        files: {
          '.tofurc': `credentials "a.example.com" { token = "old" }
plugin_cache_dir = ""
registry_protocols { retry_count = 1 }`,
          '.terraform.d/a.tfrc': `plugin_cache_dir = "/a"
plugin_cache_may_break_dependency_lock_file = true
registry_protocols { retry_count = 2 }`,
          '.terraform.d/b.tfrc': `plugin_cache_dir = "/b"
plugin_cache_may_break_dependency_lock_file = false`,
          '.terraform.d/credentials.tfrc.json': '{"credentials":{"a.example.com":{"token":"new"}}}',
        },
      },
      `plugin_cache_dir = "/a"
plugin_cache_may_break_dependency_lock_file = true
credentials "a.example.com" {
  token = "new"
}
registry_protocols {
  retry_count = 1
}
`,
    ],
    [
      'a file that can not be read left out, as the program leaves it out',
      { files: { '.tofurc': 'a = 1', '.terraform.d/broken.tfrc': 'b = [' } },
      'a = 1\n',
    ],
  ])('keeps %s', async (_, world, expected) => {
    const { home, text } = await rewritten(world);
    expect(text).toBe(expected.replaceAll('HERE', home));
  });

  it.each<[ConfiguredProgram, Readonly<Record<string, string>>, string]>([
    ['tofu', { '.tofurc': 'a = 1', '.terraformrc': 'b = 1' }, 'a = 1\n'],
    ['terraform', { '.tofurc': 'a = 1', '.terraformrc': 'b = 1' }, 'b = 1\n'],
    ['terraform', { '.tofurc': 'a = 1' }, ''],
    ['tofu', { '.terraformrc': 'b = 1' }, 'b = 1\n'],
    ['terraform', { '.terraform.d/x.tfrc': 'c = 1' }, 'c = 1\n'],
  ])('is that of %s: %j', async (program, files, expected) => {
    expect((await rewritten({ files, program })).text).toBe(expected);
  });

  it('is the file that the environment names for both, without their folders', async () => {
    const files = { rc: 'a = 1', '.terraformrc': 'b = 1', '.terraform.d/x.tfrc': 'c = 1' };
    for (const program of ['tofu', 'terraform'] as const) {
      const { text } = await rewritten({ files, program, env: { TERRAFORM_CONFIG: 'rc' } });
      expect(text).toBe('a = 1\n');
    }
  });

  it('says which files are left out, a named one that is not there among them', async () => {
    const { config, home } = await rewritten({
      files: { '.tofurc': 'a = {', '.terraform.d/x.tfrc': 'plugin_cache_dir = []' },
    });
    expect(config.leftOut).toEqual([join(home, '.tofurc'), join(home, '.terraform.d/x.tfrc')]);
    const other = await rewritten({ files: {}, env: { TF_CLI_CONFIG_FILE: 'none' } });
    expect(other.config.leftOut).toEqual([join(other.home, 'none')]);
  });

  it('tells the services of host blocks, the last block of a host', async () => {
    const { config } = await rewritten({
      files: {
        '.tofurc': 'host "A.example.com" { services = { "modules.v1" = "https://old/" } }',
        '.terraform.d/x.tfrc':
          'host "a.example.com" { services = { "modules.v1" = "https://new/" } }',
      },
    });
    expect([...config.hosts]).toEqual([['a.example.com', { 'modules.v1': 'https://new/' }]]);
  });

  it('reads back as what it was, for us and for the programs', async () => {
    const { surroundings, text } = await rewritten({
      files: {
        '.tofurc': `plugin_cache_dir = "HERE"
credentials "a.example.com" { token = <<EOT
line "1"
EOT
}
oci_credentials "r.example.com/x" { username = "u" password = "p" }
host "a.example.com" { services { "login.v1" = { client = "c", grant_types = ["authz_code"], ports = [1, 2] } } }`,
      },
    });
    const before = await loadCliConfig(surroundings);
    const { content, problems } = decodeConfigFile(text, 'generated', surroundings);
    expect(problems.list).toEqual([]);
    expect(content.hosts).toEqual(before.config.hosts);
    expect(content.credentials).toEqual(before.config.serviceTokens);
    expect(content.ociCredentials).toEqual(before.config.ociCredentials);
    expect(content.pluginCacheDir).toBe(before.config.pluginCacheDir);
  });

  it('is refused when HCL 1 can not say what JSON says', async () => {
    await expect(
      rewritten({ files: { '.tofurc': '{"a": "fine", "helper": "${open"}' } }),
    ).rejects.toMatchObject({
      code: 'ERR_CONFIG_UNWRITABLE_CONFIG',
      message: expect.stringContaining('"helper"') as unknown,
    });
  });
});
