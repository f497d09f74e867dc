import type { CertificateHost } from './hosts.ts';

export const nameConstraintsOid = '2.5.29.30';

/**
 * The value of a name constraints extension that permits exactly these hosts (and, which the format
 * can not avoid, names below the DNS ones). The lists hold names and addresses both, because a kind of
 * name that is not listed at all stays unconstrained.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
 */
export function permitOnly(hosts: readonly CertificateHost[]): Buffer {
  const subtrees = hosts.map((host) => der(0x30, generalName(host)));
  return der(0x30, der(0xa0, Buffer.concat(subtrees)));
}

function generalName(host: CertificateHost): Buffer {
  if (host.kind === 'dns') return der(0x82, Buffer.from(host.name, 'ascii'));
  const mask = Buffer.alloc(host.bytes.length, 0xff);
  return der(0x87, Buffer.concat([host.bytes, mask]));
}

/** One DER element: tag, length in the shortest form, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}
