import type { HttpRequest } from '../http/index.ts';
import { basicHeader, type Credentials } from './credentials.ts';

/** What a token is asked for, and where. */
export interface TokenRequest {
  readonly realm: URL;
  /** The registry that named the realm. */
  readonly registry: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

/** Credentials that a token is given for; an access token is one already. */
export type TokenCredentials = Exclude<Credentials, { kind: 'access-token' }>;

/** What a token server counts its clients by; it asks for no more. */
const clientId = 'tofu-oci';

/**
 * The form that every token server has: GET, with Basic when there is a user. No `offline_token` is asked for:
 * a command that ends in minutes should leave nothing on the server that works for months.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function tokenByGet(
  { realm, scopes, service }: TokenRequest,
  credentials: TokenCredentials,
): HttpRequest {
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

/**
 * The OAuth2 form, for a refresh token or for a user name and password.
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export function tokenByPost(
  { realm, scopes, service }: TokenRequest,
  credentials: Exclude<TokenCredentials, { kind: 'anonymous' }>,
): HttpRequest {
  const form = new URLSearchParams({
    grant_type: credentials.kind === 'basic' ? 'password' : 'refresh_token',
    // The form can not do without, and a challenge may.
    service: service ?? realm.hostname,
    client_id: clientId,
  });
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  if (credentials.kind === 'basic') {
    form.set('username', credentials.username);
    form.set('password', credentials.password);
  } else {
    form.set('refresh_token', credentials.refreshToken);
  }
  return {
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: Buffer.from(form.toString()),
    replayable: true,
  };
}
