import { quoted } from '../base/index.ts';
import {
  InvalidReferenceError,
  isRepositoryPath,
  parseRepositoryName,
  type RepositoryName,
} from '../spec/index.ts';

/** Which repositories some credentials are for: those of a registry, or those below a path in it. */
export interface RepositoryPrefix {
  readonly registry: string;
  /** Whole leading segments; empty for the whole registry. */
  readonly path: string;
}

/** How closely credentials are made for a repository; the highest wins. */
export const anyRegistry = 1;
export const oneRegistry = 2;

/** @returns why it is none, in the words of OpenTofu's reference parser */
export function parsePrefix(
  text: string,
): { readonly prefix: RepositoryPrefix } | { readonly why: string } {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const path = slash < 0 ? '' : text.slice(slash + 1);
  let registry;
  try {
    ({ registry } = parseRepositoryName(`${host}/x`));
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    // OpenTofu takes a bare colon for a port: of `https://example.com` it sees the path first.
    if (host.endsWith(':') && slash >= 0 && !isRepositoryPath(path)) {
      return { why: `invalid reference: invalid repository ${quoted(path)}` };
    }
    return { why: `invalid reference: invalid registry ${quoted(host)}` };
  }
  if (slash < 0 || isRepositoryPath(path)) return { prefix: { registry, path } };
  if (isRepositoryPath(path.replace(/@.*$|:[^/:]*$/u, ''))) {
    return { why: 'invalid reference: artifact tag or digest not allowed' };
  }
  return { why: `invalid reference: invalid repository ${quoted(path)}` };
}

/** 2 for the registry and one more for each segment of the path; 0 when it is for other repositories. */
export function specificity(prefix: RepositoryPrefix, repository: RepositoryName): number {
  if (prefix.registry !== repository.registry) return 0;
  if (prefix.path === '') return oneRegistry;
  if (!`${repository.path}/`.startsWith(`${prefix.path}/`)) return 0;
  return oneRegistry + prefix.path.split('/').length;
}

export const dockerHub = 'docker.io';
/** All of these are the one registry that Docker itself calls `https://index.docker.io/v1/`. */
const dockerHubNames: ReadonlySet<string> = new Set([
  dockerHub,
  'index.docker.io',
  'registry-1.docker.io',
]);
export const dockerHubKey = 'https://index.docker.io/v1/';

export function isDockerHub(registry: string): boolean {
  return dockerHubNames.has(registry);
}

/**
 * Reads a key of a Docker-style file more broadly than OpenTofu does: with a scheme, with the API version that
 * Docker puts behind it, and any name of Docker Hub. Undefined when even that makes no sense.
 */
export function parseLooseKey(key: string): RepositoryPrefix | undefined {
  const plain = key.replace(/^https?:\/\//iu, '').replace(/\/+$/u, '');
  const parsed = parsePrefix(plain.replace(/\/v[12]$/u, ''));
  if (!('prefix' in parsed)) return undefined;
  const { registry, path } = parsed.prefix;
  return { registry: isDockerHub(registry) ? dockerHub : registry, path };
}

/** The repository under the name that {@link parseLooseKey} gives its registry. */
export function looseName(repository: RepositoryName): RepositoryName {
  return isDockerHub(repository.registry) ? { ...repository, registry: dockerHub } : repository;
}
