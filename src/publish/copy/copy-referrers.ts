import { type CallOptions, LimitExceededError } from '../../base/index.ts';
import type { Limiter, ReferrerReader } from '../../content/index.ts';
import type { Descriptor, Digest } from '../../spec/index.ts';

/** A manifest that says something about another one, which comes before it in a copy. */
export interface FoundReferrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
}

/** Cosign stops at a hundred signatures of one image; this is a release with fifty platforms, all signed. */
const maxReferrers = 10_000;
/** A signature of an attestation of an index is 2. */
const maxDepth = 8;

/**
 * All that is said about the subjects, and about what is said, each manifest once. What speaks of the
 * subjects comes first, then what speaks of that.
 * @throws LimitExceededError
 */
export async function collectReferrers(
  from: ReferrerReader,
  subjects: readonly Descriptor[],
  { limiter, signal }: CallOptions & { readonly limiter: Limiter },
): Promise<readonly (readonly FoundReferrer[])[]> {
  const seen = new Set(subjects.map(({ digest }) => digest));
  const levels: (readonly FoundReferrer[])[] = [];
  let asked = subjects;
  for (;;) {
    const lists = await Promise.all(
      asked.map((subject) =>
        limiter(async () => {
          const found: FoundReferrer[] = [];
          for await (const { mediaType, digest, size } of from.referrers(subject, { signal })) {
            found.push({ subject: subject.digest, descriptor: { mediaType, digest, size } });
            if (found.length > maxReferrers) throw tooMany();
          }
          return found;
        }),
      ),
    );
    const level = lists.flat().filter(({ descriptor: { digest } }) => {
      if (seen.has(digest)) return false;
      seen.add(digest);
      return true;
    });
    if (level.length === 0) return levels;
    if (levels.length === maxDepth) {
      throw new LimitExceededError('the chain of referrers', maxDepth, 'levels');
    }
    if (seen.size > maxReferrers + subjects.length) throw tooMany();
    levels.push(level);
    asked = level.map(({ descriptor }) => descriptor);
  }
}

function tooMany(): LimitExceededError {
  return new LimitExceededError('the list of referrers', maxReferrers, 'manifests');
}
