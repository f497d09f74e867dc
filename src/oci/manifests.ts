import { type CallOptions, isNotFound, readBounded, redactUrl } from '../base/index.ts';
import {
  ContentNotFoundError,
  DigestMismatchError,
  type ManifestContent,
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
import { InvalidAnswerError } from './errors.ts';
import { readWhole } from './read-whole.ts';
import { missingOr } from './response-error.ts';
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
  return await readWhole(session, request, options, async (response) => {
    if (response.status === 200) return await parsedAnswer(session, reference, response, options);
    throw missingOr(session.display, reference, await session.failure(request, response));
  });
}

async function parsedAnswer(
  session: RepositorySession,
  reference: string,
  response: HttpResponse,
  options: CallOptions,
): Promise<ReadManifest> {
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

/** A manifest without its bytes, and what its repository said about this state of it. */
export interface FoundManifest extends Descriptor {
  readonly etag?: string | undefined;
}

/**
 * The manifest behind a tag or a digest. An answer to HEAD has no body that could say whether the tag is
 * missing or the whole repository, so it is asked for once more in a way that has.
 * @throws RepositoryNotFoundError, ContentNotFoundError
 */
export async function resolveManifest(
  session: RepositorySession,
  reference: string,
  options: CallOptions,
): Promise<FoundManifest> {
  const { learnt } = session;
  const found = await findManifest(session, reference, options);
  if (found === undefined && learnt.isThere) {
    throw new ContentNotFoundError(session.display, reference);
  }
  try {
    const resolved = found ?? (await readAsFound(session, reference, options));
    learnt.isThere = true;
    return resolved;
  } catch (error) {
    if (error instanceof ContentNotFoundError) learnt.isThere = true;
    throw error;
  }
}

/**
 * HEAD of a manifest; registries that do not tell the digest there, or do not know HEAD, are asked by GET.
 * @returns undefined when it is not there, for whatever reason.
 */
export async function findManifest(
  session: RepositorySession,
  reference: string,
  options: CallOptions,
): Promise<FoundManifest | undefined> {
  const request = manifestRequest('HEAD', reference);
  const response = await session.send(request, options);
  const { headers, status } = response;
  discard(response.body);
  if (status === 404) return undefined;
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
    try {
      return await readAsFound(session, reference, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
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

async function readAsFound(
  session: RepositorySession,
  reference: string,
  options: CallOptions,
): Promise<FoundManifest> {
  const { descriptor, etag } = await readManifest(session, reference, options);
  return { ...descriptor, ...(etag === undefined ? {} : { etag }) };
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
