import type { Readable } from 'node:stream';
import { type CallOptions, categoryOf, findInCauses, redactUrl } from '../base/index.ts';
import {
  type BlobSource,
  ContentNotFoundError,
  DigestMismatchError,
  type PushOptions,
  type PushOutcome,
  RepositoryNotFoundError,
  SizeMismatchError,
  verifyingStream,
} from '../content/index.ts';
import { discard, type HttpResponse, type StreamedBody } from '../http/index.ts';
import { type Descriptor, type Digest, digestParts } from '../spec/index.ts';
import { InvalidAnswerError, RegistryResponseError } from './errors.ts';
import { digestHeader } from './manifests.ts';
import { isRepositoryMissing } from './response-error.ts';
import { resumingBody } from './resuming-body.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/**
 * The bytes of a blob, verified, however often the connection breaks on the way.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export async function fetchBlob(
  session: RepositorySession,
  target: Descriptor,
  { signal }: CallOptions,
): Promise<Readable> {
  const request = blobRequest('GET', target.digest);
  const response = await session.send(request, { signal });
  if (response.status !== 200) {
    const failure = await session.failure(request, response);
    if (categoryOf(failure) !== 'not-found') throw failure;
    throw new ContentNotFoundError(session.display, target.digest, { cause: failure });
  }
  const declared = response.headers.get('content-length') ?? '';
  if (/^\d{1,15}$/u.test(declared) && Number(declared) !== target.size) {
    response.body.destroy();
    throw new SizeMismatchError(target.digest, target.size, Number(declared));
  }
  const body = resumingBody(session, { target, request, response }, { signal });
  return verifyingStream(body, target, { signal });
}

export async function blobExists(
  session: RepositorySession,
  digest: Digest,
  options: CallOptions,
): Promise<boolean> {
  const request = blobRequest('HEAD', digest);
  const response = await session.send(request, options);
  if (response.status !== 200 && response.status !== 404) {
    throw await session.failure(request, response);
  }
  discard(response.body);
  return response.status === 200;
}

/**
 * Uploads a blob in one piece, which every registry takes (some lose the later ones of many).
 *
 * 1. HEAD: what is there is not sent.
 * 2. POST opens a session; its Location says where to go on, on this host or another.
 * 3. PUT sends all bytes and the digest.
 *
 * A session that broke is never used again, since registries differ in what they kept of it: a new
 * attempt begins at 1, where it also learns whether the broken one had done its work.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put
 */
export async function pushBlob(
  session: RepositorySession,
  source: BlobSource,
  options: PushOptions,
): Promise<PushOutcome> {
  const { retry } = session.http;
  const { digest } = source.descriptor;
  for (let attempt = 1; ; attempt++) {
    if (await blobExists(session, digest, options)) return attempt === 1 ? 'exists' : 'pushed';
    try {
      await uploadBlob(session, source, options);
      return 'pushed';
    } catch (error) {
      const answer = findInCauses(error, RegistryResponseError);
      const isWorthAnother =
        answer === undefined
          ? retry.isRetryableError(error)
          : retry.isRetryableStatus(answer.answer.status) || isSessionLost(answer);
      if (attempt >= retry.maxAttempts || !isWorthAnother) throw error;
      const url = new URL(await session.origin(options));
      const status = answer?.answer.status;
      await retry.pause({ attempt, url, status, retryAfter: answer?.retryAfter }, options);
    }
  }
}

function isSessionLost({ answer: { errors, status } }: RegistryResponseError): boolean {
  return (
    status === 416 ||
    errors.some(({ code }) => code === 'BLOB_UPLOAD_UNKNOWN' || code === 'BLOB_UPLOAD_INVALID')
  );
}

async function uploadBlob(
  session: RepositorySession,
  source: BlobSource,
  options: PushOptions,
): Promise<void> {
  const { digest, size } = source.descriptor;
  const location = await openUpload(session, options);
  const body: StreamedBody = {
    size,
    open: (call) => source.open(call),
    onProgress: options.onProgress,
  };
  const headers = { 'content-type': 'application/octet-stream' };
  const put = {
    method: 'PUT',
    headers,
    body,
    // What a registry does with the second half of a session is its own business: see pushBlob.
    replayable: false,
  } as const;
  const target = withDigest(location.url, digest);
  const request: RegistryRequest = { ...put, target, access: 'push' };
  const response = location.isHome
    ? await session.send(request, options)
    : await session.http.send({ ...put, url: target, referredBy: location.referredBy }, options);
  if (response.status < 200 || response.status > 204) {
    throw await session.failure(request, response);
  }
  discard(response.body);
  const stored = digestHeader(response);
  const isComparable =
    stored !== undefined && digestParts(stored).algorithm === digestParts(digest).algorithm;
  if (isComparable && stored !== digest) throw new DigestMismatchError(digest, stored);
  if (response.status !== 201 && !(await blobExists(session, digest, options))) {
    const url = redactUrl(response.url);
    throw new InvalidAnswerError(url, `status ${response.status}, and the blob is not there`);
  }
}

interface UploadLocation {
  readonly url: URL;
  /** Whether it is on the registry's own origin; elsewhere nothing of ours is shown. */
  readonly isHome: boolean;
  readonly referredBy: URL;
}

async function openUpload(
  session: RepositorySession,
  options: CallOptions,
): Promise<UploadLocation> {
  const request: RegistryRequest = {
    method: 'POST',
    target: 'blobs/uploads/',
    access: 'push',
    // One loop of retries, pushBlob's: a loop inside a loop would ask 25 times.
    replayable: false,
  };
  const response = await session.send(request, options);
  const { headers, status, url } = response;
  if (status !== 202 && status !== 201) throw await missingRepositoryOr(session, request, response);
  discard(response.body);
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
  return { url: target, isHome, referredBy: url };
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

function blobRequest(method: 'GET' | 'HEAD', digest: Digest): RegistryRequest {
  return { method, target: `blobs/${digest}`, access: 'pull' };
}
