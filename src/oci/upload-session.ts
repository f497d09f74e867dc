import type { Readable } from 'node:stream';
import { type CallOptions, redactUrl } from '../base/index.ts';
import { RepositoryNotFoundError } from '../content/index.ts';
import { discard, type HttpResponse, type StreamedBody } from '../http/index.ts';
import type { Digest } from '../spec/index.ts';
import { InvalidAnswerError, RegistryResponseError } from './errors.ts';
import { isRepositoryMissing } from './response-error.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/** Where an upload goes on, as the registry said last. */
export interface UploadPlace {
  readonly url: URL;
  /** Whether it is on the registry's own origin; elsewhere nothing of ours is shown. */
  readonly isHome: boolean;
  readonly referredBy: URL;
  /** The fewest bytes that a chunk must have, the last one excepted. */
  readonly minChunkBytes: number;
}

/** Bytes of a blob from `start` on. */
export interface Part {
  readonly start: number;
  readonly size: number;
  open(options: CallOptions): Promise<Readable>;
  readonly onProgress: ((sentBytes: number) => void) | undefined;
}

/** @throws RepositoryNotFoundError in registries that make no repository on a push */
export async function openUpload(
  session: RepositorySession,
  options: CallOptions,
): Promise<UploadPlace> {
  const request: RegistryRequest = {
    method: 'POST',
    target: 'blobs/uploads/',
    access: 'push',
    // One loop of retries, pushBlob's: a loop inside a loop would ask 25 times.
    replayable: false,
  };
  const response = await session.send(request, options);
  const { status } = response;
  if (status !== 202 && status !== 201) throw await missingRepositoryOr(session, request, response);
  discard(response.body);
  return await placeOf(session, response, options);
}

/** @throws InvalidAnswerError for an answer without a usable Location */
export async function placeOf(
  session: RepositorySession,
  { headers, url }: HttpResponse,
  options: CallOptions,
): Promise<UploadPlace> {
  const location = headers.get('location');
  if (location === undefined || location === '') {
    throw new InvalidAnswerError(redactUrl(url), 'it has no Location to upload to');
  }
  let target: URL;
  try {
    target = new URL(location, url);
  } catch (error) {
    throw new InvalidAnswerError(redactUrl(url), 'its Location is not a URL', { cause: error });
  }
  target.hash = '';
  const home = await session.origin(options);
  const isHome = target.origin === home.origin && target.username === '' && target.password === '';
  const least = headers.get('oci-chunk-min-length') ?? '';
  const minChunkBytes = /^\d{1,12}$/u.test(least) ? Number(least) : 0;
  return { url: target, isHome, referredBy: url, minChunkBytes };
}

/**
 * PATCH of one part, in order.
 * @returns where to go on.
 * @throws InvalidAnswerError when the registry does not say that it has taken all of it: some take the
 *   first part only and lose the others without a word.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export async function sendPart(
  session: RepositorySession,
  place: UploadPlace,
  part: Part,
  options: CallOptions,
): Promise<UploadPlace> {
  const last = part.start + part.size - 1;
  const headers = { 'content-range': `${part.start}-${last}` };
  const response = await send(
    session,
    place,
    { method: 'PATCH', url: place.url, headers, part },
    options,
  );
  const taken = rangeEnd(response);
  if (taken !== last) {
    const kept = taken === undefined ? 'how much, it does not say' : `the bytes 0 to ${taken}`;
    throw new InvalidAnswerError(
      redactUrl(response.url),
      `of an upload whose bytes 0 to ${last} were sent it has kept ${kept}`,
      { hint: 'This registry does not take blobs in parts as it should; ask for a higher limit.' },
    );
  }
  if (response.headers.get('location') === undefined) return place;
  const next = await placeOf(session, response, options);
  return { ...next, minChunkBytes: place.minChunkBytes };
}

/** PUT that ends an upload, with the bytes that were not sent yet. */
export async function finishUpload(
  session: RepositorySession,
  place: UploadPlace,
  { digest, part }: { readonly digest: Digest; readonly part?: Part | undefined },
  options: CallOptions,
): Promise<HttpResponse> {
  return await send(
    session,
    place,
    { method: 'PUT', url: withDigest(place.url, digest), headers: {}, part },
    options,
  );
}

/**
 * How many bytes of an upload the registry has, and where it goes on; undefined when it does not say so
 * plainly. One byte and none look the same in the answer, and count as none.
 */
export async function askForOffset(
  session: RepositorySession,
  place: UploadPlace,
  options: CallOptions,
): Promise<{ readonly place: UploadPlace; readonly offset: number } | undefined> {
  const call = { method: 'GET', replayable: false } as const;
  const response = place.isHome
    ? await session.send({ ...call, target: place.url, access: 'push' }, options)
    : await session.http.send({ ...call, url: place.url, referredBy: place.referredBy }, options);
  discard(response.body);
  const end = response.status === 204 ? rangeEnd(response) : undefined;
  if (end === undefined || end === 0) return undefined;
  const next =
    response.headers.get('location') === undefined
      ? place
      : await placeOf(session, response, options);
  return { place: { ...next, minChunkBytes: place.minChunkBytes }, offset: end + 1 };
}

interface UploadCall {
  readonly method: 'PATCH' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly part: Part | undefined;
}

/** @throws the error of an answer that is no success. */
async function send(
  session: RepositorySession,
  place: UploadPlace,
  { method, url, headers, part }: UploadCall,
  options: CallOptions,
): Promise<HttpResponse> {
  const body: StreamedBody | Buffer = part ?? Buffer.alloc(0);
  const call = {
    method,
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body,
    // What a registry does with the second half of a session is its own business: see pushBlob.
    replayable: false,
  } as const;
  const request: RegistryRequest = { ...call, target: url, access: 'push' };
  const response = place.isHome
    ? await session.send(request, options)
    : await session.http.send({ ...call, url, referredBy: place.referredBy }, options);
  if (response.status < 200 || response.status > 204) {
    throw await session.failure(request, response);
  }
  discard(response.body);
  return response;
}

/** The last byte that the registry has; some write the unit before it. */
function rangeEnd({ headers }: HttpResponse): number | undefined {
  const end = /^(?:bytes=)?0-(\d{1,15})$/u.exec(headers.get('range') ?? '')?.[1];
  return end === undefined ? undefined : Number(end);
}

/** Amazon ECR makes no repository on a push, and others have projects that must be there first. */
async function missingRepositoryOr(
  session: RepositorySession,
  request: RegistryRequest,
  response: HttpResponse,
): Promise<Error> {
  const failure = await session.failure(request, response);
  if (!(failure instanceof RegistryResponseError)) return failure;
  const isMissing = failure.category === 'not-found' || isRepositoryMissing(failure.answer);
  if (!isMissing) return failure;
  return new RepositoryNotFoundError(session.display, {
    cause: failure,
    hint: 'This registry does not make repositories by itself; create the repository (or its project) first.',
  });
}

/** Appended as text: session state in the query is often signed, and must not be written anew. */
function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  const joint = url.search === '' ? '?' : '&';
  url.search = `${url.search}${joint}digest=${encodeURIComponent(digest)}`;
  return url;
}
