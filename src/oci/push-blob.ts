import { Readable } from 'node:stream';
import { type CallOptions, categoryOf, findInCauses, redactUrl } from '../base/index.ts';
import {
  type BlobSource,
  DigestMismatchError,
  type PushOptions,
  type PushOutcome,
} from '../content/index.ts';
import { discard, type HttpResponse } from '../http/index.ts';
import { digestParts } from '../spec/index.ts';
import { blobExists } from './blobs.ts';
import {
  AccessDeniedError,
  AuthenticationError,
  InvalidAnswerError,
  RegistryResponseError,
} from './errors.ts';
import { digestHeader } from './manifests.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';
import {
  askForOffset,
  finishUpload,
  openUpload,
  type Part,
  placeOf,
  sendPart,
  type UploadPlace,
} from './upload-session.ts';

const MiB = 1024 * 1024;

/**
 * What is tried after a 413: proxies limit a request, not an upload. The first is below the 100 MB that
 * some of them have as their highest limit.
 */
const chunkSizes: readonly number[] = [64 * MiB, 8 * MiB];

/**
 * Uploads a blob.
 *
 * 1. Where the registry has it in another repository it is asked to mount it; that saves the transfer.
 * 2. HEAD: what is there is not sent.
 * 3. POST opens a session; its Location says where to go on, on this host or another.
 * 4. PUT sends all bytes and the digest: one piece is what every registry takes.
 * 5. When that breaks off, the registry is asked how much it has. What it plainly says it has is not sent
 *    again; else a new session begins with the first byte.
 * 6. When it is too large for one request, it is sent in chunks, and smaller ones if need be.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export async function pushBlob(
  session: RepositorySession,
  source: BlobSource,
  options: PushOptions,
): Promise<PushOutcome> {
  const upload = new BlobUpload(session, source, options);
  if (isInSameRegistry(session, source) && (await upload.mount())) return 'mounted';
  if (await blobExists(session, source.descriptor.digest, options)) return 'exists';
  await upload.run();
  return 'pushed';
}

/** One blob on its way: what the last attempt taught the next. */
class BlobUpload {
  readonly #session: RepositorySession;
  readonly #source: BlobSource;
  readonly #options: PushOptions;
  #place: UploadPlace | undefined;
  /** Bytes that the registry said it has. */
  #offset = 0;
  /** Sizes of chunks that are left to try; undefined while it goes in one piece. */
  #chunkBytes: number | undefined;
  #refusals = 0;

  constructor(session: RepositorySession, source: BlobSource, options: PushOptions) {
    this.#session = session;
    this.#source = source;
    this.#options = options;
  }

  /**
   * @returns whether the blob is there now. A registry that does not mount opens an upload instead, or
   *   refuses, which the upload itself may not meet with: other rights are asked for here.
   */
  async mount(): Promise<boolean> {
    const { descriptor, mountFrom } = this.#source;
    const from = mountFrom?.path ?? '';
    const query = new URLSearchParams({ mount: descriptor.digest, from });
    const request: RegistryRequest = {
      method: 'POST',
      target: `blobs/uploads/?${query.toString()}`,
      access: 'push',
      alsoPull: from,
      replayable: false,
    };
    let response: HttpResponse;
    try {
      response = await this.#session.send(request, this.#options);
    } catch (error) {
      if (error instanceof AuthenticationError || error instanceof AccessDeniedError) return false;
      throw error;
    }
    discard(response.body);
    if (response.status === 201) {
      this.#checkStored(response);
      return true;
    }
    if (response.status === 202) {
      this.#place = await placeOf(this.#session, response, this.#options);
    }
    return false;
  }

  async run(): Promise<void> {
    const { retry } = this.#session.http;
    const { digest, size } = this.#source.descriptor;
    for (let attempt = 1; ; attempt++) {
      try {
        this.#place ??= await openUpload(this.#session, this.#options);
        await this.#confirm(await this.#send(this.#place));
        return;
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        const answer = findInCauses(error, RegistryResponseError);
        const isTooLarge = answer?.answer.status === 413;
        if (isTooLarge && this.#shrink(size)) {
          this.#startAgain();
          attempt -= 1; // A limit that was learnt is no failure; there are few sizes to try.
          continue;
        }
        if (attempt >= retry.maxAttempts || !this.#isWorthAnother(error, answer)) throw error;
        const url = await this.#session.origin(this.#options);
        const status = answer?.answer.status;
        const failure = { attempt, url, status, retryAfter: answer?.retryAfter };
        await retry.pause(failure, this.#options);
        // The answer may have been lost, and not the work.
        if (await blobExists(this.#session, digest, this.#options)) return;
        await this.#pickUp(answer === undefined);
      }
    }
  }

  /** @returns the answer to the closing PUT. */
  async #send(start: UploadPlace): Promise<HttpResponse> {
    const { digest, size } = this.#source.descriptor;
    let place = start;
    if (this.#offset === 0 && this.#chunkBytes === undefined) {
      const part = this.#part(0, size);
      return await finishUpload(this.#session, place, { digest, part }, this.#options);
    }
    const chunkBytes = Math.max(this.#chunkBytes ?? size, place.minChunkBytes);
    while (this.#offset < size) {
      const part = this.#part(this.#offset, Math.min(chunkBytes, size - this.#offset));
      place = await sendPart(this.#session, place, part, this.#options);
      this.#place = place;
      this.#offset += part.size;
    }
    return await finishUpload(this.#session, place, { digest }, this.#options);
  }

  #part(start: number, size: number): Part {
    const { onProgress } = this.#options;
    return {
      start,
      size,
      open: (call) => openPart(this.#source, start, size, call),
      onProgress: onProgress === undefined ? undefined : (sent) => onProgress(start + sent),
    };
  }

  #isWorthAnother(error: unknown, answer: RegistryResponseError | undefined): boolean {
    const { retry } = this.#session.http;
    if (answer === undefined) return retry.isRetryableError(error);
    // What was picked up and does not fit together is sent anew.
    if (this.#offset > 0 && categoryOf(answer) === 'integrity') return true;
    return retry.isRetryableStatus(answer.answer.status) || isSessionLost(answer);
  }

  /** @param broke the connection broke, and the registry may have kept what had arrived. */
  async #pickUp(broke: boolean): Promise<void> {
    const place = this.#place;
    this.#startAgain();
    if (place === undefined || !broke) return;
    try {
      const found = await askForOffset(this.#session, place, this.#options);
      if (found === undefined || found.offset > this.#source.descriptor.size) return;
      this.#place = found.place;
      this.#offset = found.offset;
    } catch {
      // A new session does as well.
      this.#options.signal?.throwIfAborted();
    }
  }

  #startAgain(): void {
    this.#place = undefined;
    this.#offset = 0;
  }

  /** @returns whether there is a smaller size to try. */
  #shrink(size: number): boolean {
    const least = this.#place?.minChunkBytes ?? 0;
    const next = chunkSizes.slice(this.#refusals).find((bytes) => bytes < size && bytes >= least);
    if (next === undefined) return false;
    this.#refusals = chunkSizes.indexOf(next) + 1;
    this.#chunkBytes = next;
    return true;
  }

  async #confirm(response: HttpResponse): Promise<void> {
    this.#checkStored(response);
    if (response.status === 201) return;
    const { digest } = this.#source.descriptor;
    if (await blobExists(this.#session, digest, this.#options)) return;
    const url = redactUrl(response.url);
    throw new InvalidAnswerError(url, `status ${response.status}, and the blob is not there`);
  }

  #checkStored(response: HttpResponse): void {
    const { digest } = this.#source.descriptor;
    const stored = digestHeader(response);
    const isComparable =
      stored !== undefined && digestParts(stored).algorithm === digestParts(digest).algorithm;
    if (isComparable && stored !== digest) throw new DigestMismatchError(digest, stored);
  }
}

function isInSameRegistry({ name }: RepositorySession, { mountFrom }: BlobSource): boolean {
  return mountFrom?.registry === name.registry && mountFrom.path !== name.path;
}

function isSessionLost({ answer: { errors, status } }: RegistryResponseError): boolean {
  return (
    status === 416 ||
    errors.some(({ code }) => code === 'BLOB_UPLOAD_UNKNOWN' || code === 'BLOB_UPLOAD_INVALID')
  );
}

/** Reads past what is not wanted: sources can be opened again, and seldom are. */
async function openPart(
  source: BlobSource,
  start: number,
  size: number,
  options: CallOptions,
): Promise<Readable> {
  const stream = await source.open(options);
  if (start === 0 && size === source.descriptor.size) return stream;
  return Readable.from(piece(stream, start, size), { objectMode: false });
}

async function* piece(stream: Readable, start: number, size: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const from = Math.max(0, start - at);
    const to = Math.min(chunk.byteLength, start + size - at);
    at += chunk.byteLength;
    if (to > from) yield chunk.subarray(from, to);
    if (at >= start + size) return;
  }
}
