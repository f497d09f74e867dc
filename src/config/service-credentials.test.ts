import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { ServiceCredentialsError } from './errors.ts';
import {
  createServiceCredentials,
  type ServiceCredentialsOptions,
  type ServiceTokenFor,
} from './service-credentials.ts';

interface World {
  readonly home: string;
  readonly warnings: string[];
  readonly tokenFor: ServiceTokenFor;
}

/** @param script of `terraform-credentials-vault`, a shell script */
async function world(
  settings: {
    readonly env?: Readonly<Record<string, string>>;
    readonly tokens?: Readonly<Record<string, string | undefined>>;
    readonly script?: string;
    readonly at?: string;
    readonly helper?: string;
    readonly program?: string;
  },
  options: Partial<ServiceCredentialsOptions> = {},
): Promise<World> {
  const home = await tempFolder();
  const { at = '.terraform.d/plugins', env = {}, helper = 'vault', script, tokens = {} } = settings;
  const { program = 'terraform-credentials-vault' } = settings;
  if (script !== undefined) {
    const path = join(home, at, program);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }
  const warnings: string[] = [];
  const surroundings = {
    env: { HOME: home, PATH: process.env.PATH, RECORD: join(home, 'record'), ...env },
    cwd: home,
    home,
    platform: 'linux',
  };
  const tokenFor = createServiceCredentials(surroundings, {
    config: {
      serviceTokens: new Map(Object.entries(tokens)),
      credentialsHelper: { name: helper, args: ['--a', 'b c'] },
    },
    arch: 'x64',
    onWarning: (text) => warnings.push(text),
    ...options,
  });
  return { home, warnings, tokenFor };
}

const answers = (token: string): string =>
  `echo "$@" >>"$RECORD"; echo '{"token":"${token}","x":1}'`;

describe('the token for a host', () => {
  it.each<readonly [string, string]>([
    ['TF_TOKEN_registry_example_com', 'registry.example.com'],
    ['TF_TOKEN_my__registry_example_com', 'my-registry.example.com'],
    ['TF_TOKEN_registry.example.com', 'registry.example.com'],
    ['TF_TOKEN_xn____caf__dma_fr', 'xn--caf-dma.fr'],
    ['TF_TOKEN_xn--caf-dma_fr', 'xn--caf-dma.fr'],
    ['TF_TOKEN_café.fr', 'xn--caf-dma.fr'],
    ['TF_TOKEN_Registry_Example_COM', 'registry.example.com'],
  ])('comes from %s for %s', async (name, host) => {
    const { tokenFor } = await world({ env: { [name]: 'secret' }, helper: 'none' });
    expect(await tokenFor(host)).toBe('secret');
    expect(await tokenFor('other.example.com')).toBeUndefined();
  });

  it('comes from the environment, then the configuration, then the helper', async () => {
    const { tokenFor } = await world({
      env: { TF_TOKEN_a_com: 'environment', TF_TOKEN___bad: 'x' },
      tokens: { 'a.com': 'block', 'b.com': 'block', 'empty.com': undefined },
      script: answers('helper'),
    });
    expect(await tokenFor('a.com')).toBe('environment');
    expect(await tokenFor('b.com')).toBe('block');
    expect(await tokenFor('empty.com')).toBeUndefined();
    expect(await tokenFor('c.com')).toBe('helper');
  });
});

describe.skipIf(process.platform === 'win32')('a credentials helper of services', () => {
  it.each(['.terraform.d/plugins', '.terraform.d/plugins/linux_amd64'])(
    'in %s is asked once for a host, with its arguments, the verb and the host',
    async (at) => {
      const { home, tokenFor } = await world({ script: answers('t'), at });
      expect(await Promise.all([tokenFor('a.com'), tokenFor('a.com')])).toEqual(['t', 't']);
      expect(await tokenFor('a.com')).toBe('t');
      expect(await readFile(join(home, 'record'), 'utf8')).toBe('--a b c get a.com\n');
    },
  );

  it.each([
    'terraform-credentials-vault_v1.2.0',
    'terraform-credentials-vault_v1.2.0_x4',
    'terraform-credentials-Vault.exe',
  ])('may be called %s', async (program) => {
    const { home, tokenFor } = await world({ script: answers('t'), program });
    const folder = join(home, '.terraform.d/plugins');
    for (const other of ['vault_v1.1.9', 'vault_vx', 'vaults_v9.0.0', 'other']) {
      await writeFile(join(folder, `terraform-credentials-${other}`), '');
    }
    if (program.endsWith('.exe')) await rm(join(folder, 'terraform-credentials-vault_v1.1.9'));
    expect(await tokenFor('a.com')).toBe('t');
  });

  it.each<readonly [string, string]>([
    ['knows nothing', "echo '{}'"],
    ['answers null', "echo 'null'"],
    ['has another kind of secret', 'echo \'{"token":{"a":1}}\''],
  ])('that %s gives no token', async (_name, script) => {
    const { tokenFor } = await world({ script });
    expect(await tokenFor('a.com')).toBeUndefined();
  });

  it.each<readonly [string, string, RegExp]>([
    ['fails', 'echo "no vault" >&2; exit 3', /error in \/.*-vault: no vault$/u],
    ['fails in silence', 'exit 3', /but it produced no error message$/u],
    ['does not answer JSON', 'echo s3cret', /malformed output from .*: it is not JSON$/u],
    ['answers a list', 'echo \'["s3cret"]\'', /malformed output from .*: it is no object$/u],
    ['answers without end', 'while :; do echo s3crets3crets3cret; done', /is larger than/u],
    ['never answers', 'sleep 60', /gave no answer in 0\.2 s$/u],
  ])('that %s is an error that tells no secret', async (_name, script, message) => {
    const slow = script.startsWith('sleep') ? { timeoutMs: 200 } : {};
    const { tokenFor } = await world({ script }, slow);
    const error: unknown = await tokenFor('a.com').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ServiceCredentialsError);
    expect(error).toMatchObject({ category: 'auth' });
    expect((error as Error).message).toMatch(message);
    expect(String(error)).not.toContain('s3cret');
  });

  it('that is not there is passed over with a word, and not looked for on PATH', async () => {
    const { tokenFor, warnings } = await world({ script: answers('t'), at: 'bin' });
    expect(await tokenFor('a.com')).toBeUndefined();
    expect(warnings).toEqual(['Unable to find credentials helper "vault"; ignoring']);
    const hostile = await world({ helper: '../../evil' });
    expect(await hostile.tokenFor('a.com')).toBeUndefined();
  });

  it('does not see our own secrets', async () => {
    const { home, tokenFor } = await world({
      env: { TOFU_OCI_PASSWORD: 'ours' },
      script: `env >"$RECORD"; echo '{}'`,
    });
    await tokenFor('a.com');
    expect(await readFile(join(home, 'record'), 'utf8')).not.toContain('ours');
  });
});
