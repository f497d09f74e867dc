import type { CallOptions } from '../../base/index.ts';
import { buildEvidence, type EvidenceDocuments, type IndexIdentity } from '../../artifact/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import { parsePlatform } from '../../domain/index.ts';
import {
  gatherEvidence,
  type GatheredEvidence,
  judgeRelease,
  readStatement,
  type ReleaseTrust,
  requireAccepted,
} from '../../release/index.ts';
import type { PublishedRelease, ReleasePlan } from './plan-release.ts';

export interface PlanToJudge {
  readonly identity: IndexIdentity;
  readonly plan: ReleasePlan;
  /** What will be said about its index. */
  readonly documents: readonly EvidenceDocuments[];
  /** What stands there now. */
  readonly published: PublishedRelease | undefined;
}

/**
 * Judges a release as it will stand there, the platforms included that others left in it: with a rule for the
 * provider, nothing may be published that readers with the same rule would refuse.
 * @throws UntrustedReleaseError, UntrustedEvidenceError
 */
export async function judgePlan(
  repository: SourceRepository,
  { documents, identity, plan, published }: PlanToJudge,
  { signal, trust }: CallOptions & { readonly trust: ReleaseTrust | undefined },
): Promise<void> {
  if (trust?.policy.ruleFor(identity.provider) === undefined) return;
  const planned = documents.map((each) => {
    const { descriptor } = buildEvidence(plan.index.descriptor, each).manifest;
    return { documents: each, statement: readStatement({ descriptor, documents: each }) };
  });
  // An index that stays as it is keeps all that was said about it.
  const standing: GatheredEvidence =
    plan.action === 'publish' || published === undefined
      ? { evidence: [], errors: [] }
      : await gatherEvidence(repository, published.release.descriptor, { signal });
  const verdict = await judgeRelease(
    {
      ...identity,
      packages: plan.packages.map(({ platform, zh }) => ({
        platform: parsePlatform(platform),
        zh,
      })),
      gathered: { evidence: [...standing.evidence, ...planned], errors: standing.errors },
    },
    trust,
  );
  requireAccepted(verdict);
}
