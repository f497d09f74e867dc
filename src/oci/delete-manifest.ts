import { type CallOptions, categoryOf, type TofuOciError } from '../base/index.ts';
import { ContentNotFoundError, TagConflictError, type TagOptions } from '../content/index.ts';
import { discard, type HttpResponse } from '../http/index.ts';
import { type Digest, parseManifest, parseTag } from '../spec/index.ts';
import { DeleteRefusedError, InvalidAnswerError, RegistryResponseError } from './errors.ts';
import { findManifest, readManifest } from './manifests.ts';
import { putManifestBytes } from './push-manifest.ts';
import { removeFromReferrersTag } from './referrers-tag.ts';
import { missingOr } from './response-error.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';
import { conditionsFor } from './tag-manifest.ts';

/**
 * Deletes a manifest, and with it every tag that points at it.
 *
 * 1. It is read, since a referrer names its subject.
 * 2. DELETE by digest.
 * 3. A referrer is taken off the list that stands in for the referrers API, wherever there is such a list:
 *    also a registry that has the API may keep one from earlier days.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 * @throws ContentNotFoundError, RepositoryNotFoundError, DeleteRefusedError; ReferrersTagError when it is
 *   deleted, and still listed.
 */
export async function deleteManifest(
  session: RepositorySession,
  digest: Digest,
  options: CallOptions,
): Promise<void> {
  const subject = await subjectOf(session, digest, options);
  const { request, response } = await sendDelete(session, digest, {}, options);
  if (!isGone(response)) {
    throw refusal(session, 'manifest', digest, await session.failure(request, response));
  }
  discard(response.body);
  if (subject === undefined) return;
  await removeFromReferrersTag(session, subject, digest, {
    ...options,
    put: async (index, tag, conditions) => {
      await putManifestBytes(session, index, tag, conditions, options);
    },
  });
}

/**
 * Deletes a tag by its name. Where a registry does not do so it stays: deleting its manifest instead would take
 * other tags away with it.
 * @throws ContentNotFoundError, RepositoryNotFoundError, TagConflictError, DeleteRefusedError
 */
export async function deleteTag(
  session: RepositorySession,
  tag: string,
  { replaces, signal }: TagOptions,
): Promise<void> {
  parseTag(tag);
  const conditions = await deletionConditions(session, tag, replaces, { signal });
  const { request, response } = await sendDelete(session, tag, conditions, { signal });
  if (isGone(response)) {
    discard(response.body);
    return;
  }
  const failure = await session.failure(request, response);
  if (response.status !== 412 || replaces === undefined) {
    throw refusal(session, 'tag', tag, failure);
  }
  const current = await findManifest(session, tag, { signal });
  // The condition may have been broken by our own first try, whose answer was lost.
  if (current === undefined && response.attempt > 1) return;
  const place = { repository: session.display, tag };
  throw new TagConflictError(place, replaces, current?.digest ?? 'nothing');
}

async function deletionConditions(
  session: RepositorySession,
  tag: string,
  replaces: TagOptions['replaces'],
  options: CallOptions,
): Promise<Readonly<Record<string, string>>> {
  try {
    const conditions = await conditionsFor(session, tag, replaces, options);
    if (replaces !== 'nothing') return conditions;
  } catch (error) {
    // Somebody has deleted it already, whatever it pointed at.
    const isThere = !(error instanceof TagConflictError) || error.actual !== 'nothing';
    if (isThere) throw error;
  }
  throw new ContentNotFoundError(session.display, tag);
}

/** Undefined also for what is damaged, which is a reason to delete it and not to keep it. */
async function subjectOf(
  session: RepositorySession,
  digest: Digest,
  options: CallOptions,
): Promise<Digest | undefined> {
  try {
    const { bytes, descriptor } = await readManifest(session, digest, options);
    return parseManifest(bytes, descriptor.mediaType).subject?.digest;
  } catch (error) {
    if (error instanceof InvalidAnswerError || categoryOf(error) === 'integrity') return undefined;
    throw error;
  }
}

async function sendDelete(
  session: RepositorySession,
  reference: string,
  headers: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<{ readonly request: RegistryRequest; readonly response: HttpResponse }> {
  const target = `manifests/${reference}`;
  const request: RegistryRequest = { method: 'DELETE', target, access: 'delete', headers };
  return { request, response: await session.send(request, options) };
}

/** What is not there after a second try was taken away by the first, whose answer was lost. */
function isGone({ attempt, status }: HttpResponse): boolean {
  return (status >= 200 && status <= 204) || (status === 404 && attempt > 1);
}

function refusal(
  session: RepositorySession,
  kind: 'manifest' | 'tag',
  reference: string,
  failure: TofuOciError,
): Error {
  if (failure instanceof RegistryResponseError && isUnsupported(kind, failure)) {
    return new DeleteRefusedError(session.display, { kind, reference }, failure.answer);
  }
  return missingOr(session.display, reference, failure);
}

/**
 * A registry that does not delete answers 405, or 400 and nothing more that would tell of anything else. Registries
 * that want a digest say of a tag that it is none: docker-registry 2.8 does.
 */
function isUnsupported(
  kind: 'manifest' | 'tag',
  { answer: { errors, status } }: RegistryResponseError,
): boolean {
  if (status === 405 || status === 501) return true;
  if (status !== 400) return false;
  if (errors.length === 0) return true;
  return errors.some(
    ({ code }) =>
      code === 'UNSUPPORTED' ||
      (kind === 'tag' && (code === 'DIGEST_INVALID' || code === 'TAG_INVALID')),
  );
}
