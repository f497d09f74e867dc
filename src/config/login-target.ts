import { InvalidRegistryError } from './errors.ts';
import {
  dockerHub,
  dockerHubKey,
  isDockerHub,
  parseLooseKey,
  parsePrefix,
  type RepositoryPrefix,
} from './repository-prefix.ts';

/**
 * What people log in to: `REGISTRY` or `REGISTRY/PATH`, also as they copy it from a browser. All names of Docker
 * Hub are `docker.io`, under which OpenTofu looks for its credentials.
 * @throws InvalidRegistryError
 */
export function parseLoginTarget(text: string): RepositoryPrefix {
  const plain = text.replace(/^(?:https?|oci):\/\//iu, '').replace(/\/+$/u, '');
  if (plain.includes('@')) {
    const shown = text.replace(/[^/]*@/gu, '');
    throw new InvalidRegistryError(shown, 'a user name, password or digest does not belong there');
  }
  if (/[{}]/u.test(plain)) {
    throw new InvalidRegistryError(text, 'that is a template for many repositories');
  }
  const isHubKey = `https://${plain}/` === dockerHubKey;
  const parsed = parsePrefix(isHubKey ? dockerHub : plain);
  if ('why' in parsed) throw new InvalidRegistryError(text, parsed.why);
  const { path, registry } = parsed.prefix;
  return { registry: isDockerHub(registry) ? dockerHub : registry, path };
}

/** `registry.example.com` or `registry.example.com/path`. */
export function formatLoginTarget({ path, registry }: RepositoryPrefix): string {
  return path === '' ? registry : `${registry}/${path}`;
}

/**
 * The keys of `auths` to store a login under: the one that OpenTofu reads and, where Docker has a name of its own
 * for the registry, that one as well.
 */
export function keysToStore(target: RepositoryPrefix): readonly string[] {
  const key = formatLoginTarget(target);
  return key === dockerHub ? [key, dockerHubKey] : [key];
}

/** Whether a key of `auths` or `credHelpers` means exactly the target, however it is spelt. */
export function isKeyOf(target: RepositoryPrefix, key: string): boolean {
  const prefix = parseLooseKey(key);
  return prefix?.registry === target.registry && prefix.path === target.path;
}

/** The names under which helpers keep a registry: OpenTofu's first, then that of `docker login`. */
export function helperServers(registry: string): readonly [string, string] {
  return [`https://${registry}`, isDockerHub(registry) ? dockerHubKey : registry];
}
