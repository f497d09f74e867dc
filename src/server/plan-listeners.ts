import { hostname, networkInterfaces } from 'node:os';
import { PlainHttpError } from './errors.ts';
import { hostName, type HostRule } from './guard.ts';
import { isLoopback, type ListenAddress, parseListenAddress } from './listen-address.ts';
import type { ServerOptions } from './server-options.ts';

const defaultListen = '127.0.0.1:5000';

export interface PlannedListener {
  readonly address: ListenAddress;
  readonly secure: boolean;
  readonly purpose: 'faces' | 'metrics';
}

/** @throws PlainHttpError, ListenAddressError */
export function planListeners(options: ServerOptions): readonly PlannedListener[] {
  const secure = options.tls !== undefined;
  const onlyHttp = options.listen === undefined && options.listenHttp !== undefined && !secure;
  const plan: PlannedListener[] = [];
  const add = (text: string, encrypted: boolean, purpose: PlannedListener['purpose']) => {
    const address = parseListenAddress(text);
    if (!encrypted && !isLoopback(address.host)) {
      throw new PlainHttpError(address.host ?? 'all addresses');
    }
    plan.push({ address, secure: encrypted, purpose });
  };
  if (!onlyHttp) add(options.listen ?? defaultListen, secure, 'faces');
  if (options.listenHttp !== undefined) add(options.listenHttp, false, 'faces');
  if (options.listenMetrics !== undefined) {
    const isNear = isLoopback(parseListenAddress(options.listenMetrics).host);
    add(options.listenMetrics, secure && !isNear, 'metrics');
  }
  return plan;
}

/** What a certificate that we make has to name. */
export function tlsPlace(
  { folder, clock, publicUrl }: ServerOptions,
  plan: readonly PlannedListener[],
) {
  const listened = plan.filter(({ secure }) => secure).map(({ address }) => address.host);
  const hosts = listened.map((host) => (isWildcard(host) ? hostname() : host));
  const known = [...hosts, publicHost(publicUrl)].filter((host) => host !== undefined);
  const also = listened.some(isWildcard) ? machineAddresses() : [];
  return { hosts: known, also, servedFolder: folder, clock };
}

/** Which Host headers a listener answers to. */
export function hostRuleFor({ allowedHosts, publicUrl }: ServerOptions, secure: boolean): HostRule {
  if (secure && allowedHosts === undefined) return 'any';
  const known = [...(allowedHosts ?? []).map(hostName), publicHost(publicUrl)];
  return { allowed: new Set(known.filter((host) => host !== undefined)) };
}

/** Machines with many virtual networks have some dozens of addresses, which no client calls them by. */
const maxAddresses = 16;

/** By which other machines may call this one, where it has no name that they know. */
function machineAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const reachable = all.filter(({ address, internal }) => !internal && !/^fe80:/iu.test(address));
  return reachable.map(({ address }) => address).slice(0, maxAddresses);
}

function isWildcard(host: string | undefined): boolean {
  return host === undefined || host === '::' || host === '0.0.0.0';
}

function publicHost(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? hostName(new URL(url).host) : undefined;
}
