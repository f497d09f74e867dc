import { blobsAt, type Emulation, type Handler } from './emulation.ts';
import { tokenDesk } from './token-desk.ts';

const host = 'acme.azurecr.io';
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Azure's registry: a refresh token in the OAuth2 form, or as the password of nobody (Azure/acr#98), and content
 * in a storage that refuses whoever shows it credentials.
 */
export function azureContainerRegistry(
  backing: Handler,
  by: 'identity token' | 'password' = 'identity token',
): Emulation {
  const refreshToken = 'eyJ.acr-refresh.token';
  const login = { username: nobody, password: refreshToken };
  return {
    repository: { registry: host, path: 'tf/null' },
    login:
      by === 'password' ? { kind: 'basic', ...login } : { kind: 'identity-token', refreshToken },
    ownHosts: [host],
    handlers: [
      tokenDesk({
        host,
        realm: `https://${host}/oauth2/token`,
        service: host,
        login,
        refreshToken,
      }),
      blobsAt(host, 'weumanaged12.blob.core.windows.net', backing),
      backing,
    ],
  };
}
