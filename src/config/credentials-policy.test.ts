import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRepositoryName } from '../spec/index.ts';
import type { CliConfig } from './cli-config.ts';
import { decodeConfigFile } from './config-file.ts';
import type { AskHelper, HelperAnswer } from './credential-helper.ts';
import { type CredentialsPolicy, loadCredentialsPolicy } from './credentials-policy.ts';
import { CredentialFileError, CredentialHelperError } from './errors.ts';
import type { Surroundings } from './surroundings.ts';

let home: string;
let asked: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'policy-'));
  asked = [];
});
afterEach(() => rm(home, { recursive: true, force: true }));

const auth = (login: string): { readonly auth: string } => ({
  auth: Buffer.from(login).toString('base64'),
});

async function put(name: string, content: unknown): Promise<void> {
  const path = join(home, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
}

interface Setup {
  readonly config?: string;
  readonly env?: Surroundings['env'];
  /** By `HELPER SERVER`. */
  readonly helpers?: Readonly<Record<string, HelperAnswer | CredentialHelperError>>;
}

async function policy({
  config = '',
  env = {},
  helpers = {},
}: Setup = {}): Promise<CredentialsPolicy> {
  const surroundings = { env: { HOME: home, ...env }, cwd: home, home, platform: 'linux' };
  const { content, problems } = decodeConfigFile(config, join(home, 'rc'), surroundings);
  expect(problems.list).toEqual([]);
  const merged: Pick<CliConfig, 'ociCredentials' | 'ociDefaultCredentials'> = {
    ociCredentials: content.ociCredentials,
    ociDefaultCredentials: content.ociDefaultCredentials[0],
  };
  const askHelper: AskHelper = (helper, server) => {
    asked.push(`${helper} ${server}`);
    const answer = helpers[`${helper} ${server}`];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return await loadCredentialsPolicy(surroundings, { config: merged, askHelper });
}

/** `KIND SECRETS from SOURCE`. */
async function found(setup: Setup, repository = 'ghcr.io/acme/tf/null'): Promise<string> {
  const { login, source } = await (
    await policy(setup)
  ).credentialsFor(parseRepositoryName(repository));
  const { kind, ...secrets } = login;
  return `${[kind, ...Object.values(secrets)].join(' ')} from ${source}`;
}

const docker = '.docker/config.json';
const podman = '.config/containers/auth.json';

describe('the choice of credentials', () => {
  it('is none where there are none', async () => {
    expect(await found({})).toBe(
      'anonymous from no credentials are configured for ghcr.io/acme/tf/null',
    );
  });

  it.each([
    ['a block of the configuration', 'username = "u"\n password = "p"', 'basic u p'],
    ['tokens', 'access_token = "a"\n refresh_token = "r"', 'access-token a'],
  ])('takes %s', async (_, body, expected) => {
    const config = `oci_credentials "ghcr.io" {\n ${body}\n}`;
    expect(await found({ config })).toBe(
      `${expected} from oci_credentials "ghcr.io" block of the CLI configuration`,
    );
  });

  it('prefers the longest path, wherever it stands', async () => {
    await put(docker, { auths: { 'ghcr.io/acme/tf': auth('long:1'), 'ghcr.io': auth('short:2') } });
    const config = 'oci_credentials "ghcr.io/acme" { username = "mid" password = "3" }';
    expect(await found({ config })).toBe(
      'basic long 1 from auths entry "ghcr.io/acme/tf" in ~/.docker/config.json',
    );
    expect(await found({ config }, 'ghcr.io/acme/other')).toContain('basic mid 3');
    expect(await found({ config }, 'ghcr.io/acmeother')).toContain('basic short 2');
    expect(await found({ config }, 'other.io/acme/tf')).toContain('anonymous');
  });

  it('matches a whole repository, and never more than it', async () => {
    await put(docker, {
      auths: { 'ghcr.io/acme/tf/null': auth('a:b'), 'ghcr.io/acme/tf/null/x': auth('c:d') },
    });
    expect(await found({})).toContain('basic a b');
  });

  it('prefers the configuration to files, and earlier files to later ones', async () => {
    await put(podman, { auths: { 'ghcr.io': auth('podman:1') } });
    await put(docker, { auths: { 'ghcr.io': auth('docker:2') } });
    expect(await found({})).toContain('basic podman 1');
    const config = 'oci_credentials "ghcr.io" { username = "config" password = "3" }';
    expect(await found({ config })).toContain('basic config 3');
  });

  it('prefers auths to credHelpers of the same file, and these to credsStore', async () => {
    const helpers = {
      'own https://ghcr.io': { username: 'own', secret: '1' },
      'all https://ghcr.io': { username: 'all', secret: '2' },
    };
    await put(docker, { credHelpers: { 'ghcr.io': 'own' }, credsStore: 'all' });
    expect(await found({ helpers })).toBe(
      'basic own 1 from docker-credential-own, by credHelpers in ~/.docker/config.json',
    );
    await put(docker, { auths: { 'ghcr.io': auth('file:3') }, credHelpers: { 'ghcr.io': 'own' } });
    expect(await found({ helpers })).toContain('basic file 3');
    await put(docker, { credsStore: 'all' });
    expect(await found({ helpers })).toBe(
      'basic all 2 from docker-credential-all, by credsStore in ~/.docker/config.json',
    );
  });

  it('asks the helper of oci_default_credentials before those of files', async () => {
    await put(docker, { credsStore: 'file' });
    const helpers = { 'mine https://ghcr.io': { username: 'u', secret: 's' } };
    const config = 'oci_default_credentials { docker_credentials_helper = "mine" }';
    expect(await found({ config, helpers })).toContain(
      'basic u s from docker-credential-mine, by the oci_default_credentials block',
    );
    expect(asked).toEqual(['mine https://ghcr.io']);
  });

  it('uses the helper of a block for its registry', async () => {
    const helpers = { 'x https://r.example.com:5000': { username: 'u', secret: 's' } };
    const config = 'oci_credentials "r.example.com:5000" { docker_credentials_helper = "x" }';
    expect(await found({ config, helpers }, 'r.example.com:5000/a')).toContain('basic u s');
  });

  it.each([
    ['GHCR.io', 'ghcr.io/a'],
    ['ghcr.io', 'GHCR.io/a'],
    ['my_registry.example', 'my_registry.example/a'],
    ['bücher.example', 'xn--bcher-kva.example/a'],
  ])('uses a block for %s with %s, however the host is written', async (label, repository) => {
    const config = `oci_credentials "${label}" {\n  username = "u"\n  password = "p"\n}`;
    expect(await found({ config }, repository)).toContain('basic u p');
  });

  it('does not fall back when the best match fails', async () => {
    await put(docker, { auths: { 'ghcr.io': auth('file:1') } });
    const error = new CredentialHelperError('x', 'failed', 'it is locked');
    const config = 'oci_credentials "ghcr.io" { docker_credentials_helper = "x" }';
    await expect(found({ config, helpers: { 'x https://ghcr.io': error } })).rejects.toBe(error);
  });

  it('is anonymous when the best match has none', async () => {
    await put(docker, { auths: { 'ghcr.io': auth('file:1') } });
    const config = 'oci_credentials "ghcr.io" { docker_credentials_helper = "x" }';
    expect(await found({ config })).toBe(
      'anonymous from oci_credentials "ghcr.io" block of the CLI configuration: none for ghcr.io',
    );
  });

  it('asks a helper once for many repositories at a time', async () => {
    await put(docker, { credsStore: 'all' });
    const helpers = { 'all https://ghcr.io': { username: 'u', secret: 's' } };
    const loaded = await policy({ helpers });
    const names = ['ghcr.io/a', 'ghcr.io/b', 'ghcr.io/c'].map(parseRepositoryName);
    await Promise.all(names.map((name) => loaded.credentialsFor(name)));
    expect(asked).toEqual(['all https://ghcr.io']);
    await loaded.credentialsFor(parseRepositoryName('ghcr.io/d'));
    expect(asked).toHaveLength(2);
  });
});

describe('what OpenTofu does not understand', () => {
  it.each([
    ['an identity token', { 'ghcr.io': { ...auth('u:'), identitytoken: 't' } }, 'identity-token t'],
    ['an identity token alone', { 'ghcr.io': { identitytoken: 't' } }, 'identity-token t'],
    ['a key with a scheme', { 'https://ghcr.io': auth('u:p') }, 'basic u p'],
    [
      'a key with the version of the interface',
      { 'https://ghcr.io/v2/': auth('u:p') },
      'basic u p',
    ],
  ])('is understood: %s', async (_, auths, expected) => {
    await put(docker, { auths });
    expect(await found({})).toContain(`${expected} from auths entry`);
  });

  it.each(['docker.io/acme/x', 'registry-1.docker.io/acme/x', 'index.docker.io/acme/x'])(
    "is understood: Docker's own key for %s",
    async (repository) => {
      await put(docker, { auths: { 'https://index.docker.io/v1/': auth('u:p') } });
      expect(await found({}, repository)).toBe(
        'basic u p from auths entry "https://index.docker.io/v1/" in ~/.docker/config.json',
      );
    },
  );

  it('is understood: a helper that answers with a token', async () => {
    await put(docker, { credHelpers: { 'acme.azurecr.io': 'acr' } });
    const helpers = { 'acr https://acme.azurecr.io': { username: '<token>', secret: 'refresh' } };
    expect(await found({ helpers }, 'acme.azurecr.io/x')).toContain('identity-token refresh');
  });

  it.each([
    ['ghcr.io/x', 'all ghcr.io'],
    ['docker.io/x/y', 'all https://index.docker.io/v1/'],
  ])('is understood: a helper that knows %s as Docker stores it', async (repository, question) => {
    await put(docker, { credsStore: 'all' });
    const helpers = { [question]: { username: 'u', secret: 's' } };
    expect(await found({ helpers }, repository)).toContain('basic u s');
    expect(asked).toHaveLength(2);
  });

  it('does not turn "none" into a failure when the second question fails', async () => {
    await put(docker, { credsStore: 'all' });
    const helpers = { 'all ghcr.io': new CredentialHelperError('all', 'failed', 'bad URL') };
    expect(await found({ helpers })).toContain('anonymous from docker-credential-all');
    const slow = { 'all ghcr.io': new CredentialHelperError('all', 'timed-out', 'too slow') };
    await expect(found({ helpers: slow })).rejects.toMatchObject({ failure: 'timed-out' });
  });

  it.each([
    ['REGISTRY_AUTH_FILE', 'mine.json', 'mine.json'],
    ['DOCKER_CONFIG', 'mine', 'mine/config.json'],
  ])('is understood: %s', async (name, value, file) => {
    await put(file, { auths: { 'ghcr.io': auth('u:p') } });
    expect(await found({ env: { [name]: join(home, value) } })).toBe(
      `basic u p from auths entry "ghcr.io" in ~/${file}`,
    );
  });

  it("never takes the place of OpenTofu's own choice", async () => {
    await put('mine/config.json', { auths: { 'ghcr.io/acme': auth('ours:1') } });
    await put(docker, {
      auths: { 'ghcr.io': auth('theirs:2'), 'https://ghcr.io': auth('ours:3') },
    });
    const env = { DOCKER_CONFIG: join(home, 'mine') };
    expect(await found({ env })).toContain('basic theirs 2');
    await put(docker, { credsStore: 'all' });
    const helpers = { 'all https://ghcr.io': { username: 'theirs', secret: '4' } };
    expect(await found({ env, helpers })).toContain('basic theirs 4');
    // Where OpenTofu would go without credentials, ours are taken.
    expect(await found({ env })).toContain('basic ours 1');
  });
});

describe('the places that have something for a repository', () => {
  it('are told in the order in which they are asked, with why', async () => {
    await put(docker, {
      auths: {
        'ghcr.io': auth('u:p'),
        'https://ghcr.io': { identitytoken: 't' },
        'b.io': auth('u:p'),
      },
      credHelpers: { 'ghcr.io': 'own' },
      credsStore: 'all',
    });
    const config = 'oci_credentials "ghcr.io/acme" { username = "mid" password = "3" }';
    const loaded = await policy({ config });
    const found = loaded.matches(parseRepositoryName('ghcr.io/acme/x'));
    expect(found).toEqual([
      {
        source: 'oci_credentials "ghcr.io/acme" block of the CLI configuration',
        kind: 'basic',
        specificity: 3,
        isSeenByOpenTofu: true,
      },
      {
        source: 'auths entry "ghcr.io" in ~/.docker/config.json',
        kind: 'basic',
        specificity: 2,
        isSeenByOpenTofu: true,
      },
      {
        source: 'docker-credential-own, by credHelpers in ~/.docker/config.json',
        kind: 'helper',
        specificity: 2,
        isSeenByOpenTofu: true,
      },
      {
        source: 'docker-credential-all, by credsStore in ~/.docker/config.json',
        kind: 'helper',
        specificity: 1,
        isSeenByOpenTofu: true,
      },
      {
        source: 'auths entry "https://ghcr.io" in ~/.docker/config.json',
        kind: 'identity-token',
        specificity: 2,
        isSeenByOpenTofu: false,
      },
    ]);
    expect(asked).toEqual([]);
    expect(JSON.stringify(found)).not.toContain('u:p');
  });
});

describe('files with credentials', () => {
  it('lose only themselves when they are bad, with a warning', async () => {
    await put(podman, '{"auths": {"ghcr.io": {"auth": "hunter2');
    await put(docker, { auths: { 'ghcr.io': auth('u:p'), 'b.io': auth('nocolon') } });
    const loaded = await policy();
    expect(loaded.diagnostics).toEqual([
      {
        severity: 'warning',
        summary: 'Unusable container registry credentials',
        detail:
          'In ~/.config/containers/auth.json: it is not valid JSON. What can not be used there is passed over.',
      },
      {
        severity: 'warning',
        summary: 'Unusable container registry credentials',
        detail:
          'In ~/.docker/config.json: the auth of "b.io" does not hold USER:PASSWORD. What can not be used there is passed over.',
      },
    ]);
    expect(await found({})).toContain('basic u p');
  });

  it('are bounded', async () => {
    await put(docker, ' '.repeat(1024 * 1024 + 1));
    const { diagnostics } = await policy();
    expect(diagnostics[0]?.detail).toContain('is larger than the limit of 1048576 bytes');
  });

  it('may be a folder by mistake', async () => {
    await mkdir(join(home, docker), { recursive: true });
    expect((await policy()).diagnostics[0]?.detail).toContain('it is a directory');
  });

  it('are only those that the configuration lists', async () => {
    await put(docker, { auths: { 'ghcr.io': auth('ambient:1') } });
    await put('own.json', { auths: { 'ghcr.io': auth('own:2') } });
    const listed = 'oci_default_credentials { docker_style_config_files = ["own.json"] }';
    expect(await found({ config: listed })).toBe(
      'basic own 2 from auths entry "ghcr.io" in ~/own.json',
    );
    const none = 'oci_default_credentials { docker_style_config_files = [] }';
    expect(await found({ config: none })).toContain('anonymous');
    const off = 'oci_default_credentials { discover_ambient_credentials = false }';
    expect(await found({ config: off })).toContain('anonymous');
  });

  it.each([
    ['are missing', undefined, 'no such file or directory'],
    ['are no JSON', '{"auths": "hunter2', 'it is not valid JSON'],
  ])('stop everything when listed ones %s', async (_, content, why) => {
    if (content !== undefined) await put('own.json', content);
    const config = 'oci_default_credentials { docker_style_config_files = ["own.json"] }';
    const error: unknown = await policy({ config }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CredentialFileError);
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_CREDENTIAL_FILE',
      category: 'usage',
      path: join(home, 'own.json'),
    });
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain('hunter2');
  });
});
