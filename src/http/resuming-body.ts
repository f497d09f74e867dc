import { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import type { HttpResponse } from './interfaces.ts';
import { asError, discard } from './response-body.ts';
import type { RetryPolicy } from './retry.ts';

/**
 * How often one body is taken up again, however much arrived each time: enough for 150 MB over a link
 * that breaks every 2 MB, and an end for a server that gives a byte at a time.
 */
const maxResumptions = 100;

/** The rest of a body. */
export interface BodyRest {
  readonly response: HttpResponse;
  /** Where it begins: what was asked for, or 0 of a server that knows no ranges. */
  readonly startsAt: number;
}

export interface ResumableBody {
  /** The first answer; its body becomes part of the one that is returned. */
  readonly response: HttpResponse;
  /** Bytes in all, where that is known. */
  readonly size: number | undefined;
  readonly retry: RetryPolicy;
  /** Breaks at one place after which it is given up. */
  readonly maxBreaks: number;
  /** Asks for what comes after so many bytes. Tries by itself again what is worth it. */
  reopen(offset: number, options: CallOptions): Promise<BodyRest>;
}

/**
 * The body of an answer that outlives its connection: when that breaks or stalls, the rest is asked for
 * and joined. It is given up after as many breaks without a byte in between as its caller allows. Nothing is
 * verified here: a server that changes its mind between two parts is for the caller to notice.
 */
export function resumingBody(body: ResumableBody, options: CallOptions = {}): Readable {
  return new ResumingBody(body, options);
}

class ResumingBody extends Readable {
  readonly #body: ResumableBody;
  readonly #signal: AbortSignal | undefined;
  #part: Readable;
  /** Bytes handed on, whichever part they came in. */
  #received = 0;
  /** Where the last break was, and how many there were at that place. */
  #brokeAt = -1;
  #breaks = 0;
  #resumptions = 0;

  constructor(body: ResumableBody, { signal }: CallOptions) {
    super({ highWaterMark: 256 * 1024 });
    this.#body = body;
    this.#signal = signal;
    // It may fail before its reader has come; reading it then still fails with the error.
    this.on('error', () => undefined);
    this.#part = body.response.body;
    this.#follow(0);
  }

  override _read(): void {
    this.#part.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#part.destroy();
    callback(error);
  }

  /** @param known bytes at the start of the part that were handed on before. */
  #follow(known: number): void {
    let skip = known;
    const part = this.#part;
    if (this.destroyed) {
      discard(part);
      return;
    }
    part.pause();
    part.on('data', (chunk: Buffer) => {
      if (this.destroyed) return;
      const fresh = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.byteLength));
      skip -= chunk.byteLength - fresh.byteLength;
      if (fresh.byteLength === 0) return;
      this.#received += fresh.byteLength;
      if (!this.push(fresh)) part.pause();
    });
    part.on('end', () => this.push(null));
    part.on('error', (error) => {
      if (this.destroyed) return;
      this.#resume(error).catch((failure: unknown) => this.destroy(asError(failure)));
    });
  }

  async #resume(error: Error): Promise<void> {
    const { maxBreaks, response, retry, size = Infinity } = this.#body;
    this.#breaks = this.#brokeAt === this.#received ? this.#breaks + 1 : 1;
    this.#brokeAt = this.#received;
    this.#resumptions += 1;
    const isHopeless =
      this.#breaks >= maxBreaks ||
      this.#resumptions > maxResumptions ||
      this.#received >= size ||
      !retry.isRetryableError(error);
    if (isHopeless) throw error;
    const options = { signal: this.#signal };
    await retry.pause({ attempt: this.#breaks, url: response.url }, options);
    const offset = this.#received;
    const rest = await this.#body.reopen(offset, options);
    this.#part = rest.response.body;
    this.#follow(offset - rest.startsAt);
    this.#part.resume();
  }
}
