import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerOptions } from '../../src/server/index.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { bearerLogin } from './bearer.ts';
import { type Setup, user } from './setups.ts';

/** What the server has to be told about a token server. */
export interface TokenIssuer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The public key that its tokens verify with, in PEM. */
  readonly keyFile: string;
}

/** A server that takes the tokens of a token server, which is there once the setup is prepared. */
export function bearerSetup(
  algorithm: 'ES256' | 'RS256',
  optionsFor: (issuer: TokenIssuer) => Partial<ServerOptions>,
): { readonly setup: Setup; readonly tokens: () => TokenServer } {
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
      const keyFile = join(folder, 'tokens.pem');
      await writeFile(keyFile, publicKey);
      return {
        options: optionsFor({ realm, service, issuer, keyFile }),
        place: { login: bearerLogin(running, user.name, user.password) },
        close: () => tokens().close(),
      };
    },
  };
  return { setup, tokens };
}
