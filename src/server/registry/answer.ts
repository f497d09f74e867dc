import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What an endpoint says; sending it is somebody else's work. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Bytes, or a stream that is as long as the Content-Length header says. */
  readonly body?: Buffer | Readable | undefined;
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

/** Sends `answer`. A stream body is destroyed in every case; a client that went away is no error. */
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
    if (request.method === 'HEAD') body.destroy();
    else return sendStream(body, response);
  }
  if (early) return endEarly(request, response, Buffer.isBuffer(body) ? body : undefined);
  response.end(request.method === 'HEAD' || !Buffer.isBuffer(body) ? undefined : body);
}

async function sendStream(body: Readable, response: ServerResponse): Promise<void> {
  const promised = Number(response.getHeader('Content-Length'));
  try {
    await pipeline(body, (chunks: AsyncIterable<Buffer>) => exactly(promised, chunks), response);
  } catch {
    // The status is out already. A cut connection is the only way left to say that the body is not
    // whole; when it was the client who left, nobody is there to be told.
    response.destroy();
  }
}

/**
 * A file that is cut or grows while it is sent: what is missing would be taken from the next answer on
 * the connection, and what is too much would be taken for it.
 */
async function* exactly(promised: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of chunks) {
    sent += chunk.length;
    if (sent > promised) break;
    yield chunk;
  }
  if (sent !== promised) throw new RangeError(`the body has not the ${promised} bytes it should`);
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
