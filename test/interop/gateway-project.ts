import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Finished, runProgram } from '../support/run-cli.ts';
import { type GatewayWorld, publicHosts } from './gateway-world.ts';

/** A configuration that needs these providers. */
export const requires = (...sources: readonly string[]): string => {
  const blocks = sources.map((source) => {
    const [type = ''] = source.split('/').slice(-1);
    return `    ${type} = {\n      source = "${source}"\n    }\n`;
  });
  return `terraform {\n  required_providers {\n${blocks.join('')}  }\n}\n`;
};

export interface Project {
  readonly directory: string;
  init(...args: readonly string[]): Promise<Finished & { readonly said: string }>;
  run(...args: readonly string[]): Promise<Finished>;
  /** Hashes of a provider in the lock file. */
  locked(source: string): Promise<readonly string[]>;
}

/** A program at work on a configuration. */
export async function makeProject(
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

/** CLI configuration that has the gateway for the registry of the public hosts. */
export const hostBlocks = ({ http }: GatewayWorld): string =>
  publicHosts
    .map(
      (host) =>
        `host "${host}" {\n  services = {\n    "providers.v1" = "${http}/v1/providers/${host}/"\n  }\n}\n`,
    )
    .join('');

export const zhOf = (hashes: readonly string[]): readonly string[] =>
  hashes.filter((hash) => hash.startsWith('"zh:'));

/** CLI configuration that has the gateway for the network mirror of everything; `more` goes into the block. */
export const mirrorBlock = ({ https }: GatewayWorld, more = ''): string => {
  const url = `https://localhost:${https.split(':')[1] ?? ''}/v1/mirror/`;
  return `provider_installation {\n  network_mirror {\n    url = "${url}"\n${more}  }\n}\n`;
};

/** The host that a program means where an address names none. */
export const homeOf = (program: string): string =>
  basename(program).startsWith('terraform') ? 'registry.terraform.io' : 'registry.opentofu.org';
