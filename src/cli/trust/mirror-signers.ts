import { readSigningKeys } from '../../artifact/index.ts';
import type { CallOptions } from '../../base/index.ts';
import { formatVersion, parseConstraints, type VersionConstraints } from '../../domain/index.ts';
import type { MirroredProvider, SurveyedRelease, SurveyRequest } from '../../publish/index.ts';
import type { JudgeOptions } from '../../signatures/index.ts';
import { judgeOne } from './judge-one.ts';
import type { JudgedRelease } from './signer-status.ts';

/** The wanted releases, as they are asked for in a place that has repositories. */
export function surveyOf(wanted: readonly MirroredProvider[], concurrency: number): SurveyRequest {
  const providers = wanted.map(({ provider, versions, wanted: ranges }) => ({
    provider,
    constraints: [
      ...versions.map((version): VersionConstraints =>
        parseConstraints(`= ${formatVersion(version)}`),
      ),
      ...ranges.map(({ constraints }) => constraints),
    ],
  }));
  return { providers, newestOnly: true, concurrency };
}

/**
 * Who signed a release, as the evidence that is kept beside it states it: one for each document that is signed,
 * else one that says that nobody did.
 * @throws InvalidEvidenceError, and what reading throws
 */
export async function lookAtEvidence(
  { provider, repository, version }: SurveyedRelease,
  judging: JudgeOptions,
  options: CallOptions,
): Promise<readonly JudgedRelease[]> {
  const { readEvidenceOf, readRelease } = await import('../../release/index.ts');
  const { descriptor } = await readRelease(repository, { provider, version }, options);
  const judged: JudgedRelease[] = [];
  for (const { documents } of await readEvidenceOf(repository, descriptor, options)) {
    const { keys, signature, sums } = documents;
    if (sums === undefined || signature === undefined) continue;
    const signingKeys =
      keys === undefined ? [] : readSigningKeys(keys).map((key) => key.asciiArmor);
    judged.push(await judgeOne({ provider, version, sums, signature, signingKeys }, judging));
  }
  if (judged.length > 0) return judged;
  const nothing = { sums: Buffer.alloc(0), signature: undefined, signingKeys: [] };
  return [await judgeOne({ provider, version, ...nothing }, judging)];
}
