import { type CallOptions, type Clock, SingleFlight } from '../base/index.ts';
import type { HttpClient } from '../http/index.ts';
import type { RepositoryName } from '../spec/index.ts';
import { abortable } from './abortable.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { basicHeader, type Credentials, type CredentialSource, loginHint } from './credentials.ts';
import { AuthenticationError } from './errors.ts';
import { checkRealm } from './realm.ts';
import { type Access, mergeScopes, scopeOf } from './scopes.ts';
import { fetchToken, type Token, type TokenRequest } from './token.ts';

export interface AuthorizerOptions {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly trustedRealms: readonly string[];
}

/** What is wanted: which repository of the registry, as the user names it, and for what. */
export interface Want {
  readonly repository: RepositoryName;
  readonly access: Access;
  /** Path of another repository that must be read for it. */
  readonly alsoPull?: string | undefined;
}

export interface Authorization {
  /** The value of the `Authorization` field. */
  readonly header: string;
  readonly kind: Credentials['kind'];
}

interface TokenGrant {
  readonly request: TokenRequest;
  readonly credentials: Credentials;
  token: Token;
}

type Grant = Authorization | TokenGrant;

/**
 * Answers the challenges of one registry and remembers what worked, per repository and access: tokens
 * are good for the scopes they were made for and for nothing else. One instance per registry.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #grants = new Map<string, Grant>();
  readonly #tokens = new Map<string, Token>();
  readonly #flights = new SingleFlight<Token>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** What to send without being asked: what worked before, a fresh token if that one expired. */
  async current(want: Want, options: CallOptions): Promise<Authorization | undefined> {
    const grant =
      this.#grants.get(keyOf(want)) ??
      (want.access === 'pull' ? this.#grants.get(keyOf({ ...want, access: 'push' })) : undefined);
    if (grant === undefined || 'header' in grant) return grant;
    if (grant.token.expiresAt <= this.#options.clock.now()) {
      grant.token = await this.#token(grant.request, grant.credentials, options);
    }
    return bearer(grant);
  }

  /**
   * Answers a 401 of `registry`.
   * @param refused what was sent and did not do, if anything was.
   * @throws AuthenticationError when there is nothing better to send; RealmRefusedError
   */
  async answer(
    registry: URL,
    fields: readonly string[],
    want: Want,
    refused: Authorization | undefined,
    options: CallOptions,
  ): Promise<Authorization> {
    const credentials = await this.#options.credentials.credentialsFor(want.repository, options);
    const challenge = chooseChallenge(parseChallenges(fields), credentials);
    if (challenge === undefined) throw unanswerable(want.repository, fields, credentials);
    const grant = await this.#respond(registry, challenge, want, credentials, refused, options);
    const authorization = 'header' in grant ? grant : bearer(grant);
    if (authorization.header === refused?.header) {
      throw new AuthenticationError(want.repository.registry, 'the credentials were refused', {
        hint: loginHint(credentials.kind, want.repository.registry),
      });
    }
    this.#grants.set(keyOf(want), grant);
    return authorization;
  }

  /** Forgets what did not do, so that the next request starts afresh. */
  forget(want: Want): void {
    const grant = this.#grants.get(keyOf(want));
    this.#grants.delete(keyOf(want));
    if (grant !== undefined && 'request' in grant) this.#tokens.delete(tokenKey(grant.request));
  }

  async #respond(
    registry: URL,
    challenge: Challenge,
    want: Want,
    credentials: Credentials,
    refused: Authorization | undefined,
    options: CallOptions,
  ): Promise<Grant> {
    if (credentials.kind === 'access-token') {
      return { header: `Bearer ${credentials.token}`, kind: credentials.kind };
    }
    if (challenge.scheme === 'basic' && credentials.kind === 'basic') {
      return { header: basicHeader(credentials), kind: credentials.kind };
    }
    const { parameters } = challenge;
    const request: TokenRequest = {
      registry,
      realm: checkRealm(registry, parameters.get('realm') ?? '', this.#options.trustedRealms),
      service: parameters.get('service'),
      scopes: mergeScopes(parameters.get('scope'), scopesOf(want)),
    };
    const known = this.#tokens.get(tokenKey(request));
    if (known !== undefined && `Bearer ${known.value}` === refused?.header) {
      this.#tokens.delete(tokenKey(request));
    }
    return { request, credentials, token: await this.#token(request, credentials, options) };
  }

  async #token(
    request: TokenRequest,
    credentials: Credentials,
    { signal }: CallOptions,
  ): Promise<Token> {
    const key = tokenKey(request);
    const known = this.#tokens.get(key);
    if (known !== undefined && known.expiresAt > this.#options.clock.now()) return known;
    const flight = this.#flights.run(key, () => fetchToken(request, credentials, this.#options));
    const token = await abortable(flight, signal);
    this.#tokens.set(key, token);
    return token;
  }
}

function scopesOf({ access, alsoPull, repository }: Want): readonly string[] {
  const own = scopeOf(repository.path, access);
  return alsoPull === undefined ? [own] : [own, scopeOf(alsoPull, 'pull')];
}

/** A line feed can stand in none of the parts. */
function keyOf({ access, alsoPull, repository }: Want): string {
  return `${repository.path}\n${access}\n${alsoPull ?? ''}`;
}

/** The scopes name the repository, and with it whose credentials made the token. */
function tokenKey({ realm, registry, scopes, service }: TokenRequest): string {
  return [registry.origin, realm.href, service ?? '', ...scopes].join('\n');
}

function bearer({ credentials, token }: TokenGrant): Authorization {
  return { header: `Bearer ${token.value}`, kind: credentials.kind };
}

/** Bearer before Basic: it sends the password to one server only. */
function chooseChallenge(
  challenges: readonly Challenge[],
  { kind }: Credentials,
): Challenge | undefined {
  const bearerChallenge = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearerChallenge !== undefined) return bearerChallenge;
  return kind === 'basic' ? challenges.find(({ scheme }) => scheme === 'basic') : undefined;
}

function unanswerable(
  { registry }: RepositoryName,
  fields: readonly string[],
  { kind }: Credentials,
): AuthenticationError {
  const schemes = [...new Set(parseChallenges(fields).map(({ scheme }) => scheme))];
  const offered = schemes.length === 0 ? 'without saying how' : `by ${schemes.join(', ')}`;
  return new AuthenticationError(registry, `it wants authentication ${offered}`, {
    hint: loginHint(kind, registry),
  });
}
