import type { IncomingMessage } from 'node:http';
import type { Answer } from './answers/index.ts';
import { isLoopback } from './listen-address.ts';
import { refuse } from './registry/index.ts';

/** `'any'` where another proof of the host exists: a web page can not obtain a certificate for ours. */
export type HostRule = 'any' | { readonly allowed: ReadonlySet<string> };

/**
 * What a web page in a browser on this machine must not be able to do: reach us under a name of its
 * own (DNS rebinding), or write with a request that the browser sends for it. Programs send neither
 * `Origin` nor `Sec-Fetch-Site`. `undefined` when the request may pass.
 */
export function guardRequest(request: IncomingMessage, rule: HostRule): Answer | undefined {
  const { host, origin } = request.headers;
  // Whoever stands before us may have gone by the other one (RFC 9112 §3.2 wants this refused).
  if ((request.headersDistinct['host'] ?? []).length > 1) {
    return refuse(400, { code: 'DENIED', message: 'the request names two hosts' });
  }
  const name = hostName(host);
  if (rule !== 'any' && (name === undefined || !isAllowed(name, rule.allowed))) {
    const message = `this server does not answer to the host "${host ?? ''}"`;
    return refuse(421, { code: 'DENIED', message });
  }
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const site = request.headers['sec-fetch-site'];
  const fromElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (fromElsewhere || (origin !== undefined && originHost(origin) !== host)) {
    return refuse(403, { code: 'DENIED', message: 'writes from other web sites are refused' });
  }
  return undefined;
}

/** The host of a Host header without its port, in lower case; brackets of IPv6 are taken off. */
export function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/?#@\s]+))(?::[0-9]{0,5})?$/iu.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/u, '');
}

function isAllowed(name: string, allowed: ReadonlySet<string>): boolean {
  return isLoopback(name) || allowed.has(name);
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
