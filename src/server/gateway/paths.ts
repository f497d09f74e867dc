import { TrieRouter } from 'hono/router/trie-router';
import {
  formatVersion,
  parseHostname,
  parseProviderAddress,
  parseVersion,
  type ProviderAddress,
  type Version,
} from '../../domain/index.ts';
import { isTofuOciError } from '../../base/index.ts';

/** What is asked of a provider as a whole. */
export interface ProviderRoute {
  readonly kind: 'versions' | 'mirror-index';
  readonly provider: ProviderAddress;
}

/** What a path asks for. */
export type GatewayRoute =
  | { readonly kind: 'discovery' }
  | ProviderRoute
  | {
      readonly kind: 'mirror-version';
      readonly provider: ProviderAddress;
      readonly version: Version;
    }
  | {
      readonly kind: 'download';
      readonly provider: ProviderAddress;
      readonly version: Version;
      readonly platform: string;
    }
  | {
      readonly kind: 'packages' | 'sums';
      readonly provider: ProviderAddress;
      readonly version: Version;
      /** 64 hex digits. */
      readonly sha256: string;
      readonly name: string;
    };

type Params = Readonly<Record<string, string>>;
type Reader = (params: Params) => GatewayRoute | undefined;

const provider = ':host/:namespace/:type';

/** Longer than any address, version and file name together. */
const maxPathLength = 1500;

const router = buildRouter();

/**
 * The paths below `/v1/`, and service discovery.
 *
 * A path is taken as it stands: nothing is normalised, and of percent-encoded characters only those that clients
 * really encode are read (`+` of build metadata, `:` of a port). So no path has a second spelling that another
 * program before us reads differently.
 */
export function parseGatewayPath(path: string): GatewayRoute | undefined {
  if (path.length > maxPathLength) return undefined;
  const plain = path.replace(/%2B/giu, '+').replace(/%3A/giu, ':');
  if (!/^\/[\w.\-+:/]*$/u.test(plain)) return undefined;
  const [found] = router.match('GET', plain)[0];
  if (found === undefined) return undefined;
  const [read, params] = found;
  try {
    return read(textsOf(params));
  } catch (error) {
    // No address, version or host: nothing of ours is called so.
    if (isTofuOciError(error)) return undefined;
    throw error;
  }
}

/** Other routers of the library give places of parameters instead of them. */
function textsOf(params: Readonly<Record<string, string | number>>): Params {
  const texts = Object.entries(params).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return Object.fromEntries(texts);
}

function buildRouter(): TrieRouter<Reader> {
  const routes = new TrieRouter<Reader>();
  const add = (path: string, reader: Reader): void => routes.add('GET', path, reader);
  add('/.well-known/terraform.json', () => ({ kind: 'discovery' }));
  add(`/v1/providers/${provider}/versions`, (params) => ({
    kind: 'versions',
    provider: providerOf(params),
  }));
  add(`/v1/providers/${provider}/:version/download/:os/:arch`, (params) => ({
    kind: 'download',
    ...releaseOf(params),
    platform: `${params['os'] ?? ''}_${params['arch'] ?? ''}`,
  }));
  add(`/v1/mirror/${provider}/:file`, ({ file = '', ...params }) => {
    if (!file.endsWith('.json')) return undefined;
    const name = file.slice(0, -'.json'.length);
    if (name === 'index') return { kind: 'mirror-index', provider: providerOf(params) };
    return { kind: 'mirror-version', ...releaseOf({ ...params, version: name }) };
  });
  for (const kind of ['packages', 'sums'] as const) {
    add(`/v1/${kind}/${provider}/:version/:sha256/:name`, (params) => {
      const { name = '', sha256 = '' } = params;
      if (!/^[0-9a-f]{64}$/u.test(sha256)) return undefined;
      return { kind, ...releaseOf(params), sha256, name };
    });
  }
  return routes;
}

function providerOf({ host = '', namespace = '', type = '' }: Params): ProviderAddress {
  // Paths have the comparison form, in which hosts of other scripts are punycode already.
  const hostname = host.includes('xn--') ? host : parseHostname(host);
  const { namespace: space, type: name } = parseProviderAddress(`${namespace}/${type}`);
  return { hostname, namespace: space, type: name };
}

/** In one spelling only: `1.0` is `1.0.0`, and nothing is published under both. */
function releaseOf(params: Params): { provider: ProviderAddress; version: Version } {
  const text = params['version'] ?? '';
  const version = parseVersion(text);
  return { provider: providerOf(params), version };
}

/** How a path names a release. */
export function releasePath(
  { hostname, namespace, type }: ProviderAddress,
  version: Version,
): string {
  const name = [hostname, namespace, type, formatVersion(version)].join('/');
  return name.replaceAll('+', '%2B');
}
