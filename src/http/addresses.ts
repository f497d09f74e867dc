import { BlockList, isIP } from 'node:net';

const ipv4Ranges: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** `::/96` (IPv4-compatible), NAT64 and 6to4 can carry any IPv4 address, so they count as a whole. */
const ipv6Ranges: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

function blockListOf(
  family: 'ipv4' | 'ipv6',
  ranges: readonly (readonly [string, number])[],
): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}

const ipv4List = blockListOf('ipv4', ipv4Ranges);
const ipv6List = blockListOf('ipv6', ipv6Ranges);
const loopback4 = blockListOf('ipv4', [['127.0.0.0', 8]]);

/**
 * Whether an IP address is one that a host on the internet has no business naming: loopback, private,
 * link-local, shared, unspecified, multicast, reserved. IPv4 inside IPv6 is judged by the IPv4 part.
 */
export function isPrivateAddress(address: string): boolean {
  const zoneless = address.split('%', 1)[0] ?? address;
  switch (isIP(zoneless)) {
    case 4:
      return ipv4List.check(zoneless, 'ipv4');
    case 6: {
      const mapped = mappedIpv4(zoneless);
      return mapped === undefined ? ipv6List.check(zoneless, 'ipv6') : isPrivateAddress(mapped);
    }
    default:
      return false;
  }
}

/** The IPv4 address in `::ffff:a.b.c.d`, in either spelling. */
function mappedIpv4(address: string): string | undefined {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/iu.exec(address);
  if (match === null) return undefined;
  const [high, low] = [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The IP address a URL's host is written as, without brackets; undefined for a name. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  return isIP(host) === 0 ? undefined : host;
}

/** Exactly `localhost`, 127.0.0.0/8 and `[::1]`: no suffix match, no `.local`, no other spelling. */
export function isLoopbackHost(url: URL): boolean {
  if (url.hostname === 'localhost' || url.hostname === '[::1]') return true;
  const address = literalAddress(url);
  return address !== undefined && isIP(address) === 4 && loopback4.check(address, 'ipv4');
}

/** Whether the host as written is private: a literal, or a name that always means this machine. */
export function isPrivateHost(
  url: URL,
  isPrivate: (address: string) => boolean = isPrivateAddress,
): boolean {
  const name = url.hostname.replace(/\.$/u, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const address = literalAddress(url);
  return address !== undefined && isPrivate(address);
}
