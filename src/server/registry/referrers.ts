import { type Descriptor, type Digest, isDigest, mediaTypes } from '../../spec/index.ts';
import { type Answer, jsonAnswer } from '../answers/index.ts';
import { invalidDigest } from './blobs.ts';
import type { Exchange } from './exchange.ts';

/**
 * end-12: never a 404, since that would tell the client that there is no such endpoint. In digest
 * order, so that a page can go on after the last digest of the one before.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(
  exchange: Exchange,
  name: string,
  subject: string,
): Promise<Answer> {
  if (!isDigest(subject)) return invalidDigest(subject);
  const { query } = exchange;
  // Some clients send the "+" of "+json" as it is, which is how forms write a space.
  const artifactType = query.get('artifactType')?.replaceAll(' ', '+');
  const after = query.get('last') ?? undefined;
  const { page, isLast } = await firstPage(exchange, name, { subject, artifactType, after });
  const next = new URLSearchParams(artifactType === undefined ? {} : { artifactType });
  next.set('last', page.at(-1)?.digest ?? '');
  const body = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: page };
  return jsonAnswer(200, body, {
    'Content-Type': mediaTypes.index,
    ...(artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    ...(!isLast
      ? { Link: `</v2/${name}/referrers/${subject}?${next.toString()}>; rel="next"` }
      : {}),
  });
}

interface Selection {
  readonly subject: Digest;
  readonly artifactType: string | undefined;
  readonly after: string | undefined;
}

/** As many as fit under the limits, at least one: a manifest's annotations may be megabytes. */
async function firstPage(
  { storage, limits, signal }: Exchange,
  name: string,
  { subject, ...selection }: Selection,
): Promise<{ readonly page: readonly Descriptor[]; readonly isLast: boolean }> {
  const page: Descriptor[] = [];
  let bytes = 0;
  const repository = await storage.findRepository(name, { signal });
  if (repository === undefined) return { page, isLast: true };
  // Storages go by the digest; type and size of a subject that may not even be here are unknown.
  const target = { mediaType: mediaTypes.manifest, digest: subject, size: 0 };
  for await (const descriptor of repository.referrers(target, { signal, ...selection })) {
    bytes += Buffer.byteLength(JSON.stringify(descriptor));
    const isFull = page.length >= limits.maxPageItems || bytes > limits.maxPageBytes;
    if (isFull && page.length > 0) return { page, isLast: false };
    page.push(descriptor);
  }
  return { page, isLast: true };
}
