import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { findTofus } from '../support/peers.ts';
import { bundle, cleanEnvironment, type Finished, runProgram } from '../support/run-cli.ts';
import {
  isMissing,
  oras,
  runOurs,
  runPeer,
  skopeo,
  titled,
  writeProject,
  writeTofurc,
} from './peer-commands.ts';
import {
  address,
  htpasswd,
  password,
  type Setting,
  startGuarded,
  user,
} from './served-registry.ts';

const tofus = findTofus();

/** A guarded registry, and a home folder in which nobody has logged in yet. */
interface Home extends Setting {
  readonly env: Readonly<Record<string, string>>;
  readonly docker: string;
  readonly podman: string;
}

async function newHome(): Promise<Home> {
  const setting = await startGuarded();
  const { caFile, folder } = setting;
  const runtime = join(folder, 'run');
  await mkdir(runtime);
  return {
    ...setting,
    env: { HOME: folder, XDG_RUNTIME_DIR: runtime, SSL_CERT_FILE: caFile },
    docker: join(folder, '.docker', 'config.json'),
    podman: join(runtime, 'containers', 'auth.json'),
  };
}

/** Our login, with the password on standard input. */
async function logIn({ env, folder }: Home, registry: string): Promise<Finished> {
  const child = spawn(
    process.execPath,
    [bundle, 'login', registry, '-u', user, '--password-stdin'],
    { cwd: folder, env: cleanEnvironment(folder, env), stdio: 'pipe' },
  );
  child.stdin.end(`${password}\n`);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  expect(code, stderr).toBe(0);
  return { code, stdout, stderr };
}

/** As our login stores it, which can not be tried here: Docker Hub is not on this machine. */
async function addHubLogin({ docker }: Home): Promise<void> {
  const content = JSON.parse(await readFile(docker, 'utf8')) as { auths: Record<string, unknown> };
  for (const key of ['docker.io', 'https://index.docker.io/v1/'])
    content.auths[key] = { auth: 'eDp5' };
  await writeFile(docker, JSON.stringify(content));
}

const pushArgs = ({ location }: Home): readonly string[] => [
  'push',
  address,
  'dist',
  '--to',
  location,
];
const loginsIn = async (path: string): Promise<readonly string[]> =>
  Object.keys((JSON.parse(await readFile(path, 'utf8')) as { readonly auths: object }).auths);

describe.skipIf(isMissing(htpasswd))(titled('login and logout', htpasswd), () => {
  it.skipIf(isMissing(oras))(
    titled('with ORAS: each uses and removes what the other stored', oras),
    async () => {
      const home = await newHome();
      const { caFile, docker, env, folder, host } = home;
      const options = { cwd: folder, env };
      const list = ['repo', 'ls', '--ca-file', caFile, host];
      await runPeer(
        oras,
        ['login', '--ca-file', caFile, '-u', user, '-p', password, host],
        options,
      );
      const theirs = await readFile(docker, 'utf8');
      await runOurs(pushArgs(home), options);
      expect((await runOurs(['logout', host], options)).stdout).toContain('.docker/config.json');
      expect((await runProgram(oras.path ?? '', list, options)).code).not.toBe(0);

      await logIn(home, host);
      expect(await readFile(docker, 'utf8')).toBe(theirs);
      expect(await runPeer(oras, list, options)).toContain('tf/registry.opentofu.org/acme/thing');
      await runPeer(oras, ['logout', host], options);
      expect(await loginsIn(docker)).toEqual([]);
      expect((await runOurs(['logout', host], options)).stdout).toContain('Not logged in');
    },
  );

  it.skipIf(isMissing(skopeo))(
    titled('with skopeo: each uses and removes what the other stored', skopeo),
    async () => {
      const home = await newHome();
      const { docker, env, folder, host, podman } = home;
      const options = { cwd: folder, env };
      const verify = '--tls-verify=false';
      const list = ['list-tags', verify, `docker://${host}/tf/${address}`];
      // For one path, which Docker does not know and Podman does.
      const registry = `${host}/tf`;
      const args = ['login', verify, '-u', user, '-p', password, registry];
      await runPeer(skopeo, args, options);
      await runOurs(pushArgs(home), options);
      const whole = await runOurs(['logout', host], options);
      expect(whole.stdout).toContain('Not logged in');
      expect(whole.stderr).toContain(`Credentials still stand in the login to ${registry}`);
      await runOurs(['logout', registry], options);
      expect(await loginsIn(podman)).toEqual([]);
      expect((await runProgram(skopeo.path ?? '', list, options)).code).not.toBe(0);

      await logIn(home, registry);
      expect(await loginsIn(docker)).toEqual([registry]);
      expect(await runPeer(skopeo, list, options)).toContain('1.2.3');
      await runOurs(['logout', registry], options);
      await runPeer(skopeo, args, options);
      await logIn(home, registry);
      // Where skopeo had it, so that it is the one and only.
      expect(await loginsIn(docker)).toEqual([]);
      await runPeer(skopeo, ['logout', registry], options);
      expect((await runOurs(['logout', registry], options)).stdout).toContain('Not logged in');
    },
  );

  describe.each(tofus.map((path) => [basename(path), path]))('with %s', (_name, tofu) => {
    it.each([
      ['a whole registry', ''],
      ['the repositories below a path', '/tf/registry.opentofu.org'],
    ])('installs what a login to %s opens, and nothing after the logout', async (_what, path) => {
      const home = await newHome();
      const { docker, env, folder, host } = home;
      const target = `${host}${path}`;
      const options = { cwd: folder, env };
      await logIn(home, host);
      await runOurs(pushArgs(home), options);
      await runOurs(['logout', host], options);
      await logIn(home, target);
      // Docker's name for its Hub stands there as well, as on many machines; OpenTofu passes over it.
      await addHubLogin(home);
      expect(await loginsIn(docker)).toEqual([target, 'docker.io', 'https://index.docker.io/v1/']);
      await writeTofurc(join(folder, '.tofurc'), host);
      const project = await writeProject(join(folder, 'project'), {
        source: 'acme/thing',
        version: '1.2.3',
      });
      const init = (): Promise<Finished> =>
        runProgram(tofu, ['init', '-no-color'], { cwd: project, env });
      const installed = await init();
      expect(installed.code, installed.stderr).toBe(0);
      expect(installed.stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
      await runOurs(['logout', target], options);
      const second = await writeProject(join(folder, 'second'), {
        source: 'acme/thing',
        version: '1.2.3',
      });
      const refused = await runProgram(tofu, ['init', '-no-color'], { cwd: second, env });
      expect(refused.code).toBe(1);
      expect(`${refused.stdout}${refused.stderr}`).toMatch(/basic credential not found|401/u);
    });
  });

  it.runIf(tofus.length === 0)(
    'are not tried with OpenTofu: none is on PATH nor named by TOFU_BIN',
    ({ skip }) => skip(),
  );
});
