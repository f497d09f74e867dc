import type { Credentials } from '../../../src/oci/index.ts';
import type { RepositoryName } from '../../../src/spec/index.ts';
import { wireError } from '../published-registry.ts';
import type { Reply, SeenRequest } from '../scripted-peer.ts';

/** What a registry does with one request, or that it leaves it to the next. */
export type Handler = (request: SeenRequest) => Reply | undefined | Promise<Reply | undefined>;

/**
 * A registry as it is known to behave, in front of one that does everything right: what no handler answers is
 * answered by that.
 */
export interface Emulation {
  readonly repository: RepositoryName;
  /** A login that is good for everything. */
  readonly login: Credentials;
  /** Hosts that may be shown what belongs to the login: the registry and its token server. */
  readonly ownHosts: readonly string[];
  readonly handlers: readonly Handler[];
}

/** The host that was meant. */
export function hostOf({ headers }: SeenRequest): string {
  const host = headers['x-asked-for'];
  return typeof host === 'string' ? host : '';
}

/** `acme/null` in `/v2/acme/null/manifests/1.0.0`. */
export function repositoryIn(path: string): string | undefined {
  return /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//u.exec(path)?.[1];
}

export const isReferrers = ({ path }: SeenRequest): boolean => path.includes('/referrers/');
export const isManifestPut = ({ method, path }: SeenRequest): boolean =>
  method === 'PUT' && path.includes('/manifests/');
export const isBlobGet = ({ method, path }: SeenRequest): boolean =>
  method === 'GET' && /\/blobs\/sha256:/u.test(path);

/** As Go's standard library says it, in registries that know nothing of a path. */
export const pageNotFound: Reply = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
};

/** HTTP Basic, asked for by everything below `/v2/`. */
export function basicDoor(host: string, username: string, password: string): Handler {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return (request) => {
    if (hostOf(request) !== host || request.headers.authorization === expected) return undefined;
    return {
      ...wireError(401, 'UNAUTHORIZED', 'authentication required'),
      headers: { 'www-authenticate': `Basic realm="https://${host}/",service="${host}"` },
    };
  };
}

/** Content is elsewhere, and whoever brings credentials there is sent away, as storage does it. */
export function blobsAt(registry: string, storage: string, content: Handler): Handler {
  return async (request) => {
    const { headers, path } = request;
    if (hostOf(request) === registry && isBlobGet(request)) {
      const there = await content(request);
      if (there === undefined || (there.status ?? 200) !== 200) return there;
      const location = `https://${storage}${path}?sig=s1gned%2Bsecret`;
      return { status: 307, headers: { location } };
    }
    if (hostOf(request) !== storage) return undefined;
    if (headers.authorization !== undefined) {
      return { status: 400, body: '<Error><Code>InvalidAuthenticationInfo</Code></Error>' };
    }
    if (!path.endsWith('?sig=s1gned%2Bsecret')) return { status: 403 };
    return await content({ ...request, path: path.replace(/\?.*$/u, '') });
  };
}

/** The referrers API is not there, and nothing is said about subjects. */
export function noReferrers(backing: Handler): Handler {
  return async (request) => {
    if (isReferrers(request)) return pageNotFound;
    if (!isManifestPut(request)) return undefined;
    const reply = await backing(request);
    if (reply === undefined) return undefined;
    const headers = Object.entries(reply.headers ?? {}).filter(([name]) => name !== 'oci-subject');
    return { ...reply, headers: Object.fromEntries(headers) };
  };
}

/** Every type in a manifest that a list of allowed ones would look at. */
export function typesIn({ body }: SeenRequest): readonly string[] {
  const manifest = JSON.parse(body.toString()) as {
    readonly artifactType?: string;
    readonly config?: { readonly mediaType: string };
  };
  return [manifest.artifactType, manifest.config?.mediaType].filter((type) => type !== undefined);
}
