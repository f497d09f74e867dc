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
  const authFile = variable(surroundings, 'REGISTRY_AUTH_FILE');
  const podman = ['containers', 'auth.json'];
  const upstream = [
    ...runtimeFile(surroundings, home),
    ...(xdg === undefined ? below(home, '.config', ...podman) : below(xdg, ...podman)),
    ...below(home, '.docker', 'config.json'),
    ...below(home, '.dockercfg'),
  ];
  const ours = [
    ...(authFile === undefined ? [] : [authFile]),
    ...below(variable(surroundings, 'DOCKER_CONFIG'), 'config.json'),
  ];
  const absolute = (paths: readonly string[]): ReadonlySet<string> =>
    new Set(paths.map((path) => rules.resolve(surroundings.cwd, path)));
  const read = absolute(upstream);
  return [
    ...[...absolute(ours)].filter((path) => !read.has(path)).map((path) => ({ path, ours: true })),
    ...[...read].map((path) => ({ path, ours: false })),
  ];
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
