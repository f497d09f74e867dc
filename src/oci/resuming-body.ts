import type { Readable } from 'node:stream';
import { type CallOptions, redactUrl } from '../base/index.ts';
import { type BodyRest, type HttpResponse, resumingBody } from '../http/index.ts';
import type { Descriptor } from '../spec/index.ts';
import { InvalidAnswerError } from './errors.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

export interface ResumableBlob {
  readonly target: Descriptor;
  /** The request that was answered; asked again with a `Range` for what is missing. */
  readonly request: RegistryRequest;
  /** Its answer, of status 200. */
  readonly response: HttpResponse;
}

/**
 * The body of a blob's answer that outlives its connection. It is given up after as many tries without a byte as a
 * request has tries. A server that changes its mind between two parts is caught by the digest.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export function resumingBlob(
  session: RepositorySession,
  blob: ResumableBlob,
  options: CallOptions,
): Readable {
  const { retry } = session.http;
  return resumingBody(
    {
      response: blob.response,
      size: blob.target.size,
      retry,
      maxBreaks: retry.maxAttempts,
      reopen: (offset, call) => openRest(session, blob, offset, call),
    },
    options,
  );
}

/** An answer that begins at `offset`, or, of a server that knows no ranges, at 0. */
async function openRest(
  session: RepositorySession,
  { request, target }: ResumableBlob,
  offset: number,
  options: CallOptions,
): Promise<BodyRest> {
  const rest = { ...request, headers: { ...request.headers, range: `bytes=${offset}-` } };
  const response = await session.send(rest, options);
  if (response.status === 200) return { response, startsAt: 0 };
  if (response.status !== 206) throw await session.failure(rest, response);
  const range = response.headers.get('content-range') ?? '';
  const expected = `bytes ${offset}-${target.size - 1}/`;
  if (range === `${expected}${target.size}` || range === `${expected}*`) {
    return { response, startsAt: offset };
  }
  response.body.destroy();
  throw new InvalidAnswerError(
    redactUrl(response.url),
    `asked for ${target.size} bytes from ${offset} on, it sent the range "${range.slice(0, 100)}"`,
  );
}
