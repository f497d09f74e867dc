import type * as https from 'node:https';
import { ClientCertificateError } from './errors.ts';

/** What one host, and no other, is met with. */
export interface HostTls {
  /** PEM certificates of authorities that count for this host. */
  readonly ca?: readonly string[] | undefined;
  readonly identity?: ClientIdentity | undefined;
  /** Where it was found, for messages. */
  readonly source: string;
}

/** Who we are, for a host that asks for a certificate: certificates and key in PEM. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
}

/**
 * One context for all connections of an agent: parsing the roots costs 20 ms on Node 20.
 * @throws ClientCertificateError
 */
export async function secureOptions(
  ca: readonly string[],
  own?: {
    readonly host: string;
    readonly tls: HostTls;
    readonly identity: ClientIdentity | undefined;
  },
): Promise<https.AgentOptions> {
  const trusted = [...ca, ...(own?.tls.ca ?? [])];
  const identity = own?.identity;
  if (trusted.length === 0 && identity === undefined) return {};
  const { createSecureContext, rootCertificates } = await import('node:tls');
  try {
    const secureContext = createSecureContext({
      ...(trusted.length === 0 ? {} : { ca: [...rootCertificates, ...trusted] }),
      ...(identity === undefined ? {} : { cert: identity.cert, key: identity.key }),
    });
    return { secureContext };
  } catch (error) {
    if (own === undefined) throw error;
    throw new ClientCertificateError(own.host, own.tls.source, error);
  }
}
