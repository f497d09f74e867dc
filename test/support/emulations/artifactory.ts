import type { Emulation, Handler } from './emulation.ts';
import { tokenDesk } from './token-desk.ts';

const host = 'artifacts.example.com';

/** Artifactory: a challenge without a scope (devcontainers/cli#692), and 401 to the OAuth2 form. */
export function artifactory(backing: Handler): Emulation {
  const login = { username: 'ann', password: 'cmVmdGtuOjAx' };
  return {
    repository: { registry: host, path: 'docker-local/tf/null' },
    login: { kind: 'basic', ...login },
    ownHosts: [host],
    handlers: [
      tokenDesk({
        host,
        realm: `https://${host}/artifactory/api/docker/docker-local/v2/token`,
        service: host,
        namesScope: false,
        unknownForm: 401,
        login,
      }),
      backing,
    ],
  };
}
