import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

interface DomainRule {
  /** With its leading dot. */
  readonly suffix: string;
  /** Whether the domain itself counts, or only what is below it. */
  readonly itself: boolean;
  /** Empty for every port. */
  readonly port: string;
}

/**
 * Reads a list as `NO_PROXY` holds it: domains (`example.com` with all below it, `.example.com` and
 * `*.example.com` without itself), IP addresses, networks in CIDR form, each but the last with a port if
 * wanted, and `*` for everything. What is none of these is passed over, as Go does.
 * @returns whether a host is exempt; its port always in digits, an IPv6 address without brackets.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function parseNoProxy(list: string): (host: string, port: string) => boolean {
  const networks = new BlockList();
  const addresses: { readonly list: BlockList; readonly port: string }[] = [];
  const domains: DomainRule[] = [];
  for (const item of list.split(',')) {
    const text = item.trim().toLowerCase();
    if (text === '*') return () => true;
    if (text === '' || addNetwork(networks, text)) continue;
    const { host, port } = splitPort(text);
    if (host === '') continue;
    if (isIP(host) === 0) {
      domains.push(domainRule(host, port));
    } else {
      const one = new BlockList();
      one.addAddress(host, familyOf(host));
      addresses.push({ list: one, port });
    }
  }
  return (host, port) => {
    const isHere = (rule: { readonly port: string }): boolean =>
      rule.port === '' || rule.port === port;
    if (isIP(host) !== 0) {
      const family = familyOf(host);
      if (networks.check(host, family)) return true;
      if (addresses.some((rule) => isHere(rule) && rule.list.check(host, family))) return true;
    }
    return domains.some(
      (rule) =>
        isHere(rule) &&
        (host.endsWith(rule.suffix) || (rule.itself && host === rule.suffix.slice(1))),
    );
  };
}

function addNetwork(networks: BlockList, text: string): boolean {
  const [, address = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/u.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(prefix) > (version === 4 ? 32 : 128)) return false;
  networks.addSubnet(address, Number(prefix), familyOf(address));
  return true;
}

/** `host:port`, `[address]:port`, or a host alone; an IPv6 address alone has more than one colon. */
function splitPort(text: string): { readonly host: string; readonly port: string } {
  const [, bracketed, plain, port = ''] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/u.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port };
}

function domainRule(host: string, port: string): DomainRule {
  const bare = host.replace(/^\*(?=\.)/u, '');
  const itself = !bare.startsWith('.');
  const name = bare.replace(/^\./u, '');
  // What can not be a domain name stays as it is, and matches nothing.
  return { suffix: `.${domainToASCII(name) || name}`, itself, port };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
