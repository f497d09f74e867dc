import { type CallOptions, readBounded } from '../base/index.ts';
import {
  type BlobSource,
  ChildMissingError,
  DigestMismatchError,
  type ManifestContent,
  type PushOptions,
  type PushOutcome,
  RepositoryNotFoundError,
  SizeMismatchError,
  verifyingStream,
} from '../content/index.ts';
import { discard, type HttpResponse } from '../http/index.ts';
import {
  childrenOf,
  type Digest,
  digestOf,
  digestParts,
  type Manifest,
  maxManifestBytes,
  parseManifest,
} from '../spec/index.ts';
import { RegistryResponseError } from './errors.ts';
import { addToReferrersTag } from './referrers-tag.ts';
import { digestHeader, manifestExists } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import { isRepositoryMissing } from './response-error.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/** PUT of a manifest by its digest, unless it is there and, if it is a referrer, listed as one. */
export async function pushManifest(
  session: RepositorySession,
  source: BlobSource,
  options: PushOptions,
): Promise<PushOutcome> {
  const { signal } = options;
  const { descriptor } = source;
  const stream = verifyingStream(await source.open({ signal }), descriptor, { signal });
  const what = `the manifest ${descriptor.digest}`;
  const bytes = await readBounded(stream, { maxBytes: maxManifestBytes, what, signal });
  const content = { descriptor, bytes };
  const manifest = checkedManifest(content);
  const isPresent =
    options.assumeMissing !== true &&
    (await isThere(session, descriptor.digest, manifest, { signal }));
  if (isPresent) return 'exists';
  await putManifest(session, content, manifest, descriptor.digest, {}, { signal });
  options.onProgress?.(bytes.byteLength);
  return 'pushed';
}

async function isThere(
  session: RepositorySession,
  digest: Digest,
  { subject }: Manifest,
  options: CallOptions,
): Promise<boolean> {
  if (!(await manifestExists(session, digest, options))) return false;
  if (subject === undefined) return true;
  for await (const referrer of listReferrers(session, subject.digest, options)) {
    if (referrer.digest === digest) return true;
  }
  return false;
}

/**
 * PUTs exact bytes. A registry that does not say it took note of the manifest's `subject` has no referrers
 * API; then the fallback tag is brought up to date.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject
 */
export async function putManifest(
  session: RepositorySession,
  content: ManifestContent,
  manifest: Manifest,
  reference: string,
  conditions: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<HttpResponse> {
  const response = await putManifestBytes(
    session,
    content,
    reference,
    conditions,
    options,
    manifest,
  );
  if (manifest.subject === undefined || response.headers.get('oci-subject') !== undefined) {
    return response;
  }
  const subject = manifest.subject.digest;
  await addToReferrersTag(session, subject, content.descriptor, manifest, {
    ...options,
    put: async (index, tag, ifMatch) => {
      await putManifestBytes(session, index, tag, ifMatch, options);
    },
  });
  return response;
}

export async function putManifestBytes(
  session: RepositorySession,
  { bytes, descriptor }: ManifestContent,
  reference: string,
  conditions: Readonly<Record<string, string>>,
  options: CallOptions,
  manifest?: Manifest,
): Promise<HttpResponse> {
  const request: RegistryRequest = {
    method: 'PUT',
    target: `manifests/${reference}`,
    access: 'push',
    headers: { ...conditions, 'content-type': descriptor.mediaType },
    body: bytes,
  };
  const response = await session.send(request, options);
  if (response.status < 200 || response.status > 204) {
    throw await refusal(session, request, response, descriptor.digest, manifest);
  }
  discard(response.body);
  const stored = digestHeader(response);
  if (stored !== undefined) {
    const actual = digestOf(bytes, digestParts(stored).algorithm);
    if (actual !== stored) throw new DigestMismatchError(actual, stored);
  }
  return response;
}

async function refusal(
  session: RepositorySession,
  request: RegistryRequest,
  response: HttpResponse,
  digest: Digest,
  manifest: Manifest | undefined,
): Promise<Error> {
  const failure = await session.failure(request, response);
  if (!(failure instanceof RegistryResponseError)) return failure;
  const { answer } = failure;
  if (isRepositoryMissing(answer)) {
    return new RepositoryNotFoundError(session.display, { cause: failure });
  }
  const missing = answer.errors.filter(
    ({ code }) => code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN',
  );
  const child = (manifest === undefined ? [] : childrenOf(manifest)).find((candidate) =>
    missing.some(
      ({ detail, message }) =>
        message.includes(candidate.digest) ||
        (typeof detail === 'string' && detail.includes(candidate.digest)),
    ),
  );
  return child === undefined ? failure : new ChildMissingError(session.display, digest, child);
}

/** @throws SizeMismatchError, DigestMismatchError, InvalidManifestError */
export function checkedManifest({ bytes, descriptor }: ManifestContent): Manifest {
  const { digest, mediaType, size } = descriptor;
  if (bytes.byteLength !== size) throw new SizeMismatchError(digest, size, bytes.byteLength);
  const actual = digestOf(bytes, digestParts(digest).algorithm);
  if (actual !== digest) throw new DigestMismatchError(digest, actual);
  return parseManifest(bytes, mediaType);
}
