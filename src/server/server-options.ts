import type { Clock } from '../base/index.ts';
import type { PathTemplate } from '../domain/index.ts';
import type { SigningKeyPair } from '../signatures/index.ts';
import type { ProviderShelf } from './gateway/index.ts';
import type { TrustSettings } from './open-trust.ts';
import type { TrustAdvice } from './tls/trust-advice.ts';

export type TlsOptions =
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string }
  | {
      readonly kind: 'self-signed';
      readonly folder: string;
      /** Names and addresses besides the one listened on and the loopback ones. */
      readonly hosts?: readonly string[] | undefined;
    };

/** What the gateway offers, and as whose word. */
export interface GatewaySettings {
  /** Where the releases are: in the served folder, or on a shelf that the caller opened. */
  readonly source:
    | {
        readonly kind: 'folder';
        readonly template: PathTemplate;
        readonly host?: string | undefined;
      }
    | { readonly kind: 'shelf'; readonly shelf: ProviderShelf };
  readonly trust: TrustSettings;
  /** Signs what no developer's accepted signature covers. */
  readonly signer?: SigningKeyPair | undefined;
  readonly trustAllHashes?: boolean | undefined;
  /** Shared by replicas behind one address; random without it. */
  readonly urlSecret?: Uint8Array | undefined;
}

export interface ServerOptions {
  /** One OCI image layout per repository below it; undefined: no registry, only what `gateway` reads. */
  readonly folder: string | undefined;
  /** Provider registry and network mirror; undefined: none. */
  readonly gateway?: GatewaySettings | undefined;
  /** `HOST:PORT`; HTTPS when `tls` is given, else loopback addresses only. Default 127.0.0.1:5000. */
  readonly listen?: string | undefined;
  /** `HOST:PORT` of a second, plain listener; loopback addresses only. */
  readonly listenHttp?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  /** `HOST:PORT` of a listener for `/metrics` and `/healthz` only; HTTPS unless it is a loopback address. */
  readonly listenMetrics?: string | undefined;
  /** Users log in with the names and passwords of this file (bcrypt only). */
  readonly htpasswdFile?: string | undefined;
  /**
   * Users log in with tokens of a token server: `{"realm": URL, "service": NAME, "issuer": NAME, "keys":
   * FILE}`. Excludes `htpasswdFile`.
   */
  readonly tokensFile?: string | undefined;
  /**
   * Who may do what, one rule a line: `WHO read|write|replace PATTERN…`. Without it everybody may do
   * everything where nobody can log in; else users may read and write, and tokens say it themselves.
   */
  readonly rightsFile?: string | undefined;
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
  /**
   * Milliseconds after which a blob is removed that no manifest needs, and that no client was told of.
   * Default a day; `Infinity`: never.
   */
  readonly graceMs?: number | undefined;
  /** The address clients know a proxy before us by; its host may be in the Host header. */
  readonly publicUrl?: string | undefined;
  /**
   * Host headers to answer to, besides the loopback ones and that of `publicUrl`. Without it the HTTPS
   * listener answers to any, the plain ones to none more.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly onAccess?: ((event: AccessEvent) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly onNotice?: ((notice: ServerNotice) => void) | undefined;
  /** How often changed passwords, rights, keys and certificates are looked for. Default 5 s. */
  readonly reloadMs?: number | undefined;
  /** How long requests under way may go on when the server is closed. Default 10 s. */
  readonly drainMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** One answered request, without secrets: no query, no header values. */
export interface AccessEvent {
  /** Milliseconds since 1970, when the request's headers had arrived. */
  readonly time: number;
  readonly method: string;
  /** `1.1` or `1.0`. */
  readonly httpVersion: string;
  /** At most 2,000 characters of it. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds from the headers of the request to the end of the answer. */
  readonly durationMs: number;
  readonly remoteAddress: string;
  readonly user: string | undefined;
  /** At most 200 characters of what the client calls itself. */
  readonly userAgent: string | undefined;
  /** Bytes of request and answer on the connection, headers included. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** False when the connection ended before the answer did. */
  readonly complete: boolean;
}

/** Something that the operator of a running server may want to know. */
export type ServerNotice =
  /** The new content of a file is in force. */
  | { readonly kind: 'reloaded'; readonly file: string }
  /** The new content can not be used; what was there before stays in force. */
  | { readonly kind: 'kept'; readonly file: string; readonly error: unknown }
  /** The new content is in force, and something about it is strange. */
  | { readonly kind: 'warning'; readonly text: string };

export interface RunningServer {
  readonly addresses: readonly { readonly url: string }[];
  /** Where the metrics are, when they were asked for. */
  readonly metricsAddress: { readonly url: string } | undefined;
  /** What is strange about the settings, in sentences, though they can be used. */
  readonly warnings: readonly string[];
  /** How clients come to trust the certificate, when it is one that we made. */
  readonly trustAdvice: TrustAdvice | undefined;
  /** Looks for changed passwords, rights, keys and certificates now. Never rejects. */
  reload(): Promise<void>;
  /** Stops gracefully; everything acknowledged is durable anyway. Safe to call twice. */
  close(): Promise<void>;
}
