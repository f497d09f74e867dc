import { type Clock, systemClock } from '../../base/index.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import type { Authenticator, AuthOutcome } from './caller.ts';
import { hashOfToken, type StaticTokens } from './static-tokens.ts';

/** Longer ones are refused unread. */
const maxTokenLength = 4096;

export interface StaticTokenOptions {
  readonly clock?: Clock | undefined;
  /** Who is asked about names and passwords that are no token. */
  readonly passwords?: Authenticator | undefined;
}

/**
 * Takes `Authorization: Bearer TOKEN`, as OpenTofu and Terraform send what `credentials` blocks and `TF_TOKEN_*` have,
 * and the same token as the password of its name, for clients of OCI registries.
 *
 * A token is looked up by its hash, so how long that takes tells nothing of it. Wrong ones are limited for each
 * address; right ones never are.
 * @param tokens asked for each time
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function createStaticTokenAuthenticator(
  tokens: () => StaticTokens,
  { clock = systemClock, passwords }: StaticTokenOptions = {},
): Authenticator {
  const limiter = new AttemptLimiter(clock);
  const wrong = (address: string): AuthOutcome => {
    const retryAfterMs = limiter.take(address);
    return retryAfterMs > 0 ? { kind: 'wait', retryAfterMs } : { kind: 'challenge' };
  };
  return {
    async authenticate(authorization, address) {
      const bearer = bearerToken(authorization);
      if (bearer !== undefined) {
        const name = tokens().get(hashOfToken(bearer));
        return name === undefined ? wrong(address) : { kind: 'user', name };
      }
      const basic = parseBasicCredentials(authorization);
      if (basic === undefined) return { kind: 'challenge' };
      const { password, user } = basic;
      if (tokens().get(hashOfToken(password)) === user) return { kind: 'user', name: user };
      return passwords === undefined
        ? wrong(address)
        : await passwords.authenticate(authorization, address);
    },
    close: async () => passwords?.close(),
  };
}

function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > maxTokenLength) return undefined;
  return /^bearer +(\S+) *$/iu.exec(authorization)?.[1];
}
