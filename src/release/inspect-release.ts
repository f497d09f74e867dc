import { type CallOptions, compareBytes, LimitExceededError, mapBounded } from '../base/index.ts';
import { type IndexIdentity, InvalidArtifactError } from '../artifact/index.ts';
import type { SourceRepository } from '../content/index.ts';
import { formatPlatform } from '../domain/index.ts';
import { type Annotations, type Descriptor, type Digest, parseImageIndex } from '../spec/index.ts';
import { cosignTagsOf } from './cosign-tags.ts';
import { EvidenceClaims, type EvidenceStatement } from './evidence-statement.ts';
import type { Finding } from './findings.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { type InspectedPlatform, inspectPlatform } from './inspect-platform.ts';
import { judgeRelease, type ReleaseTrust, type ReleaseVerdict } from './judge-release.ts';
import { readRelease, type Release } from './read-release.ts';

export interface InspectReleaseRequest extends IndexIdentity {
  readonly repository: SourceRepository;
  /** All tags of the repository: cosign's are found among them. */
  readonly tags: ReadonlySet<string>;
  /** Ask whether each package is there; whoever reads them all need not. */
  readonly lookForPackages: boolean;
  /** By what it is judged; default without any rule. */
  readonly trust?: ReleaseTrust | undefined;
}

/** A manifest that says something about the release, or about one of its platforms. */
export interface Referrer {
  readonly subject: Digest;
  /** Undefined when it is about the index. */
  readonly platform?: string | undefined;
  readonly descriptor: Descriptor;
}

/** What a repository holds of one version. */
export interface InspectedRelease {
  readonly release: Release;
  /** Where it is, for messages. */
  readonly repository: string;
  readonly annotations: Annotations;
  /** By name, as `linux_amd64`. */
  readonly platforms: readonly InspectedPlatform[];
  readonly evidence: readonly EvidenceStatement[];
  readonly claims: EvidenceClaims;
  readonly verdict: ReleaseVerdict;
  readonly referrers: readonly Referrer[];
  readonly cosignTags: readonly string[];
  readonly findings: readonly Finding[];
}

/** Requests of one release under way at the same time. */
const concurrency = 4;
/** Cosign stops at a hundred signatures of one image; this is a release with fifty platforms, all signed. */
const maxReferrers = 10_000;

/**
 * Looks at everything that a release consists of, without reading the packages themselves: each manifest
 * by its digest, whether the packages are there, the evidence, and who else says something about it. What
 * is not as it should be is a finding.
 * @throws what `readRelease` throws when there is no such release; failures that say nothing about it
 */
export async function inspectRelease(
  request: InspectReleaseRequest,
  options: CallOptions = {},
): Promise<InspectedRelease> {
  const { repository, tags } = request;
  const release = await readRelease(repository, request, options);
  const gathered = await gatherEvidence(repository, release.descriptor, options);
  const statements = gathered.evidence.map(({ statement }) => statement);
  const claims = new EvidenceClaims(request, statements);
  const targets = [...release.index.targets].sort((a, b) =>
    compareBytes(formatPlatform(a.platform), formatPlatform(b.platform)),
  );
  const inspected = await mapBounded(targets, concurrency, (target) =>
    inspectPlatform({ ...request, target, claims }, options),
  );
  const platforms = inspected.map(({ platform }) => platform);
  const names = platforms.map(({ name }) => name);
  const subjects = [
    { descriptor: release.descriptor, platform: undefined },
    ...targets.map(({ descriptor }, index) => ({ descriptor, platform: names[index] })),
  ];
  const packages = targets.map(({ platform }, index) => ({
    platform,
    zh: platforms[index]?.package?.zh,
  }));
  const verdict = await judgeRelease({ ...request, packages, gathered }, request.trust);
  const lists = await mapBounded(subjects, concurrency, (subject) =>
    referrersOf(repository, subject, options),
  );
  return {
    release,
    repository: repository.name,
    annotations: release.index.annotations,
    platforms,
    evidence: statements,
    claims,
    verdict,
    referrers: lists.flat(),
    cosignTags: cosignTagsOf(
      subjects.map(({ descriptor }) => descriptor.digest),
      tags,
    ),
    findings: withVerdict(
      [
        ...oddEntries(release),
        ...gathered.errors.map((error): Finding => ({ severity: 'problem', error })),
        ...claims.conflicts(names),
        ...repeated(names),
        ...inspected.flatMap(({ findings }) => findings),
      ],
      verdict,
    ),
  };
}

async function referrersOf(
  repository: SourceRepository,
  {
    descriptor,
    platform,
  }: { readonly descriptor: Descriptor; readonly platform: string | undefined },
  options: CallOptions,
): Promise<readonly Referrer[]> {
  const found: Referrer[] = [];
  for await (const referrer of repository.referrers(descriptor, options)) {
    found.push({ subject: descriptor.digest, platform, descriptor: referrer });
    if (found.length > maxReferrers) {
      throw new LimitExceededError('the list of referrers', maxReferrers, 'manifests');
    }
  }
  return found.sort((a, b) => compareBytes(a.descriptor.digest, b.descriptor.digest));
}

/** What a rule makes a problem may have been found to be one without it. */
function withVerdict(
  findings: readonly Finding[],
  { problems, refusal, warnings }: ReleaseVerdict,
): readonly Finding[] {
  const textOf = (one: Finding): string =>
    `${one.platform ?? ''} ${one.severity === 'problem' ? one.error.message : one.message}`;
  const known = new Set(findings.map(textOf));
  return [
    ...findings,
    ...warnings.map((message): Finding => ({ severity: 'warning', message })),
    ...problems.filter((one) => one.error !== refusal?.cause && !known.has(textOf(one))),
    ...(refusal === undefined ? [] : [{ severity: 'problem' as const, error: refusal }]),
  ];
}

/** Entries of the index that OpenTofu passes over. */
function oddEntries({ bytes, index }: Release): readonly Finding[] {
  const targets = new Set(index.targets.map(({ descriptor }) => descriptor.digest));
  return parseImageIndex(bytes).manifests.flatMap(
    ({ artifactType, digest, platform }): Finding[] => {
      if (targets.has(digest)) return [];
      const why =
        (platform?.osVersion ?? '') === ''
          ? `it has the type ${artifactType ?? '(none)'}`
          : 'it is for one version of an operating system';
      return [
        { severity: 'warning', message: `OpenTofu passes over ${digest} in the index: ${why}` },
      ];
    },
  );
}

/** OpenTofu can not choose between two packages of one platform, and installs neither. */
function repeated(platforms: readonly string[]): readonly Finding[] {
  const twice = new Set(platforms.filter((name, index) => platforms.indexOf(name) !== index));
  return [...twice].map((platform): Finding => {
    const message = `ambiguous manifest has multiple descriptors for platform ${platform}`;
    return { severity: 'problem', platform, error: new InvalidArtifactError(message) };
  });
}
