import type { Clock } from '../base/index.ts';
import type { TrustAdvice } from './tls/trust-advice.ts';

export type TlsOptions =
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string }
  | {
      readonly kind: 'self-signed';
      readonly folder: string;
      /** Names and addresses besides the one listened on and the loopback ones. */
      readonly hosts?: readonly string[] | undefined;
    };

export interface ServerOptions {
  /** One OCI image layout per repository below it. */
  readonly folder: string;
  /** `HOST:PORT`; HTTPS when `tls` is given, else loopback addresses only. Default 127.0.0.1:5000. */
  readonly listen?: string | undefined;
  /** `HOST:PORT` of a second, plain listener; loopback addresses only. */
  readonly listenHttp?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Every request below `/v2/` then needs one of its users. */
  readonly htpasswdFile?: string | undefined;
  /**
   * Refuse every write, and write nothing into the folder either: it may be mounted read-only, and
   * another program may write into it. Each repository is shown as it was when first asked for.
   */
  readonly readOnly?: boolean | undefined;
  /**
   * `accept` takes manifests that point at content which is not here, for content that is spread over
   * several registries; `refuse` is the default.
   */
  readonly missingContent?: 'refuse' | 'accept' | undefined;
  /** The address clients know a proxy before us by; its host may be in the Host header. */
  readonly publicUrl?: string | undefined;
  /**
   * Host headers to answer to, besides the loopback ones and that of `publicUrl`. Without it the HTTPS
   * listener answers to any, the plain ones to none more.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly onAccess?: ((event: AccessEvent) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  /** How long requests under way may go on when the server is closed. Default 10 s. */
  readonly drainMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** One answered request, without secrets: no query, no header values. */
export interface AccessEvent {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Milliseconds from the headers of the request to the end of the answer. */
  readonly durationMs: number;
  readonly remoteAddress: string;
  readonly user: string | undefined;
  /** False when the connection ended before the answer did. */
  readonly complete: boolean;
}

export interface RunningServer {
  readonly addresses: readonly { readonly url: string }[];
  /** How clients come to trust the certificate, when it is one that we made. */
  readonly trustAdvice: TrustAdvice | undefined;
  /** Stops gracefully; everything acknowledged is durable anyway. Safe to call twice. */
  close(): Promise<void>;
}
