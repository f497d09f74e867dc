import { TofuOciError } from '../base/index.ts';
import type { Digest } from '../spec/index.ts';

/** The index is there and something below it is not; not the same as a release that is not there. */
export class IncompleteReleaseError extends TofuOciError {
  readonly code = 'ERR_RELEASE_INCOMPLETE';
  readonly category = 'integrity';
  readonly missing: Digest;
  constructor(missing: Digest, cause: unknown) {
    super(`the release is incomplete: its index names ${missing}, which is not in the repository`, {
      cause,
      hint: 'Cleaning jobs that delete untagged manifests remove the platforms of a release. Push it again.',
    });
    this.missing = missing;
  }
}
