import { type CallOptions, type Files, nodeFiles } from '../base/index.ts';
import type { CliConfig } from './cli-config.ts';
import { readDockerFile } from './docker-config-file.ts';
import { dockerConfigLocations, namedDockerConfigs } from './docker-config-locations.ts';
import type { DockerConfig } from './docker-config.ts';
import { CredentialStoreError, LoginNotReadError } from './errors.ts';
import { formatLoginTarget, isKeyOf } from './login-target.ts';
import { parsePrefix, type RepositoryPrefix } from './repository-prefix.ts';
import { displayPath, homeOf, pathsOf, type Surroundings } from './surroundings.ts';

/** Where a login to one registry, or to a path in it, is to be stored. */
export interface LoginPlace {
  /** The helper that is to keep it. */
  readonly helper: string | undefined;
  /** The file that is to hold it, or that names the helper; undefined when the CLI configuration names it. */
  readonly file: string | undefined;
  /** OpenTofu looks there. */
  readonly isReadByOpenTofu: boolean;
  /** What stands in the way of its being used; for the user to read. */
  readonly remarks: readonly string[];
}

export interface LoginPlaceOptions extends CallOptions {
  readonly config: Pick<CliConfig, 'ociCredentials' | 'ociDefaultCredentials'>;
  readonly files?: Files | undefined;
}

/** Who decides which files count, and which they are, whether or not anything is there. */
export interface LoginFiles {
  readonly by: 'configuration' | 'environment' | 'default';
  readonly paths: readonly string[];
  readonly isReadByOpenTofu: (path: string) => boolean;
}

/**
 * The files that `login` and `logout` work on: those that the CLI configuration lists; else the ones that the
 * environment names (`REGISTRY_AUTH_FILE`, `DOCKER_CONFIG`), as Docker and Podman do; else all that OpenTofu reads.
 */
export function loginFiles(
  surroundings: Surroundings,
  { ociDefaultCredentials }: LoginPlaceOptions['config'],
): LoginFiles {
  if (ociDefaultCredentials?.discoverAmbient === false) {
    return { by: 'configuration', paths: [], isReadByOpenTofu: () => true };
  }
  const listed = ociDefaultCredentials?.dockerStyleFiles;
  if (listed !== undefined) {
    return { by: 'configuration', paths: listed, isReadByOpenTofu: () => true };
  }
  const all = dockerConfigLocations(surroundings);
  const isReadByOpenTofu = (path: string): boolean =>
    all.some((location) => location.path === path && !location.ours);
  const named = namedDockerConfigs(surroundings);
  return named.length > 0
    ? { by: 'environment', paths: named, isReadByOpenTofu }
    : { by: 'default', paths: all.map(({ path }) => path), isReadByOpenTofu };
}

/**
 * Chooses where a login goes, so that OpenTofu finds it and nothing older is found before it:
 *
 * 1. A block of the CLI configuration that names a helper for the registry: that helper. A block with credentials
 *    of its own beats every file, so there is nothing to store.
 * 2. The file that has this login already, or names a helper for the registry.
 * 3. The helper that the CLI configuration has for all registries.
 * 4. The first file that was listed or named; else Docker's, which all tools read. Its helper, if it has one.
 *
 * Helpers know registries and no paths, so a login to a path is always written into a file.
 * @throws LoginNotReadError, CredentialStoreError
 */
export async function findLoginPlace(
  surroundings: Surroundings,
  target: RepositoryPrefix,
  options: LoginPlaceOptions,
): Promise<LoginPlace> {
  const { config } = options;
  const isWhole = target.path === '';
  const block = blockFor(config, target);
  if (block !== undefined) {
    const { credentials, label } = block;
    if (credentials.kind === 'helper' && isWhole) return inHelper(credentials.helper);
    throw new LoginNotReadError(
      formatLoginTarget(target),
      `the oci_credentials ${JSON.stringify(label)} block of the CLI configuration comes before every file`,
      'Change the credentials in that block, or remove it and log in again.',
    );
  }
  const candidates = loginFiles(surroundings, config);
  const known = await readAll(candidates.paths, options);
  const choose = (file: KnownFile): LoginPlace => {
    if (file.damage !== undefined) throw new CredentialStoreError(file.path, file.damage);
    return {
      helper: isWhole ? (helperIn(file, target) ?? file.content?.store) : undefined,
      file: file.path,
      isReadByOpenTofu: candidates.isReadByOpenTofu(file.path),
      remarks: remarksOn(known, surroundings, candidates),
    };
  };
  const holder = known.find((file) => hasLogin(file, target) || helperIn(file, target));
  if (holder !== undefined) return choose(holder);
  const defaultHelper = config.ociDefaultCredentials?.helper;
  if (isWhole && defaultHelper !== undefined && candidates.by !== 'environment') {
    return { ...inHelper(defaultHelper), remarks: remarksOn(known, surroundings, candidates) };
  }
  const path = usualFile(surroundings, candidates);
  if (path === undefined) throw nowhere(target, config);
  return choose(known.find((file) => file.path === path) ?? { path });
}

/** The block that would beat an entry for the target in any file. */
function blockFor(
  { ociCredentials }: LoginPlaceOptions['config'],
  target: RepositoryPrefix,
): CliConfig['ociCredentials'][number] | undefined {
  return ociCredentials.find(
    ({ path, registry }) => registry === target.registry && path === target.path,
  );
}

interface KnownFile {
  readonly path: string;
  /** Undefined when there is no file yet, or none that can be used. */
  readonly content?: DockerConfig;
  /** Why it can not be used. */
  readonly damage?: string;
}

async function readAll(
  paths: readonly string[],
  { files = nodeFiles, signal }: LoginPlaceOptions,
): Promise<readonly KnownFile[]> {
  const known: KnownFile[] = [];
  for (const path of paths) {
    const read = await readDockerFile(path, { files, signal });
    if ('config' in read) known.push({ path, content: read.config });
    else known.push(read.absent ? { path } : { path, damage: read.why });
  }
  return known;
}

/** One file that it finds by itself and can not use makes OpenTofu drop all of them, without a word. */
function remarksOn(
  known: readonly KnownFile[],
  surroundings: Surroundings,
  { by, isReadByOpenTofu }: LoginFiles,
): readonly string[] {
  return known.flatMap(({ damage, path }) => {
    if (damage === undefined || by !== 'default' || !isReadByOpenTofu(path)) return [];
    const file = displayPath(path, surroundings);
    return [`OpenTofu reads no file of credentials while ${file} can not be used: ${damage}`];
  });
}

function hasLogin({ content }: KnownFile, target: RepositoryPrefix): boolean {
  return (content?.auths ?? []).some(({ key }) => {
    const parsed = parsePrefix(key);
    if ('why' in parsed) return false;
    return parsed.prefix.registry === target.registry && parsed.prefix.path === target.path;
  });
}

/** The helper that `credHelpers` names for the registry. */
function helperIn({ content }: KnownFile, target: RepositoryPrefix): string | undefined {
  if (target.path !== '') return undefined;
  return [...(content?.helpers ?? [])].find(([key]) => isKeyOf(target, key))?.[1];
}

function inHelper(helper: string): LoginPlace {
  return { helper, file: undefined, isReadByOpenTofu: true, remarks: [] };
}

function usualPath(surroundings: Surroundings): string | undefined {
  const home = homeOf(surroundings);
  return home === undefined
    ? undefined
    : pathsOf(surroundings).resolve(surroundings.cwd, home, '.docker', 'config.json');
}

function usualFile(surroundings: Surroundings, { by, paths }: LoginFiles): string | undefined {
  return by === 'default' ? (usualPath(surroundings) ?? paths[0]) : paths[0];
}

function nowhere(
  target: RepositoryPrefix,
  { ociDefaultCredentials }: LoginPlaceOptions['config'],
): LoginNotReadError {
  const name = formatLoginTarget(target);
  if (ociDefaultCredentials === undefined) {
    return new LoginNotReadError(
      name,
      'nobody knows where the home folder is',
      'Set HOME, or name a file with REGISTRY_AUTH_FILE.',
    );
  }
  return new LoginNotReadError(
    name,
    'the oci_default_credentials block of the CLI configuration turns off the files of Docker and Podman',
    `Write an oci_credentials ${JSON.stringify(name)} block, or list a file in docker_style_config_files.`,
  );
}
