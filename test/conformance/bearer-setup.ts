import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { bearerLogin } from './bearer.ts';
import { type Setup, user } from './setups.ts';

/** A server that takes the tokens of a token server, which is there once the setup is prepared. */
export function bearerSetup(algorithm: 'ES256' | 'RS256'): {
  readonly setup: Setup;
  readonly tokens: () => TokenServer;
} {
  let running: TokenServer | undefined;
  const tokens = () => {
    if (running === undefined) throw new Error('the token server was not started');
    return running;
  };
  const setup: Setup = {
    name: `Bearer, ${algorithm}`,
    isReadOnly: false,
    prepare: async (folder) => {
      const users = { [user.name]: user.password };
      running = await startTokenServer({ service: 'registry.test', algorithm, users });
      const { realm, service, issuer, publicKey } = running;
      const tokensFile = join(folder, 'tokens.json');
      await writeFile(join(folder, 'tokens.pem'), publicKey);
      await writeFile(tokensFile, JSON.stringify({ realm, service, issuer, keys: 'tokens.pem' }));
      return {
        options: { tokensFile },
        place: { login: bearerLogin(running, user.name, user.password) },
        close: () => tokens().close(),
      };
    },
  };
  return { setup, tokens };
}
