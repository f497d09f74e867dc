import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useProxies } from '../support/connect-proxy.ts';
import { whyNoDockerRegistry } from '../support/docker-registry.ts';
import { findPeer, findTofus } from '../support/peers.ts';
import { type Finished, runProgram } from '../support/run-cli.ts';
import {
  type Backend,
  type GatewayWorld,
  loose,
  ownHost,
  pinned,
  platforms,
  publicHosts,
  refused,
  startGatewayWorld,
  target,
} from './gateway-world.ts';

const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const programs = [...(terraform.path === undefined ? [] : [terraform.path]), ...findTofus()];
const backends: readonly Backend[] =
  whyNoDockerRegistry() === undefined ? ['serve', 'docker-registry'] : ['serve'];
const cases = programs.flatMap((program) =>
  backends.map((backend) => [basename(program), backend, program] as const),
);
const proxies = useProxies();

const requires = (...sources: readonly string[]): string => {
  const blocks = sources.map((source) => {
    const [type = ''] = source.split('/').slice(-1);
    return `    ${type} = {\n      source = "${source}"\n    }\n`;
  });
  return `terraform {\n  required_providers {\n${blocks.join('')}  }\n}\n`;
};

interface Project {
  readonly directory: string;
  init(...args: readonly string[]): Promise<Finished & { readonly said: string }>;
  run(...args: readonly string[]): Promise<Finished>;
  /** Hashes of a provider in the lock file. */
  locked(source: string): Promise<readonly string[]>;
}

/** A program at work on a configuration. */
async function makeProject(
  world: GatewayWorld,
  program: string,
  given: {
    readonly name: string;
    readonly main: string;
    readonly rc?: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Project> {
  const directory = join(world.folder, given.name);
  await mkdir(directory);
  await writeFile(join(directory, 'main.tf'), given.main);
  const rc = join(world.folder, `${given.name}.rc`);
  await writeFile(rc, given.rc ?? '');
  const env = { SSL_CERT_FILE: world.caFile, TF_CLI_CONFIG_FILE: rc, ...given.env };
  const run = (...args: readonly string[]) => runProgram(program, args, { cwd: directory, env });
  return {
    directory,
    run,
    init: async (...args) => {
      const done = await run('init', '-no-color', ...args);
      return { ...done, said: done.stdout + done.stderr };
    },
    locked: async (source) => {
      const text = await readFile(join(directory, '.terraform.lock.hcl'), 'utf8');
      const [, block = ''] = text.split(`/${source}" {`);
      const [own = ''] = block.split('\n}');
      return own.match(/"(?:h1|zh):[^"]+"/gu) ?? [];
    },
  };
}

const hostBlocks = ({ http }: GatewayWorld): string =>
  publicHosts
    .map(
      (host) =>
        `host "${host}" {\n  services = {\n    "providers.v1" = "${http}/v1/providers/${host}/"\n  }\n}\n`,
    )
    .join('');

const zhOf = (hashes: readonly string[]): readonly string[] =>
  hashes.filter((hash) => hash.startsWith('"zh:'));

const title = programs.length === 0 ? `a gateway (${terraform.reason})` : 'a gateway';

describe.skipIf(programs.length === 0)(title, { timeout: 120_000 }, () => {
  it.each(cases)('serves %s from %s, as a registry of other hosts', async (_, backend, program) => {
    const world = await startGatewayWorld(backend);
    const project = await makeProject(world, program, {
      name: 'direct',
      main: requires(pinned, loose),
      rc: hostBlocks(world),
    });
    const { code, said } = await project.init();
    expect([code, said.match(/Error.*/u)]).toEqual([0, null]);
    expect(said).toMatch(
      new RegExp(
        `Installed ${pinned} v1\\.2\\.3 \\((?:self-)?signed, key ID ${world.developer}\\)`,
        'u',
      ),
    );
    // No rule names its key, so the developer's name is not taken in vain.
    expect(said).toMatch(
      new RegExp(
        `Installed ${loose} v1\\.2\\.3 \\((?:self-)?signed, key ID ${world.gateway}\\)`,
        'u',
      ),
    );
    for (const source of [pinned, loose]) {
      expect(zhOf(await project.locked(source))).toHaveLength(platforms.length);
    }
    // From the lock file, into an empty folder.
    await rm(join(project.directory, '.terraform'), { recursive: true });
    expect((await project.init('-lockfile=readonly')).code).toBe(0);
    const more = await project.run(
      'providers',
      'lock',
      ...platforms.map((one) => `-platform=${one}`),
    );
    expect([more.code, more.stderr]).toEqual([0, '']);
    const hashes = await project.locked(pinned);
    expect(hashes.filter((hash) => hash.startsWith('"h1:'))).toHaveLength(platforms.length);
    const mirrored = await project.run('providers', 'mirror', `-platform=${target}`, 'mirrored');
    expect([mirrored.code, mirrored.stderr]).toEqual([0, '']);

    // What is locked is what counts.
    const lock = join(project.directory, '.terraform.lock.hcl');
    const text = await readFile(lock, 'utf8');
    await writeFile(
      lock,
      text.replaceAll(/"(h1|zh):./gu, '"$1:0').replaceAll(/(zh:)0[0-9a-f]/gu, '$100'),
    );
    await rm(join(project.directory, '.terraform'), { recursive: true });
    const tampered = await project.init();
    expect(tampered.code).toBe(1);
    expect(tampered.said).toMatch(/checksum/u);

    const forbidden = await makeProject(world, program, {
      name: 'refused',
      main: requires(refused),
      rc: hostBlocks(world),
    });
    expect((await forbidden.init()).code).toBe(1);
    expect(existsSync(join(forbidden.directory, '.terraform/providers'))).toBe(false);
  });

  it.each(cases)('serves %s from %s, as its own registry', async (_, backend, program) => {
    const world = await startGatewayWorld(backend);
    const proxy = await proxies.start({ hosts: { [`${ownHost}:443`]: world.https } });
    const source = `${ownHost}/corp/private`;
    const project = await makeProject(world, program, {
      name: 'own',
      main: requires(source),
      env: { HTTPS_PROXY: proxy.origin },
    });
    const { code, said } = await project.init();
    expect([code, said.match(/Error.*/u)]).toEqual([0, null]);
    expect(said).toMatch(
      new RegExp(
        `Installed ${source} v1\\.2\\.3 \\((?:self-)?signed, key ID ${world.developer}\\)`,
        'u',
      ),
    );
    expect(zhOf(await project.locked('corp/private'))).toHaveLength(platforms.length);
  });

  it.each(cases)('serves %s from %s, as a network mirror', async (name, backend, program) => {
    const world = await startGatewayWorld(backend);
    const url = `https://localhost:${world.https.split(':')[1] ?? ''}/v1/mirror/`;
    const isTrusting = name.endsWith('1.12');
    const trusting = isTrusting ? '    trust_all_hashes = true\n' : '';
    const project = await makeProject(world, program, {
      name: 'mirror',
      main: requires(pinned, loose),
      rc: `provider_installation {\n  network_mirror {\n    url = "${url}"\n${trusting}  }\n}\n`,
    });
    const { code, said } = await project.init();
    expect([code, said.match(/Error.*/u)]).toEqual([0, null]);
    expect(said).toContain(`Installed ${pinned} v1.2.3`);
    expect(said).not.toMatch(/signed, key ID/u);
    const zh = zhOf(await project.locked(pinned));
    // Terraform, and OpenTofu before 1.10, lock only what they compute themselves.
    const alone = name.startsWith('terraform') || name.endsWith('1.9') ? 0 : 1;
    expect(zh).toHaveLength(isTrusting ? platforms.length : alone);
    await rm(join(project.directory, '.terraform'), { recursive: true });
    expect((await project.init('-lockfile=readonly')).code).toBe(0);
  });

  it.each(programs.map((program) => [basename(program), program] as const))(
    'gives %s nothing that a registry which lies or breaks off has sent',
    async (_, program) => {
      if (!backends.includes('docker-registry')) return;
      const world = await startGatewayWorld('docker-registry');
      const project = await makeProject(world, program, {
        name: 'broken',
        main: requires(pinned),
        rc: hostBlocks(world),
        env: { TF_REGISTRY_CLIENT_TIMEOUT: '5' },
      });
      const { relay } = world;
      if (relay === undefined) throw new Error('no relay');
      relay.before = ({ path }) =>
        /\/blobs\/sha256:/u.test(path) && path.includes('/pinned/')
          ? { status: 200, body: Buffer.alloc(1000, 1) }
          : undefined;
      const lied = await project.init();
      expect(lied.code).toBe(1);
      expect(existsSync(join(project.directory, '.terraform/providers'))).toBe(false);
      relay.before = () => ({ status: 503, headers: { 'retry-after': '0' } });
      expect((await project.init()).code).toBe(1);
      relay.before = undefined;
      // What was wrong is asked for again soon.
      await delay(2100);
      expect((await project.init()).code).toBe(0);
    },
  );
});
