import { isIPv4, isIPv6 } from 'node:net';
import { ListenAddressError } from './errors.ts';

/** Where to listen; `host` undefined means every address of the machine. */
export interface ListenAddress {
  readonly host: string | undefined;
  /** 0 for any free port. */
  readonly port: number;
}

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, `:PORT` or `PORT`. `localhost` becomes 127.0.0.1 here, whatever
 * the machine's name tables say.
 * @throws ListenAddressError
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]/@\s]*)):)?(?<port>[0-9]{1,5})$/u.exec(
    text,
  );
  const { v6, host, port } = match?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) throw new ListenAddressError(text);
  if (v6 !== undefined && !isIPv6(v6)) throw new ListenAddressError(text);
  const name = v6 ?? host;
  const known = name === undefined || name === '' ? undefined : name.toLowerCase();
  return { host: known === 'localhost' ? '127.0.0.1' : known, port: Number(port) };
}

/** True for addresses that other machines can not reach. Names other than localhost are never that. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  return host === '::1' || host === 'localhost' || (isIPv4(host) && host.startsWith('127.'));
}

/** The address as it stands in a URL; the wildcard ones are reached as localhost from here. */
export function urlHost(host: string | undefined): string {
  if (host === undefined || host === '::' || host === '0.0.0.0') return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}
