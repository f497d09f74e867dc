import type { Reply, SeenRequest } from '../scripted-peer.ts';
import { parseScope } from '../token-server.ts';
import { wireError } from '../published-registry.ts';
import { type Handler, hostOf, repositoryIn } from './emulation.ts';

export interface TokenDeskOptions {
  /** Of the registry. */
  readonly host: string;
  readonly realm: string;
  readonly service: string;
  /** Whether a challenge names the scope that is needed. Default true. */
  readonly namesScope?: boolean;
  /** Whoever shows this has all rights; strangers may pull, if at all. */
  readonly login: { readonly username: string; readonly password: string };
  readonly openToAll?: boolean;
  /** A refresh token that is taken in the OAuth2 form; without one the form is unknown. */
  readonly refreshToken?: string;
  /** What the form is answered with where it is unknown. Default 404. */
  readonly unknownForm?: number;
}

interface Need {
  readonly name: string;
  readonly actions: readonly string[];
}

/** The token server of a registry, and the door that takes its tokens: each for what it was made for. */
export function tokenDesk(options: TokenDeskOptions): Handler {
  const realm = new URL(options.realm);
  const tokens = new Map<string, readonly Need[]>();
  const basic = Buffer.from(`${options.login.username}:${options.login.password}`);

  const give = (scopes: readonly string[], isKnown: boolean): Reply => {
    const token = `token-${String(tokens.size + 1)}`;
    const may = (actions: readonly string[]): readonly string[] =>
      isKnown ? actions : actions.filter((action) => action === 'pull' && options.openToAll);
    const granted = scopes
      .flatMap((text) => text.split(' '))
      .flatMap(parseScope)
      .map(({ actions, name }) => ({ name, actions: may(actions) }));
    tokens.set(token, granted);
    return { body: { token, access_token: token, expires_in: 300 } };
  };

  const serve = ({ body, headers, method, path }: SeenRequest): Reply => {
    if (method === 'POST') {
      if (options.refreshToken === undefined) return { status: options.unknownForm ?? 404 };
      const form = new URLSearchParams(body.toString());
      const isRight =
        form.get('grant_type') === 'refresh_token' &&
        form.get('refresh_token') === options.refreshToken &&
        form.get('service') === options.service;
      return isRight
        ? give(form.getAll('scope'), true)
        : wireError(401, 'UNAUTHORIZED', 'authentication required');
    }
    const query = new URL(path, realm).searchParams;
    if (query.get('service') !== options.service) return { status: 400 };
    const { authorization } = headers;
    if (authorization === undefined) return give(query.getAll('scope'), false);
    return authorization === `Basic ${basic.toString('base64')}`
      ? give(query.getAll('scope'), true)
      : wireError(401, 'UNAUTHORIZED', 'unauthorized: incorrect username or password');
  };

  const refuse = (needs: readonly Need[], authorization: string | undefined): Reply => {
    const scope = needs.map(({ actions, name }) => `repository:${name}:${actions.join(',')}`);
    const named = options.namesScope === false ? '' : `,scope="${scope.join(' ')}"`;
    const error = authorization === undefined ? '' : ',error="insufficient_scope"';
    const field = `Bearer realm="${options.realm}",service="${options.service}"${named}${error}`;
    return {
      ...wireError(401, 'UNAUTHORIZED', 'authentication required'),
      headers: { 'www-authenticate': field },
    };
  };

  return (request) => {
    const host = hostOf(request);
    const [path = ''] = request.path.split('?', 1);
    if (host === realm.host && path === realm.pathname) return serve(request);
    if (host !== options.host) return undefined;
    const needs = needsOf(request);
    const { authorization } = request.headers;
    const held = tokens.get(authorization?.replace(/^Bearer /u, '') ?? '') ?? [];
    const isEnough = needs.every(({ actions, name }) =>
      actions.every((action) =>
        held.some((one) => one.name === name && one.actions.includes(action)),
      ),
    );
    return isEnough && authorization !== undefined ? undefined : refuse(needs, authorization);
  };
}

/** What a request needs a token for. A mount from what may not be read is a plain upload. */
function needsOf({ method, path }: SeenRequest): readonly Need[] {
  const name = repositoryIn(path);
  if (name === undefined) return [];
  if (method === 'GET' || method === 'HEAD') return [{ name, actions: ['pull'] }];
  return [{ name, actions: method === 'DELETE' ? ['delete'] : ['pull', 'push'] }];
}
