import { DigestMismatchError, type UploadSession } from '../../content/index.ts';
import { type Digest, type DigestAlgorithm, digestParts, isDigest } from '../../spec/index.ts';
import { type Answer, parseChunkRange } from '../answers/index.ts';
import { invalidDigest } from './blobs.ts';
import { isDiskFull } from './error-answer.ts';
import { declaredLength, type Exchange, headerOf } from './exchange.ts';
import { mountBlob } from './mounts.ts';
import { refuse } from './refusal.ts';

/**
 * end-4a, 4b, 4c and 11: starts an upload, takes a whole blob, or takes a blob over from another
 * repository.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export async function startUpload(exchange: Exchange, name: string): Promise<Answer> {
  const { query, storage, uploads, signal } = exchange;
  const mount = query.get('mount');
  const whole = query.get('digest');
  const algorithm = query.get('digest-algorithm') ?? 'sha256';
  if (mount !== null) {
    if (!isDigest(mount)) return invalidDigest(mount);
    if (await mountBlob(exchange, name, mount)) return blobCreated(name, mount);
  } else if (whole !== null && !isDigest(whole)) {
    return invalidDigest(whole);
  }
  if (!isAlgorithm(algorithm)) {
    const message = `the digest algorithm "${algorithm}" is not supported`;
    return refuse(400, { code: 'DIGEST_INVALID', message });
  }
  const digest = mount === null && whole !== null && isDigest(whole) ? whole : undefined;
  if (tooLarge(exchange, 0)) return blobTooLarge(exchange);
  if (!uploads.hasRoom(exchange.caller)) {
    const message = 'too many uploads are open; try again later';
    return refuse(429, { code: 'TOOMANYREQUESTS', message }, { 'Retry-After': '60' });
  }
  const repository = await storage.createRepository(name, { signal });
  const session = await repository.startUpload({
    signal,
    algorithm: digest === undefined ? algorithm : digestParts(digest).algorithm,
  });
  uploads.touch(session.id, exchange.caller);
  if (digest === undefined) return uploadGoesOn(202, name, session);
  try {
    await append(exchange, session);
    return await commit(exchange, name, session, digest);
  } catch (error) {
    // Nobody was told of this session, so nobody can go on with it.
    await giveUp(exchange, session);
    throw error;
  }
}

/** end-5: the next chunk, with its place (`Content-Range`) or without. */
export async function patchUpload(exchange: Exchange, name: string, id: string): Promise<Answer> {
  const session = await resume(exchange, name, id);
  if (session === undefined) return uploadUnknown(name, id);
  const problem = misplaced(exchange, name, session);
  if (problem !== undefined) return problem;
  await append(exchange, session);
  return uploadGoesOn(202, name, session);
}

/** end-6: closes the upload; the request may carry the last chunk, or all of the blob. */
export async function putUpload(exchange: Exchange, name: string, id: string): Promise<Answer> {
  const digest = exchange.query.get('digest');
  if (digest === null || !isDigest(digest)) return invalidDigest(digest ?? '');
  const session = await resume(exchange, name, id);
  if (session === undefined) return uploadUnknown(name, id);
  const problem = misplaced(exchange, name, session);
  if (problem !== undefined) return problem;
  if (declaredLength(exchange.request) !== 0) await append(exchange, session);
  return commit(exchange, name, session, digest);
}

/** end-13: how much has arrived. */
export async function getUpload(exchange: Exchange, name: string, id: string): Promise<Answer> {
  const session = await resume(exchange, name, id);
  return session === undefined ? uploadUnknown(name, id) : uploadGoesOn(204, name, session);
}

/** end-14: throws away what has arrived. */
export async function deleteUpload(exchange: Exchange, name: string, id: string): Promise<Answer> {
  const session = await resume(exchange, name, id);
  if (session === undefined) return uploadUnknown(name, id);
  await giveUp(exchange, session);
  return { status: 204, headers: {} };
}

async function resume(exchange: Exchange, name: string, id: string) {
  const repository = await exchange.storage.findRepository(name, { signal: exchange.signal });
  const session = await repository?.resumeUpload(id, { signal: exchange.signal });
  if (session !== undefined) exchange.uploads.touch(id, exchange.caller);
  return session;
}

async function append(exchange: Exchange, session: UploadSession): Promise<void> {
  const { request, signal, limits } = exchange;
  try {
    await session.append(request, { signal, maxBytes: limits.maxBlobBytes });
  } catch (error) {
    // What has arrived would keep the disk full, for everybody, until the session expires.
    if (isDiskFull(error)) await giveUp(exchange, session);
    throw error;
  }
}

async function giveUp({ uploads }: Exchange, session: UploadSession): Promise<void> {
  uploads.end(session.id);
  await session.cancel();
}

async function commit(
  exchange: Exchange,
  name: string,
  session: UploadSession,
  digest: Digest,
): Promise<Answer> {
  try {
    // Not given the signal: what has arrived in full is kept, also when the client did not wait.
    await session.commit(digest);
  } catch (error) {
    if (isDiskFull(error)) await giveUp(exchange, session);
    // Otherwise the session lives on, and counts: somebody still writes into it, or may try again.
    if (error instanceof DigestMismatchError) exchange.uploads.end(session.id);
    throw error;
  }
  exchange.uploads.end(session.id);
  exchange.places.note(digest, name);
  return blobCreated(name, digest);
}

/** The refusal of a chunk that does not begin where the last one ended, or that is not as long as it says. */
function misplaced(exchange: Exchange, name: string, session: UploadSession): Answer | undefined {
  if (tooLarge(exchange, session.offset)) return blobTooLarge(exchange);
  const header = headerOf(exchange.request, 'content-range');
  if (header === undefined) return undefined;
  const range = parseChunkRange(header);
  if (range?.start !== session.offset) {
    const message = `expected the chunk at ${session.offset}, got Content-Range "${header}"`;
    return refuse(416, { code: 'BLOB_UPLOAD_INVALID', message }, uploadHeaders(name, session));
  }
  const declared = declaredLength(exchange.request);
  if (declared !== undefined && declared !== range.end - range.start + 1) {
    const message = `Content-Range "${header}" does not fit a body of ${declared} bytes`;
    return refuse(400, { code: 'SIZE_INVALID', message }, uploadHeaders(name, session));
  }
  return undefined;
}

function tooLarge({ request, limits }: Exchange, offset: number): boolean {
  return offset + (declaredLength(request) ?? 0) > limits.maxBlobBytes;
}

function blobTooLarge({ limits }: Exchange): Answer {
  const message = `blobs may have at most ${limits.maxBlobBytes} bytes`;
  return refuse(413, { code: 'BLOB_UPLOAD_INVALID', message });
}

function uploadUnknown(name: string, id: string): Answer {
  const message = `there is no upload ${id} in ${name}`;
  return refuse(404, { code: 'BLOB_UPLOAD_UNKNOWN', message });
}

function uploadGoesOn(status: 202 | 204, name: string, session: UploadSession): Answer {
  return { status, headers: uploadHeaders(name, session) };
}

function uploadHeaders(name: string, session: UploadSession): Record<string, string> {
  return {
    Location: `/v2/${name}/blobs/uploads/${session.id}`,
    // An empty range can not be written; "0-0" is what clients know for it.
    Range: `0-${Math.max(0, session.offset - 1)}`,
    'Docker-Upload-UUID': session.id,
  };
}

function blobCreated(name: string, digest: Digest): Answer {
  return {
    status: 201,
    headers: { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest },
  };
}

function isAlgorithm(text: string): text is DigestAlgorithm {
  return text === 'sha256' || text === 'sha512';
}
