import { homeOf, isWindows, pathsOf, type Surroundings, variable } from './surroundings.ts';

export interface DockerConfigLocation {
  /** Absolute. */
  readonly path: string;
  /** OpenTofu does not look there. */
  readonly ours: boolean;
}

/**
 * Where Docker and Podman keep credentials: the places that the environment names (`REGISTRY_AUTH_FILE`,
 * `DOCKER_CONFIG`), then OpenTofu's places in its order (containers-auth.json(5)).
 */
export function dockerConfigLocations(surroundings: Surroundings): readonly DockerConfigLocation[] {
  const rules = pathsOf(surroundings);
  const below = (folder: string | undefined, ...names: string[]): readonly string[] =>
    folder === undefined ? [] : [rules.join(folder, ...names)];
  const home = homeOf(surroundings);
  const xdg = variable(surroundings, 'XDG_CONFIG_HOME');
  const podman = ['containers', 'auth.json'];
  const upstream = [
    ...runtimeFile(surroundings, home),
    ...(xdg === undefined ? below(home, '.config', ...podman) : below(xdg, ...podman)),
    ...below(home, '.docker', 'config.json'),
    ...below(home, '.dockercfg'),
  ];
  const read = new Set(upstream.map((path) => rules.resolve(surroundings.cwd, path)));
  return [
    ...namedDockerConfigs(surroundings)
      .filter((path) => !read.has(path))
      .map((path) => ({ path, ours: true })),
    ...[...read].map((path) => ({ path, ours: false })),
  ];
}

/** The files that the environment names, absolute. Docker and Podman look at no other when they are set. */
export function namedDockerConfigs(surroundings: Surroundings): readonly string[] {
  const rules = pathsOf(surroundings);
  const authFile = variable(surroundings, 'REGISTRY_AUTH_FILE');
  const folder = variable(surroundings, 'DOCKER_CONFIG');
  const named = [authFile, folder === undefined ? undefined : rules.join(folder, 'config.json')];
  const paths = named.flatMap((path) => {
    return path === undefined ? [] : [rules.resolve(surroundings.cwd, path)];
  });
  return [...new Set(paths)];
}

/** Where Podman writes first. */
function runtimeFile(surroundings: Surroundings, home: string | undefined): readonly string[] {
  const rules = pathsOf(surroundings);
  if (surroundings.platform === 'linux') {
    const runtime = variable(surroundings, 'XDG_RUNTIME_DIR');
    return runtime === undefined ? [] : [rules.join(runtime, 'containers', 'auth.json')];
  }
  if (home === undefined || !(isWindows(surroundings) || surroundings.platform === 'darwin')) {
    return [];
  }
  return [rules.join(home, '.config', 'containers', 'auth.json')];
}
