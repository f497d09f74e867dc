import * as http from 'node:http';
import type * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Duplex } from 'node:stream';
import type { Connector } from './dispatcher.ts';
import { proxyCredentials } from './proxy-settings.ts';
import { asError } from './response-body.ts';
import { secureOptions } from './secure-options.ts';
import { openTunnel } from './tunnel.ts';

/** What is needed to reach the proxy itself, which is shown no certificate of ours. */
export interface ProxyApproach {
  readonly ca: readonly string[];
  readonly lookup: LookupFunction;
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** HTTPS through a proxy: a tunnel for each connection, kept alive like any other. */
export async function tunnelThrough(
  proxy: URL,
  agentOptions: https.AgentOptions,
  approach: ProxyApproach,
): Promise<Connector> {
  const { Agent, request } = await import('node:https');
  const secure = await secureProxyOptions(proxy, approach);
  const start = proxy.protocol === 'https:' ? request : http.request;
  const place = { ...placeOf(proxy), ...secure, lookup: approach.lookup };
  const { connectMs, signal } = approach;
  const { secureContext } = agentOptions;

  class TunnelAgent extends Agent {
    override createConnection(
      { host, port }: http.ClientRequestArgs,
      callback?: (error: Error | null, connection: Duplex) => void,
    ): undefined {
      openTunnel(
        { host: host ?? '', port: Number(port ?? 443) },
        {
          proxy,
          request: (options) => start({ ...place, ...options }),
          connectMs,
          signal,
          secureContext,
        },
      ).then(
        (connection) => callback?.(null, connection),
        // Of the two arguments Node looks at the error first, and then no further.
        (error: unknown) => callback?.(asError(error), new Duplex()),
      );
    }
  }
  return { request, agent: new TunnelAgent(agentOptions), proxy };
}

/**
 * Plain HTTP through a proxy: it is asked for the whole address, and sees everything.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 */
export async function forwardThrough(
  proxy: URL,
  agentOptions: http.AgentOptions,
  approach: ProxyApproach,
): Promise<Connector> {
  const credentials = proxyCredentials(proxy);
  const place = placeOf(proxy);
  const own = credentials === undefined ? {} : { 'proxy-authorization': credentials };
  const optionsFor = (target: URL, { headers, ...options }: http.RequestOptions) => ({
    ...options,
    ...place,
    path: `${target.origin}${target.pathname}${target.search}`,
    headers: { host: target.host, ...(headers as http.OutgoingHttpHeaders), ...own },
  });
  if (proxy.protocol === 'http:') {
    const agent = new http.Agent(agentOptions);
    return { agent, proxy, request: (url, options) => http.request(optionsFor(url, options)) };
  }
  const { Agent, request } = await import('node:https');
  const agent = new Agent({ ...agentOptions, ...(await secureProxyOptions(proxy, approach)) });
  return { agent, proxy, request: (url, options) => request(optionsFor(url, options)) };
}

async function secureProxyOptions(proxy: URL, { ca }: ProxyApproach): Promise<https.AgentOptions> {
  return proxy.protocol === 'https:' ? await secureOptions(ca) : {};
}

function placeOf({ hostname, port, protocol }: URL): https.RequestOptions {
  const host = hostname.replace(/^\[|\]$/gu, '');
  if (protocol !== 'https:') return { protocol, hostname: host, port: port === '' ? 80 : port };
  // Node would take the name from the Host field, which is that of the target.
  const servername = isIP(host) === 0 ? host : '';
  return { protocol, hostname: host, port: port === '' ? 443 : port, servername };
}
