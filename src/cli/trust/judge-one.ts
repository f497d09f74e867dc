import type { ProviderAddress, Version } from '../../domain/index.ts';
import {
  judgeSignature,
  type JudgeOptions,
  readPublicKeys,
  type SignedBy,
} from '../../signatures/index.ts';
import type { JudgedRelease } from './signer-status.ts';

export interface ReleaseToJudge {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly sums: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly signingKeys: readonly string[];
}

export async function judgeOne(
  release: ReleaseToJudge,
  options: JudgeOptions,
): Promise<JudgedRelease> {
  const { provider, signingKeys, version } = release;
  const verdict = await judgeSignature(release, options);
  const expiresAt =
    verdict.signedBy === undefined
      ? undefined
      : await expiryOf(verdict.signedBy, signingKeys, options.now);
  return { provider, version, verdict, expiresAt };
}

/** Of several copies of the key the one that lasts longest. */
async function expiryOf(
  { fingerprint }: SignedBy,
  armors: readonly string[],
  now: Date,
): Promise<Date | undefined> {
  let latest: Date | undefined;
  for (const armor of armors) {
    // A block that can not be read did not verify anything, either.
    const keys = await readPublicKeys(armor, { now }).catch(() => []);
    for (const key of keys) {
      if (key.fingerprint !== fingerprint) continue;
      if (key.expiresAt === undefined) return undefined;
      if (latest === undefined || key.expiresAt > latest) latest = key.expiresAt;
    }
  }
  return latest;
}
