import type { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import { SizeMismatchError, verifyingStream } from '../content/index.ts';
import { discard } from '../http/index.ts';
import type { Descriptor, Digest } from '../spec/index.ts';
import { missingOr } from './response-error.ts';
import { resumingBlob } from './resuming-body.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/** Smaller blobs have to come within the time for documents: 1 MiB in 180 s is 6 kB/s. */
const maxDocumentBytes = 1024 * 1024;

/**
 * The bytes of a blob, verified, however often the connection breaks on the way.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export async function fetchBlob(
  session: RepositorySession,
  target: Descriptor,
  { signal }: CallOptions,
): Promise<Readable> {
  const longBody = target.size > maxDocumentBytes;
  const request = { ...blobRequest('GET', target.digest), longBody };
  const response = await session.send(request, { signal });
  if (response.status !== 200) {
    throw missingOr(session.display, target.digest, await session.failure(request, response));
  }
  const declared = response.headers.get('content-length') ?? '';
  if (/^\d{1,15}$/u.test(declared) && Number(declared) !== target.size) {
    response.body.destroy();
    throw new SizeMismatchError(target.digest, target.size, Number(declared));
  }
  const body = resumingBlob(session, { target, request, response }, { signal });
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

function blobRequest(method: 'GET' | 'HEAD', digest: Digest): RegistryRequest {
  return { method, target: `blobs/${digest}`, access: 'pull' };
}
