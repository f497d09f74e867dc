import { type Digest, digestParts } from '../spec/index.ts';

/** What cosign appends to the name it makes of a digest, for signatures, attestations and documents. */
const suffixes = ['sig', 'att', 'sbom'];

/**
 * The tags under which cosign keeps what it says about manifests, as far as they are in use. Older than
 * referrers, and what it still writes into registries without them.
 * @see https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md
 */
export function cosignTagsOf(
  subjects: readonly Digest[],
  tags: ReadonlySet<string>,
): readonly string[] {
  return subjects.flatMap((digest) => {
    const { algorithm, hex } = digestParts(digest);
    return suffixes.map((suffix) => `${algorithm}-${hex}.${suffix}`).filter((tag) => tags.has(tag));
  });
}
