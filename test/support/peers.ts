import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A real program that interop tests talk to. */
export interface Peer {
  readonly name: string;
  /** Undefined when it is not on this machine. */
  readonly path: string | undefined;
  /** For the title of a skipped test. */
  readonly reason: string;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(executable);
}

/** Looks on PATH, and first in the environment variable that may name the program. */
export function findPeer(name: string, variable?: string): Peer {
  const named = variable === undefined ? undefined : process.env[variable];
  const path = named !== undefined && executable(named) ? named : onPath(name);
  const where = variable === undefined ? 'on PATH' : `on PATH nor named by ${variable}`;
  return { name, path, reason: path === undefined ? `${name} is not ${where}` : '' };
}

/** Every OpenTofu there is: those that TOFU_BIN names (separated as in PATH), else the one on PATH. */
export function findTofus(): readonly string[] {
  const named = (process.env.TOFU_BIN ?? '').split(delimiter).filter(executable);
  const found = onPath('tofu');
  return named.length > 0 || found === undefined ? named : [found];
}
