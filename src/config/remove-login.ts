import { type CallOptions, type Files, isTofuOciError, nodeFiles } from '../base/index.ts';
import type { CliConfig } from './cli-config.ts';
import { type CredentialHelpers, createCredentialHelpers } from './credential-helper.ts';
import { type RemovedLogins, withoutLogins } from './docker-config-edit.ts';
import { changeDockerFile, readDockerFile } from './docker-config-file.ts';
import { dockerConfigLocations } from './docker-config-locations.ts';
import type { DockerConfig } from './docker-config.ts';
import { loginFiles } from './login-place.ts';
import { helperServers, isKeyOf } from './login-target.ts';
import { parseLooseKey, type RepositoryPrefix } from './repository-prefix.ts';
import type { KeepLoginOptions } from './store-login.ts';
import { displayPath, type Surroundings } from './surroundings.ts';

export interface RemoveLoginOptions extends KeepLoginOptions {
  readonly config: Pick<CliConfig, 'ociCredentials' | 'ociDefaultCredentials'>;
}

/** What a logout did. Texts are for the user to read and hold no secret. */
export interface RemovedLogin {
  /** Where a login was, and is no more. */
  readonly removed: readonly string[];
  /** Where credentials for the registry still stand, with the reason. */
  readonly remaining: readonly string[];
  /** What could not be removed although it should have been. */
  readonly failures: readonly Error[];
}

/**
 * Removes a login from every file that `login` may have stored it in, and from the helpers these files and the CLI
 * configuration name. Logins to paths of the registry are other logins; they are named, not removed. What can not be
 * removed does not stop the rest.
 */
export async function removeLogin(
  surroundings: Surroundings,
  target: RepositoryPrefix,
  options: RemoveLoginOptions,
): Promise<RemovedLogin> {
  const { config, files = nodeFiles, signal } = options;
  const helpers = options.helpers ?? createCredentialHelpers(surroundings, { files });
  const report = { removed: [] as string[], remaining: [] as string[], failures: [] as Error[] };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTofuOciError(error)) throw error;
      report.failures.push(error);
    }
  };
  const names = new Set<string>();
  const addHelper = (helper: string | undefined): void => {
    if (helper !== undefined && target.path === '') names.add(helper);
  };

  for (const { credentials, label, path, registry } of config.ociCredentials) {
    if (registry !== target.registry || !isWithin(path, target.path)) continue;
    if (credentials.kind === 'helper') addHelper(credentials.helper);
    else report.remaining.push(`the oci_credentials ${JSON.stringify(label)} block`);
  }
  addHelper(config.ociDefaultCredentials?.helper);

  const scope = new Set(loginFiles(surroundings, config).paths);
  for (const path of scope) {
    await attempt(async () => {
      const file = displayPath(path, surroundings);
      for (const helper of await clearFile(path, { file, target, report, surroundings, files })) {
        addHelper(helper);
      }
    });
  }
  for (const helper of names) {
    await attempt(async () => {
      const where = `docker-credential-${helper}`;
      if (await eraseFrom(helpers, helper, target.registry, { signal })) report.removed.push(where);
    });
  }
  await noteOthers(surroundings, { target, scope, report, files, signal });
  return report;
}

interface Report {
  readonly removed: string[];
  readonly remaining: string[];
}

interface FileTask {
  readonly file: string;
  readonly target: RepositoryPrefix;
  readonly report: Report;
  readonly surroundings: Surroundings;
  readonly files: Files;
}

/** @returns the helpers that the file names for the registry */
async function clearFile(path: string, task: FileTask): Promise<readonly string[]> {
  const { file, files, report, surroundings, target } = task;
  const before = await readDockerFile(path, { files });
  if ('why' in before && before.absent) return [];
  let result: RemovedLogins | undefined;
  await changeDockerFile(
    path,
    (text) => {
      if (text === undefined) return undefined;
      result = withoutLogins(text, (key) => isKeyOf(target, key));
      return result.text;
    },
    { files, surroundings },
  );
  if ((result?.removed.length ?? 0) > 0) report.removed.push(file);
  if ('why' in before) return [];
  const { auths, helpers, store } = before.config;
  for (const { key } of auths) {
    if (!isKeyOf(target, key) && isBelow(target, key)) {
      report.remaining.push(`the login to ${key} in ${file}`);
    }
  }
  const named = [...helpers].filter(([key]) => isKeyOf(target, key)).map(([, helper]) => helper);
  return store === undefined ? named : [...named, store];
}

/** @returns whether there was something */
async function eraseFrom(
  helpers: CredentialHelpers,
  helper: string,
  registry: string,
  options: CallOptions,
): Promise<boolean> {
  let wasThere = false;
  for (const server of helperServers(registry)) {
    if ((await helpers.get(helper, server, options)) === undefined) continue;
    await helpers.erase(helper, server, options);
    wasThere = true;
  }
  return wasThere;
}

/** What other files have, which the environment has put out of reach. */
async function noteOthers(
  surroundings: Surroundings,
  options: CallOptions & {
    readonly target: RepositoryPrefix;
    readonly scope: ReadonlySet<string>;
    readonly report: Report;
    readonly files: Files;
  },
): Promise<void> {
  const { report, scope, target } = options;
  for (const { path } of dockerConfigLocations(surroundings)) {
    if (scope.has(path)) continue;
    const read = await readDockerFile(path, options);
    if (!('config' in read) || !mentions(read.config, target)) continue;
    report.remaining.push(displayPath(path, surroundings));
  }
}

function mentions({ auths, helpers }: DockerConfig, target: RepositoryPrefix): boolean {
  return [...auths.map(({ key }) => key), ...helpers.keys()].some((key) => isKeyOf(target, key));
}

function isBelow(target: RepositoryPrefix, key: string): boolean {
  const prefix = parseLooseKey(key);
  return prefix?.registry === target.registry && isWithin(prefix.path, target.path);
}

function isWithin(path: string, outer: string): boolean {
  return outer === '' || `${path}/`.startsWith(`${outer}/`);
}
