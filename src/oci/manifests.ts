import { type CallOptions, readBounded, redactUrl } from '../base/index.ts';
import {
  ContentNotFoundError,
  DigestMismatchError,
  type ManifestContent,
  RepositoryNotFoundError,
  SizeMismatchError,
} from '../content/index.ts';
import { discard, type HttpResponse } from '../http/index.ts';
import {
  acceptManifests,
  type Descriptor,
  type Digest,
  digestOf,
  digestParts,
  InvalidReferenceError,
  isDigest,
  isManifestType,
  isTag,
  maxManifestBytes,
  parseManifest,
} from '../spec/index.ts';
import { InvalidAnswerError, RegistryResponseError } from './errors.ts';
import { isRepositoryMissing } from './response-error.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/** A manifest and what its repository said about this state of it, for conditional requests. */
export interface ReadManifest extends ManifestContent {
  readonly etag: string | undefined;
}

/**
 * GET of a manifest by tag or digest.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
export async function readManifest(
  session: RepositorySession,
  reference: string,
  options: CallOptions,
): Promise<ReadManifest> {
  const request = manifestRequest('GET', reference);
  const response = await session.send(request, options);
  if (response.status !== 200) throw await missingOr(session, reference, request, response);
  const url = redactUrl(response.url);
  const mediaType = manifestTypeOf(response);
  if (mediaType === undefined) {
    response.body.destroy();
    const type = response.headers.get('content-type') ?? 'none';
    throw new InvalidAnswerError(url, `its content type is "${type.slice(0, 100)}", no manifest's`);
  }
  const bytes = await readBounded(response.body, {
    maxBytes: maxManifestBytes,
    what: `the manifest ${reference} of ${session.display}`,
    ...options,
  });
  const digest = verifiedDigest(response, reference, bytes);
  const { artifactType } = parseManifest(bytes, mediaType);
  const descriptor: Descriptor = {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
  };
  return { descriptor, bytes, etag: response.headers.get('etag') };
}

/** Every digest that was named must be that of the bytes; the one asked for names the manifest. */
function verifiedDigest(response: HttpResponse, reference: string, bytes: Buffer): Digest {
  const said = digestHeader(response);
  const named = [isDigest(reference) ? reference : undefined, said].filter(
    (digest) => digest !== undefined,
  );
  for (const digest of named) {
    const actual = digestOf(bytes, digestParts(digest).algorithm);
    if (actual !== digest) throw new DigestMismatchError(digest, actual);
  }
  return named[0] ?? digestOf(bytes);
}

/**
 * HEAD of a manifest; registries that do not tell the digest there, or do not know HEAD, are asked by GET.
 */
export async function resolveManifest(
  session: RepositorySession,
  reference: string,
  options: CallOptions,
): Promise<Descriptor & { readonly etag?: string | undefined }> {
  const request = manifestRequest('HEAD', reference);
  const response = await session.send(request, options);
  const { headers, status } = response;
  discard(response.body);
  if (status === 404) throw new ContentNotFoundError(session.display, reference);
  if (status === 403 || status === 429 || status >= 500) {
    throw await session.failure(request, response);
  }
  const mediaType = manifestTypeOf(response);
  const digest = digestHeader(response);
  const length = headers.get('content-length') ?? '';
  if (
    status !== 200 ||
    mediaType === undefined ||
    digest === undefined ||
    !/^\d{1,9}$/u.test(length)
  ) {
    const { descriptor, etag } = await readManifest(session, reference, options);
    return { ...descriptor, ...(etag === undefined ? {} : { etag }) };
  }
  const isOtherAlgorithm =
    isDigest(reference) && digestParts(reference).algorithm !== digestParts(digest).algorithm;
  if (isDigest(reference) && !isOtherAlgorithm && reference !== digest) {
    throw new DigestMismatchError(reference, digest);
  }
  const etag = headers.get('etag');
  return {
    mediaType,
    digest: isDigest(reference) ? reference : digest,
    size: Number(length),
    ...(etag === undefined ? {} : { etag }),
  };
}

/** The manifest behind a descriptor, which it must match in type, size and digest. */
export async function fetchManifest(
  session: RepositorySession,
  target: Descriptor,
  options: CallOptions,
): Promise<Buffer> {
  const { bytes, descriptor } = await readManifest(session, target.digest, options);
  if (descriptor.size !== target.size) {
    throw new SizeMismatchError(target.digest, target.size, descriptor.size);
  }
  // The type has been held against the bytes, so a difference is the descriptor's fault or a lie.
  parseManifest(bytes, target.mediaType);
  return bytes;
}

export async function manifestExists(
  session: RepositorySession,
  digest: Digest,
  options: CallOptions,
): Promise<boolean> {
  const request = manifestRequest('HEAD', digest);
  const response = await session.send(request, options);
  if (response.status !== 200 && response.status !== 404) {
    throw await session.failure(request, response);
  }
  discard(response.body);
  return response.status === 200;
}

/** The error for an answer that gave no manifest: which of them is not there, or what else is wrong. */
async function missingOr(
  session: RepositorySession,
  reference: string,
  request: RegistryRequest,
  response: HttpResponse,
): Promise<Error> {
  const failure = await session.failure(request, response);
  if (!(failure instanceof RegistryResponseError) || failure.category !== 'not-found')
    return failure;
  return isRepositoryMissing(failure.answer)
    ? new RepositoryNotFoundError(session.display, { cause: failure })
    : new ContentNotFoundError(session.display, reference, { cause: failure });
}

function manifestRequest(method: 'GET' | 'HEAD', reference: string): RegistryRequest {
  if (!isTag(reference) && !isDigest(reference)) {
    throw new InvalidReferenceError(reference, 'it is neither a tag nor a digest');
  }
  const headers = { accept: acceptManifests };
  return { method, target: `manifests/${reference}`, access: 'pull', headers };
}

/** The manifest type a `Content-Type` names, parameters aside. */
function manifestTypeOf({ headers }: HttpResponse): string | undefined {
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return isManifestType(type) ? type : undefined;
}

export function digestHeader({ headers }: HttpResponse): Digest | undefined {
  const text = headers.get('docker-content-digest') ?? '';
  return isDigest(text) ? text : undefined;
}
