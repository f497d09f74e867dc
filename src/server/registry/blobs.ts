import type { OpenBlob } from '../../content/index.ts';
import { type Digest, isDigest } from '../../spec/index.ts';
import { type Answer, blobBody, etagOf, namesDigest, parseRange } from '../answers/index.ts';
import { type Exchange, headerOf } from './exchange.ts';
import { hasVersion } from './published-versions.ts';
import { refuse } from './refusal.ts';

export function invalidDigest(text: string): Answer {
  return refuse(400, { code: 'DIGEST_INVALID', message: `"${text}" is not a digest` });
}

export function nameUnknown(name: string): Answer {
  return refuse(404, { code: 'NAME_UNKNOWN', message: `there is no repository ${name}` });
}

/**
 * end-2, GET and HEAD, with single ranges.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export async function getBlob(exchange: Exchange, name: string, digest: string): Promise<Answer> {
  if (!isDigest(digest)) return invalidDigest(digest);
  const { request, signal } = exchange;
  const repository = await exchange.storage.findRepository(name, { signal });
  if (repository === undefined) return nameUnknown(name);
  const headers = {
    'Accept-Ranges': 'bytes',
    'Docker-Content-Digest': digest,
    ETag: etagOf(digest),
  };
  const isHeld = namesDigest(headerOf(request, 'if-none-match'), digest, 'weak');
  const typed = { ...headers, 'Content-Type': 'application/octet-stream' };
  if (isHeld || request.method === 'HEAD') {
    const size = await repository.statBlob(digest, { signal });
    if (size === undefined) return blobUnknown(name, digest);
    if (isHeld) return { status: 304, headers };
    return { status: 200, headers: { ...typed, 'Content-Length': String(size) } };
  }
  const blob = await repository.openBlob(digest, { signal });
  if (blob === undefined) return blobUnknown(name, digest);
  return contentOf(exchange, blob, { digest, headers: typed });
}

function blobUnknown(name: string, digest: Digest): Answer {
  return refuse(404, { code: 'BLOB_UNKNOWN', message: `${digest} is not in ${name}` });
}

/** The part of the blob that the request asks for. */
async function contentOf(
  { request, buffers }: Exchange,
  blob: OpenBlob,
  { digest, headers }: { readonly digest: Digest; readonly headers: Answer['headers'] },
): Promise<Answer> {
  const { size } = blob;
  const condition = headerOf(request, 'if-range');
  const applies = condition === undefined || condition.trim() === etagOf(digest);
  const wanted = applies
    ? parseRange(headerOf(request, 'range'), size)
    : { kind: 'whole' as const };
  switch (wanted.kind) {
    case 'unsatisfiable':
      await blob.close();
      return refuse(
        416,
        { code: 'SIZE_INVALID', message: `the blob has ${size} bytes` },
        { 'Content-Range': `bytes */${size}` },
      );
    case 'whole':
      return {
        status: 200,
        headers: { ...headers, 'Content-Length': String(size) },
        body: blobBody(blob, { start: 0, end: size - 1 }, buffers),
      };
    case 'part': {
      const { start, end } = wanted.range;
      return {
        status: 206,
        headers: {
          ...headers,
          'Content-Length': String(end - start + 1),
          'Content-Range': `bytes ${start}-${end}/${size}`,
        },
        body: blobBody(blob, { start, end }, buffers),
      };
    }
  }
}

/**
 * end-10. A digest that is a manifest is unknown here: it is deleted as one.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-blobs
 */
export async function deleteBlob(
  exchange: Exchange,
  name: string,
  digest: string,
): Promise<Answer> {
  if (!isDigest(digest)) return invalidDigest(digest);
  const { signal } = exchange;
  const repository = await exchange.storage.findRepository(name, { signal });
  if (repository === undefined) return nameUnknown(name);
  const access = { repository: name, action: 'replace' } as const;
  if (!exchange.mayAccess(access) && (await hasVersion(repository))) return exchange.denied(access);
  await repository.deleteBlob(digest, { signal });
  return { status: 202, headers: { 'Docker-Content-Digest': digest } };
}
