import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What an endpoint says; sending it is somebody else's work. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | StreamedBody | undefined;
}

/** A body that is too large to be held in memory. One of the two is called, once. */
export interface StreamedBody {
  /** Writes as many bytes as the Content-Length header says, or rejects. It may end the response. */
  writeTo(response: ServerResponse): Promise<void>;
  discard(): Promise<void>;
}

/**
 * On every answer: nothing this server sends may be sniffed, framed, or run as a page of its origin.
 */
const fixedHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** These have no body by definition; a length would speak of another answer's body. */
const bodiless: ReadonlySet<number> = new Set([204, 304]);

/** Up to this many unread body bytes are cheaper to read away than a new connection is. */
const maxDrainBytes = 1024 ** 2;

/** How long a client may take to notice an early answer before its connection is cut. */
const lingerMs = 2000;

/** Sends `answer`. A client that went away is no error. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const { body } = answer;
  const early = leavesBodyUnread(request);
  response.statusCode = answer.status;
  for (const headers of [fixedHeaders, answer.headers]) {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }
  if (Buffer.isBuffer(body) && !response.hasHeader('Content-Length')) {
    response.setHeader('Content-Length', body.length);
  }
  const saysLength = response.hasHeader('Content-Length') || bodiless.has(answer.status);
  if (body === undefined && !saysLength) response.setHeader('Content-Length', 0);
  if (early) response.setHeader('Connection', 'close');
  if (body !== undefined && !Buffer.isBuffer(body)) {
    if (request.method !== 'HEAD') return sendStream(body, response);
    await body.discard();
  }
  if (early) return endEarly(request, response, Buffer.isBuffer(body) ? body : undefined);
  response.end(request.method === 'HEAD' || !Buffer.isBuffer(body) ? undefined : body);
}

async function sendStream(body: StreamedBody, response: ServerResponse): Promise<void> {
  try {
    await body.writeTo(response);
    response.end();
  } catch {
    // The status is out already. A cut connection is the only way left to say that the body is not
    // whole; when it was the client who left, nobody is there to be told.
    response.destroy();
  }
}

function leavesBodyUnread(request: IncomingMessage): boolean {
  if (request.complete || request.destroyed) return false;
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  return request.headers['transfer-encoding'] !== undefined || declared > maxDrainBytes;
}

/**
 * Answers while the client still sends. Closing a socket with unread bytes resets the connection, and
 * the reset can overtake the answer; so the answer goes out first and the client gets a moment to see
 * it and stop, while what it still sends is thrown away.
 */
async function endEarly(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer | undefined,
): Promise<void> {
  response.flushHeaders();
  if (body !== undefined) response.write(body);
  const waiting = new AbortController();
  const finished = () => waiting.abort();
  request.once('close', finished).once('end', finished).once('error', finished).resume();
  await delay(lingerMs, undefined, { signal: waiting.signal, ref: false }).catch(() => undefined);
  response.end();
}

/** A JSON answer; `contentType` when the specification wants a special one. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Answer['headers'] = {},
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}
