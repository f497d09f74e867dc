import { compareBytes } from '../../base/index.ts';
import { type Descriptor, type Digest, isDigest, mediaTypes } from '../../spec/index.ts';
import { type Answer, jsonAnswer } from './answer.ts';
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
  const after = query.get('last');
  const all = await referrersOf(exchange, name, subject, artifactType);
  const rest = after === null ? all : all.filter(({ digest }) => compareBytes(digest, after) > 0);
  const page = firstPage(rest, exchange);
  const next = new URLSearchParams(artifactType === undefined ? {} : { artifactType });
  next.set('last', page.at(-1)?.digest ?? '');
  const body = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: page };
  return jsonAnswer(200, body, {
    'Content-Type': mediaTypes.index,
    ...(artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    ...(page.length < rest.length
      ? { Link: `</v2/${name}/referrers/${subject}?${next.toString()}>; rel="next"` }
      : {}),
  });
}

async function referrersOf(
  { storage, signal }: Exchange,
  name: string,
  digest: Digest,
  artifactType: string | undefined,
): Promise<Descriptor[]> {
  const repository = await storage.findRepository(name, { signal });
  if (repository === undefined) return [];
  const found: Descriptor[] = [];
  // Storages go by the digest; type and size of a subject that may not even be here are unknown.
  const subject = { mediaType: mediaTypes.manifest, digest, size: 0 };
  const filter = artifactType === undefined ? {} : { artifactType };
  for await (const descriptor of repository.referrers(subject, { signal, ...filter })) {
    found.push(descriptor);
  }
  return found.sort((a, b) => compareBytes(a.digest, b.digest));
}

/** As many as fit under the limits, at least one: a manifest's annotations may be megabytes. */
function firstPage(descriptors: readonly Descriptor[], { limits }: Exchange): Descriptor[] {
  const page: Descriptor[] = [];
  let bytes = 0;
  for (const descriptor of descriptors) {
    bytes += Buffer.byteLength(JSON.stringify(descriptor));
    const full = page.length >= limits.maxPageItems || bytes > limits.maxPageBytes;
    if (full && page.length > 0) break;
    page.push(descriptor);
  }
  return page;
}
