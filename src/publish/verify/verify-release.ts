import type { CallOptions } from '../../base/index.ts';
import { compareBytes, findInCauses } from '../../base/index.ts';
import type { IndexIdentity } from '../../artifact/index.ts';
import {
  ContentNotFoundError,
  DigestMismatchError,
  type Limiter,
  SizeMismatchError,
} from '../../content/index.ts';
import {
  type Finding,
  IncompleteReleaseError,
  type InspectedRelease,
  inspectRelease,
  problemOf,
  type ReleaseTrust,
  type ReleaseVerdict,
} from '../../release/index.ts';
import { childrenOf, type Descriptor, type Digest, parseManifest } from '../../spec/index.ts';
import { collectReferrers } from '../copy/copy-referrers.ts';
import type { SurveyedRelease } from './survey.ts';
import { ContentsCheck } from './verify-contents.ts';
import { type VerifiedPackage, verifyPackage } from './verify-package.ts';

export interface VerifyReleaseOptions extends CallOptions {
  /** Contents that are read at the same time; shared by all releases that are. */
  readonly limiter: Limiter;
  /** By what it is judged; default without any rule. */
  readonly trust?: ReleaseTrust | undefined;
  /** Bytes of a package read so far. */
  readonly onProgress?:
    | ((release: IndexIdentity, platform: string, read: { bytes: number; of: number }) => void)
    | undefined;
  /** A package was read, right or wrong. */
  readonly onPackage?: ((release: IndexIdentity, verified: VerifiedPackage) => void) | undefined;
}

export interface VerifiedRelease extends IndexIdentity {
  readonly repository: string;
  readonly tag: string;
  /** Of the index. */
  readonly digest: Digest;
  readonly packages: readonly Omit<VerifiedPackage, 'findings'>[];
  readonly verdict: ReleaseVerdict;
  /** Manifests that say something about it, cosign's included. */
  readonly referrers: number;
  /** That were read and right. */
  readonly bytes: number;
  /** Those about the whole first, then by platform. */
  readonly findings: readonly Finding[];
}

/**
 * Reads everything that a release consists of, and everything that is said about it, again: the index, the
 * manifest and the zip of each platform, evidence, referrers and cosign's tags. The signature of the evidence is
 * judged by the rules that were given; cosign's are read, and not judged.
 * @throws what `readRelease` throws; failures that say nothing about the release
 */
export async function verifyRelease(
  surveyed: SurveyedRelease,
  options: VerifyReleaseOptions,
): Promise<VerifiedRelease> {
  const { limiter, onPackage, onProgress, signal, trust } = options;
  const { provider, repository, version } = surveyed;
  const release = await inspectRelease({ ...surveyed, lookForPackages: false, trust }, { signal });
  const contents = new ContentsCheck(repository, options);
  for (const { target } of release.platforms) contents.skip(target.digest);
  const packages = await settled(
    release.platforms.flatMap(({ name: platform, package: found }) => {
      if (found === undefined) return [];
      contents.skip(found.layer.digest);
      return [
        limiter(async () => {
          const request = { repository, release, platform, found };
          const of = found.layer.size;
          const verified = await verifyPackage(request, {
            signal,
            onProgress: (bytes) => onProgress?.(surveyed, platform, { bytes, of }),
          });
          onPackage?.(surveyed, verified);
          return verified;
        }),
      ];
    }),
  );
  for (const { contents: below, name } of release.platforms) {
    await contents.check(below, { namedBy: `the manifest of ${name}`, platform: name });
  }
  const { bytes, descriptor, tag } = release.release;
  await contents.check(childrenOf(parseManifest(bytes, descriptor.mediaType)), {
    namedBy: 'its index',
  });
  const said = await whatIsSaid(release, surveyed, options);
  await contents.check(said.contents, { namedBy: 'the list of its referrers' });
  const known = release.findings.filter((finding) => {
    const digest = contentOf(finding);
    return digest === undefined || !contents.isDamaged(digest);
  });
  return {
    provider,
    version,
    repository: repository.name,
    tag,
    digest: descriptor.digest,
    packages: packages.map(({ digest, h1, isSound, platform, size }) => ({
      platform,
      digest,
      size,
      h1,
      isSound,
    })),
    verdict: release.verdict,
    referrers: said.contents.length,
    bytes:
      contents.bytes +
      release.platforms.reduce(
        (sum, { contents: below, target }) => sum + (below.length > 0 ? target.size : 0),
        bytes.length,
      ) +
      packages.reduce((sum, { isSound, size }) => sum + (isSound ? size : 0), 0),
    findings: [
      ...known,
      ...packages.flatMap(({ findings }) => findings),
      ...contents.findings,
      ...said.findings,
    ].sort((a, b) => compareBytes(a.platform ?? '', b.platform ?? '')),
  };
}

/** Referrers of every depth, and what is under cosign's tags. */
async function whatIsSaid(
  release: InspectedRelease,
  { repository }: SurveyedRelease,
  options: VerifyReleaseOptions,
): Promise<{ readonly contents: readonly Descriptor[]; readonly findings: readonly Finding[] }> {
  const { descriptor } = release.release;
  const subjects = [descriptor, ...release.platforms.map(({ target }) => target)];
  const levels = await collectReferrers(repository, subjects, options);
  const contents = levels.flat().map((one) => one.descriptor);
  const findings: Finding[] = [];
  for (const tag of release.cosignTags) {
    try {
      contents.push(await repository.resolve(tag, options));
    } catch (error) {
      findings.push(problemOf(error));
    }
  }
  return { contents, findings };
}

/** The content that could not be read, where that is what a finding is about. */
function contentOf(finding: Finding): string | undefined {
  if (finding.severity === 'warning') return undefined;
  const { error } = finding;
  return (
    findInCauses(error, IncompleteReleaseError)?.missing ??
    findInCauses(error, ContentNotFoundError)?.reference ??
    findInCauses(error, DigestMismatchError)?.expected ??
    findInCauses(error, SizeMismatchError)?.digest
  );
}

/** Waits for all, then throws the first failure: nothing runs on when it returns. */
async function settled<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(tasks);
  return await Promise.all(tasks);
}
