import type { Authenticator } from './caller.ts';
import type { TokenVerifier } from './token-verifier.ts';

/**
 * Takes `Authorization: Bearer TOKEN`. There is no limit on attempts: a signature can not be guessed, and
 * a bad one costs a fraction of a millisecond.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function createTokenAuthenticator(verifier: () => TokenVerifier): Authenticator {
  return {
    authenticate: (authorization) => {
      const [, token] = /^bearer +([\w.~+/-]+=*) *$/iu.exec(authorization ?? '') ?? [];
      const verified = token === undefined ? undefined : verifier()(token);
      if (verified === undefined) return Promise.resolve({ kind: 'challenge' });
      const { subject, access } = verified;
      return Promise.resolve({ kind: 'token', name: subject, access });
    },
    close: () => Promise.resolve(),
  };
}
