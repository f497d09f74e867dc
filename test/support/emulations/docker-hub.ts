import { wireError } from '../published-registry.ts';
import {
  blobsAt,
  type Emulation,
  type Handler,
  hostOf,
  isReferrers,
  noReferrers,
} from './emulation.ts';
import { tokenDesk } from './token-desk.ts';

export interface DockerHubOptions {
  /** Requests for manifests that are let through before the limit is met. */
  readonly pulls?: number;
}

const host = 'registry-1.docker.io';

/** Docker Hub: another name than its users know it by, tokens from another host, no referrers, a limit on pulls. */
export function dockerHub(
  backing: Handler,
  { pulls = Infinity }: DockerHubOptions = {},
): Emulation {
  const login = { username: 'ann', password: 'dckr_pat_secret' };
  let left = pulls;
  return {
    repository: { registry: 'docker.io', path: 'acme/provider_hashicorp_null' },
    login: { kind: 'basic', ...login },
    ownHosts: [host, 'auth.docker.io'],
    handlers: [
      tokenDesk({
        host,
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        login,
        openToAll: true,
      }),
      (request) => {
        const { method, path } = request;
        const isPull = method === 'GET' && path.includes('/manifests/') && !isReferrers(request);
        if (hostOf(request) !== host || !isPull) return undefined;
        left -= 1;
        const message = 'You have reached your unauthenticated pull rate limit.';
        return left < 0 ? wireError(429, 'TOOMANYREQUESTS', message) : undefined;
      },
      noReferrers(backing),
      blobsAt(host, 'production.cloudflare.docker.com', backing),
      backing,
    ],
  };
}
