import { type CallOptions, type Clock, isTofuOciError, SingleFlight } from '../base/index.ts';
import type { HttpClient } from '../http/index.ts';
import type { RepositoryName } from '../spec/index.ts';
import { abortable } from './abortable.ts';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.ts';
import { refusedAgain, unanswerable } from './credential-errors.ts';
import { basicHeader, type Credentials, type CredentialSource } from './credentials.ts';
import { checkRealm } from './realm.ts';
import { type Access, mergeScopes, scopeOf } from './scopes.ts';
import { fetchToken } from './token.ts';
import type { Token } from './token-answer.ts';
import { TokenMemory } from './token-memory.ts';
import type { TokenCredentials, TokenRequest } from './token-request.ts';
import { tellShortfall } from './token-scopes.ts';

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
  /** In words, what a token lacks of what it was asked for; undefined when nothing, as far as it tells. */
  readonly shortfall?: string | undefined;
}

/** What let somebody in: a header as it is, or what tokens are asked for with. */
type Grant = Authorization | { readonly request: TokenRequest };

interface HeldToken {
  readonly token: Token;
  readonly authorization: Authorization;
}

/**
 * More repositories than a command works on at once. A mirror of all providers there are goes through some
 * thousand, one after the other.
 */
const maxGrants = 1000;
/** With tokens of 2 KB, as most have, half a megabyte. */
const maxTokens = 250;

/**
 * Answers the challenges of one registry and remembers what worked, per repository and access: tokens
 * are good for the scopes they were made for and for nothing else. One instance per registry.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #grants = new TokenMemory<Grant>(maxGrants);
  readonly #tokens = new TokenMemory<HeldToken>(maxTokens);
  /** Refresh tokens that token servers gave of themselves, by who they are for. */
  readonly #refreshTokens = new TokenMemory<string>(maxTokens);
  readonly #flights = new SingleFlight<Authorization>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** What to send without being asked: what worked before, a fresh token if that one expired. */
  async current(want: Want, options: CallOptions): Promise<Authorization | undefined> {
    const grant = this.#grantFor(want);
    if (grant === undefined || 'header' in grant) return grant;
    return await this.#bearer(want, grant.request, undefined, options);
  }

  /** Whose credentials are in use; undefined while none are. */
  kindInUse(want: Want): Credentials['kind'] | undefined {
    const grant = this.#grantFor(want);
    if (grant === undefined || 'header' in grant) return grant?.kind;
    return this.#tokens.get(tokenKey(grant.request))?.authorization.kind;
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
    const { repository } = want;
    const credentials = await this.#options.credentials.credentialsFor(repository, options);
    const challenges = parseChallenges(fields);
    const challenge = chooseChallenge(challenges, credentials.kind);
    if (challenge === undefined) {
      throw unanswerable(repository.registry, challenges, credentials.kind);
    }
    const grant = this.#grant(registry, challenge, want, credentials);
    const authorization =
      'header' in grant
        ? grant
        : await this.#renewed(want, grant.request, { refused, credentials }, options);
    if (authorization.header === refused?.header) {
      throw refusedAgain(repository.registry, authorization);
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

  #grantFor(want: Want): Grant | undefined {
    return (
      this.#grants.get(keyOf(want)) ??
      (want.access === 'pull' ? this.#grants.get(keyOf({ ...want, access: 'push' })) : undefined)
    );
  }

  #grant(registry: URL, challenge: Challenge, want: Want, credentials: Credentials): Grant {
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
    return { request };
  }

  /** A token that is another one than the refused. */
  async #renewed(
    want: Want,
    request: TokenRequest,
    known: {
      readonly refused: Authorization | undefined;
      readonly credentials: Credentials;
    },
    options: CallOptions,
  ): Promise<Authorization> {
    const key = tokenKey(request);
    // Others may have been here before, and have the new one already.
    if (this.#tokens.get(key)?.authorization.header === known.refused?.header) {
      this.#tokens.delete(key);
    }
    return await this.#bearer(want, request, known.credentials, options);
  }

  /** @param known the credentials, where they were asked for just now; passwords and helpers change theirs. */
  async #bearer(
    { repository }: Want,
    request: TokenRequest,
    known: Credentials | undefined,
    { signal }: CallOptions,
  ): Promise<Authorization> {
    signal?.throwIfAborted();
    const key = tokenKey(request);
    const held = this.#tokens.get(key);
    if (held !== undefined && held.token.expiresAt > this.#options.clock.now()) {
      return held.authorization;
    }
    const flight = this.#flights.run(key, async () => {
      const credentials = known ?? (await this.#options.credentials.credentialsFor(repository, {}));
      const { kind } = credentials;
      if (kind === 'access-token') return { header: `Bearer ${credentials.token}`, kind };
      const token = await this.#fetch(request, credentials);
      const { value } = token;
      const shortfall = tellShortfall(value, request.scopes);
      const authorization: Authorization = { header: `Bearer ${value}`, kind, shortfall };
      this.#tokens.set(key, { token, authorization });
      return authorization;
    });
    return await abortable(flight, signal);
  }

  /** A refresh token comes before what it was got with, and gives way to that as soon as it fails. */
  async #fetch(request: TokenRequest, credentials: TokenCredentials): Promise<Token> {
    const owner = ownerKey(request, credentials);
    const refreshToken = this.#refreshTokens.get(owner);
    if (refreshToken !== undefined) {
      try {
        const rotating = { kind: 'identity-token', refreshToken } as const;
        return this.#keep(owner, await fetchToken(request, rotating, this.#options));
      } catch (error) {
        if (!isTofuOciError(error)) throw error;
        this.#refreshTokens.delete(owner);
      }
    }
    const token = await fetchToken(request, credentials, this.#options);
    return credentials.kind === 'anonymous' ? token : this.#keep(owner, token);
  }

  #keep(owner: string, token: Token): Token {
    if (token.refreshToken !== undefined) this.#refreshTokens.set(owner, token.refreshToken);
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

/** Whom a refresh token is for: one user of one service, in all that service's repositories. */
function ownerKey({ realm, service }: TokenRequest, credentials: TokenCredentials): string {
  return JSON.stringify([realm.href, service, credentials]);
}
