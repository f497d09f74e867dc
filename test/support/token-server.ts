import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Clock, readBounded, systemClock } from '../../src/base/index.ts';

/** What a token lets its bearer do with one resource. */
export interface TokenAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface TokenServerOptions {
  readonly service: string;
  readonly algorithm?: 'ES256' | 'RS256';
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>;
  /**
   * The actions granted of those asked for; `user` is undefined for those who did not log in. Default:
   * everything to every user, nothing to others. As in the wild, less than asked for is no error.
   */
  readonly grant?: (user: string | undefined, wanted: TokenAccess) => readonly string[];
  readonly expiresInSeconds?: number;
  readonly clock?: Clock;
  /** Answer the POST form with 404, as old token servers do. */
  readonly getOnly?: boolean;
  /** To sign with, where somebody knows it by a name or a certificate; by itself it makes one. */
  readonly key?: {
    readonly privateKey: KeyObject;
    readonly publicKey: KeyObject;
    readonly id: string;
  };
}

/** One request for a token, as it was understood; never a password. */
export interface TokenRequest {
  readonly form: 'GET' | 'POST';
  readonly user: string | undefined;
  readonly service: string;
  readonly scopes: readonly string[];
}

export interface TokenServer {
  readonly realm: string;
  readonly issuer: string;
  readonly service: string;
  /** What a registry verifies the tokens with: SubjectPublicKeyInfo in PEM. */
  readonly publicKey: string;
  readonly requests: readonly TokenRequest[];
  /** A token signed by this server, with any claims and header fields put over the usual ones. */
  mint(
    access: readonly TokenAccess[],
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): string;
  close(): Promise<void>;
}

const issuer = 'tests.tofu-oci';

/**
 * The part of a registry's login that the server does not have: who may have which token, in both forms
 * of the Docker token protocol (GET with Basic; OAuth2 POST with password or refresh token).
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { service, algorithm = 'ES256', clock = systemClock } = options;
  const { privateKey, publicKey } = options.key ?? keyPair(algorithm);
  const keyId = options.key === undefined ? {} : { kid: options.key.id };
  const requests: TokenRequest[] = [];
  const refreshTokens = new Map<string, string>();
  const lifetime = options.expiresInSeconds ?? 300;

  const mint: TokenServer['mint'] = (access, claims = {}, header = {}) => {
    const now = Math.floor(clock.now() / 1000);
    const body = {
      iss: issuer,
      sub: '',
      aud: service,
      exp: now + lifetime,
      nbf: now,
      iat: now,
      jti: randomUUID(),
      access,
      ...claims,
    };
    return signToken({ typ: 'JWT', alg: algorithm, ...keyId, ...header }, body, privateKey);
  };

  const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    const { method = '', url = '' } = request;
    const isPost = method === 'POST';
    if (isPost ? options.getOnly === true : method !== 'GET') return [isPost ? 404 : 405, {}];
    const form = isPost
      ? new URLSearchParams(await bodyOf(request))
      : new URL(url, 'http://tokens').searchParams;
    if (form.get('service') !== service) return oauthError('invalid_request');
    if (isPost && form.get('client_id') === null) return oauthError('invalid_request');
    const login = isPost ? grantee(form, options, refreshTokens) : basicUser(request, options);
    if (login === undefined) return [401, { errors: [{ code: 'UNAUTHORIZED', message: '' }] }];
    const who = login.user;
    const scopes = form.getAll('scope').flatMap((text) => text.split(' ').filter(Boolean));
    requests.push({ form: isPost ? 'POST' : 'GET', user: who, service, scopes });
    const access = scopes.flatMap(parseScope).map((wanted) => {
      const granted = (options.grant ?? grantToUsers)(who, wanted);
      return { ...wanted, actions: wanted.actions.filter((action) => granted.includes(action)) };
    });
    const token = mint(
      access.filter(({ actions }) => actions.length > 0),
      { sub: who ?? '' },
    );
    const offline = form.get('offline_token') === 'true' || form.get('access_type') === 'offline';
    const more: Record<string, unknown> = isPost ? { scope: scopes.join(' ') } : { token };
    if (offline && who !== undefined) {
      const refresh = randomUUID();
      refreshTokens.set(refresh, who);
      more['refresh_token'] = refresh;
    }
    const issuedAt = new Date(clock.now()).toISOString();
    return [200, { access_token: token, expires_in: lifetime, issued_at: issuedAt, ...more }];
  };

  const server = createServer((request, response) => {
    void answer(request).then(
      ([status, body]) => sendJson(response, status, body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    realm: `http://127.0.0.1:${String(port)}/token`,
    issuer,
    service,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    requests,
    mint,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A JWS in compact form, signed over exactly these two documents. */
export function signToken(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** `type:name:actions`; the name may have colons of its own, and the type a class in brackets. */
export function parseScope(scope: string): TokenAccess[] {
  const match = /^([a-z0-9]+)(?:\([a-z0-9]+\))?:(.+):([^:]*)$/u.exec(scope);
  if (match === null) return [];
  const [, type = '', name = '', actions = ''] = match;
  return [{ type, name, actions: actions.split(',').filter(Boolean) }];
}

function keyPair(algorithm: 'ES256' | 'RS256') {
  return algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function grantToUsers(user: string | undefined, wanted: TokenAccess): readonly string[] {
  return user === undefined ? [] : wanted.actions;
}

/** Who is asking, or that nobody in particular is. */
interface Login {
  readonly user: string | undefined;
}

function basicUser(
  { headers }: IncomingMessage,
  { users = {} }: TokenServerOptions,
): Login | undefined {
  if (headers.authorization === undefined) return { user: undefined };
  const encoded = /^Basic (.+)$/iu.exec(headers.authorization)?.[1] ?? '';
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return isUser(users, user, password.join(':')) ? { user } : undefined;
}

function grantee(
  form: URLSearchParams,
  { users = {} }: TokenServerOptions,
  refreshTokens: ReadonlyMap<string, string>,
): Login | undefined {
  switch (form.get('grant_type')) {
    case 'password': {
      const user = form.get('username') ?? '';
      return isUser(users, user, form.get('password') ?? '') ? { user } : undefined;
    }
    case 'refresh_token': {
      const user = refreshTokens.get(form.get('refresh_token') ?? '');
      return user === undefined ? undefined : { user };
    }
    default:
      return undefined;
  }
}

function isUser(users: Readonly<Record<string, string>>, user: string, password: string): boolean {
  return Object.hasOwn(users, user) && users[user] === password;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const bytes = await readBounded(request, { maxBytes: 64 * 1024, what: 'the form' });
  return bytes.toString();
}

function oauthError(error: string): readonly [number, unknown] {
  return [400, { error }];
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
  });
  response.end(bytes);
}
