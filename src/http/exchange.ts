import type * as http from 'node:http';
import type { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import type { Connector } from './dispatcher.ts';
import { InvalidResponseError, ProxyError, TimeoutError, type TimeoutPhase } from './errors.ts';
import { explainFailure, maxHeaderBytes } from './explain-failure.ts';
import { headersFromRaw } from './headers.ts';
import type { HttpHeaders, HttpMethod, StreamedBody } from './interfaces.ts';
import { explainProxyFailure } from './proxy-settings.ts';
import { asError, ResponseBody } from './response-body.ts';
import { sendBody } from './send-body.ts';
import { Deadline, type TimeLimits } from './time-limits.ts';

export interface Exchange {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | StreamedBody | undefined;
  readonly connector: Connector;
  readonly limits: TimeLimits;
  /** Content of any length; see HttpRequest. */
  readonly longBody: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Readable;
  /** Undefined when it is not known: the connection was gone already, or is one to a proxy. */
  readonly remoteAddress: string | undefined;
}

/**
 * One request and one answer on one connection.
 *
 * 1. Wait for a connection from the agent; the connect limit counts once it is being made.
 * 2. Send the header and the body; the idle limit counts while the peer takes no bytes.
 * 3. Wait for the header of the answer under the first-byte limit. An answer that comes while we still
 *    send ends the sending: its status is what matters, and the connection is not used again.
 * 4. Hand out the body, which watches over itself from there.
 */
export async function exchange(request: Exchange, options: CallOptions): Promise<Answer> {
  options.signal?.throwIfAborted();
  const { body } = request;
  const source = body === undefined || Buffer.isBuffer(body) ? undefined : await body.open(options);
  try {
    return await run(request, source, options);
  } finally {
    source?.destroy();
  }
}

function run(
  request: Exchange,
  source: Readable | undefined,
  { signal }: CallOptions,
): Promise<Answer> {
  const { body, connector, limits, method, url } = request;
  return new Promise((resolve, reject) => {
    const deadline = new Deadline();
    /** Ends the sending, because an answer came or the exchange failed. */
    const halt = new AbortController();
    let isAnswered = false;
    const message = connector.request(url, {
      agent: connector.agent,
      method,
      headers: { ...request.headers, ...lengthHeader(method, body) },
      maxHeaderSize: maxHeaderBytes,
    });

    const fail = (error: unknown): void => {
      // Once there is an answer its body tells of any failure; destroying the request would empty it.
      if (isAnswered) return;
      settle();
      message.destroy();
      reject(asError(error));
    };
    const onAbort = (): void => fail(signal?.reason);
    const settle = (): void => {
      deadline.stop();
      halt.abort(null); // Without a reason it would make an error, stack and all, for nobody.
      signal?.removeEventListener('abort', onAbort);
    };
    const expireAs = (phase: TimeoutPhase, limitMs: number) => () =>
      fail(new TimeoutError(url.host, phase, limitMs));

    signal?.addEventListener('abort', onAbort, { once: true });
    // Stays for good: an error may still come after the answer, when its body already tells of it.
    message.on('error', (error) => fail(explained(error, url, connector)));
    message.once('socket', (socket) => {
      if (!socket.connecting) return;
      deadline.start(limits.connectMs, expireAs('connect', limits.connectMs));
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => deadline.stop());
    });
    message.once('finish', () => {
      if (halt.signal.aborted) return;
      deadline.start(limits.firstByteMs, expireAs('first-byte', limits.firstByteMs));
    });
    message.once('response', (response) => {
      const isAllSent = message.writableEnded;
      settle();
      isAnswered = true;
      const { proxy } = connector;
      if (proxy !== undefined && url.protocol === 'http:' && response.statusCode === 407) {
        message.destroy();
        reject(new ProxyError(proxy.host, { status: 407, target: url.host }));
        return;
      }
      const headers = headersFromRaw(response.rawHeaders);
      const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
      if (encoding !== 'identity' && encoding !== '' && method !== 'HEAD') {
        message.destroy();
        reject(unaskedEncoding(url, encoding));
        return;
      }
      resolve({
        status: response.statusCode ?? 0,
        headers,
        remoteAddress: connector.proxy === undefined ? response.socket.remoteAddress : undefined,
        body: new ResponseBody(response, {
          host: url.host,
          idleMs: limits.idleMs,
          wholeMs:
            request.longBody && isSuccess(response.statusCode) ? undefined : limits.documentMs,
          expectedSize: expectedSize(method, response.statusCode, headers),
          signal,
          released: (complete) => {
            if (!complete || !isAllSent) message.destroy();
          },
        }),
      });
    });

    if (source === undefined) {
      message.end(Buffer.isBuffer(body) ? body : undefined);
      return;
    }
    sendBody(message, source, {
      size: declaredSize(body),
      halt: halt.signal,
      onStalled: () => deadline.start(limits.idleMs, expireAs('send', limits.idleMs)),
      onMoving: () => deadline.stop(),
      onProgress: Buffer.isBuffer(body) ? undefined : body?.onProgress,
    }).catch(fail);
  });
}

/** A plain connection through a proxy is one to the proxy; inside a tunnel it is one to the target. */
function explained(error: unknown, url: URL, { proxy }: Connector): Error {
  return proxy !== undefined && url.protocol === 'http:'
    ? explainProxyFailure(error, proxy)
    : explainFailure(error, url.host);
}

function declaredSize(body: Buffer | StreamedBody | undefined): number {
  if (body === undefined) return 0;
  return Buffer.isBuffer(body) ? body.byteLength : body.size;
}

function lengthHeader(
  method: HttpMethod,
  body: Buffer | StreamedBody | undefined,
): http.OutgoingHttpHeaders {
  const mayHaveBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  return body === undefined && !mayHaveBody ? {} : { 'content-length': declaredSize(body) };
}

function isSuccess(status = 0): boolean {
  return status >= 200 && status < 300;
}

/** Bytes the body must have, where that is known. */
function expectedSize(
  method: HttpMethod,
  status: number | undefined,
  headers: HttpHeaders,
): number | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  if (headers.get('transfer-encoding') !== undefined) return undefined;
  const text = headers.get('content-length') ?? '';
  return /^\d{1,15}$/u.test(text) ? Number(text) : undefined;
}

function unaskedEncoding(url: URL, encoding: string): InvalidResponseError {
  return new InvalidResponseError(
    url.host,
    `the answer has content encoding "${encoding.slice(0, 40)}" although none was asked for`,
    { hint: 'A proxy on the way compresses what it must not touch; exempt this host from it.' },
  );
}
