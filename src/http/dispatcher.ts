import * as dns from 'node:dns';
import * as http from 'node:http';
import type * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from './addresses.ts';

/** `public-only` refuses, when connecting, every address that a public host has no business naming. */
export type Reach = 'anywhere' | 'public-only';

/** How to start a request to one target: which module, over which kept connections. */
export interface Connector {
  readonly request: (url: URL, options: http.RequestOptions) => http.ClientRequest;
  readonly agent: http.Agent;
}

/** The seam for everything between us and the target: agents, proxies, client certificates. */
export interface Dispatcher {
  connect(target: URL, reach: Reach): Promise<Connector>;
  close(): void;
}

export interface DispatcherOptions {
  /** PEM certificates trusted besides Node's own roots. */
  readonly ca?: readonly string[] | undefined;
  /** Name look-up as a port. */
  readonly lookup?: LookupFunction | undefined;
  readonly isPrivate?: ((address: string) => boolean) | undefined;
}

/**
 * More than any command runs at once against one host (installations run 3 to 8 transfers), few enough
 * that no registry takes it for an attack.
 */
const maxSocketsPerHost = 32;

/** Direct connections, kept alive. TLS is loaded and its roots are parsed when first needed. */
export function createDispatcher(options: DispatcherOptions = {}): Dispatcher {
  const isPrivate = options.isPrivate ?? isPrivateAddress;
  const lookup: LookupFunction = options.lookup ?? dns.lookup;
  const agents = new Map<string, Promise<Connector>>();

  async function create(protocol: string, reach: Reach): Promise<Connector> {
    const agentOptions = {
      keepAlive: true,
      maxSockets: maxSocketsPerHost,
      scheduling: 'lifo' as const,
      lookup: reach === 'public-only' ? publicOnly(lookup, isPrivate) : lookup,
    };
    if (protocol !== 'https:') {
      return { request: http.request, agent: new http.Agent(agentOptions) };
    }
    const { Agent, request } = await import('node:https');
    const tls: https.AgentOptions = { ...agentOptions, ...(await secureOptions(options.ca)) };
    return { request, agent: new Agent(tls) };
  }

  return {
    connect: (target, reach) => {
      const key = `${target.protocol} ${reach}`;
      let connector = agents.get(key);
      if (connector === undefined) {
        connector = create(target.protocol, reach);
        connector.catch(() => agents.delete(key));
        agents.set(key, connector);
      }
      return connector;
    },
    close: () => {
      for (const connector of agents.values()) {
        connector.then(
          ({ agent }) => agent.destroy(),
          () => undefined,
        );
      }
      agents.clear();
    },
  };
}

/** One context for all connections: parsing the roots costs 20 ms on Node 20. */
async function secureOptions(ca: readonly string[] | undefined): Promise<https.AgentOptions> {
  if (ca === undefined || ca.length === 0) return {};
  const { createSecureContext, rootCertificates } = await import('node:tls');
  return { secureContext: createSecureContext({ ca: [...rootCertificates, ...ca] }) };
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
