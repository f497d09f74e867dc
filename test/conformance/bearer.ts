import type { TokenAccess, TokenServer } from '../support/token-server.ts';
import type { Login } from './registry.ts';

/** Everything that can be done with a repository. */
export const allActions = ['pull', 'push', 'delete'] as const;

/**
 * Gets tokens from the token server as clients do: Basic there, and one scope for each repository that
 * the request needs. A token serves for all requests with the same scopes.
 */
export function bearerLogin(tokens: TokenServer, name: string, password: string): Login {
  const known = new Map<string, Promise<string>>();
  const basic = Buffer.from(`${name}:${password}`).toString('base64');

  const fetchToken = async (scopes: readonly string[]): Promise<string> => {
    const url = new URL(tokens.realm);
    url.searchParams.set('service', tokens.service);
    url.searchParams.set('client_id', 'tests');
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const response = await fetch(url, { headers: { Authorization: `Basic ${basic}` } });
    const { token } = (await response.json()) as { readonly token: string };
    return `Bearer ${token}`;
  };

  return {
    authorization: (path, reads) => {
      const own = repositoryOf(path);
      const scopes = [
        ...(own === undefined ? [] : [scopeOf(own, allActions)]),
        ...reads.map((name) => scopeOf(name, ['pull'])),
      ].sort();
      const key = scopes.join(' ');
      const token = known.get(key) ?? fetchToken(scopes);
      known.set(key, token);
      return token;
    },
  };
}

export function scopeOf(name: string, actions: readonly string[]): string {
  return `repository:${name}:${actions.join(',')}`;
}

export function accessTo(name: string, actions: readonly string[]): TokenAccess {
  return { type: 'repository', name, actions };
}

/** The repository of a request path; undefined where it names none. */
export function repositoryOf(path: string): string | undefined {
  const [plain = ''] = path.split('?', 1);
  const tail = /\/(?:blobs\/uploads\/[^/]*|(?:blobs|manifests|referrers)\/[^/]+|tags\/list)$/u;
  return plain.startsWith('/v2/') && tail.test(plain)
    ? plain.slice('/v2/'.length).replace(tail, '')
    : undefined;
}

/** The parameters of a Bearer challenge. */
export function challengeOf(header: string | undefined): Readonly<Record<string, string>> {
  const [, text] = /^Bearer (.*)$/u.exec(header ?? '') ?? [];
  const found = (text ?? '').matchAll(/([a-z_]+)="([^"]*)"(?:, ?|$)/gu);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}
