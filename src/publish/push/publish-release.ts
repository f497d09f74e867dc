import {
  type CallOptions,
  causesOf,
  type Clock,
  type Files,
  findInCauses,
  isTofuOciError,
  nodeFiles,
  systemClock,
} from '../../base/index.ts';
import {
  type BuiltEvidence,
  type EvidenceDocuments,
  type IndexIdentity,
  parseSha256Sums,
  tagOfVersion,
} from '../../artifact/index.ts';
import {
  copyGraph,
  type GraphEvents,
  TagConflictError,
  type TargetRepository,
} from '../../content/index.ts';
import { formatPlatform } from '../../domain/index.ts';
import { type Evidence, readEvidenceOf, type ReleaseTrust } from '../../release/index.ts';
import type { Annotations, Descriptor } from '../../spec/index.ts';
import {
  EvidenceRefusedError,
  PackageConflictError,
  TagContentionError,
  UnlistedPackageError,
} from '../errors.ts';
import { contradicts, notIn, planEvidence, stillHolds, whatIsLeft } from './evidence-plan.ts';
import { judgePlan } from './judge-plan.ts';
import type { LocalPackage } from './local-package.ts';
import { openPlanContents } from './plan-contents.ts';
import { planRelease, type PublishedRelease, type ReleasePlan } from './plan-release.ts';
import { checkOwnership, readPublished } from './published-release.ts';

export interface PublishRequest {
  readonly identity: IndexIdentity;
  readonly packages: readonly LocalPackage[];
  /** What is said about the release, to be attached to its index. */
  readonly documents: EvidenceDocuments;
  /** What others said about it, to be attached beside that. */
  readonly moreDocuments?: readonly EvidenceDocuments[] | undefined;
  readonly annotations: Annotations;
  readonly adopt: boolean;
  readonly replace: boolean;
  readonly merge: boolean;
  readonly dryRun: boolean;
  /** A registry that does not take the evidence makes it a failure, and the tag stays where it is. */
  readonly requireEvidence?: boolean | undefined;
  /** The sums are the release's own, and speak of every platform that it has: any other is somebody else's. */
  readonly sumsNameAll?: boolean | undefined;
}

export interface PublishEvents {
  /** Content went over, or was there already. */
  copied?(this: void, content: Descriptor, how: 'sent' | 'exists' | 'mounted'): void;
  /** Bytes of `content` sent so far; starts again when it is tried again. */
  progress?(this: void, content: Descriptor, sentBytes: number): void;
  warning?(this: void, text: string): void;
}

export interface PublishOptions extends CallOptions {
  readonly events?: PublishEvents | undefined;
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
  /** By what a release is judged before anything of it is sent; default without any rule. */
  readonly trust?: ReleaseTrust | undefined;
}

export interface Published {
  readonly plan: ReleasePlan;
  readonly tag: string;
  /** The index that stands under the tag now; a foreign one stays as it was. */
  readonly index: Descriptor;
  /** `present`: what would be said is said there already. */
  readonly evidence: 'attached' | 'present' | 'refused' | 'planned';
}

/** Other writers can make a merge necessary again; this many in a row is no accident any more. */
const maxAttempts = 6;

/** Enough to hide the round trips to a registry that is far away; each takes some megabytes of memory. */
const contentsAtOnce = 6;

/** How long the tag must stay as we left it, where the registry has no conditional requests, in ms. */
const settleMs = 250;

/**
 * Brings a release into a repository.
 *
 * 1. What the tag holds now is read, and the plan made from it; conflicts end here, before anything is
 *    sent. Where a trust rule is for the provider, the release as it will stand there has to meet it.
 * 2. Blobs, targets and the index go over, children first; what is there is skipped.
 * 3. Evidence is attached to the index by its digest.
 * 4. The tag is moved, on the condition that it still is where it was read.
 * 5. It is read again, at once and after a moment: if another writer's move lost platforms of ours, all
 *    of it is repeated upon what stands there then.
 *
 * A reader never sees a tag whose content is incomplete.
 */
export async function publishRelease(
  repository: TargetRepository,
  request: PublishRequest,
  options: PublishOptions = {},
): Promise<Published> {
  const tag = tagOfVersion(request.identity.version);
  const reading = { signal: options.signal, adopt: request.adopt };
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const published = await readPublished(repository, request.identity, reading);
    if (published === undefined) await checkOwnership(repository, request.identity, reading);
    const records = request.packages.map(({ record }) => record);
    const plan = planRelease({ ...request, packages: records, published });
    checkAgainstSums(request, plan);
    const standing = plan.action === 'foreign' ? published?.release.descriptor : undefined;
    const index = standing ?? plan.index.descriptor;
    const isRuled = options.trust?.policy.ruleFor(request.identity.provider) !== undefined;
    if (request.dryRun && !isRuled) return { plan, tag, index, evidence: 'planned' };
    const documents = await gatherDocuments(repository, { request, published, plan }, options);
    const judged = { identity: request.identity, plan, documents, published };
    await judgePlan(repository, judged, { signal: options.signal, trust: options.trust });
    if (request.dryRun) return { plan, tag, index, evidence: 'planned' };
    // Manifests that somebody else made stay as they are, and so does what is said about them.
    const about = plan.action === 'foreign' ? published?.release : plan.index;
    const evidence = about === undefined ? [] : planEvidence(about, documents);
    if (plan.action === 'publish') {
      const isFirst = published === undefined;
      await send(repository, { request, plan, isFirst }, options);
    }
    const attached = await attach(repository, { request, plan, evidence }, options);
    if (plan.action !== 'publish') return { plan, tag, index, evidence: attached };
    const moved = await moveTag(repository, { plan, tag, published }, options);
    if (moved && (await staysMoved(repository, request, plan, options))) {
      return { plan, tag, index, evidence: attached };
    }
  }
  throw new TagContentionError(
    `other writers moved ${repository.name}:${tag} ${maxAttempts} times while it was being published`,
    { hint: 'Run the same command again when they are done: what was sent is kept.' },
  );
}

/** Every platform of the new index, the kept ones too, must be what the release's own sums state. */
function checkAgainstSums(request: PublishRequest, plan: ReleasePlan): void {
  for (const documents of [request.documents, ...(request.moreDocuments ?? [])]) {
    if (documents.sums !== undefined) checkAgainst(documents.sums, request, plan);
  }
}

function checkAgainst(sums: Buffer, request: PublishRequest, plan: ReleasePlan): void {
  const stated = parseSha256Sums(sums.toString('utf8'));
  const unlisted = request.sumsNameAll === true ? notIn(stated, plan, request.identity) : undefined;
  if (unlisted !== undefined) throw new UnlistedPackageError(unlisted.platform, unlisted.zh);
  const found = contradicts(stated, plan, request.identity);
  if (found === undefined) return;
  const hashes = { published: found.zh, offered: found.stated };
  throw new PackageConflictError(found.platform, hashes, 'SHA256SUMS');
}

interface Work {
  readonly request: PublishRequest;
  readonly plan: ReleasePlan;
}

/** What is to be said about the index: the documents of now, and of before what still holds. */
async function gatherDocuments(
  repository: TargetRepository,
  work: Work & { readonly published: PublishedRelease | undefined },
  options: PublishOptions,
): Promise<readonly EvidenceDocuments[]> {
  const { request, plan, published } = work;
  const documents = [request.documents, ...(request.moreDocuments ?? [])];
  if (published !== undefined && plan.action === 'publish') {
    const before = await readEvidenceOf(repository, published.release.descriptor, options);
    for (const evidence of before) {
      if (stillHolds(evidence, plan, request.identity)) documents.push(evidence.documents);
      else documents.push(...keepWhatIsLeft(evidence, work, options));
    }
  }
  return documents;
}

function keepWhatIsLeft(
  evidence: Evidence,
  { plan, request }: Work,
  { events }: PublishOptions,
): readonly EvidenceDocuments[] {
  const kept = plan.packages.filter(({ outcome }) => outcome === 'kept');
  if (evidence.documents.sums !== undefined && kept.length > 0) {
    const names = kept.map(({ platform }) => platform).join(', ');
    events?.warning?.(
      `the SHA256SUMS of the published release states another package than is published now, so it and its signature are not kept: no SHA256SUMS speaks of ${names} any more`,
    );
  }
  const left = whatIsLeft(evidence, plan, request.identity);
  return left === undefined ? [] : [left];
}

async function send(
  repository: TargetRepository,
  { isFirst, plan, request }: Work & { readonly isFirst: boolean },
  options: PublishOptions,
): Promise<void> {
  const contents = { plan, packages: request.packages, evidence: [] };
  await copyGraph(
    openPlanContents(contents, options.files ?? nodeFiles),
    repository,
    plan.index.descriptor,
    {
      signal: options.signal,
      events: graphEvents(options.events),
      concurrency: contentsAtOnce,
      // Where the version is new its manifests are, too, but for what an interrupted push has left.
      assumeMissing: isFirst,
    },
  );
}

/**
 * @returns `'refused'` when the registry does not take the evidence's types: the release is published
 *   all the same, with a warning.
 */
async function attach(
  repository: TargetRepository,
  work: Work & { readonly evidence: readonly BuiltEvidence[] },
  options: PublishOptions,
): Promise<'attached' | 'present' | 'refused'> {
  const contents = { plan: work.plan, packages: [], evidence: work.evidence };
  const store = openPlanContents(contents, options.files ?? nodeFiles);
  try {
    let isNew = work.evidence.length === 0;
    const events = { copied: () => void (isNew = true) };
    for (const { manifest } of work.evidence) {
      await copyGraph(store, repository, manifest.descriptor, { signal: options.signal, events });
    }
    return isNew ? 'attached' : 'present';
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (work.request.requireEvidence === true) {
      throw new EvidenceRefusedError(repository.name, error);
    }
    options.events?.warning?.(
      `${repository.name} does not take the evidence (SHA256SUMS and its signature): ${error instanceof Error ? error.message : String(error)}`,
    );
    return 'refused';
  }
}

/** @returns false when another writer was faster: the release must be planned again. */
async function moveTag(
  repository: TargetRepository,
  move: { plan: ReleasePlan; tag: string; published: PublishedRelease | undefined },
  options: CallOptions,
): Promise<boolean> {
  const replaces = move.published?.release.descriptor.digest ?? 'nothing';
  try {
    await repository.tag(move.plan.index, move.tag, { signal: options.signal, replaces });
    return true;
  } catch (error) {
    if (findInCauses(error, TagConflictError) !== undefined) return false;
    throw error;
  }
}

/**
 * Many registries have no conditional requests, so a writer that read the tag before us may overwrite it
 * after us. It then merges us in by the same rule; what must not happen is that both are content.
 */
async function staysMoved(
  repository: TargetRepository,
  { adopt, identity, packages }: PublishRequest,
  plan: ReleasePlan,
  options: PublishOptions,
): Promise<boolean> {
  const clock = options.clock ?? systemClock;
  for (const pause of [0, settleMs]) {
    if (pause > 0) await clock.sleep(pause, options.signal);
    const { digest } = await repository.resolve(tagOfVersion(identity.version), options);
    if (digest === plan.index.descriptor.digest) continue;
    const now = await readPublished(repository, identity, { signal: options.signal, adopt });
    const complete = packages.every(
      ({ record }) => now?.packages.get(formatPlatform(record.platform)) === record.zh,
    );
    if (!complete) return false;
  }
  return true;
}

function graphEvents(events: PublishEvents | undefined): GraphEvents {
  return {
    copied: (content) => events?.copied?.(content, 'sent'),
    skipped: (content) => events?.copied?.(content, 'exists'),
    mounted: (content) => events?.copied?.(content, 'mounted'),
    progress: (content, sentBytes) => events?.progress?.(content, sentBytes),
  };
}

/** A registry with an allow-list of types answers that it does not take this one. */
function isRefusal(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    if (isTofuOciError(cause) && cause.category === 'unsupported') return true;
  }
  return false;
}
