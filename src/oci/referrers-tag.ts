import type { CallOptions } from '../base/index.ts';
import { DigestMismatchError, type ManifestContent } from '../content/index.ts';
import {
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  type Manifest,
  maxManifestBytes,
  mediaTypes,
  referrerDescriptor,
} from '../spec/index.ts';
import { ReferrersTagError, RegistryResponseError } from './errors.ts';
import { readReferrersTag, referrersTag } from './referrers.ts';
import type { RepositorySession } from './session.ts';

export interface AddOptions extends CallOptions {
  /** Stores an index under a tag. */
  readonly put: (
    index: ManifestContent,
    tag: string,
    conditions: Readonly<Record<string, string>>,
  ) => Promise<void>;
}

/** In each round one of many simultaneous writers gets through; more than this are no accident. */
const maxRounds = 20;
/** Longer than one writer needs between its read and its write, so that overlapping ones see each other. */
const settleMs = 100;
/** A crowd is slower than one; past this, waiting longer changes nothing. */
const maxSettleMs = 500;

/**
 * Lists a manifest under the fallback tag of its subject.
 *
 * 1. Read the index; nothing there is an empty one. Listed already: done.
 * 2. Append the descriptor. What others wrote stays as it is, unknown fields included.
 * 3. Write it, on the condition that nobody else did, which few registries honour.
 * 4. Wait a little and read again: where another writer overwrote our entry, start again.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 * @throws ReferrersTagError
 */
export async function addToReferrersTag(
  session: RepositorySession,
  subject: Digest,
  descriptor: Descriptor,
  manifest: Manifest,
  options: AddOptions,
): Promise<void> {
  const tag = referrersTag(subject);
  const referrer = referrerDescriptor(descriptor, manifest);
  for (let round = 1; round <= maxRounds; round++) {
    const current = await readReferrersTag(session, subject, options);
    if (current?.manifests.some(({ digest }) => digest === referrer.digest) === true) return;
    const index = withReferrer(current?.content.bytes, referrer);
    if (index.bytes.byteLength > maxManifestBytes) {
      throw new ReferrersTagError(session.display, tag, 'the list has grown too large', {
        hint: 'Remove referrers that are no longer needed, or use a registry with the referrers API.',
      });
    }
    try {
      await options.put(index, tag, conditionsFor(current?.content.etag, current !== undefined));
    } catch (error) {
      if (!isLostRace(error)) throw error;
    }
    await session.clock.sleep(Math.min(maxSettleMs, settleMs * round), options.signal);
  }
  const last = await readReferrersTag(session, subject, options);
  if (last?.manifests.some(({ digest }) => digest === referrer.digest) === true) return;
  throw new ReferrersTagError(session.display, tag, 'other writers keep changing it', {
    hint: 'Run the same command again when the other writers are done.',
  });
}

function conditionsFor(
  etag: string | undefined,
  exists: boolean,
): Readonly<Record<string, string>> {
  if (!exists) return { 'if-none-match': '*' };
  return etag === undefined ? {} : { 'if-match': etag };
}

/** A refused condition, or a registry that hashed what another writer had put there meanwhile. */
function isLostRace(error: unknown): boolean {
  return (
    error instanceof DigestMismatchError ||
    (error instanceof RegistryResponseError && error.answer.status === 412)
  );
}

function withReferrer(current: Buffer | undefined, referrer: Descriptor): ManifestContent {
  const document = current === undefined ? emptyIndex() : parsed(current);
  const manifests = Array.isArray(document['manifests']) ? document['manifests'] : [];
  const bytes = canonicalJson({ ...document, manifests: [...(manifests as unknown[]), referrer] });
  const { index: mediaType } = mediaTypes;
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength } };
}

function emptyIndex(): Readonly<Record<string, unknown>> {
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
}

/** The bytes have passed the strict reader; here every field is kept, known to us or not. */
function parsed(bytes: Buffer): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(bytes.toString());
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
