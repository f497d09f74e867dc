import type { IncomingMessage } from 'node:http';
import { LimitExceededError, readBounded } from '../../base/index.ts';
import {
  type HostedRepository,
  type ManifestContent,
  TagConflictError,
} from '../../content/index.ts';
import {
  type Digest,
  digestOf,
  digestParts,
  isManifestType,
  isTag,
  type Manifest,
  maxManifestBytes,
  parseManifest,
} from '../../spec/index.ts';
import { type Answer, etagOf } from '../answers/index.ts';
import { declaredLength, type Exchange, headerOf } from './exchange.ts';
import { invalidReference, parseReference, type Reference } from './manifest-reference.ts';
import { changesType, changesVersion, hasVersion } from './published-versions.ts';
import { refuse } from './refusal.ts';
import { conditionsOf, isConditional, preconditionFailed } from './tag-conditions.ts';

/** More than the ten tags that the specification wants to be possible, and few enough for one write. */
const maxTagParameters = 100;

/**
 * end-7a and 7b: stores the exact bytes, under their digest and the tags given.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export async function putManifest(exchange: Exchange, name: string, text: string): Promise<Answer> {
  const { request } = exchange;
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
  // To the end, not only while they arrive: looking for the children of the largest takes seconds.
  const answer = await exchange.memory.hold(length, async (needOnly) => {
    const body = await readBody(exchange);
    if (body === 'too large') return manifestTooLarge();
    needOnly(body.length);
    return exchange.largeWrites(body.length, () =>
      storeManifest(exchange, name, { reference, mediaType, tags, body }),
    );
  });
  return answer ?? tooManyManifests();
}

interface Received {
  readonly reference: Reference;
  readonly mediaType: string;
  readonly tags: readonly string[];
  readonly body: Buffer;
}

async function storeManifest(
  exchange: Exchange,
  name: string,
  { reference, mediaType, tags, body }: Received,
): Promise<Answer> {
  const manifest = parseManifest(body, mediaType);
  const algorithm = reference.kind === 'tag' ? 'sha256' : digestParts(reference.digest).algorithm;
  const digest = digestOf(body, algorithm);
  if (reference.kind === 'digest' && reference.digest !== digest) {
    const message = `the manifest has the digest ${digest}, not ${reference.digest}`;
    return refuse(400, { code: 'DIGEST_INVALID', message });
  }
  const repository = await exchange.storage.createRepository(name, { signal: exchange.signal });
  const { artifactType } = manifest;
  const descriptor = {
    mediaType,
    digest,
    size: body.length,
    ...(artifactType === undefined ? {} : { artifactType }),
  };
  const put = { descriptor, bytes: body, manifest, tags };
  const refusal = await putUnderConditions(exchange, { name, repository }, put);
  return (
    refusal ?? manifestCreated(name, digest, manifest, reference.kind === 'digest' ? tags : [])
  );
}

interface Place {
  readonly name: string;
  readonly repository: HostedRepository;
}

interface Put extends ManifestContent {
  readonly manifest: Manifest;
  readonly tags: readonly string[];
}

/** Each but the first means that somebody else moved the tag in the very same moment. */
const maxAttempts = 5;

/**
 * Stores the manifest while its tags are where they were when the conditions of the request, and the rule
 * for published versions, were looked at.
 * @returns the refusal, when they do not hold
 */
async function putUnderConditions(
  exchange: Exchange,
  { name, repository }: Place,
  { descriptor, bytes, manifest, tags }: Put,
): Promise<Answer | undefined> {
  const access = { repository: name, action: 'replace' } as const;
  const mayReplace = exchange.mayAccess(access);
  const isRetyped = !mayReplace && (await changesType(repository, descriptor));
  if (isRetyped && (await hasVersion(repository))) return exchange.denied(access);
  for (let attempt = 1; ; attempt++) {
    const found = await conditionsOf(exchange, repository, tags, { always: !mayReplace });
    if (found === 'failed') return preconditionFailed(name, tags);
    const next = { digest: descriptor.digest, manifest };
    for (const tag of mayReplace ? [] : tags) {
      if (await changesVersion(repository, tag, next)) return exchange.denied(access);
    }
    try {
      await repository.putManifest(
        { descriptor, bytes },
        { tags, missingChildren: exchange.missingContent, replacesByTag: found },
      );
      return undefined;
    } catch (error) {
      const isOurs = error instanceof TagConflictError && !isConditional(exchange);
      if (!isOurs || attempt === maxAttempts) throw error;
    }
  }
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
