import type { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import type { RetryPolicy } from './retry.ts';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A body that is opened anew for every attempt, so that a broken upload can start again. */
export interface StreamedBody {
  /** Bytes; declared as Content-Length and held to: a shorter or longer stream is an error. */
  readonly size: number;
  open(options: CallOptions): Promise<Readable>;
  /** Bytes of this attempt handed to the connection so far. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

export interface HttpRequest {
  readonly method: HttpMethod;
  readonly url: URL;
  /** Lower-case names. Off the origin of `url` only harmless ones (`accept`, `range`, …) are sent. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The `Authorization` value; sent to the origin of `url` and to no other, whatever redirects say. */
  readonly credentials?: string | undefined;
  readonly body?: Buffer | StreamedBody | undefined;
  /**
   * Whether sending it twice does no harm. Default: true for GET, HEAD, PUT and DELETE. What is not
   * replayable is tried once.
   */
  readonly replayable?: boolean | undefined;
  /** `same-origin` refuses a redirect to any other scheme, host or port. Default `follow`. */
  readonly redirects?: 'follow' | 'same-origin' | undefined;
  /**
   * The answer is content of any length, which may take as long as it moves. Other answers are documents,
   * and have to be here whole within the document limit, as has any answer that is an error.
   */
  readonly longBody?: boolean | undefined;
  /**
   * Where `url` was learnt from when a remote party named it (an upload Location, a realm): the rules
   * for redirects then hold for `url` itself.
   */
  readonly referredBy?: URL | undefined;
}

/** Header fields by lower-case name. */
export interface HttpHeaders {
  /** The field's value; values of repeated lines are joined with `, ` (RFC 9110 section 5.2). */
  get(name: string): string | undefined;
  /** The value of each line of that name, in order. */
  all(name: string): readonly string[];
  /** Of all lines together, as far as they can be told from what the parser left; undefined when nobody counted. */
  readonly bytes?: number | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly headers: HttpHeaders;
  /** Which try this answers, 1 for the first: an earlier one may have done its work and lost its answer. */
  readonly attempt: number;
  /** Must be read to its end or destroyed, else its connection stays taken. */
  readonly body: Readable;
}

/** One exchange on the wire, for traces: no header, no body, no secret. */
export interface HttpTraceEvent {
  readonly method: HttpMethod;
  /** Redacted. */
  readonly url: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** The status, or the code of the error that came instead. */
  readonly outcome: number | string;
  /** From the start of the exchange to its header, milliseconds. */
  readonly ms: number;
}

export interface HttpClient {
  /**
   * Sends a request, follows its redirects, tries again what is worth it, and gives the last answer
   * whatever its status is. Each hop is checked: no plain HTTP but to allowed hosts, none after HTTPS, no
   * private address named by a public host, no user information, http(s) only.
   * @throws ConnectionError, TimeoutError, TlsError, InvalidResponseError, RedirectRefusedError,
   *   RetryAfterTooLongError, PlainHttpRefusedError, UrlRefusedError, BodySizeError
   */
  send(request: HttpRequest, options?: CallOptions): Promise<HttpResponse>;
  /** For callers that repeat more than one request, such as a whole upload. */
  readonly retry: RetryPolicy;
  /** Drops kept connections; exchanges under way fail. */
  close(): void;
}
