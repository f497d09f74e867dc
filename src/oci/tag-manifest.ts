import type { CallOptions } from '../base/index.ts';
import { type ManifestContent, TagConflictError, type TagOptions } from '../content/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { type Digest, digestOf, digestParts, type Manifest, parseTag } from '../spec/index.ts';
import { RegistryResponseError } from './errors.ts';
import { findManifest, type FoundManifest, readManifest } from './manifests.ts';
import { checkedManifest, putManifest } from './push-manifest.ts';
import type { RepositorySession } from './session.ts';

/**
 * Points a tag at a manifest, which is stored with it.
 *
 * 1. A condition is checked against the tag as it stands, and handed to the registry as `If-Match` or
 *    `If-None-Match`.
 * 2. The manifest is PUT. One whose digest is not SHA-256 is put by its digest, the tag as a parameter, since
 *    a tag alone would leave the choice of the digest to the registry.
 * 3. Most registries pay no heed to conditions. Unless this one answers as if it knew of them, the tag is
 *    read again: another writer may have moved it at the same time.
 *
 * @throws TagConflictError
 */
export async function tagManifest(
  session: RepositorySession,
  content: ManifestContent,
  tag: string,
  { replaces, signal }: TagOptions,
): Promise<void> {
  parseTag(tag);
  const manifest = checkedManifest(content);
  const place = { repository: session.display, tag };
  const headers = await conditionsFor(session, tag, replaces, { signal });
  let response: HttpResponse;
  try {
    response = await putUnderTag(session, { content, manifest, tag, headers }, { signal });
  } catch (error) {
    const isRefused = error instanceof RegistryResponseError && error.answer.status === 412;
    if (!isRefused || replaces === undefined) throw error;
    const current = await findManifest(session, tag, { signal });
    // The condition may have been broken by our own first try, whose answer was lost.
    if (current !== undefined && isSame(content, current.digest)) return;
    throw new TagConflictError(place, replaces, current?.digest ?? 'nothing');
  }
  if (replaces === undefined || response.headers.get('etag') !== undefined) return;
  const current = await findManifest(session, tag, { signal });
  if (current !== undefined && isSame(content, current.digest)) return;
  throw new TagConflictError(place, content.descriptor.digest, current?.digest ?? 'nothing');
}

/**
 * Checks that a tag is where its writer takes it to be.
 * @returns the fields that tell a registry to check it, too.
 * @throws TagConflictError
 */
export async function conditionsFor(
  session: RepositorySession,
  tag: string,
  replaces: Digest | 'nothing' | undefined,
  options: CallOptions,
): Promise<Readonly<Record<string, string>>> {
  if (replaces === undefined) return {};
  const current = await findManifest(session, tag, options);
  const found =
    current === undefined ? 'nothing' : await digestLike(replaces, session, current, options);
  if (found !== replaces) {
    throw new TagConflictError({ repository: session.display, tag }, replaces, found);
  }
  if (current === undefined) return { 'if-none-match': '*' };
  return current.etag === undefined ? {} : { 'if-match': current.etag };
}

/** The digest of what was found, by the algorithm of the one expected: some registries name all by SHA-256. */
async function digestLike(
  expected: Digest | 'nothing',
  session: RepositorySession,
  { digest }: FoundManifest,
  options: CallOptions,
): Promise<Digest> {
  if (expected === 'nothing') return digest;
  const { algorithm } = digestParts(expected);
  if (algorithm === digestParts(digest).algorithm) return digest;
  return digestOf((await readManifest(session, digest, options)).bytes, algorithm);
}

/** Whether a digest, of whatever algorithm, is that of the content. */
function isSame({ bytes }: ManifestContent, digest: Digest): boolean {
  return digestOf(bytes, digestParts(digest).algorithm) === digest;
}

interface TagPut {
  readonly content: ManifestContent;
  readonly manifest: Manifest;
  readonly tag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers to a PUT by digest that may mean that it is the digest, or the parameter, that is not taken. */
const notThisWay = new Set([400, 404, 405, 412, 414, 415, 422, 500, 501]);

/** @see https://github.com/opencontainers/distribution-spec/blob/967efdc/spec.md#pushing-manifests */
async function putUnderTag(
  session: RepositorySession,
  { content, headers, manifest, tag }: TagPut,
  options: CallOptions,
): Promise<HttpResponse> {
  const { digest } = content.descriptor;
  if (digestParts(digest).algorithm !== 'sha256') {
    const reference = `${digest}?tag=${encodeURIComponent(tag)}`;
    try {
      const response = await putManifest(session, content, manifest, reference, headers, options);
      const tags = response.headers.get('oci-tag') ?? '';
      if (tags.split(',').some((each) => each.trim() === tag)) return response;
    } catch (error) {
      const status = error instanceof RegistryResponseError ? error.answer.status : 0;
      if (!notThisWay.has(status)) throw error;
    }
  }
  return await putManifest(session, content, manifest, tag, headers, options);
}
