import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { whyNoGpg } from '../support/gpg.ts';
import {
  addressOf,
  goodProviders,
  type OriginWorld,
  startOriginWorld,
  type WorldProvider,
} from '../support/origin-world.ts';
import { findTofus } from '../support/peers.ts';
import { type Finished, runCli, runProgram, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { hostPlatform } from './peer-commands.ts';

const tofus = findTofus();
const why = tofus.length === 0 ? 'no tofu is on PATH nor named by TOFU_BIN' : whyNoGpg();
const version = '2.0.0';
const platforms = [...new Set([hostPlatform, 'darwin_arm64', 'windows_amd64'])].sort();

let world: OriginWorld;
beforeAll(async () => {
  if (why !== undefined) return;
  world = await startOriginWorld({ providers: goodProviders, platforms });
});
afterAll(async () => {
  if (why === undefined) await world.close();
});

/** A name for each provider that no other has, as a configuration needs it. */
const nameOf = ({ hostname, namespace, type }: WorldProvider): string =>
  `${hostname.split('.')[0] ?? ''}-${namespace}-${type}`;

function configuration(): string {
  const entries = goodProviders.map(
    (one) => `    ${nameOf(one)} = {\n      source = "${addressOf(one)}"\n    }\n`,
  );
  return `terraform {\n  required_providers {\n${entries.join('')}  }\n}\n`;
}

interface Project {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly lock: () => Promise<string>;
}

async function project(tls: { readonly ca: string }): Promise<Project> {
  const folder = join(await tempFolder(), 'project');
  await mkdir(folder);
  await writeFile(join(folder, 'main.tf'), configuration());
  const ca = join(folder, '..', 'ca.crt');
  await writeFile(ca, tls.ca);
  const config = join(folder, '..', 'tofurc');
  await writeFile(config, '');
  return {
    folder,
    env: { ...world.env, SSL_CERT_FILE: ca, TF_CLI_CONFIG_FILE: config },
    lock: () => readFile(join(folder, '.terraform.lock.hcl'), 'utf8'),
  };
}

/** From now on its providers come from here, and from nowhere else: without the proxy no origin is there. */
async function installFrom({ env, ...rest }: Project, registry: string): Promise<Project> {
  const template = `${registry}/tf/\${hostname}/\${namespace}/\${type}`;
  await writeFile(
    env['TF_CLI_CONFIG_FILE'] ?? '',
    `provider_installation {\n  oci_mirror {\n    repository_template = "${template}"\n    include = ["*/*/*"]\n  }\n}\n`,
  );
  return { ...rest, env: { ...env, HTTPS_PROXY: 'http://127.0.0.1:9' } };
}

const targets: readonly (readonly [string, string | undefined, () => Promise<string>])[] = [
  [
    'serve',
    undefined,
    async () => {
      const folder = await tempFolder();
      const { cert, key } = world.certificate;
      await writeFile(join(folder, 'server.crt'), cert);
      await writeFile(join(folder, 'server.key'), key, { mode: 0o600 });
      const tls = ['--tls-cert', 'server.crt', '--tls-key', 'server.key'];
      const args = [join(folder, 'registry'), '--listen', '127.0.0.1:0', ...tls];
      const { hosts } = await startServe(args, { cwd: folder });
      return hosts[0] ?? '';
    },
  ],
  [
    'docker-registry',
    whyNoDockerRegistry(),
    async () => {
      const registry = await startDockerRegistry({ tls: world.certificate });
      onTestFinished(() => registry.stop());
      return registry.host;
    },
  ],
];

describe.skipIf(why !== undefined)(
  `what is mirrored${why === undefined ? '' : ` (${why})`}`,
  () => {
    describe.each(targets)('into %s', (_name, missing, start) => {
      it.skipIf(missing !== undefined)(
        `is installed by unmodified OpenTofu against the hashes of its origin${missing === undefined ? '' : ` (${missing})`}`,
        { timeout: 120_000 },
        async () => {
          const registry = await start();
          const here = await project(world.certificate);
          const to = `${registry}/tf/{hostname}/{namespace}/{type}`;
          const mirrored = await runCli(['mirror', '.', '--to', to], {
            cwd: here.folder,
            env: here.env,
          });
          expect(mirrored.stderr).not.toContain('Error');
          expect(mirrored.stdout).toContain(`Mirrored ${String(goodProviders.length)} providers`);

          for (const tofu of tofus) {
            const run = (of: Project, ...args: string[]): Promise<Finished> =>
              runProgram(tofu, args, { cwd: of.folder, env: of.env });
            const theirs = await project(world.certificate);
            const asked = platforms.map((each) => `-platform=${each}`);
            const locked = await run(theirs, 'providers', 'lock', '-no-color', ...asked);
            expect(locked, basename(tofu)).toMatchObject({ code: 0, stderr: '' });
            const official = await theirs.lock();
            for (const each of goodProviders.flatMap((one) => world.packagesOf(one))) {
              if (each.version === version) expect(official).toContain(each.h1);
            }

            world.asked();
            const from = await installFrom(theirs, registry);
            const installed = await run(from, 'init', '-no-color', '-lockfile=readonly');
            expect(installed, basename(tofu)).toMatchObject({ code: 0, stderr: '' });
            expect(installed.stdout.match(/^- Installed /gmu)).toHaveLength(goodProviders.length);
            expect(await theirs.lock()).toBe(official);
            expect(world.asked()).toEqual([]);
            await rm(join(theirs.folder, '.terraform'), { recursive: true });
          }
        },
      );
    });
  },
);

it.runIf(why !== undefined)(`skips the tests with a whole mirror: ${why ?? ''}`, () => {
  expect(why).toBeDefined();
});
