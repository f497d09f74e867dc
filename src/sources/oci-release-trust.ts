import type { CallOptions } from '../base/index.ts';
import type { SourceRepository } from '../content/index.ts';
import { type PackageHash, type Platform, samePlatform } from '../domain/index.ts';
import {
  gatherEvidence,
  type GatheredEvidence,
  judgeRelease,
  type Release,
  type ReleaseTrust,
  requireAccepted,
} from '../release/index.ts';
import type { HashClaims } from './interfaces.ts';
import { Remembered } from './remember.ts';

/** What the developers' signature makes of hashes. */
export type SignedClaims = Pick<HashClaims, 'signed' | 'signedBy'>;

export interface OciReleaseJudge {
  /**
   * Who signed the packages of a release, where a trust rule is for the provider; nothing where none is: nobody is
   * asked for evidence then, as OpenTofu asks nobody.
   * @param known hashes that were read from the packages' own manifests; of other platforms it is what the index says
   * @throws UntrustedReleaseError, UntrustedEvidenceError
   */
  claims(
    repository: SourceRepository,
    release: Release,
    options: CallOptions & { readonly known: readonly KnownPackage[] },
  ): Promise<SignedClaims>;
}

export interface KnownPackage {
  readonly platform: Platform;
  readonly zh: PackageHash | undefined;
}

/** Evidence is read once for an index, however many platforms are asked for. */
export function createOciReleaseJudge(trust: ReleaseTrust | undefined): OciReleaseJudge {
  const evidence = new Remembered<GatheredEvidence>();
  return {
    async claims(repository, release, { known, signal }) {
      if (trust?.policy.ruleFor(release.provider) === undefined) return {};
      const { descriptor, index, provider, version } = release;
      const key = `${repository.name} ${descriptor.digest}`;
      const gathered = await evidence.get(key, { signal }, (aborted) =>
        gatherEvidence(repository, descriptor, { signal: aborted }),
      );
      const packages = index.targets.map(({ hints, platform }) => ({
        platform,
        zh: known.find((one) => samePlatform(one.platform, platform))?.zh ?? hints.zh,
      }));
      const verdict = await judgeRelease({ provider, version, packages, gathered }, trust);
      requireAccepted(verdict);
      return {
        signed: verdict.signed.map(({ keyIds, zh }) => ({ hash: zh, keyIds })),
        signedBy: verdict.signedBy,
      };
    },
  };
}
