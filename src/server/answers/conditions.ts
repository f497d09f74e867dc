import type { Digest } from '../../spec/index.ts';

/** Manifests and blobs never change under a digest, so the digest is their strong entity tag. */
export function etagOf(digest: Digest): string {
  return `"${digest}"`;
}

/**
 * Whether an `If-Match` or `If-None-Match` list names `digest`. Weak tags count for
 * `If-None-Match` only.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2
 */
export function namesDigest(
  header: string | undefined,
  digest: Digest,
  comparison: 'strong' | 'weak',
): boolean {
  if (header === undefined) return false;
  return header.split(',').some((item) => {
    const tag = item.trim();
    if (tag === '*') return true;
    const plain = comparison === 'weak' ? tag.replace(/^W\//u, '') : tag;
    return plain === etagOf(digest);
  });
}
