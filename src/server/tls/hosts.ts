import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { TlsHostError } from '../errors.ts';

/** What a certificate can name: a DNS name in its ASCII form, or an address. */
export type CertificateHost =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly address: string; readonly bytes: Buffer };

/** Every development certificate names these, so that the same machine can always talk to itself. */
const ownHosts = ['localhost', '127.0.0.1', '::1'];

/**
 * The hosts of a development certificate: those given and the loopback ones, each once, in that order.
 * @throws TlsHostError
 */
export function certificateHosts(given: readonly string[]): CertificateHost[] {
  const hosts = new Map<string, CertificateHost>();
  for (const text of [...given, ...ownHosts]) {
    const host = parseHost(text);
    hosts.set(hostKey(host), host);
  }
  return [...hosts.values()];
}

/** Equal for two spellings of one host. */
export function hostKey(host: CertificateHost): string {
  return host.kind === 'dns' ? `dns:${host.name}` : `ip:${host.bytes.toString('hex')}`;
}

/** The keys of the hosts that a certificate covers, from its alternative names as Node prints them. */
export function hostKeysOf(subjectAltName: string | undefined): Set<string> {
  return new Set(hostsOf(subjectAltName).map((host) => hostKey(parseHost(host))));
}

/** The hosts that a certificate covers, from its alternative names as Node prints them. */
export function hostsOf(subjectAltName: string | undefined): readonly string[] {
  const entries = (subjectAltName ?? '').split(', ').filter((entry) => entry !== '');
  return entries.map((entry) => entry.replace(/^(?:DNS|IP Address):/u, ''));
}

function parseHost(text: string): CertificateHost {
  const bare = text.replace(/^\[(.*)\]$/u, '$1');
  if (isIP(bare) !== 0 && !bare.includes('%')) {
    return { kind: 'ip', address: bare, bytes: addressBytes(bare) };
  }
  const name = domainToASCII(bare.toLowerCase().replace(/\.$/u, ''));
  const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/u;
  const labels = name.split('.');
  const isName = name.length <= 253 && labels.every((part) => label.test(part));
  // A name whose last label is a number is read as an address by browsers; nothing good comes of it.
  if (!isName || /^[0-9]+$/u.test(labels.at(-1) ?? '')) throw new TlsHostError(text);
  return { kind: 'dns', name };
}

function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  // The URL parser turns an embedded IPv4 part into groups and drops nothing else.
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const bytes = Buffer.alloc(16);
  for (const [index, group] of left.entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  }
  for (const [index, group] of right.entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), 16 - (right.length - index) * 2);
  }
  return bytes;
}
