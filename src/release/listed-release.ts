import { type CallOptions, compareBytes, mapBounded, printable } from '../base/index.ts';
import type { IndexIdentity } from '../artifact/index.ts';
import type { SourceRepository } from '../content/index.ts';
import { formatPlatform, type PackageHash } from '../domain/index.ts';
import type { Digest } from '../spec/index.ts';
import type { EvidenceStatement } from './evidence-statement.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { judgeRelease, type ReleaseTrust, type ReleaseVerdict } from './judge-release.ts';
import { readRelease, readReleasePackage } from './read-release.ts';

export interface ListedPackage {
  /** `linux_amd64` */
  readonly platform: string;
  /** Bytes of the zip. */
  readonly size: number;
  readonly zh: PackageHash;
}

export interface ListedRelease extends IndexIdentity {
  readonly repository: string;
  readonly tag: string;
  /** Of the index. */
  readonly digest: Digest;
  /** By platform. */
  readonly packages: readonly ListedPackage[];
  readonly verdict: ReleaseVerdict;
  /** What is kept of the origin's word. */
  readonly evidence: readonly EvidenceStatement[];
}

export interface ListReleaseOptions extends CallOptions {
  /** By what it is judged; default without any rule. */
  readonly trust?: ReleaseTrust | undefined;
}

/** Manifests of one release that are read at the same time. */
const concurrency = 4;

/**
 * One version as its index tells it, and who signed it. Where the index does not say what a package is, as in
 * releases made by hand, its manifest is read, and so it is where a rule speaks of the provider: nobody signs an index.
 * @throws what `readRelease` and `readReleasePackage` throw
 */
export async function listRelease(
  repository: SourceRepository,
  identity: IndexIdentity,
  options: ListReleaseOptions = {},
): Promise<ListedRelease> {
  const release = await readRelease(repository, identity, options);
  const { descriptor, index, tag } = release;
  const isRuled = options.trust?.policy.ruleFor(identity.provider) !== undefined;
  const packages = await mapBounded(index.targets, concurrency, async ({ hints, platform }) => {
    const { size, zh } = hints;
    if (size !== undefined && zh !== undefined && !isRuled) return { platform, size, zh };
    const found = await readReleasePackage(repository, release, platform, options);
    return { platform, size: found.layer.size, zh: found.zh };
  });
  const gathered = await gatherEvidence(repository, descriptor, options);
  return {
    provider: identity.provider,
    version: identity.version,
    repository: repository.name,
    tag,
    digest: descriptor.digest,
    packages: packages
      .map((one) => ({ ...one, platform: printable(formatPlatform(one.platform), 150) }))
      .sort((a, b) => compareBytes(a.platform, b.platform)),
    verdict: await judgeRelease({ ...identity, packages, gathered }, options.trust),
    evidence: gathered.evidence.map(({ statement }) => statement),
  };
}
