import { createHmac, generateKeyPairSync } from 'node:crypto';
import { expect } from 'vitest';
import type { TestRequest } from '../support/http-request.ts';
import { signToken, type TokenAccess, type TokenServer } from '../support/token-server.ts';
import { accessTo, allActions, challengeOf } from './bearer.ts';
import { expectRefusal, type Group, type WriteCase } from './cases.ts';
import { repositoryWithImage } from './documents.ts';
import { type Endpoint, endpoints, refusedAt } from './login-cases.ts';
import type { Registry } from './registry.ts';
import { locationOf } from './registry.ts';

function withToken(registry: Registry, token: string): Registry['sendAnonymously'] {
  return (method, path, request: TestRequest = {}) => {
    const headers = { ...request.headers, Authorization: `Bearer ${token}` };
    return registry.sendAnonymously(method, path, { ...request, headers });
  };
}

/** What the scope of a challenge asks for, by repository. */
function wantedBy(scope: string | undefined): Readonly<Record<string, readonly string[]>> {
  const scopes = (scope ?? '').split(' ').filter(Boolean);
  return Object.fromEntries(
    scopes.map((each) => {
      const [, name = '', actions = ''] = /^repository:(.+):([^:]+)$/u.exec(each) ?? [];
      return [name, actions.split(',').sort()];
    }),
  );
}

function challenges(tokens: () => TokenServer): readonly WriteCase[] {
  return endpoints.map((endpoint): WriteCase => ({
    clause: endpoint.clause,
    name: `${endpoint.method} ${endpoint.path('NAME').slice(0, 40)} without a token says which one`,
    run: async (registry) => {
      const { answer, name } = await refusedAt(registry, endpoint, (...ask) =>
        registry.sendAnonymously(...ask),
      );
      expect(answer.status).toBe(401);
      if (endpoint.method !== 'HEAD') expectRefusal(answer, 401, 'UNAUTHORIZED');
      const challenge = challengeOf(answer.headers['www-authenticate']);
      expect(challenge).toMatchObject({ realm: tokens().realm, service: tokens().service });
      expect(challenge['error']).toBeUndefined();
      const wanted = wantedBy(challenge['scope']);
      expect(wanted).toEqual(
        endpoint.actions.length === 0 ? {} : { [name]: [...endpoint.actions].sort() },
      );
    },
  }));
}

/** Rights that are not enough for what the endpoint does. */
function lackingFor({ actions }: Endpoint): readonly string[] {
  const needed = actions.includes('push') ? 'push' : (actions[0] ?? '');
  return allActions.filter((action) => action !== needed);
}

function rights(tokens: () => TokenServer): readonly WriteCase[] {
  return endpoints
    .filter(({ actions }) => actions.length > 0)
    .map((endpoint): WriteCase => ({
      clause: endpoint.clause,
      name: `${endpoint.method} ${endpoint.path('NAME').slice(0, 40)} needs its own right`,
      run: async (registry) => {
        for (const access of [
          (name: string) => [accessTo(name, lackingFor(endpoint))],
          (name: string) => [accessTo(`${name}-other`, allActions)],
          (name: string) => [{ type: 'registry', name, actions: allActions }],
          () => [],
        ]) {
          const send: Registry['sendAnonymously'] = (method, path, request) => {
            const name = path
              .slice('/v2/'.length)
              .split(/\/(?:blobs|manifests|tags|referrers)\//u)[0];
            const token = tokens().mint(access(name ?? ''));
            return withToken(registry, token)(method, path, request);
          };
          const { answer } = await refusedAt(registry, endpoint, send);
          expect(answer.status).toBe(401);
          const challenge = challengeOf(answer.headers['www-authenticate']);
          expect(challenge['error']).toBe('insufficient_scope');
        }
      },
    }));
}

interface BadToken {
  readonly name: string;
  readonly make: (tokens: TokenServer, access: readonly TokenAccess[]) => string;
}

const hour = 3600;
const now = () => Math.floor(Date.now() / 1000);

function claimsFor(tokens: TokenServer, access: readonly TokenAccess[]) {
  const { issuer: iss, service: aud } = tokens;
  return { iss, aud, sub: 'ann', exp: now() + hour, nbf: now() - 1, iat: now() - 1, access };
}

const badTokens: readonly BadToken[] = [
  { name: 'has expired', make: (tokens, access) => tokens.mint(access, { exp: now() - hour }) },
  {
    name: 'has no expiry',
    make: (tokens, access) => tokens.mint(access, { exp: undefined }),
  },
  {
    name: 'is not valid yet',
    make: (tokens, access) => tokens.mint(access, { nbf: now() + hour }),
  },
  {
    name: 'is for another service',
    make: (tokens, access) => tokens.mint(access, { aud: 'other.example.com' }),
  },
  {
    name: 'is signed with another key',
    make: (tokens, access) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return signToken({ typ: 'JWT', alg: 'ES256' }, claimsFor(tokens, access), privateKey);
    },
  },
  {
    name: 'was changed after it was signed',
    make: (tokens, access) => {
      const [header = '', , signature = ''] = tokens.mint([]).split('.');
      const claims = Buffer.from(JSON.stringify(claimsFor(tokens, access))).toString('base64url');
      return `${header}.${claims}.${signature}`;
    },
  },
  {
    name: 'is not signed at all',
    make: (tokens, access) => {
      const parts = [{ typ: 'JWT', alg: 'none' }, claimsFor(tokens, access)];
      return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
    },
  },
  {
    name: 'takes the public key for a secret',
    make: (tokens, access) => {
      const text = [{ typ: 'JWT', alg: 'HS256' }, claimsFor(tokens, access)]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      const mac = createHmac('sha256', tokens.publicKey).update(text).digest('base64url');
      return `${text}.${mac}`;
    },
  },
  {
    name: 'asks for an extension that nobody knows',
    make: (tokens, access) => tokens.mint(access, {}, { crit: ['exp2'], exp2: 1 }),
  },
  { name: 'is no token', make: () => 'abc' },
  { name: 'is empty', make: () => '' },
  { name: 'has two parts', make: (tokens, access) => tokens.mint(access).split('.', 2).join('.') },
  { name: 'is longer than any token', make: () => 'a.'.repeat(20_000) },
];

function refusedTokens(tokens: () => TokenServer): readonly WriteCase[] {
  return badTokens.map(({ name: title, make }): WriteCase => ({
    clause: 'ours #determining-support',
    name: `a token that ${title} is refused`,
    run: async (registry) => {
      const { name } = await repositoryWithImage(registry);
      const token = make(tokens(), [accessTo(name, allActions)]);
      const send = withToken(registry, token);
      const answer = await send('GET', `/v2/${name}/manifests/latest`);
      expectRefusal(answer, 401, 'UNAUTHORIZED');
      const challenge = challengeOf(answer.headers['www-authenticate']);
      expect(challenge).toMatchObject({ realm: tokens().realm, service: tokens().service });
    },
  }));
}

function others(tokens: () => TokenServer): readonly WriteCase[] {
  return [
    {
      clause: 'v1.1.1 end-11',
      name: 'a blob is not mounted from a repository that the token may not read',
      run: async (registry) => {
        const [from, name] = [registry.newName(), registry.newName()];
        const digest = await registry.pushBlob(from, `secret of ${from}`);
        const send = withToken(registry, tokens().mint([accessTo(name, allActions)]));
        for (const source of [`&from=${from}`, '']) {
          const path = `/v2/${name}/blobs/uploads/?mount=${digest}${source}`;
          const answer = await send('POST', path);
          expect(answer.status).toBe(202);
          expect((await send('DELETE', locationOf(registry, answer))).status).toBe(204);
          const read = await send('HEAD', `/v2/${name}/blobs/${digest}`);
          expect(read.status).toBe(404);
        }
      },
    },
    {
      clause: 'v1.1.1 end-1',
      name: 'any good token passes the probe',
      run: async (registry) => {
        const send = withToken(registry, tokens().mint([]));
        expect((await send('GET', '/v2/')).status).toBe(200);
      },
    },
    {
      clause: 'RFC 9110 §11.1',
      name: 'the name of the scheme may be written in any case; another scheme is refused',
      run: async (registry) => {
        for (const [scheme, status] of [['bearer', 200] as const, ['Basic', 401] as const]) {
          const headers = { Authorization: `${scheme} ${tokens().mint([])}` };
          const answer = await registry.sendAnonymously('GET', '/v2/', { headers });
          expect(answer.status).toBe(status);
        }
      },
    },
  ];
}

/** What a registry with tokens has to say besides. */
export function bearerCases(tokens: () => TokenServer): readonly Group<WriteCase>[] {
  return [
    { title: 'challenges for a token', cases: challenges(tokens) },
    { title: 'rights of a token', cases: rights(tokens) },
    { title: 'tokens that are none', cases: refusedTokens(tokens) },
    { title: 'tokens', cases: others(tokens) },
  ];
}
