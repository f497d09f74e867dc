import * as dns from 'node:dns';
import * as http from 'node:http';
import type * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from './addresses.ts';
import { type ProxySettings, proxyRules } from './proxy-settings.ts';
import { type HostTls, secureOptions } from './secure-options.ts';
import { defaultTimeLimits } from './time-limits.ts';

/** `public-only` refuses, when connecting, every address that a public host has no business naming. */
export type Reach = 'anywhere' | 'public-only';

/** How a target may be gone to. */
export interface Approach {
  readonly reach: Reach;
  /** Whether a client certificate for the target may be shown to it. */
  readonly mayIdentify: boolean;
}

/** How to start a request to one target: which module, over which kept connections. */
export interface Connector {
  readonly request: (url: URL, options: http.RequestOptions) => http.ClientRequest;
  readonly agent: http.Agent;
  /** What it goes through; whose address it is that a connection has, and whose failure a failed one. */
  readonly proxy?: URL | undefined;
}

/** The seam for everything between us and the target: agents, proxies, client certificates. */
export interface Dispatcher {
  connect(target: URL, approach: Approach): Promise<Connector>;
  close(): void;
}

export interface DispatcherOptions {
  /**
   * PEM certificates trusted besides Node's own roots, for every host and for proxies; or how to get them, which is
   * done once, with the first connection over TLS.
   */
  readonly ca?: readonly string[] | (() => Promise<readonly string[]>) | undefined;
  /** What is known of one host (with its port where it is not 443); asked for once. */
  readonly tlsFor?: ((host: string) => Promise<HostTls | undefined>) | undefined;
  readonly proxies?: ProxySettings | undefined;
  /** Name look-up as a port. */
  readonly lookup?: LookupFunction | undefined;
  readonly isPrivate?: ((address: string) => boolean) | undefined;
  /** For a connection through a proxy, which nobody else sees being made. Milliseconds. */
  readonly connectMs?: number | undefined;
  /** Connections to one host at a time; whoever comes then waits for one. Default 32. */
  readonly maxSocketsPerHost?: number | undefined;
}

/**
 * More than any command runs at once against one host (installations run 3 to 8 transfers), few enough
 * that no registry takes it for an attack.
 */
const defaultMaxSockets = 32;

/**
 * Connections that are kept alive, direct or through proxies. TLS is loaded and its roots are parsed when
 * first needed. A host whose name is looked up by a proxy can not be kept from being at a private address:
 * that is the proxy's business.
 */
export function createDispatcher(options: DispatcherOptions = {}): Dispatcher {
  const isPrivate = options.isPrivate ?? isPrivateAddress;
  const lookup: LookupFunction = options.lookup ?? dns.lookup;
  const proxyFor = proxyRules(options.proxies ?? {});
  const connectors = new Map<string, Promise<Connector>>();
  const hosts = new Map<string, Promise<HostTls | undefined>>();
  const closing = new AbortController();

  function keptConnections(reach: Reach): https.AgentOptions {
    return {
      keepAlive: true,
      maxSockets: options.maxSocketsPerHost ?? defaultMaxSockets,
      scheduling: 'lifo',
      lookup: reach === 'public-only' ? publicOnly(lookup, isPrivate) : lookup,
    };
  }

  let given: Promise<readonly string[]> | undefined;
  async function authorities({ protocol, proxy }: Route): Promise<readonly string[]> {
    if (typeof options.ca !== 'function') return options.ca ?? [];
    const isSecure = protocol === 'https:' || proxy?.protocol === 'https:';
    return isSecure ? await (given ??= options.ca()) : [];
  }

  async function create(route: Route): Promise<Connector> {
    const { own, protocol, proxy, reach } = route;
    const ca = await authorities(route);
    const secure = protocol === 'https:' ? await secureOptions(ca, own) : {};
    const agentOptions = { ...keptConnections(reach), ...secure };
    if (proxy !== undefined) {
      const { forwardThrough, tunnelThrough } = await import('./proxy-connector.ts');
      const connectMs = options.connectMs ?? defaultTimeLimits.connectMs;
      const approach = { ca, connectMs, lookup, signal: closing.signal };
      return protocol === 'https:'
        ? await tunnelThrough(proxy, agentOptions, approach)
        : await forwardThrough(proxy, agentOptions, approach);
    }
    if (protocol !== 'https:') {
      return { request: http.request, agent: new http.Agent(agentOptions) };
    }
    const { Agent, request } = await import('node:https');
    return { request, agent: new Agent(agentOptions) };
  }

  return {
    connect: async (target, { mayIdentify, reach }) => {
      const { host, protocol } = target;
      const { tlsFor } = options;
      const tls =
        protocol === 'https:' && tlsFor !== undefined ? await once(hosts, host, tlsFor) : undefined;
      const identity = mayIdentify ? tls?.identity : undefined;
      const proxy = proxyFor(target);
      const own = tls === undefined ? undefined : { host, tls, identity };
      const key = [
        protocol,
        proxy?.href ?? reach,
        ...(own === undefined ? [] : [host, identity === undefined ? '' : 'identified']),
      ].join(' ');
      return await once(connectors, key, () =>
        // The proxy is the user's own choice, wherever it is.
        create({ protocol, reach: proxy === undefined ? reach : 'anywhere', proxy, own }),
      );
    },
    close: () => {
      closing.abort(new Error('the client was closed'));
      for (const connector of connectors.values()) {
        connector.then(
          ({ agent }) => agent.destroy(),
          () => undefined,
        );
      }
      connectors.clear();
    },
  };
}

interface Route {
  readonly protocol: string;
  readonly reach: Reach;
  readonly proxy: URL | undefined;
  readonly own: Parameters<typeof secureOptions>[1];
}

/** Made once for each key, and again after a failure. */
function once<T>(
  known: Map<string, Promise<T>>,
  key: string,
  make: (key: string) => Promise<T>,
): Promise<T> {
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const made = make(key);
  made.catch(() => known.delete(key));
  known.set(key, made);
  return made;
}
/** A look-up whose private answers do not count; the connection is made to what is left, or not at all. */
function publicOnly(
  lookup: LookupFunction,
  isPrivate: (address: string) => boolean,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const addresses = typeof found === 'string' ? [{ address: found, family: 0 }] : found;
      const usable = addresses.filter(({ address }) => !isPrivate(address));
      const first = usable[0];
      if (first === undefined) {
        callback(new PrivateLookupError(hostname), []);
      } else if (options.all === true) {
        callback(null, usable);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

/** Internal to the room: the client turns it into a RedirectRefusedError, which knows the whole story. */
export class PrivateLookupError extends Error {
  constructor(hostname: string) {
    super(`${hostname} has private addresses only`);
  }
}
