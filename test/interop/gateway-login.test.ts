import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashOfToken } from '../../src/server/auth/static-tokens.ts';
import { findPeer, findTofus } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import {
  type GatewayWorld,
  loose,
  pinned,
  publicHosts,
  startGatewayWorld,
} from './gateway-world.ts';

const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const programs = [...(terraform.path === undefined ? [] : [terraform.path]), ...findTofus()];
const cases = programs.map((program) => [basename(program), program] as const);
const title = programs.length === 0 ? `a gateway (${terraform.reason})` : 'a gateway';

const token = 'of-ci';

/** A gateway at which `ci` may read one provider, and nobody else anything. */
async function startClosed(): Promise<GatewayWorld> {
  const folder = await tempFolder();
  const [tokens, rights] = [join(folder, 'tokens'), join(folder, 'rights')];
  await writeFile(tokens, `ci sha256:${hashOfToken(token)}\n`);
  await writeFile(rights, publicHosts.map((host) => `ci read ${host}/${pinned}\n`).join(''));
  return await startGatewayWorld('serve', { serveArgs: ['--tokens', tokens, '--rights', rights] });
}

interface Attempt {
  readonly source: string;
  readonly rc: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function init(world: GatewayWorld, program: string, { env, rc, source }: Attempt) {
  const directory = await tempFolder();
  const rcFile = join(directory, 'cli.rc');
  await writeFile(rcFile, rc);
  const project = join(directory, 'project');
  await mkdir(project);
  const [, type = ''] = source.split('/');
  const required = `    ${type} = {\n      source = "${source}"\n    }\n`;
  const main = `terraform {\n  required_providers {\n${required}  }\n}\n`;
  await writeFile(join(project, 'main.tf'), main);
  const { code, stderr, stdout } = await runProgram(program, ['init', '-no-color'], {
    cwd: project,
    env: { SSL_CERT_FILE: world.caFile, TF_CLI_CONFIG_FILE: rcFile, ...env },
  });
  // As the sentences are, without the frame that they are printed in.
  return { code, said: (stdout + stderr).replaceAll(/[\s│╷╵]+/gu, ' ') };
}

const hostBlocks = ({ http }: GatewayWorld): string =>
  publicHosts
    .map(
      (host) =>
        `host "${host}" {\n  services = {\n    "providers.v1" = "${http}/v1/providers/${host}/"\n  }\n}\n`,
    )
    .join('');

const credentials = (host: string, value = token): string =>
  `credentials "${host}" {\n  token = "${value}"\n}\n`;

describe.skipIf(programs.length === 0)(`${title} with tokens`, { timeout: 120_000 }, () => {
  it.each(cases)('lets %s install what its token may read, by host', async (_, program) => {
    const world = await startClosed();
    const rc = hostBlocks(world);
    const known = rc + publicHosts.map((host) => credentials(host)).join('');
    const installed = await init(world, program, { source: pinned, rc: known });
    expect([installed.code, installed.said.match(/Error.*/u)]).toEqual([0, null]);
    expect(installed.said).toContain(`key ID ${world.developer}`);
    const wrong = rc + publicHosts.map((host) => credentials(host, 'guessed')).join('');
    const env = Object.fromEntries(
      publicHosts.map((host) => [`TF_TOKEN_${host.replaceAll('.', '_')}`, token]),
    );
    expect((await init(world, program, { source: pinned, rc, env })).code).toBe(0);
    const others: readonly (readonly [Attempt, RegExp])[] = [
      [{ source: loose, rc: known }, /rejected the given authentication credentials/u],
      [{ source: pinned, rc }, /requires authentication credentials/u],
      [{ source: pinned, rc: wrong }, /rejected the given authentication credentials/u],
    ];
    for (const [attempt, message] of others) {
      const refused = await init(world, program, attempt);
      expect(refused.code).toBe(1);
      expect(refused.said).toMatch(message);
    }
  });

  it.each(cases)('lets %s install it as a network mirror', async (_, program) => {
    const world = await startClosed();
    const host = `localhost:${world.https.split(':')[1] ?? ''}`;
    const rc = `provider_installation {\n  network_mirror {\n    url = "https://${host}/v1/mirror/"\n  }\n}\n`;
    const known = rc + credentials(host);
    const installed = await init(world, program, { source: pinned, rc: known });
    expect([installed.code, installed.said.match(/Error.*/u)]).toEqual([0, null]);
    // Also to who has no token at all: mirrors are expected to take everybody.
    for (const attempt of [
      { source: pinned, rc },
      { source: loose, rc: known },
    ]) {
      const refused = await init(world, program, attempt);
      expect(refused.code).toBe(1);
      expect(refused.said).toContain(`host ${host} rejected the given authentication credentials`);
    }
  });
});
