import {
  compareBytes,
  errnoOf,
  FileAccessError,
  type Files,
  readFileBounded,
} from '../base/index.ts';
import type { CallOptions } from '../base/index.ts';
import { RegistryCertificatesError } from './errors.ts';
import { homeOf, isWindows, pathsOf, type Surroundings, variable } from './surroundings.ts';

/** What Docker and Podman keep for one registry. */
export interface RegistryCertificates {
  /** PEM certificates of authorities that count for this registry alone. */
  readonly ca: readonly string[];
  /** The client's own certificate and key, PEM. */
  readonly identity?: { readonly cert: string; readonly key: string } | undefined;
  /** The folder. */
  readonly source: string;
}

export interface RegistryCertificatesOptions extends CallOptions {
  readonly files: Files;
}

/** A chain of certificates has some ten kilobytes; an authority's bundle is given in another way. */
const maxFileBytes = 1024 * 1024;
/** A registry has one or two authorities and one pair for its clients. */
const maxFiles = 100;

/**
 * The certificates for a registry, from the first folder `certs.d/HOST[:PORT]` that holds any: `*.crt` are
 * authorities, `*.cert` with the `*.key` of the same name is the client's pair. What this user may not read is
 * passed over, since Docker reads these folders as root.
 * @see https://github.com/containers/image/blob/v5.32.0/docs/containers-certs.d.5.md
 * @throws RegistryCertificatesError, LimitExceededError, FileAccessError
 */
export async function findRegistryCertificates(
  surroundings: Surroundings,
  host: string,
  options: RegistryCertificatesOptions,
): Promise<RegistryCertificates | undefined> {
  // An address may have any host, and the folder above has files of its own.
  if (!/^(?:[a-z0-9-][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d+)?$/iu.test(host)) return undefined;
  const name = isWindows(surroundings) ? host.replaceAll(':', '') : host;
  for (const folder of certificateFolders(surroundings)) {
    const found = await readFolder(pathsOf(surroundings).join(folder, name), surroundings, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

function certificateFolders(surroundings: Surroundings): readonly string[] {
  const rules = pathsOf(surroundings);
  const home = homeOf(surroundings);
  const below = (...names: readonly string[]): readonly string[] =>
    home === undefined ? [] : [rules.join(home, ...names)];
  const xdg = variable(surroundings, 'XDG_CONFIG_HOME');
  const settings = xdg === undefined ? below('.config') : [rules.resolve(surroundings.cwd, xdg)];
  return [
    ...settings.map((folder) => rules.join(folder, 'containers', 'certs.d')),
    ...below('.docker', 'certs.d'),
    ...settings.map((folder) => rules.join(folder, 'docker', 'certs.d')),
    ...(isWindows(surroundings)
      ? ['C:\\ProgramData\\docker\\certs.d']
      : ['/etc/containers/certs.d', '/etc/docker/certs.d']),
  ];
}

async function readFolder(
  folder: string,
  surroundings: Surroundings,
  options: RegistryCertificatesOptions,
): Promise<RegistryCertificates | undefined> {
  const names = await namesIn(folder, options.files);
  if (names.length > maxFiles) {
    throw new RegistryCertificatesError(folder, `it holds more than ${maxFiles} files`);
  }
  const read = (name: string): Promise<string | undefined> =>
    readPem(pathsOf(surroundings).join(folder, name), options);
  const ca: string[] = [];
  for (const name of names.filter((each) => each.endsWith('.crt'))) {
    const pem = await read(name);
    if (pem !== undefined) ca.push(pem);
  }
  const stem = stemOfPair(folder, names);
  const cert = stem === undefined ? undefined : await read(`${stem}.cert`);
  const key = stem === undefined ? undefined : await read(`${stem}.key`);
  const identity = cert === undefined || key === undefined ? undefined : { cert, key };
  if (ca.length === 0 && identity === undefined) return undefined;
  return { ca, identity, source: folder };
}

/** Of several pairs the first is used. @throws RegistryCertificatesError for one half alone, as Docker does. */
function stemOfPair(folder: string, names: readonly string[]): string | undefined {
  const stems = (ending: string): readonly string[] =>
    names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const [certs, keys] = [stems('.cert'), stems('.key')];
  const lonelyCert = certs.find((stem) => !keys.includes(stem));
  if (lonelyCert !== undefined) {
    const what = `${lonelyCert}.cert is without its key ${lonelyCert}.key`;
    throw new RegistryCertificatesError(folder, `${what}; certificates of authorities end in .crt`);
  }
  const lonelyKey = keys.find((stem) => !certs.includes(stem));
  if (lonelyKey !== undefined) {
    const what = `${lonelyKey}.key is without its certificate ${lonelyKey}.cert`;
    throw new RegistryCertificatesError(folder, what);
  }
  return certs[0];
}

async function namesIn(folder: string, files: Files): Promise<readonly string[]> {
  try {
    return (await files.readdir(folder)).sort(compareBytes);
  } catch (error) {
    if (isOutOfReach(error)) return [];
    throw new FileAccessError('read', folder, error);
  }
}

async function readPem(
  path: string,
  options: RegistryCertificatesOptions,
): Promise<string | undefined> {
  try {
    const bytes = await readFileBounded(path, { ...options, maxBytes: maxFileBytes });
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof FileAccessError && isOutOfReach(error.cause)) return undefined;
    throw error;
  }
}

function isOutOfReach(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '');
}
