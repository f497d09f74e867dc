import { type CallOptions, type Clock, redactUrl } from '../base/index.ts';
import type { HttpClient, HttpRequest } from '../http/index.ts';
import { readAnswer, readJson } from './answer-body.ts';
import { basicHeader, type Credentials, loginHint } from './credentials.ts';
import { authenticationRefused, InvalidAnswerError, RegistryResponseError } from './errors.ts';

/** What a token is asked for, and where. */
export interface TokenRequest {
  readonly realm: URL;
  /** The registry that named the realm. */
  readonly registry: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch, by our own clock: the server's may be wrong. */
  readonly expiresAt: number;
}

export interface TokenOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** Real tokens have 1 to 5 KB; those of people in hundreds of groups some tens. */
const maxTokenAnswerBytes = 128 * 1024;

/** Also what a server promises that says nothing. */
const minLifetimeSeconds = 60;
/** Longer promises are not believed: a revoked right should not outlive a long mirror job by days. */
const maxLifetimeSeconds = 24 * 3600;
/** So that a token does not expire on its way. */
const marginSeconds = 10;

/**
 * Gets a bearer token: by GET, with Basic when there is a user; an identity token by the OAuth2 form.
 * Redirects may not leave the token server.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 * @throws AuthenticationError, RegistryResponseError, InvalidAnswerError
 */
export async function fetchToken(
  request: TokenRequest,
  credentials: Credentials,
  { clock, http }: TokenOptions,
  options: CallOptions = {},
): Promise<Token> {
  const common = { redirects: 'same-origin', referredBy: request.registry } as const;
  const response = await http.send({ ...tokenRequest(request, credentials), ...common }, options);
  const url = redactUrl(response.url);
  if (response.status !== 200) {
    const method = credentials.kind === 'identity-token' ? 'POST' : 'GET';
    const answer = await readAnswer(method, response);
    const registry = request.registry.host;
    if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
      throw authenticationRefused(registry, answer, loginHint(credentials.kind, registry));
    }
    throw new RegistryResponseError(answer, 'remote');
  }
  const document = await readJson(response, maxTokenAnswerBytes, options);
  const value = [document['token'], document['access_token']].find(
    (candidate) => typeof candidate === 'string' && candidate !== '',
  );
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/u.test(value)) {
    throw new InvalidAnswerError(url, 'it holds no usable token');
  }
  const promised = Number(document['expires_in'] ?? minLifetimeSeconds);
  const lifetime = Number.isFinite(promised)
    ? Math.min(maxLifetimeSeconds, Math.max(minLifetimeSeconds, promised))
    : minLifetimeSeconds;
  return { value, expiresAt: clock.now() + (lifetime - marginSeconds) * 1000 };
}

function tokenRequest(
  { realm, scopes, service }: TokenRequest,
  credentials: Credentials,
): HttpRequest {
  if (credentials.kind === 'identity-token') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service: service ?? realm.hostname,
      client_id: 'tofu-oci',
      scope: scopes.join(' '),
      refresh_token: credentials.refreshToken,
    });
    return {
      method: 'POST',
      url: realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: Buffer.from(form.toString()),
      replayable: true,
    };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return {
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
    credentials: credentials.kind === 'basic' ? basicHeader(credentials) : undefined,
  };
}
