import { isPlainHttpAllowed } from '../http/index.ts';
import { HostUnreachableError } from './errors.ts';
import type { ServiceAddress } from './services.ts';

/**
 * The token for a host, in comparison form with its port unless that is 443; undefined when there is none.
 * It is sent as a bearer token.
 */
export type CredentialsFor = (host: string) => Promise<string | undefined>;

/** Who a URL belongs to, as tokens are named: punycode, with the port unless it is 443. */
export function hostOf(url: URL): string {
  return url.protocol === 'http:' && url.port === '' ? `${url.hostname}:80` : url.host;
}

/**
 * The `Authorization` value for a token.
 * @throws TypeError when the token can not stand in a header; it is not shown.
 */
export function bearer(token: string): string {
  if (!/^[\x21-\x7e]+$/u.test(token)) {
    throw new TypeError('its token has characters that can not be sent in a header');
  }
  return `Bearer ${token}`;
}

/** Whether a token may travel there: over TLS, or not beyond this machine. */
export function mayCarryToken(url: URL): boolean {
  return url.protocol === 'https:' || isPlainHttpAllowed(url, []);
}

/**
 * The `Authorization` value for a service of `host`. The host's token goes to the host itself, and to the address
 * that the user wrote for its services. A document of the host can name another one, which is then asked with the
 * token that the user keeps for that one: no host gives away a token (docs/differences.md).
 * @throws HostUnreachableError when the token can not be found out
 */
export async function authorizationFor(
  host: string,
  { referredBy, url }: ServiceAddress,
  credentialsFor: CredentialsFor | undefined,
): Promise<string | undefined> {
  if (credentialsFor === undefined || !mayCarryToken(url)) return undefined;
  const isOwn = referredBy === undefined || url.origin === new URL(`https://${host}`).origin;
  try {
    const token = await credentialsFor(isOwn ? host : hostOf(url));
    return token === undefined ? undefined : bearer(token);
  } catch (cause) {
    throw new HostUnreachableError(host, cause);
  }
}
