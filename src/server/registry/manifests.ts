import type { IncomingMessage } from 'node:http';
import { LimitExceededError, readBounded } from '../../base/index.ts';
import {
  ContentNotFoundError,
  type HostedRepository,
  type TagOptions,
} from '../../content/index.ts';
import {
  type Digest,
  digestOf,
  digestParts,
  isDigest,
  isManifestType,
  isTag,
  type Manifest,
  maxManifestBytes,
  parseManifest,
} from '../../spec/index.ts';
import type { Answer } from './answer.ts';
import { invalidDigest, nameUnknown } from './blobs.ts';
import { etagOf, namesDigest } from './conditions.ts';
import { declaredLength, type Exchange, headerOf } from './exchange.ts';
import { refuse } from './refusal.ts';

/** More than the ten tags that the specification wants to be possible, and few enough for one write. */
const maxTagParameters = 100;

/** A text with a colon is never a tag: a digest of an unknown kind must not become one. */
type Reference =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest };

function parseReference(text: string): Reference | undefined {
  if (isDigest(text)) return { kind: 'digest', digest: text };
  return isTag(text) ? { kind: 'tag', tag: text } : undefined;
}

function invalidReference(text: string): Answer {
  if (text.includes(':')) return invalidDigest(text);
  return refuse(400, { code: 'MANIFEST_INVALID', message: `"${text}" is not a tag` });
}

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
  // By digest, so that headers and bytes belong together even when the tag moves in between.
  const { bytes } = await repository.readManifest(digest, { signal });
  return { status: 200, headers: typed, body: bytes };
}

/**
 * end-7a and 7b: stores the exact bytes, under their digest and the tags given.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export async function putManifest(exchange: Exchange, name: string, text: string): Promise<Answer> {
  const { request, storage, signal } = exchange;
  const reference = parseReference(text);
  if (reference === undefined) return invalidReference(text);
  const tags = reference.kind === 'tag' ? [reference.tag] : exchange.query.getAll('tag');
  const badTag = tags.find((tag) => !isTag(tag));
  if (badTag !== undefined) return invalidReference(badTag);
  if (tags.length > maxTagParameters) {
    const message = `at most ${maxTagParameters} tags can be set at once`;
    return refuse(414, { code: 'MANIFEST_INVALID', message });
  }
  const mediaType = mediaTypeOf(request);
  if (mediaType === undefined) return unknownType(request);
  const length = declaredLength(request) ?? maxManifestBytes;
  if (length > maxManifestBytes) return manifestTooLarge();
  const body = await exchange.memory.hold(length, () => readBody(exchange));
  if (body === undefined) return tooManyManifests();
  if (body === 'too large') return manifestTooLarge();
  const manifest = parseManifest(body, mediaType);
  const algorithm = reference.kind === 'tag' ? 'sha256' : digestParts(reference.digest).algorithm;
  const digest = digestOf(body, algorithm);
  if (reference.kind === 'digest' && reference.digest !== digest) {
    const message = `the manifest has the digest ${digest}, not ${reference.digest}`;
    return refuse(400, { code: 'DIGEST_INVALID', message });
  }
  const repository = await storage.createRepository(name, { signal });
  const condition = await tagCondition(exchange, repository, tags);
  if (condition === 'failed') return preconditionFailed(name, tags);
  const { artifactType } = manifest;
  const descriptor = {
    mediaType,
    digest,
    size: body.length,
    ...(artifactType === undefined ? {} : { artifactType }),
  };
  await repository.putManifest(
    { descriptor, bytes: body },
    { tags, missingChildren: exchange.missingContent, ...condition },
  );
  return manifestCreated(name, digest, manifest, reference.kind === 'digest' ? tags : []);
}

/** The declared type without parameters, when it is a manifest's. */
function mediaTypeOf(request: IncomingMessage): string | undefined {
  const declared = headerOf(request, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return isManifestType(declared) ? declared : undefined;
}

function unknownType(request: IncomingMessage): Answer {
  const message = `Content-Type "${headerOf(request, 'content-type') ?? ''}" is no type of manifest`;
  return refuse(400, { code: 'MANIFEST_INVALID', message });
}

async function readBody({ request, limits }: Exchange): Promise<Buffer | 'too large'> {
  const late = new AbortController();
  // Ended with the body, or it would hold on to the bytes for all of its time.
  const timer = setTimeout(() => {
    late.abort(new DOMException('the body did not arrive in time', 'TimeoutError'));
  }, limits.manifestBodyMs);
  // The request is not destroyed by an early end: its connection still has to carry our answer.
  const chunks = request.iterator({ destroyOnReturn: false });
  const options = { maxBytes: maxManifestBytes, what: 'the manifest', signal: late.signal };
  try {
    // A client that sends nothing more never comes to the check between two chunks.
    return await Promise.race([readBounded(chunks, options), rejectOn(late.signal)]);
  } catch (error) {
    if (error instanceof LimitExceededError) return 'too large';
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function tooManyManifests(): Answer {
  const message = 'too many manifests are arriving at once; try again';
  return refuse(429, { code: 'TOOMANYREQUESTS', message }, { 'Retry-After': '1' });
}

function manifestTooLarge(): Answer {
  const message = `manifests may have at most ${maxManifestBytes} bytes`;
  return refuse(413, { code: 'MANIFEST_INVALID', message });
}

/**
 * `If-Match` and `If-None-Match` of a push to one tag, as the condition under which the storage moves
 * it; the storage checks again in the same step that writes.
 */
async function tagCondition(
  { request, signal }: Exchange,
  repository: HostedRepository,
  tags: readonly string[],
): Promise<Pick<TagOptions, 'replaces'> | 'failed'> {
  const match = headerOf(request, 'if-match');
  const noneMatch = headerOf(request, 'if-none-match');
  const [tag] = tags;
  if (tag === undefined || (match === undefined && noneMatch === undefined)) return {};
  const current = await currentDigest(repository, tag, signal);
  if (current === undefined) return match === undefined ? { replaces: 'nothing' } : 'failed';
  if (match !== undefined && !namesDigest(match, current, 'strong')) return 'failed';
  if (namesDigest(noneMatch, current, 'weak')) return 'failed';
  return { replaces: current };
}

async function currentDigest(repository: HostedRepository, tag: string, signal: AbortSignal) {
  try {
    return (await repository.resolve(tag, { signal })).digest;
  } catch (error) {
    if (error instanceof ContentNotFoundError) return undefined;
    throw error;
  }
}

function preconditionFailed(name: string, tags: readonly string[]): Answer {
  const message = `tag ${tags.join(', ')} of ${name} is not what the request expects`;
  return refuse(412, { code: 'DENIED', message });
}

function manifestCreated(
  name: string,
  digest: Digest,
  manifest: Manifest,
  tags: readonly string[],
): Answer {
  return {
    status: 201,
    headers: {
      Location: `/v2/${name}/manifests/${digest}`,
      'Docker-Content-Digest': digest,
      ETag: etagOf(digest),
      ...(manifest.subject === undefined ? {} : { 'OCI-Subject': manifest.subject.digest }),
      ...(tags.length === 0 ? {} : { 'OCI-Tag': tags.join(', ') }),
    },
  };
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
  if (reference.kind === 'digest') {
    await repository.deleteManifest(reference.digest, { signal });
    return { status: 202, headers: {} };
  }
  const condition = await tagCondition(exchange, repository, [reference.tag]);
  if (condition === 'failed') return preconditionFailed(name, [reference.tag]);
  await repository.deleteTag(reference.tag, { signal, ...condition });
  return { status: 202, headers: {} };
}
