import { compareBytes } from '../../base/index.ts';
import {
  type BuiltManifest,
  buildIndex,
  buildTarget,
  type IndexIdentity,
  identityAnnotations,
  annotationKeys,
  type PackageRecord,
} from '../../artifact/index.ts';
import { formatPlatform, formatVersion, type PackageHash } from '../../domain/index.ts';
import type { Release } from '../../release/index.ts';
import type { Annotations, Descriptor } from '../../spec/index.ts';
import { MergeForbiddenError, PackageConflictError, RepositoryOwnershipError } from '../errors.ts';

/** A release that is published already: its index, and the `zh:` of each platform. */
export interface PublishedRelease {
  readonly release: Release;
  readonly packages: ReadonlyMap<string, PackageHash>;
}

export type PackageOutcome = 'new' | 'present' | 'kept' | 'replaced';

export interface PlannedPackage {
  readonly platform: string;
  readonly outcome: PackageOutcome;
  readonly zh: PackageHash;
  /** The entry for the index. */
  readonly target: Descriptor;
  /** What is to be sent, when it is not there. */
  readonly manifest: BuiltManifest | undefined;
  readonly record: PackageRecord | undefined;
}

export interface ReleasePlan {
  /**
   * `'present'`: nothing to do. `'foreign'`: the same packages are there under manifests that somebody
   * else made; success, nothing is changed. `'publish'`: the index is new or changes.
   */
  readonly action: 'publish' | 'present' | 'foreign';
  readonly index: BuiltManifest;
  /** Sorted by platform. */
  readonly packages: readonly PlannedPackage[];
}

export interface PlanRequest {
  readonly identity: IndexIdentity;
  readonly packages: readonly PackageRecord[];
  readonly published: PublishedRelease | undefined;
  readonly annotations: Annotations;
  /** Rewrite manifests that somebody else made. */
  readonly adopt: boolean;
  /** Allow a platform's package to change. */
  readonly replace: boolean;
  /** Allow platforms to be added to a published version. */
  readonly merge: boolean;
}

/**
 * Decides what a version's index becomes. What counts is the map platform to `zh:`, not the digest of
 * an index: the same packages are the same release, other bytes for a platform are a conflict, new
 * platforms are merged. Pure.
 * @throws PackageConflictError, MergeForbiddenError, RepositoryOwnershipError
 */
export function planRelease(request: PlanRequest): ReleasePlan {
  const { published } = request;
  const packages = new Map<string, PlannedPackage>();
  for (const record of request.packages) {
    const planned = planPackage(record, request);
    packages.set(planned.platform, planned);
  }
  for (const target of published?.release.index.targets ?? []) {
    const platform = formatPlatform(target.platform);
    const zh = published?.packages.get(platform);
    if (packages.has(platform) || zh === undefined) continue;
    packages.set(platform, {
      platform,
      outcome: 'kept',
      zh,
      target: target.descriptor,
      manifest: undefined,
      record: undefined,
    });
  }
  const sorted = [...packages.values()].sort((a, b) => compareBytes(a.platform, b.platform));
  const index = buildIndex(
    sorted.map(({ target }) => target),
    {
      ...published?.release.index.annotations,
      ...request.annotations,
      ...identityAnnotations(request.identity),
    },
  );
  return { action: actionFor(request, sorted, index), index, packages: sorted };
}

function planPackage(record: PackageRecord, request: PlanRequest): PlannedPackage {
  const platform = formatPlatform(record.platform);
  const manifest = buildTarget(record);
  const there = request.published?.packages.get(platform);
  const planned = { platform, zh: record.zh, record };
  if (there === undefined) {
    return { ...planned, outcome: 'new', target: manifest.descriptor, manifest };
  }
  if (there !== record.zh) {
    if (!request.replace) {
      throw new PackageConflictError(platform, { published: there, offered: record.zh });
    }
    return { ...planned, outcome: 'replaced', target: manifest.descriptor, manifest };
  }
  const entry = request.published?.release.index.targets.find(
    (target) => formatPlatform(target.platform) === platform,
  );
  const ours = entry === undefined || entry.descriptor.digest === manifest.descriptor.digest;
  if (ours || request.adopt) {
    return { ...planned, outcome: 'present', target: manifest.descriptor, manifest };
  }
  return { ...planned, outcome: 'present', target: entry.descriptor, manifest: undefined };
}

function actionFor(
  request: PlanRequest,
  packages: readonly PlannedPackage[],
  index: BuiltManifest,
): ReleasePlan['action'] {
  const { published, identity } = request;
  if (published === undefined) return 'publish';
  const { release } = published;
  if (release.descriptor.digest === index.descriptor.digest) return 'present';
  const added = packages.filter(({ outcome }) => outcome === 'new');
  const changed = packages.some(({ outcome }) => outcome === 'replaced');
  const annotated = Object.keys(request.annotations).length > 0;
  if (added.length === 0 && !changed && !annotated && !request.adopt) return 'foreign';
  if (added.length > 0 && !request.merge) {
    throw new MergeForbiddenError(
      `${formatVersion(identity.version)} is published without ${added.map(({ platform }) => platform).join(', ')}`,
      { hint: 'Without --no-merge they would be added.' },
    );
  }
  if (release.index.annotations[annotationKeys.provider] === undefined && !request.adopt) {
    throw new RepositoryOwnershipError(
      `the published index of ${formatVersion(identity.version)} does not say which provider it belongs to`,
      { hint: 'If the repository is yours, use --adopt: its manifests are then rewritten.' },
    );
  }
  return 'publish';
}
