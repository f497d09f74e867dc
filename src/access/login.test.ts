import { chmod, lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryHelpers, type MemoryHelpers } from '../../test/support/memory-helpers.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import {
  type BasicLogin,
  type CliConfig,
  CredentialHelperError,
  CredentialStoreError,
  loadCliConfig,
  LoginNotReadError,
  parseLoginTarget,
  type Surroundings,
} from '../config/index.ts';
import { login, type LoginSummary } from './login.ts';
import { logout, type LogoutSummary } from './logout.ts';

const ann: BasicLogin = { username: 'ann', password: 'hunter2' };
const auth = Buffer.from('ann:hunter2').toString('base64');
const other = Buffer.from('bob:old').toString('base64');
const docker = '.docker/config.json';
const podman = '.config/containers/auth.json';

let home: string;
let helpers: MemoryHelpers;
beforeEach(async () => {
  home = await tempFolder();
  helpers = memoryHelpers();
});

async function put(name: string, content: unknown): Promise<void> {
  const path = join(home, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
}

async function read(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(home, name), 'utf8')) as unknown;
}

interface World {
  readonly env?: Surroundings['env'];
  readonly config?: string;
}

async function around({ config, env }: World): Promise<{
  readonly surroundings: Surroundings;
  readonly config: CliConfig;
}> {
  if (config !== undefined) await put('.tofurc', config);
  const surroundings = { env: { HOME: home, ...env }, cwd: home, home, platform: 'linux' };
  const loaded = await loadCliConfig(surroundings);
  expect(loaded.diagnostics).toEqual([]);
  return { surroundings, config: loaded.config };
}

interface LoginWorld extends World {
  readonly check?: () => Promise<'accepted' | 'not-asked'>;
  readonly given?: BasicLogin;
}

async function logIn(registry: string, world: LoginWorld = {}): Promise<LoginSummary> {
  return await login(parseLoginTarget(registry), {
    ...(await around(world)),
    helpers,
    checker: { checkLogin: world.check ?? (() => Promise.resolve('accepted')) },
    askLogin: () => Promise.resolve(world.given ?? ann),
  });
}

async function logOut(registry: string, world: World = {}): Promise<LogoutSummary> {
  return await logout(parseLoginTarget(registry), { ...(await around(world)), helpers });
}

describe('a login is stored', () => {
  it('in Docker’s file when there is none, for its user alone', async () => {
    const summary = await logIn('a.com');
    expect(summary).toEqual({
      registry: 'a.com',
      username: 'ann',
      check: 'accepted',
      helper: undefined,
      file: '~/.docker/config.json',
      isReadByOpenTofu: true,
      warnings: [],
    });
    expect(await read(docker)).toEqual({ auths: { 'a.com': { auth } } });
    expect((await stat(join(home, docker))).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, '.docker'))).mode & 0o777).toBe(0o700);
  });

  it('beside what the file holds, which others could read before', async () => {
    await put(docker, { auths: { 'b.com': { auth: other } }, detachKeys: 'ctrl-e' });
    await chmod(join(home, docker), 0o644);
    await logIn('a.com');
    expect(await read(docker)).toEqual({
      auths: { 'b.com': { auth: other }, 'a.com': { auth } },
      detachKeys: 'ctrl-e',
    });
    expect((await stat(join(home, docker))).mode & 0o777).toBe(0o600);
  });

  it('for a path, without touching the login to the registry', async () => {
    await put(docker, { auths: { 'a.com': { auth: other } }, credsStore: 'pass' });
    expect((await logIn('a.com/acme/tf')).warnings).toEqual([]);
    expect(await read(docker)).toEqual({
      auths: { 'a.com': { auth: other }, 'a.com/acme/tf': { auth } },
      credsStore: 'pass',
    });
    expect(helpers.calls).toEqual([]);
  });

  it('for Docker Hub under OpenTofu’s name and Docker’s', async () => {
    await logIn('registry-1.docker.io');
    expect(await read(docker)).toEqual({
      auths: { 'docker.io': { auth }, 'https://index.docker.io/v1/': { auth } },
    });
  });

  it('in the file that OpenTofu finds an older one in first', async () => {
    await put(podman, { auths: { 'a.com': { auth: other } } });
    await put(docker, { auths: { 'a.com': { auth: other } } });
    const { file, warnings } = await logIn('a.com');
    expect([file, warnings]).toEqual(['~/.config/containers/auth.json', []]);
    expect(await read(podman)).toEqual({ auths: { 'a.com': { auth } } });
  });

  it.each(['.docker/real.json', '../elsewhere/real.json'])(
    'behind a symbolic link to %s, which stays one',
    async (target) => {
      await mkdir(join(home, '.docker'));
      await mkdir(join(home, 'elsewhere'));
      const link = target.replace('.docker/', '');
      await symlink(link, join(home, docker));
      const real = join(home, '.docker', link);
      await logIn('a.com');
      expect((await lstat(join(home, docker))).isSymbolicLink()).toBe(true);
      expect((await lstat(real)).isFile()).toBe(true);
      await logIn('b.com');
      expect(Object.keys(((await read(docker)) as { auths: object }).auths)).toEqual([
        'a.com',
        'b.com',
      ]);
    },
  );

  it.each([
    ['REGISTRY_AUTH_FILE', 'own/auth.json', 'own/auth.json'],
    ['DOCKER_CONFIG', 'own', 'own/config.json'],
  ])('where %s points, saying that OpenTofu does not look there', async (name, value, file) => {
    const summary = await logIn('a.com', { env: { [name]: join(home, value) } });
    expect(summary.isReadByOpenTofu).toBe(false);
    expect(summary.warnings).toEqual([
      expect.stringContaining(`OpenTofu itself does not read ~/${file}`),
    ]);
    expect(await read(file)).toEqual({ auths: { 'a.com': { auth } } });
  });

  it('without that warning when the environment names one of OpenTofu’s own files', async () => {
    const summary = await logIn('a.com', { env: { DOCKER_CONFIG: join(home, '.docker') } });
    expect(summary.isReadByOpenTofu).toBe(true);
    expect(summary.warnings).toEqual([]);
  });

  it('in the first file that the CLI configuration lists', async () => {
    const config =
      'oci_default_credentials { docker_style_config_files = ["one.json", "two.json"] }';
    await put('two.json', {});
    const { file } = await logIn('a.com', { config, env: { DOCKER_CONFIG: join(home, 'x') } });
    expect(file).toBe('~/one.json');
    expect(await read('one.json')).toEqual({ auths: { 'a.com': { auth } } });
  });
});

describe('a login is given to the helper', () => {
  const kept = { username: 'ann', secret: 'hunter2' };

  it.each([
    ['credHelpers', { credHelpers: { 'a.com': 'own' }, credsStore: 'all' }, 'own'],
    ['credsStore', { credsStore: 'all' }, 'all'],
  ])('that %s names, under both its names', async (_, content, helper) => {
    await put(docker, content);
    const summary = await logIn('a.com');
    expect(summary).toMatchObject({ helper, file: '~/.docker/config.json', warnings: [] });
    expect([...helpers.kept]).toEqual([
      [`${helper} https://a.com`, kept],
      [`${helper} a.com`, kept],
    ]);
    expect(await read(docker)).toEqual(content);
  });

  it('once, where it takes both names for one', async () => {
    await put(docker, { credsStore: 'all' });
    const plain = helpers.get;
    helpers = {
      ...helpers,
      get: (helper, server) =>
        plain(helper, server.startsWith('https://') ? server : `https://${server}`),
    };
    await logIn('a.com');
    expect([...helpers.kept.keys()]).toEqual(['all https://a.com']);
  });

  it('and not left in the file, where it would come first', async () => {
    await put(docker, { auths: { 'a.com': { auth: other } }, credsStore: 'all' });
    expect((await logIn('a.com')).warnings).toEqual([]);
    expect(await read(docker)).toEqual({ auths: {}, credsStore: 'all' });
  });

  it.each([
    ['oci_credentials "a.com" { docker_credentials_helper = "own" }'],
    ['oci_default_credentials { docker_credentials_helper = "own" }'],
    [
      'oci_default_credentials {\n discover_ambient_credentials = false\n docker_credentials_helper = "own"\n}',
    ],
  ])('of the CLI configuration: %s', async (config) => {
    expect(await logIn('a.com', { config })).toMatchObject({ helper: 'own', warnings: [] });
    expect(helpers.kept.has('own https://a.com')).toBe(true);
  });

  it('under Docker’s name for Docker Hub', async () => {
    await put(docker, { credsStore: 'all' });
    await logIn('docker.io');
    expect([...helpers.kept.keys()]).toEqual([
      'all https://docker.io',
      'all https://index.docker.io/v1/',
    ]);
  });

  it('which fails, and then nothing is changed', async () => {
    await put(docker, { auths: { 'a.com': { auth: other } }, credsStore: 'all' });
    const failure = new CredentialHelperError('all', 'failed', 'locked');
    helpers = memoryHelpers({ 'store all https://a.com': failure });
    await expect(logIn('a.com')).rejects.toBe(failure);
    expect(await read(docker)).toMatchObject({ auths: { 'a.com': { auth: other } } });
  });
});

describe('a login is not stored', () => {
  it('when the registry refuses it', async () => {
    const refusal = new Error('no');
    await expect(logIn('a.com', { check: () => Promise.reject(refusal) })).rejects.toBe(refusal);
    await expect(stat(join(home, '.docker'))).rejects.toThrow('ENOENT');
  });

  it.each([
    [
      'a block with credentials comes first',
      'oci_credentials "a.com" { username = "x" password = "y" }',
      'the oci_credentials "a.com" block of the CLI configuration comes before every file',
    ],
    [
      'the files are turned off',
      'oci_default_credentials { discover_ambient_credentials = false }',
      'turns off the files of Docker and Podman',
    ],
    [
      'no file is listed',
      'oci_default_credentials { docker_style_config_files = [] }',
      'turns off the files of Docker and Podman',
    ],
  ])('and nobody is asked when %s', async (_, config, why) => {
    const asked = login(parseLoginTarget('a.com'), {
      ...(await around({ config })),
      helpers,
      checker: { checkLogin: () => expect.unreachable() },
      askLogin: () => expect.unreachable(),
    });
    await expect(asked).rejects.toThrow(LoginNotReadError);
    await expect(asked).rejects.toMatchObject({ code: 'ERR_CONFIG_LOGIN_NOT_READ' });
    await expect(asked).rejects.toThrow(why);
  });

  it('when the home folder is unknown', async () => {
    const surroundings = { env: {}, cwd: home, home: undefined, platform: 'linux' };
    const { config } = await around({});
    const asked = login(parseLoginTarget('a.com'), {
      surroundings,
      config,
      helpers,
      checker: { checkLogin: () => expect.unreachable() },
      askLogin: () => expect.unreachable(),
    });
    await expect(asked).rejects.toThrow('nobody knows where the home folder is');
  });

  it.each([
    ['no JSON', '{"auths": hunter3', 'it is not valid JSON'],
    ['damaged', '{"auths":{"b.com":{"auth":"hunter3!"}}}', 'is not valid base64'],
  ])('in a file that is %s', async (_, text, why) => {
    await put(docker, text);
    const failed: unknown = await logIn('a.com').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(CredentialStoreError);
    expect(failed).toMatchObject({ code: 'ERR_CONFIG_CREDENTIAL_STORE', category: 'usage' });
    expect(String(failed)).toContain(why);
    expect(String(failed)).not.toContain('hunter3');
    expect(await readFile(join(home, docker), 'utf8')).toBe(text);
  });
});

describe('a login comes with a warning', () => {
  it('when the registry could not check it', async () => {
    const { warnings } = await logIn('a.com', { check: () => Promise.resolve('not-asked') });
    expect(warnings).toEqual([expect.stringContaining('a.com lets everybody in at its door')]);
  });

  it('when another file keeps OpenTofu from reading any', async () => {
    await put(podman, '{');
    const { file, warnings } = await logIn('a.com');
    expect(file).toBe('~/.docker/config.json');
    expect(warnings).toEqual([
      'OpenTofu reads no file of credentials while ~/.config/containers/auth.json can not be used: it is not valid JSON',
    ]);
  });

  it('when something else is found before it', async () => {
    await put(podman, { credHelpers: { 'a.com': 'own' } });
    await put('own/config.json', {});
    helpers.kept.set('own https://a.com', { username: 'x', secret: 'y' });
    const { warnings } = await logIn('a.com', { env: { DOCKER_CONFIG: join(home, 'own') } });
    expect(warnings[1]).toBe(
      'It will not be used as long as there is another before it: docker-credential-own, by credHelpers in ~/.config/containers/auth.json.',
    );
  });
});

describe('a logout', () => {
  it('removes the login from every file, under all its names', async () => {
    await put(podman, { auths: { 'docker.io': { auth }, 'a.com': { auth } } });
    await put(docker, { auths: { 'https://index.docker.io/v1/': { auth } }, experimental: 'on' });
    const { failures, remaining, removed } = await logOut('docker.io');
    expect(removed).toEqual(['~/.config/containers/auth.json', '~/.docker/config.json']);
    expect([remaining, failures]).toEqual([[], []]);
    expect(await read(podman)).toEqual({ auths: { 'a.com': { auth } } });
    expect(await read(docker)).toEqual({ auths: {}, experimental: 'on' });
  });

  it('undoes a login, in a file and in a helper', async () => {
    await logIn('a.com');
    expect((await logOut('a.com')).removed).toEqual(['~/.docker/config.json']);
    expect(await read(docker)).toEqual({ auths: {} });
    await put(docker, { credsStore: 'all' });
    await logIn('a.com');
    expect((await logOut('a.com')).removed).toEqual(['docker-credential-all']);
    expect(helpers.kept.size).toBe(0);
  });

  it('is done when there is nothing to do', async () => {
    expect(await logOut('a.com')).toEqual({
      registry: 'a.com',
      removed: [],
      remaining: [],
      failures: [],
    });
    await expect(stat(join(home, '.docker'))).rejects.toThrow('ENOENT');
  });

  it('names what it does not remove', async () => {
    await put(docker, { auths: { 'a.com': { auth }, 'a.com/acme': { auth }, 'b.com': { auth } } });
    const { remaining, removed } = await logOut('a.com', {
      config: 'oci_credentials "a.com" { username = "x" password = "y" }',
    });
    expect(removed).toEqual(['~/.docker/config.json']);
    expect(remaining).toEqual([
      'the oci_credentials "a.com" block',
      'the login to a.com/acme in ~/.docker/config.json',
    ]);
  });

  it('works on the file that the environment names, and names the others', async () => {
    await put(docker, { auths: { 'a.com': { auth } } });
    await put('own/config.json', { auths: { 'a.com': { auth } } });
    const { remaining, removed } = await logOut('a.com', {
      env: { DOCKER_CONFIG: join(home, 'own') },
    });
    expect([removed, remaining]).toEqual([['~/own/config.json'], ['~/.docker/config.json']]);
    expect(await read(docker)).toEqual({ auths: { 'a.com': { auth } } });
  });

  it('of a path leaves the registry alone', async () => {
    await put(docker, { auths: { 'a.com': { auth }, 'a.com/acme': { auth } }, credsStore: 'all' });
    expect((await logOut('a.com/acme')).removed).toEqual(['~/.docker/config.json']);
    expect(await read(docker)).toEqual({ auths: { 'a.com': { auth } }, credsStore: 'all' });
    expect(helpers.calls).toEqual([]);
  });

  it('goes on after a failure', async () => {
    await put(podman, '{');
    await put(docker, { auths: { 'a.com': { auth } }, credsStore: 'all' });
    const failure = new CredentialHelperError('all', 'failed', 'locked');
    helpers = memoryHelpers({ 'get all https://a.com': failure });
    const { failures, removed } = await logOut('a.com');
    expect(removed).toEqual(['~/.docker/config.json']);
    expect(failures).toEqual([expect.any(CredentialStoreError), failure]);
  });
});
