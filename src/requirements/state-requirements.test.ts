import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { formatProviderAddress } from '../domain/index.ts';
import { readConfigurationRequirements, type ReadOptions } from './configuration-requirements.ts';
import { parseStateProvider } from './state-provider.ts';
import { parseState } from './state-requirements.ts';

const official = 'registry.opentofu.org/hashicorp';

describe('a provider in a state', () => {
  it.each([
    ['provider["registry.opentofu.org/hashicorp/aws"]', `${official}/aws`],
    ['provider["example.com/acme/x"].west', 'example.com/acme/x'],
    ['module.a.module.b.provider["acme/x"]', 'registry.opentofu.org/acme/x'],
    ['provider.aws', 'registry.opentofu.org/-/aws'],
    ['module.a.provider.aws.west', 'registry.opentofu.org/-/aws'],
    ['provider.terraform', 'terraform.io/builtin/terraform'],
  ])('%s is %s', (text, expected) => {
    const parsed = parseStateProvider(text);
    expect('provider' in parsed ? formatProviderAddress(parsed.provider) : parsed.why).toBe(
      expected,
    );
  });

  it.each([
    ['', 'must begin with "provider."'],
    ['provider', 'must begin with "provider."'],
    ['provider[0]', 'must begin with "provider."'],
    ['provider["a/b"].c.d', 'must begin with "provider."'],
    ['provider["a/b"]["c"]', 'must begin with "provider."'],
    ['provider["a/b"].*', 'must begin with "provider."'],
    ['resource["a/b"]', 'must begin with "provider."'],
    ['f("x")', 'must begin with "provider."'],
    [`module.${'a'.repeat(9000)}.provider.x`, 'must begin with "provider."'],
    ['provider["a/b/c/d"]', 'Invalid provider source string'],
    ['provider.a_b', 'Invalid provider type'],
  ])('%s is none', (text, why) => {
    const parsed = parseStateProvider(text);
    expect('why' in parsed ? parsed.why : 'accepted').toContain(why);
  });
});

describe('a state', () => {
  const read = (text: string): ReturnType<typeof parseState> =>
    parseState(Buffer.from(text), 'terraform.tfstate', new Map());

  it.each([
    ['{', 'could not be parsed as JSON'],
    ['[]', 'is no JSON object'],
    ['{}', 'does not have a "version" attribute'],
    ['{"version": 3}', 'only OpenTofu upgrades'],
    ['{"version": 5}', 'which is not supported'],
    ['{"version": "4"}', 'A positive whole number is required'],
    ['{"version": -1}', 'A positive whole number is required'],
    ['{"version": 4, "resources": {}}', 'is no list'],
    ['{"version": 4, "resources": [1]}', 'is no JSON object'],
    ['{"version": 4, "resources": [{"provider": "x"}]}', 'must begin with "provider."'],
  ])('%s is refused', (text, why) => {
    const { requirements, diagnostics } = read(text);
    expect(requirements.size).toBe(0);
    expect(diagnostics.map(({ severity, summary }) => [severity, summary])).toEqual([
      ['error', 'Error refreshing state'],
    ]);
    expect(diagnostics[0]?.detail).toContain(why);
  });

  it.each(['{"version": 4}', '{"version": 4, "resources": [{}, {"provider": ""}]}'])(
    '%s needs nothing',
    (text) => {
      expect(read(text)).toEqual({ requirements: new Map(), diagnostics: [] });
    },
  );

  it('that is encrypted is told with a warning', () => {
    const { diagnostics } = read(
      '{"serial": 1, "encrypted_data": "x", "encryption_version": "v0"}',
    );
    expect(diagnostics.map(({ severity, summary }) => [severity, summary])).toEqual([
      ['warning', 'The state is encrypted'],
    ]);
  });

  it('may have many resources that are wrong in one way', () => {
    const resources = Array.from({ length: 50_000 }, (_, i) => ({ provider: `x${i}` }));
    const { diagnostics } = read(JSON.stringify({ version: 4, resources }));
    expect(diagnostics).toHaveLength(100);
  });
});

describe('the state of a configuration', () => {
  const state = (provider: string): string =>
    JSON.stringify({ version: 4, resources: [{ provider: `provider["${provider}"]` }] });
  const files = {
    'main.tf': '',
    'terraform.tfstate': state('a/default'),
    'terraform.tfstate.d/prod/terraform.tfstate': state('a/prod'),
    'elsewhere/prod/terraform.tfstate': state('a/elsewhere'),
    'x.tfstate': state('a/x'),
  };
  const backend = (text: string): string => `terraform {\n  ${text}\n}\n`;

  it.each<[string, Readonly<Record<string, string>>, ReadOptions, readonly string[]]>([
    ['the default workspace', {}, {}, ['a/default']],
    ['the workspace of the environment', {}, { workspace: 'prod' }, ['a/prod']],
    ['the selected workspace', { '.terraform/environment': 'prod\n' }, {}, ['a/prod']],
    ['another data folder', { 'data/environment': 'prod' }, { dataDirectory: 'data' }, ['a/prod']],
    ['an empty selection', { '.terraform/environment': '' }, {}, ['a/default']],
    ['a workspace without a state', {}, { workspace: 'none' }, []],
    ['no interest in it', {}, { state: 'ignored' }, []],
    ['a path', { 'b.tf': backend('backend "local" {\n path = "x.tfstate"\n}') }, {}, ['a/x']],
    [
      'a folder',
      { 'b.tf': backend('backend "local" {\n workspace_dir = "elsewhere"\n}') },
      { workspace: 'prod' },
      ['a/elsewhere'],
    ],
    [
      'a path in JSON',
      { 'b.tf.json': '{"terraform": {"backend": {"local": {"path": "x.tfstate"}}}}' },
      {},
      ['a/x'],
    ],
    ['another backend', { 'b.tf': backend('backend "s3" {}') }, {}, []],
    ['a cloud', { 'b.tf': backend('cloud {}') }, {}, []],
  ])('is found with %s', async (_, more, options, expected) => {
    const folder = await tempFolder();
    for (const [name, text] of Object.entries({ ...files, ...more })) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const read = await readConfigurationRequirements(folder, options);
    expect(read.diagnostics).toEqual([]);
    expect(
      [...read.state.values()].map(({ provider }) => `${provider.namespace}/${provider.type}`),
    ).toEqual(expected);
    expect(read.requirements).toEqual(read.state);
  });
});
