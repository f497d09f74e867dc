import { wireError } from '../published-registry.ts';
import { type Emulation, type Handler, isManifestPut, noReferrers, typesIn } from './emulation.ts';
import { tokenDesk } from './token-desk.ts';

const host = 'registry.gitlab.com';
const allowed = /^application\/vnd\.(?:oci\.|docker\.|cncf\.helm|cncf\.notary|dev\.cosign)/u;

/** GitLab: a list of types that artifacts and configs may have (ocx-sh/ocx#480), tokens from the application. */
export function gitlab(backing: Handler, types: 'listed' | 'all' = 'listed'): Emulation {
  const login = { username: 'ann', password: 'glpat-secret' };
  return {
    repository: { registry: host, path: 'group/sub/group/project/null' },
    login: { kind: 'basic', ...login },
    ownHosts: [host, 'gitlab.com'],
    handlers: [
      tokenDesk({
        host,
        realm: 'https://gitlab.com/jwt/auth',
        service: 'container_registry',
        login,
      }),
      (request) => {
        if (!isManifestPut(request) || types === 'all') return undefined;
        const unknown = typesIn(request).find((type) => !allowed.test(type));
        return unknown === undefined
          ? undefined
          : wireError(400, 'MANIFEST_INVALID', `unknown media type: ${unknown}`);
      },
      noReferrers(backing),
      backing,
    ],
  };
}
