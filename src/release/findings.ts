import { isTofuOciError, type TofuOciError } from '../base/index.ts';

/** Something about a release that is not as it should be. */
export type Finding =
  | {
      readonly severity: 'problem';
      /** Undefined when it is about the release as a whole. */
      readonly platform?: string | undefined;
      readonly error: TofuOciError;
    }
  /** Odd, and no harm: OpenTofu installs the release all the same. */
  | {
      readonly severity: 'warning';
      readonly platform?: string | undefined;
      readonly message: string;
    };

export type Problem = Extract<Finding, { severity: 'problem' }>;

/** What says something about the release itself; anything else kept us from looking at it. */
const aboutContent: ReadonlySet<string> = new Set(['integrity', 'not-found', 'trust']);

/**
 * The error as a problem of the release.
 * @throws the error itself when it says nothing about the release: no network, no rights, interrupted
 */
export function problemOf(error: unknown, platform?: string): Problem {
  if (!isTofuOciError(error) || !aboutContent.has(error.category)) throw error;
  return { severity: 'problem', platform, error };
}
