import { type CallOptions, redactUrl } from '../base/index.ts';
import { RepositoryNotFoundError } from '../content/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { isTag } from '../spec/index.ts';
import { readJson } from './answer-body.ts';
import { InvalidAnswerError, RegistryResponseError } from './errors.ts';
import { nextPage } from './link.ts';
import { readWhole } from './read-whole.ts';
import { isRepositoryMissing } from './response-error.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/** Registries that do not page send all tags at once: 8 MiB is 400,000 tags of 20 characters. */
const maxPageBytes = 8 * 1024 * 1024;
/** At the usual 100 or 1,000 a page, a million tags and more. */
const maxPages = 10_000;

/**
 * Every tag of a repository, as the registry orders them. No `n` is sent: OpenTofu sends none, and each
 * registry knows its own best page.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function* listTags(
  session: RepositorySession,
  options: CallOptions,
): AsyncGenerator<string> {
  const list = new URL(`/v2/${session.name.path}/tags/list`, await session.origin(options));
  const seen = new Set([list.href]);
  let page: URL | undefined = list;
  let last: string | undefined;
  while (page !== undefined) {
    if (seen.size > maxPages) {
      throw new InvalidAnswerError(redactUrl(page), `the list has more than ${maxPages} pages`);
    }
    const request: RegistryRequest = { method: 'GET', target: page, access: 'pull' };
    const { document, response }: Page = await readWhole(
      session,
      request,
      options,
      async (answer) => {
        if (answer.status !== 200) throw await missingOr(session, request, answer);
        return { response: answer, document: await readJson(answer, maxPageBytes, options) };
      },
    );
    for (const tag of tagsOf(document, redactUrl(page))) {
      // Some registries begin a page with the last tag of the one before.
      if (tag !== last && isTag(tag)) yield tag;
      last = tag;
    }
    page = nextPage(response, list, seen);
  }
}

interface Page {
  readonly response: HttpResponse;
  readonly document: Readonly<Record<string, unknown>>;
}

function tagsOf(document: Readonly<Record<string, unknown>>, url: string): readonly string[] {
  const { tags } = document;
  // What is left of a repository whose tags were all deleted.
  if (tags === null || tags === undefined) return [];
  if (!Array.isArray(tags)) throw new InvalidAnswerError(url, '"tags" is not a list');
  return tags.filter((tag): tag is string => typeof tag === 'string');
}

/**
 * OpenTofu's rule for "no such repository", which lets it ask the next source: a 404 that says nothing
 * else, or either of two codes.
 */
async function missingOr(
  session: RepositorySession,
  request: RegistryRequest,
  response: HttpResponse,
): Promise<Error> {
  const failure = await session.failure(request, response);
  if (!(failure instanceof RegistryResponseError)) return failure;
  return failure.category === 'not-found' || isRepositoryMissing(failure.answer)
    ? new RepositoryNotFoundError(session.display, { cause: failure })
    : failure;
}
