import { homeOf, isWindows, pathsOf, type Surroundings, variable } from './surroundings.ts';

/**
 * The folders that are filesystem mirrors where the CLI configuration has no `provider_installation`, in the
 * order in which they are searched, whether or not they exist: `terraform.d/plugins` where the program was
 * started, then the user's own, then the system's. Never fails.
 */
export function impliedMirrorFolders(surroundings: Surroundings): readonly string[] {
  const paths = pathsOf(surroundings);
  const folders = [
    paths.resolve(surroundings.cwd, 'terraform.d'),
    ...dataFolders(surroundings),
    ...ofThePlatform(surroundings),
  ];
  const plugins = folders.map((folder) => paths.resolve(surroundings.cwd, folder, 'plugins'));
  return [...new Set(plugins)];
}

/** OpenTofu's own data folders, whether or not they exist. */
export function dataFolders(surroundings: Surroundings): readonly string[] {
  const paths = pathsOf(surroundings);
  if (isWindows(surroundings)) {
    const roaming = roamingOf(surroundings);
    return roaming === undefined ? [] : [paths.join(roaming, 'terraform.d')];
  }
  const home = variable(surroundings, 'HOME') ?? surroundings.home;
  const xdg = variable(surroundings, 'XDG_DATA_HOME');
  return [
    ...(home === undefined ? [] : [paths.join(home, '.terraform.d')]),
    ...(xdg === undefined ? [] : [paths.join(xdg, 'opentofu')]),
  ];
}

function ofThePlatform(surroundings: Surroundings): readonly string[] {
  const paths = pathsOf(surroundings);
  const home = homeOf(surroundings);
  if (isWindows(surroundings)) {
    const shared = [roamingOf(surroundings), variable(surroundings, 'PROGRAMDATA')];
    return shared.flatMap((folder) =>
      folder === undefined ? [] : [paths.join(folder, 'HashiCorp', 'Terraform')],
    );
  }
  if (surroundings.platform === 'darwin') {
    const libraries = [...(home === undefined ? [] : [paths.join(home, 'Library')]), '/Library'];
    return libraries.map((library) => paths.join(library, 'Application Support', 'io.terraform'));
  }
  const own =
    variable(surroundings, 'XDG_DATA_HOME') ??
    (home === undefined ? undefined : paths.join(home, '.local', 'share'));
  const system = (variable(surroundings, 'XDG_DATA_DIRS') ?? '/usr/local/share:/usr/share')
    .split(':')
    .filter((folder) => folder !== '');
  return [...(own === undefined ? [] : [own]), ...system].map((folder) =>
    paths.join(folder, 'terraform'),
  );
}

function roamingOf(surroundings: Surroundings): string | undefined {
  const { home } = surroundings;
  const paths = pathsOf(surroundings);
  return (
    variable(surroundings, 'APPDATA') ??
    (home === undefined ? undefined : paths.join(home, 'AppData', 'Roaming'))
  );
}
