import { type CallOptions, isNotFound, readBounded, redactUrl } from '../base/index.ts';
import { type HttpResponse, RedirectRefusedError } from '../http/index.ts';
import {
  type Descriptor,
  type Digest,
  digestParts,
  InvalidManifestError,
  maxManifestBytes,
  mediaTypes,
  parseImageIndex,
} from '../spec/index.ts';
import { readAnswer } from './answer-body.ts';
import { InvalidAnswerError, ReferrersTagError } from './errors.ts';
import { nextPage } from './link.ts';
import { readManifest, type ReadManifest } from './manifests.ts';
import { readWhole } from './read-whole.ts';
import { isRepositoryMissing } from './response-error.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/** What the interface promises its readers; a release has a few referrers, and pages have 100 and more. */
const maxPages = 10;

export interface ReferrersOptions extends CallOptions {
  readonly artifactType?: string | undefined;
}

/**
 * Manifests whose subject is `subject`, each once: from the referrers API, or where a registry has none,
 * from the fallback tag.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function* listReferrers(
  session: RepositorySession,
  subject: Digest,
  options: ReferrersOptions,
): AsyncGenerator<Descriptor> {
  const seen = new Set<Digest>();
  for await (const page of pages(session, subject, options)) {
    for (const descriptor of page) {
      const { artifactType, digest } = descriptor;
      // Filtering is optional for registries, so it is done here in any case.
      if (options.artifactType !== undefined && artifactType !== options.artifactType) continue;
      if (seen.has(digest)) continue;
      seen.add(digest);
      yield descriptor;
    }
  }
}

async function* pages(
  session: RepositorySession,
  subject: Digest,
  options: ReferrersOptions,
): AsyncGenerator<readonly Descriptor[]> {
  if (session.learnt.hasNoReferrersApi) {
    yield await referrersByTag(session, subject, options);
    return;
  }
  const origin = await session.origin(options);
  const list = new URL(`/v2/${session.name.path}/referrers/${subject}`, origin);
  if (options.artifactType !== undefined)
    list.searchParams.set('artifactType', options.artifactType);
  const seen = new Set([list.href]);
  let page: URL | undefined = list;
  while (page !== undefined) {
    if (seen.size > maxPages) {
      throw new InvalidAnswerError(redactUrl(page), `the list has more than ${maxPages} pages`);
    }
    const answer: Page | undefined = await readPage(session, page, options);
    if (answer === undefined) {
      if (page !== list)
        throw new InvalidAnswerError(redactUrl(page), 'it is no page of referrers');
      session.learnt.hasNoReferrersApi = true;
      yield await referrersByTag(session, subject, options);
      return;
    }
    yield answer.manifests;
    page = nextPage(answer.response, list, seen);
  }
}

interface Page {
  readonly response: HttpResponse;
  readonly manifests: readonly Descriptor[];
}

/**
 * One page of the API; undefined for every way registries have of not having it: 404 (also with a body
 * that is not JSON), 405, a redirect to a web page elsewhere, an answer that is not an index.
 */
async function readPage(
  session: RepositorySession,
  page: URL,
  options: CallOptions,
): Promise<Page | undefined> {
  const request: RegistryRequest = {
    method: 'GET',
    target: page,
    access: 'pull',
    headers: { accept: mediaTypes.index },
    redirects: 'same-origin',
  };
  try {
    return await readWhole(session, request, options, (response) =>
      pageOf(session, request, response, options),
    );
  } catch (error) {
    // To a web page elsewhere; a registry that sends us in circles has something else wrong.
    if (error instanceof RedirectRefusedError && error.problem !== 'too-many') return undefined;
    throw error;
  }
}

async function pageOf(
  session: RepositorySession,
  request: RegistryRequest,
  response: HttpResponse,
  options: CallOptions,
): Promise<Page | undefined> {
  const { headers, status } = response;
  if (status === 400 || status === 404 || status === 405 || status === 406 || status === 501) {
    // A repository that is not there yet says nothing about the API.
    const isNew = isRepositoryMissing(await readAnswer(request.method, response));
    return isNew ? { response, manifests: [] } : undefined;
  }
  if (status !== 200) throw await session.failure(request, response);
  if (headers.get('content-type')?.split(';', 1)[0]?.trim() !== mediaTypes.index) {
    response.body.destroy();
    return undefined;
  }
  const bytes = await readBounded(response.body, {
    maxBytes: maxManifestBytes,
    what: 'a page of referrers',
    ...options,
  });
  try {
    return { response, manifests: parseImageIndex(bytes, mediaTypes.index).manifests };
  } catch (error) {
    if (!(error instanceof InvalidManifestError)) throw error;
    // It says that it is an index. To take that for "none" would make evidence vanish.
    throw new InvalidAnswerError(redactUrl(request.target), error.message, { cause: error });
  }
}

/**
 * The tag that stands in for the API.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export function referrersTag(subject: Digest): string {
  const { algorithm, hex } = digestParts(subject);
  return `${algorithm}-${hex.slice(0, 64)}`;
}

/**
 * What stands under the fallback tag; undefined when nothing does.
 * @throws ReferrersTagError when it is something else than a list of referrers.
 */
export async function readReferrersTag(
  session: RepositorySession,
  subject: Digest,
  options: CallOptions,
): Promise<ReferrersTag | undefined> {
  const tag = referrersTag(subject);
  try {
    const content = await readManifest(session, tag, options);
    return { content, manifests: parseImageIndex(content.bytes, mediaTypes.index).manifests };
  } catch (cause) {
    if (isNotFound(cause)) return undefined;
    if (!(cause instanceof InvalidManifestError)) throw cause;
    throw new ReferrersTagError(session.display, tag, 'what stands there is not an image index', {
      cause,
      hint: `Somebody else uses the tag ${tag}; remove it, or use another repository.`,
    });
  }
}

/** A fallback tag that is no list means "no referrers" to a reader. */
async function referrersByTag(
  session: RepositorySession,
  subject: Digest,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  try {
    return (await readReferrersTag(session, subject, options))?.manifests ?? [];
  } catch (error) {
    if (error instanceof ReferrersTagError) return [];
    throw error;
  }
}

export interface ReferrersTag {
  readonly content: ReadManifest;
  readonly manifests: readonly Descriptor[];
}
