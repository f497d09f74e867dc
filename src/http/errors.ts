import { type ErrorCategory, type ErrorOptions, redactUrl, TofuOciError } from '../base/index.ts';

/** A plain HTTP address that is neither loopback nor allowed by name. */
export class PlainHttpRefusedError extends TofuOciError {
  readonly code = 'ERR_HTTP_PLAIN_REFUSED';
  readonly category = 'usage';
  readonly host: string;
  constructor(url: URL) {
    super(`refusing plain HTTP to ${url.host}: anyone on the way could read and change it`, {
      hint: `Use HTTPS; for a registry on a network you trust, pass --plain-http ${url.host}.`,
    });
    this.host = url.host;
  }
}

/** An address that no request may go to at all: another scheme, or user information in it. */
export class UrlRefusedError extends TofuOciError {
  readonly code = 'ERR_HTTP_URL_REFUSED';
  readonly category = 'usage';
  constructor(url: URL, why: string) {
    super(`refusing ${redactUrl(url)}: ${why}`);
  }
}

export type RedirectProblem =
  | 'cross-origin'
  | 'downgrade'
  | 'method'
  | 'plain-http'
  | 'private-address'
  | 'scheme'
  | 'too-many'
  | 'unparsable'
  | 'userinfo';

const problemTexts: Readonly<Record<RedirectProblem, string>> = {
  'cross-origin': 'it leads to another origin, which this request must not do',
  downgrade: 'it leads from HTTPS to plain HTTP',
  method: 'its status would turn the request into a GET',
  'plain-http': 'it leads to a host to which plain HTTP is not allowed',
  'private-address': 'it leads from a public host to a private, loopback or link-local address',
  scheme: 'it does not lead to an http or https address',
  'too-many': 'there were too many before it',
  unparsable: 'its address can not be parsed',
  userinfo: 'its address holds a user name or password',
};

/** A remote party sent us somewhere we must not go: by a redirect, an upload Location or a realm. */
export class RedirectRefusedError extends TofuOciError {
  readonly code = 'ERR_HTTP_REDIRECT_REFUSED';
  readonly category = 'remote';
  readonly problem: RedirectProblem;
  constructor(from: URL, to: URL | undefined, problem: RedirectProblem) {
    const target = to === undefined ? '' : ` to ${redactUrl(to)}`;
    super(`refusing the redirect from ${redactUrl(from)}${target}: ${problemTexts[problem]}`, {
      hint: 'The registry, mirror or a proxy before it is misconfigured or hostile; ask who runs it.',
    });
    this.problem = problem;
  }
}

/** No connection, or it broke. */
export class ConnectionError extends TofuOciError {
  readonly code = 'ERR_HTTP_CONNECTION';
  readonly category = 'remote';
  readonly host: string;
  readonly errno: string | undefined;
  constructor(host: string, what: string, errno: string | undefined, options: ErrorOptions = {}) {
    super(`${host}: ${what}`, options);
    this.host = host;
    this.errno = errno;
  }
}

export type TimeoutPhase = 'connect' | 'send' | 'first-byte' | 'receive' | 'document';

const phaseTexts: Readonly<Record<TimeoutPhase, string>> = {
  connect: 'no connection',
  send: 'took no more bytes',
  'first-byte': 'no answer',
  receive: 'sent no more bytes',
  document: 'did not send the whole answer',
};

/** The peer made no progress for too long; a slow but moving transfer of content never gets here. */
export class TimeoutError extends TofuOciError {
  readonly code = 'ERR_HTTP_TIMEOUT';
  readonly category = 'remote';
  readonly host: string;
  readonly phase: TimeoutPhase;
  readonly limitMs: number;
  constructor(host: string, phase: TimeoutPhase, limitMs: number) {
    super(`${host}: ${phaseTexts[phase]} within ${limitMs / 1000} s`, {
      hint: 'Check the network and any proxy on the way, then run the same command again.',
    });
    this.host = host;
    this.phase = phase;
    this.limitMs = limitMs;
  }
}

export type TlsProblem =
  'unknown-ca' | 'expired' | 'host-name' | 'no-tls' | 'client-certificate' | 'other';

/** The TLS handshake failed or the certificate is not to be trusted. Never tried again. */
export class TlsError extends TofuOciError {
  readonly code = 'ERR_HTTP_TLS';
  readonly category: ErrorCategory;
  readonly host: string;
  readonly problem: TlsProblem;
  constructor(host: string, problem: TlsProblem, what: string, options: ErrorOptions = {}) {
    super(`${host}: ${what}`, options);
    this.host = host;
    this.problem = problem;
    this.category = categoryOfTls(problem);
  }
}

function categoryOfTls(problem: TlsProblem): ErrorCategory {
  switch (problem) {
    case 'client-certificate':
      return 'auth';
    case 'no-tls':
    case 'other':
      return 'remote';
    default:
      return 'trust';
  }
}

/** A certificate of ours, or its key, can not be used. */
export class ClientCertificateError extends TofuOciError {
  readonly code = 'ERR_HTTP_CLIENT_CERTIFICATE';
  readonly category = 'usage';
  /** Whom it is for. */
  readonly host: string;
  constructor(host: string, source: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`the certificates for ${host} in ${source} can not be used: ${why}`, {
      cause,
      hint: 'Certificates and key have to be in PEM, the key without a password and of this certificate.',
    });
    this.host = host;
  }
}

/** The proxy is there and does not let a request through. */
export class ProxyError extends TofuOciError {
  readonly code = 'ERR_HTTP_PROXY';
  readonly category: ErrorCategory;
  /** Host and port of the proxy. */
  readonly proxy: string;
  readonly status: number;
  constructor(proxy: string, answer: { readonly status: number; readonly target: string }) {
    const { status, target } = answer;
    super(`the proxy ${proxy} answered ${status} when it was asked for ${target}`, {
      hint: hintForProxy(status),
    });
    this.proxy = proxy;
    this.status = status;
    this.category = status === 407 ? 'auth' : 'remote';
  }
}

function hintForProxy(status: number): string {
  if (status === 407) {
    return 'Write its user name and password into the variable: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT';
  }
  return status >= 500
    ? 'The proxy can not reach that host. Hosts of your own network belong into NO_PROXY.'
    : 'The proxy does not allow that host, or is none. Ask who runs it; hosts of your own network belong into NO_PROXY.';
}

/** A variable that should name a proxy does not. Its value is not shown: it may hold a password. */
export class ProxyAddressError extends TofuOciError {
  readonly code = 'ERR_HTTP_PROXY_ADDRESS';
  readonly category = 'usage';
  /** `HTTPS_PROXY` */
  readonly setting: string;
  constructor(setting: string, what: string) {
    super(`${setting} ${what}`, {
      hint: `Write ${setting}=http://proxy.example.com:3128, or unset it. Proxies of other kinds than http and https are not supported.`,
    });
    this.setting = setting;
  }
}

/** What came back is not HTTP as we accept it: unparsable, too large a header, an unasked encoding. */
export class InvalidResponseError extends TofuOciError {
  readonly code = 'ERR_HTTP_INVALID_RESPONSE';
  readonly category = 'remote';
  readonly host: string;
  constructor(host: string, what: string, options: ErrorOptions = {}) {
    super(`${host}: ${what}`, options);
    this.host = host;
  }
}

/** The server asks for a longer pause than a command should make by itself. */
export class RetryAfterTooLongError extends TofuOciError {
  readonly code = 'ERR_HTTP_RETRY_AFTER';
  readonly category = 'remote';
  readonly retryAfterMs: number;
  constructor(url: URL, status: number, retryAfterMs: number, limitMs: number) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    super(
      `${url.host} answered ${status} and asks to wait ${seconds} s before trying again; ` +
        `we wait ${limitMs / 1000} s at most`,
      { hint: `Run the same command again in ${seconds} s or later.` },
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** Content to send turned out shorter or longer than declared; it changed meanwhile. */
export class BodySizeError extends TofuOciError {
  readonly code = 'ERR_HTTP_BODY_SIZE';
  readonly category = 'integrity';
  readonly expected: number;
  constructor(expected: number, sent: number) {
    super(
      sent > expected
        ? `the content to send is longer than the ${expected} bytes declared for it`
        : `the content to send ended after ${sent} of ${expected} bytes`,
      { hint: 'A file was changed while it was sent; run the same command again.' },
    );
    this.expected = expected;
  }
}
