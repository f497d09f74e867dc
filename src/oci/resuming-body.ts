import { Readable } from 'node:stream';
import { type CallOptions, redactUrl } from '../base/index.ts';
import { asError, discard, type HttpResponse } from '../http/index.ts';
import type { Descriptor } from '../spec/index.ts';
import { InvalidAnswerError } from './errors.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/**
 * How often one blob is taken up again, however much arrived each time: enough for 150 MB over a link
 * that breaks every 2 MB, and an end for a server that gives a byte at a time.
 */
const maxResumptions = 100;

export interface ResumableBlob {
  readonly target: Descriptor;
  /** The request that was answered; asked again with a `Range` for what is missing. */
  readonly request: RegistryRequest;
  /** Its answer, of status 200. */
  readonly response: HttpResponse;
}

/**
 * The body of an answer that outlives its connection: when that breaks or stalls, the rest is asked for
 * and joined. It is given up after as many tries without a byte as a request has tries. Nothing is
 * verified here, so a server that changes its mind between two parts is caught by the digest.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export function resumingBody(
  session: RepositorySession,
  blob: ResumableBlob,
  options: CallOptions,
): Readable {
  return new ResumingBody(session, blob, options);
}

class ResumingBody extends Readable {
  readonly #session: RepositorySession;
  readonly #blob: ResumableBlob;
  readonly #signal: AbortSignal | undefined;
  #part: Readable;
  /** Bytes handed on, whichever part they came in. */
  #received = 0;
  /** Where the last break was, and how many there were at that place. */
  #brokeAt = -1;
  #breaks = 0;
  #resumptions = 0;

  constructor(session: RepositorySession, blob: ResumableBlob, { signal }: CallOptions) {
    super({ highWaterMark: 256 * 1024 });
    this.#session = session;
    this.#blob = blob;
    this.#signal = signal;
    // It may fail before its reader has come; reading it then still fails with the error.
    this.on('error', () => undefined);
    this.#part = blob.response.body;
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
    const { retry } = this.#session.http;
    this.#breaks = this.#brokeAt === this.#received ? this.#breaks + 1 : 1;
    this.#brokeAt = this.#received;
    this.#resumptions += 1;
    const isHopeless =
      this.#breaks >= retry.maxAttempts ||
      this.#resumptions > maxResumptions ||
      this.#received >= this.#blob.target.size ||
      !retry.isRetryableError(error);
    if (isHopeless) throw error;
    const options = { signal: this.#signal };
    await retry.pause({ attempt: this.#breaks, url: this.#blob.response.url }, options);
    const offset = this.#received;
    const response = await openRest(this.#session, this.#blob, offset, options);
    this.#part = response.body;
    this.#follow(response.status === 206 ? 0 : offset);
    this.#part.resume();
  }
}

/** An answer that begins at `offset`, or, of a server that knows no ranges, at 0. */
async function openRest(
  session: RepositorySession,
  { request, target }: ResumableBlob,
  offset: number,
  options: CallOptions,
): Promise<HttpResponse> {
  const rest = { ...request, headers: { ...request.headers, range: `bytes=${offset}-` } };
  const response = await session.send(rest, options);
  if (response.status === 200) return response;
  if (response.status !== 206) throw await session.failure(rest, response);
  const range = response.headers.get('content-range') ?? '';
  const expected = `bytes ${offset}-${target.size - 1}/`;
  if (range === `${expected}${target.size}` || range === `${expected}*`) return response;
  response.body.destroy();
  throw new InvalidAnswerError(
    redactUrl(response.url),
    `asked for ${target.size} bytes from ${offset} on, it sent the range "${range.slice(0, 100)}"`,
  );
}
