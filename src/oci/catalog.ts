import { type CallOptions, LimitExceededError, redactUrl } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { isRepositoryPath } from '../spec/index.ts';
import { readJson } from './answer-body.ts';
import {
  AccessDeniedError,
  AuthenticationError,
  CatalogUnavailableError,
  InvalidAnswerError,
  RegistryResponseError,
} from './errors.ts';
import { nextPage } from './link.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/** Registries that do not page send all names at once: 8 MiB is 80,000 names of 100 characters. */
const maxPageBytes = 8 * 1024 * 1024;
/** At the usual 100 or 1,000 a page, a million names and more. */
const maxPages = 10_000;
/** The largest public registries have some millions, and no catalog. */
const maxRepositories = 1_000_000;

/**
 * The paths of a registry's repositories, as it orders them. This is Docker's list, which is not part of
 * the OCI specification: many registries do not have it, or not for everybody.
 * @param session of any repository of the registry; its name decides which credentials are used
 * @see https://distribution.github.io/distribution/spec/api/#listing-repositories
 * @throws CatalogUnavailableError when the registry does not say, AuthenticationError when it wants a login
 */
export async function* listRepositories(
  session: RepositorySession,
  options: CallOptions,
): AsyncGenerator<string> {
  const list = new URL('/v2/_catalog', await session.origin(options));
  const seen = new Set([list.href]);
  let page: URL | undefined = list;
  let last: string | undefined;
  let count = 0;
  while (page !== undefined) {
    if (seen.size > maxPages) {
      throw new InvalidAnswerError(redactUrl(page), `the list has more than ${maxPages} pages`);
    }
    const { names, response } = await readPage(session, page, { isFirst: page === list }, options);
    for (const name of names) {
      count += 1;
      if (count > maxRepositories) {
        throw new LimitExceededError('the list of repositories', maxRepositories, 'names');
      }
      // Some registries begin a page with the last name of the one before.
      if (name !== last && isRepositoryPath(name)) yield name;
      last = name;
    }
    page = nextPage(response, list, seen);
  }
}

async function readPage(
  session: RepositorySession,
  page: URL,
  { isFirst }: { readonly isFirst: boolean },
  options: CallOptions,
): Promise<{ readonly response: HttpResponse; readonly names: readonly string[] }> {
  // No `n` is sent: each registry knows its own best page, and some refuse one that is too large for them.
  const request: RegistryRequest = { method: 'GET', target: page, access: 'catalog' };
  try {
    const response = await session.send(request, options);
    if (response.status !== 200) throw await session.failure(request, response);
    const { repositories } = await readJson(response, maxPageBytes, options);
    if (repositories !== null && !Array.isArray(repositories)) {
      throw new InvalidAnswerError(redactUrl(page), '"repositories" is not a list');
    }
    const names: readonly unknown[] = repositories ?? [];
    return { response, names: names.filter((name): name is string => typeof name === 'string') };
  } catch (error) {
    // Later on it is a list that breaks off, and not one that is not there.
    if (!isFirst) throw error;
    if (error instanceof AuthenticationError) throw loginWanted(error);
    if (isRefusal(error)) throw new CatalogUnavailableError(session.name.registry, error);
    throw error;
  }
}

/** Without a login nobody knows whether there is a list: some registries want one for it, others have none. */
function loginWanted(cause: AuthenticationError): AuthenticationError {
  const { hint, registry } = cause;
  const what = 'it wants a login before it tells which repositories it has';
  const names = 'Or name the providers, as in hashicorp/aws.';
  return new AuthenticationError(registry, what, {
    cause,
    hint: hint === undefined ? names : `${hint} ${names}`,
  });
}

/** The ways in which registries have no such list, or none for us. */
function isRefusal(error: unknown): boolean {
  if (error instanceof RegistryResponseError) {
    const { status } = error.answer;
    return status === 400 || status === 404 || status === 405 || status === 501;
  }
  return error instanceof AccessDeniedError || error instanceof InvalidAnswerError;
}
