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
import { readReferrersTag, type ReferrersTag, referrersTag } from './referrers.ts';
import type { RepositorySession } from './session.ts';

export interface ChangeOptions extends CallOptions {
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
 * Lists a manifest under the fallback tag of its subject. What others wrote stays as it is, unknown fields
 * included.
 * @throws ReferrersTagError
 */
export async function addToReferrersTag(
  session: RepositorySession,
  subject: Digest,
  descriptor: Descriptor,
  manifest: Manifest,
  options: ChangeOptions,
): Promise<void> {
  const referrer = referrerDescriptor(descriptor, manifest);
  await changeReferrersTag(session, subject, options, (current) =>
    current?.manifests.some(({ digest }) => digest === referrer.digest) === true
      ? undefined
      : withEntries(current?.content.bytes, (entries) => [...entries, referrer]),
  );
}

/**
 * Takes a manifest that is no more off the list under the fallback tag of its subject, where there is one.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 * @throws ReferrersTagError
 */
export async function removeFromReferrersTag(
  session: RepositorySession,
  subject: Digest,
  referrer: Digest,
  options: ChangeOptions,
): Promise<void> {
  await changeReferrersTag(session, subject, options, (current) =>
    current?.manifests.some(({ digest }) => digest === referrer) === true
      ? withEntries(current.content.bytes, (entries) =>
          entries.filter((entry) => digestIn(entry) !== referrer),
        )
      : undefined,
  );
}

/**
 * Brings the list to a state that needs no edit:
 *
 * 1. Read the index; nothing there is an empty one. Nothing to change: done.
 * 2. Write it as edited, on the condition that nobody else did, which few registries honour.
 * 3. Wait a little and read again: where another writer overwrote ours, start again.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
async function changeReferrersTag(
  session: RepositorySession,
  subject: Digest,
  options: ChangeOptions,
  edit: (current: ReferrersTag | undefined) => ManifestContent | undefined,
): Promise<void> {
  const tag = referrersTag(subject);
  for (let round = 1; round <= maxRounds; round++) {
    const current = await readReferrersTag(session, subject, options);
    const index = edit(current);
    if (index === undefined) return;
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
  if (edit(await readReferrersTag(session, subject, options)) === undefined) return;
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

function withEntries(
  current: Buffer | undefined,
  edit: (entries: readonly unknown[]) => readonly unknown[],
): ManifestContent {
  const document = current === undefined ? emptyIndex() : parsed(current);
  const entries: readonly unknown[] = Array.isArray(document['manifests'])
    ? document['manifests']
    : [];
  const bytes = canonicalJson({ ...document, manifests: edit(entries) });
  const { index: mediaType } = mediaTypes;
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength } };
}

function digestIn(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'digest' in entry
    ? entry.digest
    : undefined;
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
