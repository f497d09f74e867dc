import type { CallOptions, TofuOciError } from '../base/index.ts';
import { discard, type HttpClient, type HttpResponse } from '../http/index.ts';
import type { RepositoryName } from '../spec/index.ts';
import { readAnswer } from './answer-body.ts';
import { parseChallenges } from './challenge.ts';
import { basicHeader, type Credentials } from './credentials.ts';
import { credentialName, findOrigin } from './endpoint.ts';
import { AuthenticationError } from './errors.ts';
import { checkRealm } from './realm.ts';
import type { RegistryClientOptions } from './registry-client.ts';
import { responseError } from './response-error.ts';
import { fetchToken } from './token.ts';

export interface LoginCheckOptions
  extends CallOptions, Pick<RegistryClientOptions, 'http' | 'plainHttpHosts' | 'trustedRealms'> {
  readonly clock: NonNullable<RegistryClientOptions['clock']>;
}

export type PasswordLogin = Extract<Credentials, { kind: 'basic' }>;

const hint =
  'Check the user name and the password; many registries want an access token in place of the password.';

/**
 * Whether a registry takes a user name and password, asked at its base (`GET /v2/`), as `docker login` does. They
 * go to the registry itself and to a token server that passes the rules for realms, and nowhere else.
 * @returns `not-asked` when the base is open to everybody and says the same whatever is sent.
 * @throws AuthenticationError when they are refused; RealmRefusedError, RegistryResponseError, AccessDeniedError,
 *   and what HttpClient.send throws
 */
export async function checkLogin(
  name: RepositoryName,
  login: PasswordLogin,
  options: LoginCheckOptions,
): Promise<'accepted' | 'not-asked'> {
  const { registry } = credentialName(name);
  const origin = await findOrigin(
    options.http,
    name.registry,
    options.plainHttpHosts ?? [],
    options,
  );
  const open = await askBase(options.http, origin, undefined, options);
  if (open.status !== 401) {
    if (open.status !== 200) throw await refusal(registry, open);
    discard(open.body);
    // It may be more particular about a password than about none.
    const again = await askBase(options.http, origin, basicHeader(login), options);
    if (again.status !== 200) throw await refusal(registry, again);
    discard(again.body);
    return 'not-asked';
  }
  discard(open.body);
  const header = await answerChallenge(registry, origin, open, login, options);
  const second = await askBase(options.http, origin, header, options);
  if (second.status !== 200) throw await refusal(registry, second);
  discard(second.body);
  return 'accepted';
}

async function askBase(
  http: HttpClient,
  origin: URL,
  credentials: string | undefined,
  options: CallOptions,
): Promise<HttpResponse> {
  const url = new URL('/v2/', origin);
  return await http.send({ method: 'GET', url, credentials, redirects: 'same-origin' }, options);
}

async function answerChallenge(
  registry: string,
  origin: URL,
  response: HttpResponse,
  login: PasswordLogin,
  options: LoginCheckOptions,
): Promise<string> {
  const challenges = parseChallenges(response.headers.all('www-authenticate'));
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer === undefined) {
    if (challenges.some(({ scheme }) => scheme === 'basic')) return basicHeader(login);
    throw new AuthenticationError(registry, 'it takes neither a password nor a token', {
      hint: 'Its own documentation says how one logs in there.',
    });
  }
  const { parameters } = bearer;
  const request = {
    registry: origin,
    realm: checkRealm(origin, parameters.get('realm') ?? '', options.trustedRealms ?? []),
    service: parameters.get('service'),
    scopes: (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== ''),
  };
  try {
    return `Bearer ${(await fetchToken(request, login, options, options)).value}`;
  } catch (cause) {
    if (!(cause instanceof AuthenticationError)) throw cause;
    throw new AuthenticationError(registry, 'the user name or the password is not right', {
      cause,
      hint,
    });
  }
}

async function refusal(registry: string, response: HttpResponse): Promise<TofuOciError> {
  if (response.status !== 401) return await responseError(registry, 'GET', response, hint);
  const answer = await readAnswer('GET', response);
  const cause = new AuthenticationError(
    registry,
    `it answered ${answer.status} to ${answer.method} ${answer.url}`,
    {},
  );
  return new AuthenticationError(registry, 'the user name or the password is not right', {
    cause,
    hint,
  });
}
