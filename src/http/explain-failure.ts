import { errnoOf, isTofuOciError } from '../base/index.ts';
import { ConnectionError, InvalidResponseError, TlsError, type TlsProblem } from './errors.ts';

/** Most answers need 1 KiB of header; Google Artifact Registry sends some 21 KB (Node's default is 16). */
export const maxHeaderBytes = 64 * 1024;

const certificateProblems: Readonly<Record<string, TlsProblem>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  CERT_UNTRUSTED: 'unknown-ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-ca',
  ERR_TLS_CERT_ALTNAME_INVALID: 'host-name',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-ca',
};

/** What a server says that asks its clients for certificates. */
const clientCertificateAlerts =
  /^ERR_SSL_(?:TLSV13_ALERT_CERTIFICATE_REQUIRED|SSLV3_ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_(?:EXPIRED|REVOKED|UNKNOWN))|TLSV1_ALERT_UNKNOWN_CA)$/u;

const connectionTexts: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name can not be looked up just now',
  ECONNREFUSED: 'connection refused, nothing listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
  ENOTFOUND: 'there is no host of that name',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the connection timed out',
};

const connectionHints: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'Check the DNS settings and the network, then run the same command again.',
  ECONNREFUSED: 'Check the host and port, and that the server is running.',
  ENOTFOUND: 'Check the spelling of the host name and the DNS settings.',
};

/** Turns what Node reports about a failed exchange into an error of ours; ours pass as they are. */
export function explainFailure(error: unknown, host: string): Error {
  if (isTofuOciError(error)) return error;
  const errno = errnoOf(error);
  const tls = errno === undefined ? undefined : explainTls(errno, error, host);
  if (tls !== undefined) return tls;
  if (errno?.startsWith('HPE_') === true) {
    const what =
      errno === 'HPE_HEADER_OVERFLOW'
        ? `the header of the answer is larger than ${maxHeaderBytes} bytes`
        : 'the answer is not valid HTTP';
    return new InvalidResponseError(host, what, { cause: error });
  }
  const fallback = error instanceof Error && error.message !== '' ? error.message : 'no connection';
  return new ConnectionError(host, connectionTexts[errno ?? ''] ?? fallback, errno, {
    cause: error,
    hint: connectionHints[errno ?? ''],
  });
}

function explainTls(errno: string, cause: unknown, host: string): TlsError | undefined {
  const problem = certificateProblems[errno];
  switch (problem) {
    case 'unknown-ca':
      return new TlsError(
        host,
        problem,
        'its certificate is signed by an authority not known here',
        {
          cause,
          hint: 'If it is the authority of your organisation, name its certificate with SSL_CERT_FILE or --ca-file FILE.',
        },
      );
    case 'expired':
      return new TlsError(host, problem, 'its certificate is expired or not valid yet', {
        cause,
        hint: 'Check the clock of this machine; else the server needs a new certificate.',
      });
    case 'host-name':
      return new TlsError(host, problem, 'its certificate is for another host name', {
        cause,
        hint: 'Use the name that stands in the certificate.',
      });
    default:
      break;
  }
  if (clientCertificateAlerts.test(errno)) {
    return new TlsError(
      host,
      'client-certificate',
      'it wants another client certificate, or one at all',
      {
        cause,
        hint: `Put the certificate and its key where Docker and Podman look for them: ~/.config/containers/certs.d/${host}/client.cert and client.key.`,
      },
    );
  }
  const text = cause instanceof Error ? cause.message : errno;
  if (/wrong version number|packet length too long|http request/iu.test(text)) {
    return new TlsError(host, 'no-tls', 'it does not speak TLS, perhaps plain HTTP', {
      cause,
      hint: `If it is meant to be plain HTTP on a network you trust, pass --plain-http ${host}.`,
    });
  }
  if (errno === 'EPROTO' || errno.startsWith('ERR_SSL_') || errno.startsWith('ERR_TLS_')) {
    return new TlsError(host, 'other', `the TLS handshake failed (${errno})`, { cause });
  }
  if (errno.startsWith('CERT_') || errno.startsWith('UNABLE_TO_')) {
    return new TlsError(host, 'unknown-ca', `its certificate was refused (${errno})`, { cause });
  }
  return undefined;
}
