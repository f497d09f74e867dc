import type { CallOptions, Clock } from '../base/index.ts';
import { discard, type HttpClient, type HttpRequest, type HttpResponse } from '../http/index.ts';
import { readAnswer } from './answer-body.ts';
import { loginCommand, loginHint } from './credentials.ts';
import { credentialName } from './endpoint.ts';
import {
  AuthenticationError,
  authenticationRefused,
  type RegistryAnswer,
  RegistryResponseError,
} from './errors.ts';
import { readToken, type Token } from './token-answer.ts';
import {
  tokenByGet,
  tokenByPost,
  type TokenCredentials,
  type TokenRequest,
} from './token-request.ts';

export interface TokenOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
}

/**
 * Gets a bearer token:
 *
 * 1. A refresh token goes by the OAuth2 form, which alone has a place for it.
 * 2. Everybody else asks by GET, which every token server of the first hour has.
 * 3. One that does not know GET is asked by the OAuth2 form, if there is a password to put into it.
 *
 * Redirects may not leave the token server.
 * @throws AuthenticationError, RegistryResponseError, InvalidAnswerError, and what HttpClient.send throws
 */
export async function fetchToken(
  request: TokenRequest,
  credentials: TokenCredentials,
  { clock, http }: TokenOptions,
  options: CallOptions = {},
): Promise<Token> {
  const askedAt = clock.now();
  const send = async (form: HttpRequest): Promise<HttpResponse> =>
    await http.send({ ...form, redirects: 'same-origin', referredBy: request.registry }, options);
  const isByPost = credentials.kind === 'identity-token';
  const first = isByPost ? tokenByPost(request, credentials) : tokenByGet(request, credentials);
  let { method } = first;
  let response = await send(first);
  if (isUnknownForm(response.status) && credentials.kind === 'basic') {
    discard(response.body);
    const second = tokenByPost(request, credentials);
    method = second.method;
    response = await send(second);
  }
  if (response.status === 200) return await readToken(response, askedAt, options);
  throw refusal(request, credentials, await readAnswer(method, response));
}

function isUnknownForm(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}

function refusal(
  { registry: { host } }: TokenRequest,
  { kind }: TokenCredentials,
  answer: RegistryAnswer,
): Error {
  const { status } = answer;
  const { registry } = credentialName({ registry: host, path: '' });
  if (kind === 'identity-token' && isUnknownForm(status)) {
    const cause = new RegistryResponseError(answer, 'unsupported');
    return new AuthenticationError(registry, 'its token server takes no identity tokens', {
      cause,
      hint: `Log in with a user name and password: ${loginCommand(registry)}.`,
    });
  }
  if (status === 400 || status === 401 || status === 403) {
    return authenticationRefused(registry, answer, { hint: loginHint(kind, registry) });
  }
  return new RegistryResponseError(answer, 'remote');
}
