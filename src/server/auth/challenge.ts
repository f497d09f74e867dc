import type { Answer } from '../answers/index.ts';
import { type AccessRequest, refuse } from '../registry/index.ts';
import type { TokenSettings } from './token-settings.ts';

/** What a client that has to log in, or to log in differently, is told. */
export interface Challenger {
  /** @param wanted what the request needs, as scopes of a token */
  challenge(wanted: WantedAccess, problem?: 'invalid_token' | 'insufficient_scope'): Answer;
}

export type WantedAccess = readonly AccessRequest[] | 'catalog';

const api = { 'Docker-Distribution-Api-Version': 'registry/2.0' } as const;

export const passwordChallenger: Challenger = {
  challenge: () =>
    refuse(
      401,
      { code: 'UNAUTHORIZED', message: 'a user name and password are needed' },
      { ...api, 'WWW-Authenticate': 'Basic realm="tofu-oci"' },
    ),
};

const messages = {
  invalid_token: 'the token is not good for this registry, or not any more',
  insufficient_scope: 'the token does not allow this',
} as const;

/**
 * Challenges of the token protocol.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
export function tokenChallenger(settings: () => TokenSettings): Challenger {
  return {
    challenge: (wanted, problem) => {
      const { realm, service } = settings();
      const scope = scopesOf(wanted).join(' ');
      const parameters = {
        realm,
        service,
        ...(scope === '' ? {} : { scope }),
        ...(problem === undefined ? {} : { error: problem }),
      };
      const text = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
      const message = problem === undefined ? 'a token is needed' : messages[problem];
      return refuse(
        401,
        { code: 'UNAUTHORIZED', message },
        { ...api, 'WWW-Authenticate': `Bearer ${text.join(',')}` },
      );
    },
  };
}

const scopeActions: Readonly<Record<AccessRequest['action'], string>> = {
  list: 'pull',
  pull: 'pull',
  push: 'pull,push',
  delete: 'delete',
  replace: 'delete,pull,push',
};

/** @see https://distribution.github.io/distribution/spec/auth/scope/ */
function scopesOf(wanted: WantedAccess): readonly string[] {
  if (wanted === 'catalog') return ['registry:catalog:*'];
  return wanted.map(({ repository, action }) => `repository:${repository}:${scopeActions[action]}`);
}
