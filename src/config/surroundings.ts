import { posix, win32 } from 'node:path';

/** What a process finds around it. This room reads it as a parameter, never from the process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; where the program was started, before any `--chdir`. */
  readonly cwd: string;
  /** What the system says, for when the environment says nothing. */
  readonly home: string | undefined;
  /** As `process.platform`: `linux`, `darwin`, `win32`, … */
  readonly platform: string;
}

export function isWindows({ platform }: Surroundings): boolean {
  return platform === 'win32';
}

/** The rules for paths of the platform that is described, which need not be the one we run on. */
export function pathsOf(surroundings: Surroundings): typeof posix {
  return isWindows(surroundings) ? win32 : posix;
}

/** A variable that is set to something; empty counts as unset, as in OpenTofu. */
export function variable({ env }: Surroundings, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** Where Docker's and Podman's files are looked for. Undefined when nobody knows. */
export function homeOf(surroundings: Surroundings): string | undefined {
  const name = isWindows(surroundings) ? 'USERPROFILE' : 'HOME';
  return variable(surroundings, name) ?? surroundings.home;
}

/** A path as people write it: `~/.docker/config.json`. */
export function displayPath(path: string, surroundings: Surroundings): string {
  const home = homeOf(surroundings);
  if (home === undefined) return path;
  const below = pathsOf(surroundings).relative(home, path);
  const inside =
    below !== '' && !below.startsWith('..') && !pathsOf(surroundings).isAbsolute(below);
  return inside ? `~/${below.replaceAll('\\', '/')}` : path;
}
