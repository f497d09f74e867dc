import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useProxies } from '../support/connect-proxy.ts';
import { whyNoDockerRegistry } from '../support/docker-registry.ts';
import { findPeer, findTofus } from '../support/peers.ts';
import { hostBlocks, makeProject, mirrorBlock, requires, zhOf } from './gateway-project.ts';
import {
  type Backend,
  loose,
  ownHost,
  pinned,
  platforms,
  refused,
  startGatewayWorld,
  target,
} from './gateway-world.ts';

const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const programs = [...(terraform.path === undefined ? [] : [terraform.path]), ...findTofus()];
/** Without a list of programs the quicker half: what stands behind the gateway makes no difference to one of them. */
const backends: readonly Backend[] =
  whyNoDockerRegistry() !== undefined
    ? ['serve']
    : process.env.TOFU_BIN === undefined
      ? ['docker-registry']
      : ['serve', 'docker-registry'];
const cases = programs.flatMap((program) =>
  backends.map((backend) => [basename(program), backend, program] as const),
);
const proxies = useProxies();

/** The word of each program for a signature by a key that its own authors know nothing of. */
const signed = (program: string): string =>
  basename(program).startsWith('terraform') ? 'self-signed' : 'signed';

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
        `Installed ${pinned} v1\\.2\\.3 \\(${signed(program)}, key ID ${world.developer}\\)`,
        'u',
      ),
    );
    // No rule names its key, so the developer's name is not taken in vain.
    expect(said).toMatch(
      new RegExp(
        `Installed ${loose} v1\\.2\\.3 \\(${signed(program)}, key ID ${world.gateway}\\)`,
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
        `Installed ${source} v1\\.2\\.3 \\(${signed(program)}, key ID ${world.developer}\\)`,
        'u',
      ),
    );
    expect(zhOf(await project.locked('corp/private'))).toHaveLength(platforms.length);
  });

  it.each(cases)('serves %s from %s, as a network mirror', async (name, backend, program) => {
    const world = await startGatewayWorld(backend);
    const isTrusting = name.endsWith('1.12');
    const trusting = isTrusting ? '    trust_all_hashes = true\n' : '';
    const project = await makeProject(world, program, {
      name: 'mirror',
      main: requires(pinned, loose),
      rc: mirrorBlock(world, trusting),
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
    'gives %s nothing of a release whose parts are not what they should be',
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
