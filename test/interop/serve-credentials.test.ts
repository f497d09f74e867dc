import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTofus } from '../support/peers.ts';
import { runCli, runProgram } from '../support/run-cli.ts';
import {
  isMissing,
  oras,
  runOurs,
  runPeer,
  titled,
  unwrapped,
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
  writeDockerConfig,
} from './served-registry.ts';

const tofus = findTofus();

const credentialsBlock = (host: string, secret = password): string =>
  `oci_credentials "${host}" {\n  username = "${user}"\n  password = "${secret}"\n}\n`;

describe.skipIf(isMissing(htpasswd))(titled('credentials', htpasswd), () => {
  const pushArgs = ({ location, caFile }: Setting): readonly string[] => [
    'push',
    address,
    'dist',
    '--to',
    location,
    '--ca-file',
    caFile,
  ];

  async function makeProject({ folder }: Setting, name = 'project'): Promise<string> {
    return await writeProject(join(folder, name), { source: 'acme/thing', version: '1.2.3' });
  }

  it('of the CLI configuration are used by push and init', async () => {
    const setting = await startGuarded();
    const { caFile, folder, host } = setting;
    const config = await writeTofurc(join(folder, 'tofurc'), host, credentialsBlock(host));
    const env = { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: caFile };
    await runOurs(pushArgs(setting), { cwd: folder, env });
    const { stdout } = await runOurs(['init'], { cwd: await makeProject(setting), env });
    expect(stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
  });

  it('of DOCKER_CONFIG are used by push and init', async () => {
    const setting = await startGuarded();
    const { caFile, folder, host, location } = setting;
    const docker = await writeDockerConfig(join(folder, 'docker'), host);
    const env = { DOCKER_CONFIG: docker, SSL_CERT_FILE: caFile };
    await runOurs(pushArgs(setting), { cwd: folder, env });
    const project = await makeProject(setting);
    const { stdout } = await runOurs(['init', '--from', location], { cwd: project, env });
    expect(stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
  });

  it.skipIf(isMissing(oras))(
    titled('that ORAS stored with "oras login" are used by push', oras),
    async () => {
      const setting = await startGuarded();
      const { caFile, folder, host } = setting;
      const login = ['login', '--ca-file', caFile, '-u', user, '-p', password, host];
      await runPeer(oras, login, { cwd: folder });
      await runOurs(pushArgs(setting), { cwd: folder });
    },
  );

  it.each([
    [
      'a wrong password',
      'battery-staple',
      'The configured user name and password for HOST were used',
    ],
    ['no credentials', undefined, 'No credentials are configured for HOST; log in with'],
  ])('with %s end with exit code 4 and say what to do', async (_what, secret, hint) => {
    const setting = await startGuarded();
    const { caFile, folder, host } = setting;
    const block = secret === undefined ? '' : credentialsBlock(host, secret);
    const config = await writeTofurc(join(folder, 'tofurc'), host, block);
    const env = { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: caFile };
    const project = await makeProject(setting);
    const results = [
      await runCli([...pushArgs(setting), '--debug'], { cwd: folder, env }),
      await runCli(['init', '--debug'], { cwd: project, env }),
    ];
    for (const result of results) {
      expect(result.code).toBe(4);
      const said = unwrapped(result);
      expect(said).toContain(host);
      expect(said).toContain(hint.replace('HOST', host));
      if (secret === undefined) continue;
      expect(said).not.toContain(secret);
      expect(said).not.toContain(Buffer.from(`${user}:${secret}`).toString('base64'));
    }
  });

  describe.each(tofus.map((path) => [basename(path), path]))('and %s', (_name, tofu) => {
    it('the same block of the CLI configuration lets both install the same', async () => {
      const setting = await startGuarded();
      const { caFile, folder, host } = setting;
      const config = await writeTofurc(join(folder, 'tofurc'), host, credentialsBlock(host));
      const env = { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: caFile };
      await runOurs(pushArgs(setting), { cwd: folder, env });
      const [theirs, ours] = [
        await makeProject(setting, 'theirs'),
        await makeProject(setting, 'ours'),
      ];
      const { code, stdout, stderr } = await runProgram(tofu, ['init', '-no-color'], {
        cwd: theirs,
        env,
      });
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
      await runOurs(['init'], { cwd: ours, env });
      const lockOf = (project: string): Promise<string> =>
        readFile(join(project, '.terraform.lock.hcl'), 'utf8');
      expect(await lockOf(ours)).toBe(await lockOf(theirs));
    });

    it('a wrong password stops both', async () => {
      const setting = await startGuarded();
      const { caFile, folder, host } = setting;
      const config = await writeTofurc(join(folder, 'tofurc'), host, credentialsBlock(host, 'x'));
      const options = {
        cwd: await makeProject(setting),
        env: { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: caFile },
      };
      const theirs = await runProgram(tofu, ['init', '-no-color'], options);
      expect(theirs.code).toBe(1);
      expect(unwrapped(theirs)).toMatch(/401/u);
      const ours = await runCli(['init'], options);
      expect(ours.code).toBe(4);
      expect(unwrapped(ours)).toContain('Could not resolve provider acme/thing');
    });
  });

  it.runIf(tofus.length === 0)(
    'are not tried with OpenTofu: none is on PATH nor named by TOFU_BIN',
    ({ skip }) => skip(),
  );
});
