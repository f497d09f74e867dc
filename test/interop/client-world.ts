import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspectPackage } from '../../src/archive/index.ts';
import { readableOf } from '../../src/content/index.ts';
import {
  emptyLockFile,
  formatLockFile,
  noConstraints,
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../../src/domain/index.ts';
import { type InitWorld, makeInitWorld } from '../support/init-world.ts';
import type { OriginPackage, OriginRegistry } from '../support/origin-registry.ts';
import { putPacked, putUnpacked } from '../support/provider-folders.ts';
import { makeProviderZip } from '../support/release-folder.ts';
import { runCli, runProgram } from '../support/run-cli.ts';
import { type Outcome, outcomeOf } from './client-outcome.ts';
import { type Places, startPlaces } from './client-places.ts';
import { hostPlatform } from './peer-commands.ts';

const zhOf = (zip: Buffer): string => `zh:${createHash('sha256').update(zip).digest('hex')}`;

/** What all scenarios share: registries over TLS and mirrors of the same packages of `acme/thing` and `acme/other`. */
export interface ClientWorld {
  readonly world: InitWorld;
  readonly packages: readonly OriginPackage[];
  readonly registry: OriginRegistry;
  readonly places: Places;
  /** A filesystem mirror for providers of `example.com/acme`, of zips. */
  readonly packed: string;
  readonly unpacked: string;
  /** Everything is below it. */
  readonly root: string;
  close(): Promise<void>;
}

export const otherPlatform = hostPlatform === 'plan9_386' ? 'plan9_amd64' : 'plan9_386';

export async function makeClientWorld(): Promise<ClientWorld> {
  const root = await mkdtemp(join(tmpdir(), 'tofu-oci-client-'));
  const platforms = [hostPlatform, otherPlatform];
  const world = await makeInitWorld(platforms, ['1.0.0', '1.1.0', '2.0.0-beta1']);
  const others = await Promise.all(
    platforms.map(async (platform): Promise<OriginPackage> => {
      const zip = await makeProviderZip({ type: 'other', version: '1.0.0' }, platform);
      const { h1OfTree: h1 } = await inspectPackage(readableOf(zip));
      return { namespace: 'acme', type: 'other', version: '1.0.0', platform, zip, h1 };
    }),
  );
  const packages = [...world.packages, ...others];
  const [packed, unpacked] = [join(root, 'packed'), join(root, 'unpacked')];
  for (const { platform, type, version, zip } of packages) {
    const provider = parseProviderAddress(`example.com/acme/${type}`);
    const request = { provider, version: parseVersion(version), platform: parsePlatform(platform) };
    await putPacked(packed, request, zip);
    await putUnpacked(unpacked, request, zip);
  }
  const registry = await world.startOrigin({ packages });
  const places = await startPlaces(world, packages, zhOf);
  return {
    world,
    packages,
    registry,
    places,
    packed,
    unpacked,
    root,
    close: async () => {
      await Promise.all([registry.close(), places.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Hashes of a package of `acme/thing`. */
export function hashesOf(
  { world }: Pick<ClientWorld, 'world'>,
  version: string,
  platform: string = hostPlatform,
): { readonly h1: string; readonly zh: string } {
  const found = world.packages.find((one) => one.version === version && one.platform === platform);
  if (found === undefined) throw new Error(`there is no ${version} for ${platform}`);
  return { h1: found.h1, zh: zhOf(found.zip) };
}

/** A lock file with one entry. */
export function lockText(source: string, version: string, hashes: readonly string[]): string {
  return formatLockFile(
    emptyLockFile.with({
      provider: parseProviderAddress(source),
      version: parseVersion(version),
      constraints: noConstraints,
      hashes: hashes.map((hash) => parsePackageHash(hash)),
    }),
  );
}

export interface ScenarioFiles {
  /**
   * By path from the project, or `home/…`. `COPY path`, `LINK target` and `FOLDER` make something else
   * than a file with that text. `HERE` is the project's folder.
   */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** The CLI configuration. */
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs, one after the other; the last one counts. */
  readonly args: readonly (readonly string[])[];
  /** What happens to the project before the last run. */
  readonly before?: (project: string) => Promise<void>;
}

/** @param program `undefined` for ours */
export async function runScenario(
  world: ClientWorld,
  scenario: ScenarioFiles,
  program: string | undefined,
): Promise<Outcome> {
  const folder = await mkdtemp(join(world.root, 'run-'));
  const [project, home] = [join(folder, 'project'), join(folder, 'home')];
  const here = (text: string): string => text.replaceAll('HERE', project);
  await mkdir(home);
  for (const [name, content] of Object.entries({ '.keep': '', ...scenario.files })) {
    const path = join(folder, name.startsWith('home/') ? name : join('project', name));
    await put(path, typeof content === 'string' ? here(content) : content);
  }
  const [config, ca] = [join(folder, 'tofurc'), join(folder, 'ca.crt')];
  await writeFile(config, here(scenario.config));
  await writeFile(ca, world.world.certificate.ca);
  const env = {
    HOME: home,
    TF_CLI_CONFIG_FILE: config,
    SSL_CERT_FILE: ca,
    TF_PROVIDER_DOWNLOAD_RETRY: '1',
    ...Object.fromEntries(
      Object.entries(scenario.env ?? {}).map(([name, value]) => [name, here(value)]),
    ),
  };
  let last = { code: null as number | null, stdout: '', stderr: '' };
  for (const [index, given] of scenario.args.entries()) {
    if (index === scenario.args.length - 1) await scenario.before?.(project);
    const args = [...given.map((one) => here(one)), '-no-color'];
    last =
      program === undefined
        ? await runCli(args, { cwd: project, env })
        : await runProgram(program, args, { cwd: project, env });
  }
  const data = scenario.env?.['TF_DATA_DIR'] ?? '.terraform';
  return await outcomeOf(last, { folder, project, data, hosts: hostsOf(world) });
}

async function put(path: string, content: string | Buffer): Promise<void> {
  const [, verb, operand = ''] =
    (typeof content === 'string' ? /^(COPY|LINK|FOLDER)\b ?(.*)$/u.exec(content) : null) ?? [];
  await mkdir(verb === 'FOLDER' ? path : dirname(path), { recursive: true });
  if (verb === 'COPY') await cp(operand, path, { recursive: true });
  else if (verb === 'LINK') await symlink(operand, path);
  else if (verb === undefined) await writeFile(path, content);
}

function hostsOf({ places, registry }: ClientWorld): ReadonlyMap<string, string> {
  return new Map([
    [registry.host, 'HOST'],
    [places.oci, 'OCI'],
    ...Object.entries(places.origins).map(([kind, { host }]) => [host, kind] as const),
  ]);
}
