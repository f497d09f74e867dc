import type { ErrorCategory, TofuOciError } from '../base/index.ts';
import { ContentNotFoundError, RepositoryNotFoundError } from '../content/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { readAnswer } from './answer-body.ts';
import {
  AccessDeniedError,
  ArtifactTypeRefusedError,
  type RegistryAnswer,
  RegistryResponseError,
} from './errors.ts';

/** How registries with a list of types say that one is not on it; the spec has no code for that. */
const typeRefusal =
  /(?:unknown|unsupported|invalid|unexpected|not (?:allowed|supported|permitted)).{0,80}(?:media|artifact|config)[ _-]?type|(?:media|artifact|config)[ _-]?type.{0,200}(?:unknown|unsupported|invalid|not (?:allowed|supported|permitted))|["']application\/[^"']{1,200}["'] is not one of/iu;

/** Codes that say of a 404 that the thing, or the repository, is not there. Harbor says NOT_FOUND. */
const missingCodes = new Set([
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_UNKNOWN',
  'MANIFEST_UNKNOWN',
  'NAME_UNKNOWN',
  'NOT_FOUND',
]);
const nameCodes = new Set(['NAME_UNKNOWN', 'NAME_INVALID']);

/** Whether a 404 means "not there", and not something that was hidden behind a 404. */
export function isMissing({ errors, status }: RegistryAnswer): boolean {
  return (
    status === 404 && (errors.length === 0 || errors.some(({ code }) => missingCodes.has(code)))
  );
}

/** Whether the repository as a whole is said not to be there. */
export function isRepositoryMissing({ errors }: RegistryAnswer): boolean {
  return errors.some(({ code }) => nameCodes.has(code));
}

/** What a failure to get something by its tag or digest means: it, or the repository, is not there. */
export function missingOr(repository: string, reference: string, failure: TofuOciError): Error {
  if (!(failure instanceof RegistryResponseError)) return failure;
  if (isRepositoryMissing(failure.answer)) {
    return new RepositoryNotFoundError(repository, { cause: failure });
  }
  return failure.category === 'not-found'
    ? new ContentNotFoundError(repository, reference, { cause: failure })
    : failure;
}

/** The error that an answer means which nobody can use. Reads its body. */
export async function responseError(
  registry: string,
  method: string,
  response: HttpResponse,
  hint: string,
): Promise<TofuOciError> {
  const answer = await readAnswer(method, response);
  const { errors, status } = answer;
  if (status === 403) return new AccessDeniedError(registry, answer, { hint });
  if ((status === 400 || status === 415 || status === 422) && refusesType(answer)) {
    return new ArtifactTypeRefusedError(answer);
  }
  const retryAfter = response.headers.get('retry-after');
  if (isMissing(answer)) return new RegistryResponseError(answer, 'not-found', { retryAfter });
  if (errors.some(({ code }) => code === 'DIGEST_INVALID' || code === 'SIZE_INVALID')) {
    return new RegistryResponseError(answer, 'integrity');
  }
  // A condition that was not met has no code of its own; DENIED often stands for it.
  const isCondition = status === 412;
  const isAboutAccess = errors.some(({ code }) => code === 'UNAUTHORIZED' || code === 'DENIED');
  if (isAboutAccess && !isCondition) return new AccessDeniedError(registry, answer, { hint });
  return new RegistryResponseError(answer, categoryOfStatus(status), {
    retryAfter,
    hint: hintForStatus(status, method),
  });
}

function refusesType({ errors, text }: RegistryAnswer): boolean {
  if (errors.length === 0) return typeRefusal.test(text);
  return errors.some(
    ({ code, detail, message }) =>
      (code === 'MANIFEST_INVALID' || code === 'UNSUPPORTED') &&
      typeRefusal.test(`${message} ${typeof detail === 'string' ? detail : ''}`),
  );
}

function categoryOfStatus(status: number): ErrorCategory {
  switch (status) {
    case 405:
    case 413:
    case 501:
      return 'unsupported';
    case 409:
    case 412:
      return 'conflict';
    default:
      return 'remote';
  }
}

function hintForStatus(status: number, method: string): string | undefined {
  switch (status) {
    case 405:
      return method === 'GET' || method === 'HEAD' || method === 'DELETE'
        ? undefined
        : 'It takes no changes here: it is read-only, or this part of it mirrors another registry.';
    case 413:
      return 'The registry, or a proxy before it, limits the size of uploads; ask for a higher limit.';
    case 429:
      return 'The registry limits the rate of requests; wait a little, or log in for a higher limit.';
    case 500:
    case 502:
    case 503:
    case 504:
      return 'The registry has a problem of its own; run the same command again later.';
    case 507:
      return 'The registry has no space left; run the same command again when it has: what was sent is kept.';
    default:
      return undefined;
  }
}
