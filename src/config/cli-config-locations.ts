import { compareBytes, type Files } from '../base/index.ts';
import { isWindows, pathsOf, type Surroundings, variable } from './surroundings.ts';

/** Where the CLI configuration of this user is, whether or not anything is there. */
export interface CliConfigLocations {
  /** Absolute. Undefined when not even the home folder is known. */
  readonly mainFile: string | undefined;
  /** True when the environment names the main file: then it has to be there. */
  readonly named: boolean;
  /** Its `*.tfrc` and `*.tfrc.json` are read too. */
  readonly folder: string | undefined;
}

/** Finds the files as OpenTofu 1.11 and newer do (internal/command/cliconfig). Never fails. */
export async function findCliConfig(
  surroundings: Surroundings,
  files: Files,
): Promise<CliConfigLocations> {
  const named =
    variable(surroundings, 'TF_CLI_CONFIG_FILE') ?? variable(surroundings, 'TERRAFORM_CONFIG');
  if (named !== undefined) {
    const mainFile = pathsOf(surroundings).resolve(surroundings.cwd, named);
    // Whoever names a file wants it instead of the folder, not besides it.
    return { mainFile, named: true, folder: undefined };
  }
  const found = isWindows(surroundings)
    ? await onWindows(surroundings, files)
    : await elsewhere(surroundings, files);
  const absolute = (path: string | undefined): string | undefined =>
    path && pathsOf(surroundings).resolve(surroundings.cwd, path);
  return { mainFile: absolute(found.mainFile), folder: absolute(found.folder), named: false };
}

type DefaultLocations = Omit<CliConfigLocations, 'named'>;

async function onWindows(surroundings: Surroundings, files: Files): Promise<DefaultLocations> {
  const paths = pathsOf(surroundings);
  const { home } = surroundings;
  const data =
    variable(surroundings, 'APPDATA') ??
    (home === undefined ? undefined : paths.join(home, 'AppData', 'Roaming'));
  if (data === undefined) return { mainFile: undefined, folder: undefined };
  const candidates = [paths.join(data, 'tofu.rc'), paths.join(data, 'terraform.rc')];
  return {
    mainFile: (await firstThere(candidates, files)) ?? candidates[0],
    folder: paths.join(data, 'terraform.d'),
  };
}

async function elsewhere(surroundings: Surroundings, files: Files): Promise<DefaultLocations> {
  const paths = pathsOf(surroundings);
  const home = variable(surroundings, 'HOME') ?? surroundings.home;
  if (home === undefined) return { mainFile: undefined, folder: undefined };
  const xdg = variable(surroundings, 'XDG_CONFIG_HOME');
  const candidates = [paths.join(home, '.tofurc'), paths.join(home, '.terraformrc')];
  const inXdg = xdg === undefined ? undefined : paths.join(xdg, 'opentofu');
  const folder = paths.join(home, '.terraform.d');
  return {
    mainFile:
      (await firstThere(candidates, files)) ??
      (inXdg === undefined ? candidates[0] : paths.join(inXdg, 'tofurc')),
    folder: (await firstThere([folder], files)) ?? inXdg ?? folder,
  };
}

async function firstThere(paths: readonly string[], files: Files): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await files.stat(path);
      return path;
    } catch {
      // What can not be looked at counts as not there, as in OpenTofu.
    }
  }
  return undefined;
}

/**
 * The configuration files in the folder, in the order in which they are merged; none when there is no folder.
 * @throws the system's error when it is there and can not be read
 */
export async function filesInFolder(
  folder: string,
  options: { readonly surroundings: Surroundings; readonly files: Files },
): Promise<readonly string[]> {
  const { surroundings, files } = options;
  try {
    if (!(await files.stat(folder)).isDirectory()) return [];
  } catch {
    return [];
  }
  const names = await files.readdir(folder);
  return names
    .filter((name) => name.endsWith('.tfrc') || name.endsWith('.tfrc.json'))
    .sort(compareBytes)
    .map((name) => pathsOf(surroundings).join(folder, name));
}
