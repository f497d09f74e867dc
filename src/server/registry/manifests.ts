import { isManifestType } from '../../spec/index.ts';
import { type Answer, blobBody, etagOf, namesDigest } from '../answers/index.ts';
import { nameUnknown } from './blobs.ts';
import { type Exchange, headerOf } from './exchange.ts';
import { isLargeManifest } from './large-manifests.ts';
import { invalidReference, parseReference } from './manifest-reference.ts';
import { hasVersion, isVersion } from './published-versions.ts';
import { refuse } from './refusal.ts';
import { conditionsOf, preconditionFailed } from './tag-conditions.ts';

function manifestUnknown(name: string, reference: string): Answer {
  const message = `${reference} is not in ${name}`;
  return refuse(404, { code: 'MANIFEST_UNKNOWN', message, detail: { reference } });
}

/**
 * end-3, GET and HEAD. The stored type is served whatever `Accept` says: a client that gets a type it
 * can not read knows more than one that gets a 404.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
export async function getManifest(
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<Answer> {
  const { request, signal } = exchange;
  if (parseReference(reference) === undefined) return manifestUnknown(name, reference);
  const repository = await exchange.storage.findRepository(name, { signal });
  if (repository === undefined) return nameUnknown(name);
  const descriptor = await repository.resolve(reference, { signal });
  const { digest, mediaType, size } = descriptor;
  // A layout that another program wrote may list anything; a browser must never be shown it as a page.
  if (!isManifestType(mediaType)) return manifestUnknown(name, reference);
  const headers = { 'Docker-Content-Digest': digest, ETag: etagOf(digest) };
  if (namesDigest(headerOf(request, 'if-none-match'), digest, 'weak')) {
    return { status: 304, headers };
  }
  const typed = { ...headers, 'Content-Type': mediaType };
  if (request.method === 'HEAD') {
    return { status: 200, headers: { ...typed, 'Content-Length': String(size) } };
  }
  return exchange.largeReads(size, async () => {
    // By digest, so that headers and bytes belong together even when the tag moves in between.
    const { bytes } = await repository.readManifest(digest, { signal });
    if (!isLargeManifest(bytes.length)) return { status: 200, headers: typed, body: bytes };
    // Read once more, a piece at a time, as the client takes it: hundreds that read slowly would keep some
    // gigabytes in memory. What has just been verified does not change under its digest.
    const blob = await repository.openBlob(digest, { signal });
    if (blob === undefined) return manifestUnknown(name, reference);
    return {
      status: 200,
      headers: { ...typed, 'Content-Length': String(blob.size) },
      body: blobBody(blob, { start: 0, end: blob.size - 1 }, exchange.buffers),
    };
  });
}

/**
 * end-9: by digest with all its tags, or one tag.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 */
export async function deleteManifest(
  exchange: Exchange,
  name: string,
  text: string,
): Promise<Answer> {
  const { signal } = exchange;
  const reference = parseReference(text);
  if (reference === undefined) return invalidReference(text);
  const repository = await exchange.storage.findRepository(name, { signal });
  if (repository === undefined) return nameUnknown(name);
  const access = { repository: name, action: 'replace' } as const;
  const mayReplace = exchange.mayAccess(access);
  if (reference.kind === 'digest') {
    if (!mayReplace && (await hasVersion(repository))) return exchange.denied(access);
    await repository.deleteManifest(reference.digest, { signal });
    return { status: 202, headers: {} };
  }
  const { tag } = reference;
  const found = await conditionsOf(exchange, repository, [tag], { always: !mayReplace });
  if (found === 'failed') return preconditionFailed(name, [tag]);
  if (!mayReplace && (await isVersion(repository, tag))) return exchange.denied(access);
  const replaces = found.get(tag);
  // A tag that does not exist is not found, rather than moved.
  await repository.deleteTag(tag, {
    signal,
    ...(replaces === 'nothing' ? {} : { replaces }),
  });
  return { status: 202, headers: {} };
}
