import type { HostedRepository } from '../../content/index.ts';
import { type Digest, isDigest } from '../../spec/index.ts';
import type { Answer } from './answer.ts';
import { parseRange } from './byte-range.ts';
import { etagOf, namesDigest } from './conditions.ts';
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
  const size = await repository.statBlob(digest, { signal });
  if (size === undefined) {
    return refuse(404, { code: 'BLOB_UNKNOWN', message: `${digest} is not in ${name}` });
  }
  const headers = {
    'Accept-Ranges': 'bytes',
    'Docker-Content-Digest': digest,
    ETag: etagOf(digest),
  };
  if (namesDigest(headerOf(request, 'if-none-match'), digest, 'weak')) {
    return { status: 304, headers };
  }
  const typed = { ...headers, 'Content-Type': 'application/octet-stream' };
  if (request.method === 'HEAD') {
    return { status: 200, headers: { ...typed, 'Content-Length': String(size) } };
  }
  return sendBlob(exchange, repository, { digest, size, headers: typed });
}

interface BlobToSend {
  readonly digest: Digest;
  readonly size: number;
  readonly headers: Answer['headers'];
}

async function sendBlob(
  { request, signal }: Exchange,
  repository: HostedRepository,
  { digest, size, headers }: BlobToSend,
): Promise<Answer> {
  const condition = headerOf(request, 'if-range');
  const applies = condition === undefined || condition.trim() === etagOf(digest);
  const wanted = applies
    ? parseRange(headerOf(request, 'range'), size)
    : { kind: 'whole' as const };
  switch (wanted.kind) {
    case 'unsatisfiable':
      return refuse(
        416,
        { code: 'SIZE_INVALID', message: `the blob has ${size} bytes` },
        { 'Content-Range': `bytes */${size}` },
      );
    case 'whole':
      return {
        status: 200,
        headers: { ...headers, 'Content-Length': String(size) },
        body: await repository.openBlobRange(digest, undefined, { signal }),
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
        body: await repository.openBlobRange(digest, wanted.range, { signal }),
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
