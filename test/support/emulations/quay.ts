import { wireError } from '../published-registry.ts';
import { type Emulation, type Handler, isManifestPut, typesIn } from './emulation.ts';
import { tokenDesk } from './token-desk.ts';

const host = 'quay.io';
const images = /^application\/vnd\.(?:oci\.(?:image|empty)|docker\.)/u;

/** Quay: artifacts of other types than images only where an administrator allowed them (oras#738). */
export function quay(backing: Handler, allowed: readonly string[] = []): Emulation {
  const login = { username: 'acme+robot', password: 'secret' };
  return {
    repository: { registry: host, path: 'acme/null' },
    login: { kind: 'basic', ...login },
    ownHosts: [host],
    handlers: [
      tokenDesk({ host, realm: 'https://quay.io/v2/auth', service: 'quay.io', login }),
      (request) => {
        if (!isManifestPut(request)) return undefined;
        const type = typesIn(request).find((one) => !images.test(one) && !allowed.includes(one));
        if (type === undefined) return undefined;
        const message = `manifest schema is invalid: '${type}' is not one of ['application/vnd.oci.image.config.v1+json']`;
        return wireError(400, 'MANIFEST_INVALID', 'manifest invalid', { message });
      },
      backing,
    ],
  };
}
