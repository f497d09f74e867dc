import pLimit from 'p-limit';
import type { SurveyedRelease } from './survey.ts';
import {
  type VerifiedRelease,
  verifyRelease,
  type VerifyReleaseOptions,
} from './verify-release.ts';

export interface VerifierOptions extends Pick<VerifyReleaseOptions, 'onPackage' | 'onProgress'> {
  /** Contents of all releases together that are read at the same time. */
  readonly concurrency: number;
}

/** What a survey does with each release to verify them all. */
export function createVerifier({
  concurrency,
  ...events
}: VerifierOptions): (
  release: SurveyedRelease,
  options: Pick<VerifyReleaseOptions, 'signal' | 'trust'>,
) => Promise<VerifiedRelease> {
  const limiter = pLimit(concurrency);
  return (release, options) => verifyRelease(release, { ...options, ...events, limiter });
}
