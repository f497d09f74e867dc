import type { CallOptions } from '../base/index.ts';
import {
  ConnectionError,
  discard,
  type HttpClient,
  isLoopbackHost,
  isPlainHttpAllowed,
  TlsError,
} from '../http/index.ts';
import type { RepositoryName } from '../spec/index.ts';

const dockerHub = 'docker.io';
const dockerHubNames = new Set([dockerHub, 'index.docker.io', 'registry-1.docker.io']);

/** The host that speaks for a registry; Docker Hub's is not the one it is named by. */
export function hostOf(registry: string): string {
  return dockerHubNames.has(registry) ? 'registry-1.docker.io' : registry;
}

/** The name that users keep credentials under. */
export function credentialName(name: RepositoryName): RepositoryName {
  return dockerHubNames.has(name.registry) ? { ...name, registry: dockerHub } : name;
}

/**
 * The origin to talk to: HTTPS, unless the user named the host as a plain one. A registry on this machine
 * may be either, so it is asked: TLS first, and plain HTTP only when it can not do TLS at all.
 */
export async function findOrigin(
  http: HttpClient,
  registry: string,
  plainHttpHosts: readonly string[],
  options: CallOptions,
): Promise<URL> {
  const host = hostOf(registry);
  const secure = new URL(`https://${host}/`);
  const plain = new URL(`http://${host}/`);
  if (!isLoopbackHost(secure)) return isPlainHttpAllowed(plain, plainHttpHosts) ? plain : secure;
  if (plainHttpHosts.includes(plain.host) || plainHttpHosts.includes(plain.hostname)) return plain;
  try {
    const url = new URL('/v2/', secure);
    const probe = { method: 'GET', url, replayable: false, redirects: 'same-origin' } as const;
    discard((await http.send(probe, options)).body);
    return secure;
  } catch (error) {
    // What it does not like, or we do not like about it, is told by the request that matters.
    if (error instanceof TlsError) return error.category === 'remote' ? plain : secure;
    // Some servers answer a TLS greeting by hanging up.
    if (error instanceof ConnectionError && error.errno === 'ECONNRESET') return plain;
    throw error;
  }
}
