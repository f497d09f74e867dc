import { isPrivateHost } from './addresses.ts';
import { RedirectRefusedError } from './errors.ts';
import type { HttpMethod, HttpRequest } from './interfaces.ts';

/** One request on the wire within a chain of redirects. */
export interface Hop {
  readonly url: URL;
  /** False once the chain left the origin it started on, for good. */
  readonly atHome: boolean;
}

export interface ReferralRules {
  /** Whether the host that named the target is public, as far as its address tells. */
  readonly fromPublic: boolean;
  readonly isPrivate: (address: string) => boolean;
  /** Whether the user lets plain HTTP be spoken to that host; nobody else's word counts. */
  readonly mayBePlain: (url: URL) => boolean;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Headers that say what we want and not who we are; everything else stays on its origin. */
const portableHeaders = new Set([
  'accept',
  'accept-encoding',
  'content-range',
  'content-type',
  'if-none-match',
  'if-range',
  'range',
  'user-agent',
]);

export function isRedirect(status: number): boolean {
  return redirectStatuses.has(status);
}

/**
 * Checks an address that a remote party named, before anything is sent there.
 * @throws RedirectRefusedError
 */
export function checkReferral(from: URL, to: URL, rules: ReferralRules): void {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') {
    throw new RedirectRefusedError(from, undefined, 'scheme');
  }
  if (to.username !== '' || to.password !== '') {
    throw new RedirectRefusedError(from, to, 'userinfo');
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new RedirectRefusedError(from, to, 'downgrade');
  }
  if (to.protocol === 'http:' && !rules.mayBePlain(to)) {
    throw new RedirectRefusedError(from, to, 'plain-http');
  }
  if (to.hostname !== from.hostname && rules.fromPublic && isPrivateHost(to, rules.isPrivate)) {
    throw new RedirectRefusedError(from, to, 'private-address');
  }
}

/**
 * Where a redirect leads. Only 307 and 308 repeat a request that has effects; the others would turn
 * it into a GET, whose success says nothing about what was asked for.
 * @throws RedirectRefusedError
 */
export function nextHop(
  request: HttpRequest,
  hop: Hop,
  answer: { readonly status: number; readonly location: string },
  rules: ReferralRules,
): Hop {
  if (answer.status < 307 && !isSafe(request.method)) {
    throw new RedirectRefusedError(hop.url, undefined, 'method');
  }
  let url: URL;
  try {
    url = new URL(answer.location, hop.url);
  } catch {
    throw new RedirectRefusedError(hop.url, undefined, 'unparsable');
  }
  url.hash = '';
  checkReferral(hop.url, url, rules);
  const isHome = url.origin === request.url.origin;
  if (request.redirects === 'same-origin' && !isHome) {
    throw new RedirectRefusedError(hop.url, url, 'cross-origin');
  }
  return { url, atHome: hop.atHome && isHome };
}

function isSafe(method: HttpMethod): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The request's headers as this hop may see them, credentials included only at home. */
export function headersForHop(request: HttpRequest, hop: Hop): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (hop.atHome || portableHeaders.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  if (hop.atHome && request.credentials !== undefined) {
    headers['authorization'] = request.credentials;
  }
  return headers;
}
