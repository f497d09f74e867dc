import { type CallOptions, mapBounded } from '../../base/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import {
  gatherEvidence,
  judgeRelease,
  readReleasePackage,
  type Release,
  type ReleaseTrust,
  type ReleaseVerdict,
  requireAccepted,
} from '../../release/index.ts';

/** Manifests of one release that are read at the same time. */
const concurrency = 4;

/**
 * Judges a release where it is, by the manifests of its packages: nobody signs what an index says of itself.
 * @returns undefined, and nothing is read, where no trust rule is for the provider
 * @throws UntrustedReleaseError, UntrustedEvidenceError, and what `readReleasePackage` throws
 */
export async function requireTrusted(
  from: SourceRepository,
  release: Release,
  { signal, trust }: CallOptions & { readonly trust: ReleaseTrust | undefined },
): Promise<ReleaseVerdict | undefined> {
  if (trust?.policy.ruleFor(release.provider) === undefined) return undefined;
  const { descriptor, index, provider, version } = release;
  const packages = await mapBounded(index.targets, concurrency, async ({ platform }) => {
    const { zh } = await readReleasePackage(from, release, platform, { signal });
    return { platform, zh };
  });
  const gathered = await gatherEvidence(from, descriptor, { signal });
  const verdict = await judgeRelease({ provider, version, packages, gathered }, trust);
  requireAccepted(verdict);
  return verdict;
}
