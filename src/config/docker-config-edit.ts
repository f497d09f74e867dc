import { DockerConfigProblem, parseDockerConfig } from './docker-config.ts';

/** What is stored for a registry or a path in it. */
export interface BasicLogin {
  readonly username: string;
  readonly password: string;
}

/** What an entry of `auths` may say about who one is; everything else in it is not ours to change. */
const loginFields: ReadonlySet<string> = new Set([
  'auth',
  'identitytoken',
  'password',
  'registrytoken',
  'username',
]);

/**
 * The text of a Docker-style file with a login under each of the keys; what else stands there is kept. Written
 * as Docker and Podman write it: indented by tabs.
 * @param text what the file holds; undefined when there is none yet
 * @throws DockerConfigProblem when the file would be unusable, with the login in it as well
 */
export function withLogin(
  text: string | undefined,
  keys: readonly string[],
  { password, username }: BasicLogin,
): string {
  const document = openDocument(text);
  const auths = { ...document.auths };
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  for (const key of keys) auths[key] = { ...otherFields(auths[key]), auth };
  const changed = format({ ...document.all, auths }, text);
  parseDockerConfig(changed);
  return changed;
}

export interface RemovedLogins {
  /** The same text when nothing was removed. */
  readonly text: string;
  /** The keys whose entries are gone, in the order of the file. */
  readonly removed: readonly string[];
}

/**
 * The text without the entries of `auths` whose key is wanted away, damaged ones too. An entry without a login
 * does not count as one; it goes silently.
 * @throws DockerConfigProblem
 */
export function withoutLogins(text: string, isUnwanted: (key: string) => boolean): RemovedLogins {
  const document = openDocument(text);
  const unwanted = Object.entries(document.auths).filter(([key]) => isUnwanted(key));
  if (unwanted.length === 0) return { text, removed: [] };
  const auths = Object.fromEntries(
    Object.entries(document.auths).filter(([key]) => !isUnwanted(key)),
  );
  return {
    text: format({ ...document.all, auths }, text),
    removed: unwanted.filter(([, entry]) => hasLogin(entry)).map(([key]) => key),
  };
}

interface Document {
  readonly all: Readonly<Record<string, unknown>>;
  readonly auths: Readonly<Record<string, unknown>>;
}

function openDocument(text: string | undefined): Document {
  // `docker login` takes an empty file for an empty document, and some tools leave such files.
  const source = text === undefined || text.trim() === '' ? '{}' : text.replace(/^\ufeff/u, '');
  let all: unknown;
  try {
    all = JSON.parse(source);
  } catch {
    // The parser's own message quotes the text around the place.
    throw new DockerConfigProblem('it is not valid JSON');
  }
  if (!isObject(all)) throw new DockerConfigProblem('it is not a JSON object');
  const auths = all['auths'] ?? {};
  if (!isObject(auths)) throw new DockerConfigProblem('its "auths" is not a JSON object');
  return { all, auths };
}

function format(document: Readonly<Record<string, unknown>>, before: string | undefined): string {
  const end = before?.endsWith('\n') === true ? '\n' : '';
  return `${JSON.stringify(document, undefined, '\t')}${end}`;
}

function otherFields(entry: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(entry)) return {};
  return Object.fromEntries(Object.entries(entry).filter(([name]) => !loginFields.has(name)));
}

function hasLogin(entry: unknown): boolean {
  if (!isObject(entry)) return false;
  return Object.entries(entry).some(([name, value]) => loginFields.has(name) && value !== '');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
