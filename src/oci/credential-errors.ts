import { printable } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { readAnswer } from './answer-body.ts';
import type { Authorization } from './authorizer.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Credentials, loginCommand, loginHint } from './credentials.ts';
import { AccessDeniedError, AuthenticationError, authenticationRefused } from './errors.ts';

const kinds: Readonly<Record<Credentials['kind'], string>> = {
  anonymous: 'login',
  basic: 'user name and password',
  'identity-token': 'identity token',
  'access-token': 'access token',
};

/** A registry asks for something that we do not have, or do not know. */
export function unanswerable(
  registry: string,
  challenges: readonly Challenge[],
  kind: Credentials['kind'],
): AuthenticationError {
  const schemes = [...new Set(challenges.map(({ scheme }) => scheme))];
  if (schemes.includes('basic')) {
    const isUseless = kind !== 'anonymous';
    const useless = isUseless ? `; the configured ${kinds[kind]} is of no use there` : '';
    return new AuthenticationError(registry, `it wants a user name and password${useless}`, {
      hint: isUseless ? `Log in with ${loginCommand(registry)}.` : loginHint(kind, registry),
    });
  }
  return new AuthenticationError(registry, strangeWish(schemes), {
    hint: `Ask who runs ${registry} for a login with a user name and password, or with tokens, as other registries have it.`,
  });
}

function strangeWish(schemes: readonly string[]): string {
  if (schemes.includes('bearer')) return 'it wants a token, and does not say who gives it';
  return schemes.length === 0
    ? 'it wants a login, and does not say of what kind'
    : `it wants a login of a kind that nobody here knows (${printable(schemes.join(', '), 100)})`;
}

/** There is nothing else to send than what was refused just now. */
export function refusedAgain(registry: string, { header, kind }: Authorization): Error {
  const what =
    kind === 'access-token' || header.startsWith('Basic ')
      ? `the configured ${kinds[kind]}`
      : 'the token that its token server gives, always the same one';
  return new AuthenticationError(registry, `it does not accept ${what}`, {
    hint: loginHint(kind, registry),
  });
}

/** What came with a 401 that ends a request. */
export interface Refusal {
  /** The name that its users know the registry by. */
  readonly registry: string;
  readonly origin: URL;
  readonly method: string;
  readonly response: HttpResponse;
  /** What had been sent, if anything was. */
  readonly used: Authorization | undefined;
}

/**
 * The error that a 401 means which is not answered (any more). Reads its body.
 *
 * A registry that knows who asks, and got a token which lacks what is needed, has denied it: logging in once more
 * would change nothing. An anonymous token that lacks something is a login that is missing.
 */
export async function loginRefused(refusal: Refusal): Promise<Error> {
  const { method, origin, registry, response, used } = refusal;
  const answer = await readAnswer(method, response);
  if (response.url.origin !== origin.origin) {
    return authenticationRefused(registry, answer, {
      what: `it sent us on to ${response.url.host}, which wants a login of its own`,
      hint: `Nobody but ${registry} is shown the credentials for it; ask who runs it.`,
    });
  }
  const hint =
    used === undefined && parseChallenges(response.headers.all('www-authenticate')).length === 0
      ? `It does not say how to log in, so no credentials were sent. Check the address, or ask who runs ${registry}.`
      : loginHint(used?.kind ?? 'anonymous', registry);
  const what = used?.shortfall ?? (saysInsufficient(response) ? tooLittle : undefined);
  if (what === undefined || used === undefined || used.kind === 'anonymous') {
    return authenticationRefused(registry, answer, { what, hint });
  }
  return new AccessDeniedError(registry, answer, { what, hint });
}

const tooLittle = 'the token it was shown is not good for it';

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
function saysInsufficient({ headers }: HttpResponse): boolean {
  return parseChallenges(headers.all('www-authenticate')).some(
    ({ parameters }) => parameters.get('error') === 'insufficient_scope',
  );
}
