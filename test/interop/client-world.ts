import { createHash } from 'node:crypto';
import {
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  emptyLockFile,
  formatLockFile,
  noConstraints,
  parsePackageHash,
  parseProviderAddress,
  parseVersion,
} from '../../src/domain/index.ts';
import { type InitWorld, makeInitWorld } from '../support/init-world.ts';
import type { OriginRegistry } from '../support/origin-registry.ts';
import { runCli, runProgram } from '../support/run-cli.ts';
import { hostPlatform } from './peer-commands.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What all scenarios share: a registry over TLS, and mirrors of the same packages of `acme/thing`. */
export interface ClientWorld {
  readonly world: InitWorld;
  readonly registry: OriginRegistry;
  /** A filesystem mirror for `example.com/acme/thing`, of zips. */
  readonly packed: string;
  readonly unpacked: string;
  /** Everything is below it; whoever made it removes it. */
  readonly root: string;
}

export const otherPlatform = hostPlatform === 'plan9_386' ? 'plan9_amd64' : 'plan9_386';

export async function makeClientWorld(root: string): Promise<ClientWorld> {
  const world = await makeInitWorld(
    [hostPlatform, otherPlatform],
    ['1.0.0', '1.1.0', '2.0.0-beta1'],
  );
  const [packed, unpacked] = [join(root, 'packed'), join(root, 'unpacked')];
  return { world, registry: await world.startOrigin(), packed, unpacked, root };
}

/** Hashes of a package of `acme/thing`. */
export function hashesOf(
  { world }: Pick<ClientWorld, 'world'>,
  version: string,
  platform: string = hostPlatform,
): { readonly h1: string; readonly zh: string } {
  const found = world.packages.find((one) => one.version === version && one.platform === platform);
  if (found === undefined) throw new Error(`there is no ${version} for ${platform}`);
  return { h1: found.h1, zh: `zh:${sha256(found.zip)}` };
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
  readonly files: Readonly<Record<string, string>>;
  /** The CLI configuration; `HERE` is the project's folder. */
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs of the same command; the last one counts. */
  readonly args: readonly (readonly string[])[];
}

/** What a run left and said, without what may differ: paths, order, the program's name. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly lock: string;
  /** Files and links of `.terraform`, with modes. */
  readonly installed: readonly string[];
  /** Titles of diagnostics, sorted. */
  readonly titles: readonly string[];
  /** Lines about providers, sorted. */
  readonly lines: readonly string[];
}

/** @param program `undefined` for ours */
export async function runScenario(
  { registry, root, world }: ClientWorld,
  scenario: ScenarioFiles,
  program: string | undefined,
): Promise<Outcome> {
  const folder = await mkdtemp(join(root, 'run-'));
  const [project, home] = [join(folder, 'project'), join(folder, 'home')];
  await mkdir(home);
  for (const [name, text] of Object.entries({ '.keep': '', ...scenario.files })) {
    const path = join(folder, name.startsWith('home/') ? name : join('project', name));
    await mkdir(dirname(path), { recursive: true });
    if (text.startsWith('COPY ')) await cp(text.slice(5), path, { recursive: true });
    else await writeFile(path, text);
  }
  const [config, ca] = [join(folder, 'tofurc'), join(folder, 'ca.crt')];
  await writeFile(config, scenario.config.replaceAll('HERE', project));
  await writeFile(ca, world.certificate.ca);
  const env = {
    HOME: home,
    TF_CLI_CONFIG_FILE: config,
    SSL_CERT_FILE: ca,
    TF_PROVIDER_DOWNLOAD_RETRY: '1',
    ...Object.fromEntries(
      Object.entries(scenario.env ?? {}).map(([name, value]) => [
        name,
        value.replaceAll('HERE', project),
      ]),
    ),
  };
  let last = { code: null as number | null, stdout: '', stderr: '' };
  for (const given of scenario.args) {
    const args = given.map((one) => one.replaceAll('HERE', project));
    last =
      program === undefined
        ? await runCli([...args, '-no-color'], { cwd: project, env })
        : await runProgram(program, [...args, '-no-color'], { cwd: project, env });
  }
  const said = `${last.stdout}\n${last.stderr}`;
  return {
    succeeded: last.code === 0,
    lock: (await readFile(join(project, '.terraform.lock.hcl'), 'utf8').catch(() => '')).replace(
      '"terraform init"',
      '"tofu init"',
    ),
    installed: await treeOf(join(project, scenario.env?.['TF_DATA_DIR'] ?? '.terraform'), folder),
    titles: titlesIn(said),
    lines: linesIn(said, registry.host),
  };
}

function titlesIn(said: string): readonly string[] {
  const titles = [...said.matchAll(/^(?:[│╷] )?(?<title>(?:Error|Warning): .*)$/gmu)];
  return [...new Set(titles.map(({ groups }) => groups?.title ?? ''))].sort();
}

function linesIn(said: string, host: string): readonly string[] {
  return said
    .split('\n')
    .filter((line) => /^- [A-Z].*\b(?:thing|terraform\.io)/u.test(line))
    .map((line) => line.replaceAll(host, 'HOST'))
    .sort();
}

async function treeOf(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(root.length);
      const { mode } = await lstat(path);
      if (entry.isSymbolicLink()) return `${name} -> ${(await readlink(path)).replace(folder, '')}`;
      if (entry.isDirectory()) return undefined;
      return `${name} ${(mode & 0o777).toString(8)}`;
    }),
  );
  // Locks of OpenTofu that stay behind, and what only its backend leaves.
  const kept = lines.filter(
    (line) => line !== undefined && !/\.lock \d|^\/terraform\.tfstate /u.test(line),
  );
  return kept
    .filter((line) => line !== undefined)
    .map((line) => line.replace(basename(folder), ''))
    .sort();
}
