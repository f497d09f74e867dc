import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { ConnectionError, TimeoutError } from './errors.ts';
import { explainFailure } from './explain-failure.ts';
import { Deadline } from './time-limits.ts';

export interface ResponseBodyOptions {
  readonly host: string;
  readonly idleMs: number;
  /** Milliseconds for all of it; undefined when it may take as long as it moves. */
  readonly wholeMs: number | undefined;
  /** Bytes it must have, where that is known. */
  readonly expectedSize: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called once: with true when all of the body arrived, so that the connection may be kept. */
  readonly released: (complete: boolean) => void;
}

/**
 * The body of an answer. Ends cleanly only when all that was declared arrived; a cut, a stall or an
 * abort destroys it with an error of ours. The stall clock runs only while the reader wants bytes, so a
 * slow disk on our side is never taken for a silent server.
 */
export class ResponseBody extends Readable {
  readonly #message: IncomingMessage;
  readonly #options: ResponseBodyOptions;
  readonly #deadline = new Deadline();
  readonly #end = new Deadline();
  readonly #onAbort: () => void;
  #received = 0;

  constructor(message: IncomingMessage, options: ResponseBodyOptions) {
    // Room for a few chunks of the socket, so that one slow write does not stop the flow.
    super({ highWaterMark: 256 * 1024 });
    this.#message = message;
    this.#options = options;
    const { expectedSize, host, signal, wholeMs } = options;
    // It may fail before its reader has come; without a listener that would end the process. Reading it
    // then still fails with the error.
    this.on('error', () => undefined);
    this.#onAbort = () => this.destroy(asError(signal?.reason));
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });

    if (wholeMs !== undefined && expectedSize !== 0) {
      this.#end.start(wholeMs, () => this.destroy(new TimeoutError(host, 'document', wholeMs)));
    }

    // An empty one is read at once, which frees its connection before the next request looks for one.
    if (expectedSize !== 0) message.pause();
    message.on('data', (chunk: Buffer) => {
      if (this.destroyed) return;
      this.#received += chunk.byteLength;
      if (this.push(chunk)) {
        this.#deadline.refresh();
      } else {
        this.#deadline.stop();
        message.pause();
      }
    });
    message.on('end', () => {
      this.#deadline.stop();
      this.#end.stop();
      const isRight = expectedSize === undefined || expectedSize === this.#received;
      if (message.complete && isRight) this.push(null);
      else this.destroy(cutShort(host));
    });
    message.on('error', (error) => this.destroy(message.complete ? error : cutShort(host, error)));
    message.on('close', () => {
      if (!message.complete) this.destroy(cutShort(host));
    });
  }

  override _read(): void {
    const { host, idleMs } = this.#options;
    if (this.#message.isPaused()) {
      this.#deadline.start(idleMs, () => this.destroy(new TimeoutError(host, 'receive', idleMs)));
      this.#message.resume();
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#deadline.stop();
    this.#end.stop();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    // What has arrived already costs nothing to drop, and the connection stays good.
    if (this.#message.complete) this.#message.resume();
    this.#options.released(this.#message.complete);
    callback(error);
  }
}

function cutShort(host: string, cause?: unknown): Error {
  const explained = cause === undefined ? undefined : explainFailure(cause, host);
  return new ConnectionError(
    host,
    'the connection was cut before the answer was complete',
    'ECONNRESET',
    {
      cause: explained?.cause ?? cause,
      hint: 'Run the same command again; what is complete is kept.',
    },
  );
}

/** More than this is cheaper to cut off together with the connection than to read and drop. */
const maxDiscardBytes = 64 * 1024;

/** Lets go of an answer whose body nobody wants, keeping its connection where that is cheap. */
export function discard(body: Readable): void {
  let size = 0;
  body.on('error', () => undefined);
  body.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > maxDiscardBytes) body.destroy();
  });
}

export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}
