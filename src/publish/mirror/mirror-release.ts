import type { CallOptions, Files } from '../../base/index.ts';
import type { IndexIdentity } from '../../artifact/index.ts';
import type { Limiter } from '../../content/index.ts';
import type { PackageHash } from '../../domain/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import type { ByteBudget } from './byte-budget.ts';
import { EvidenceRefusedError } from '../errors.ts';
import { fetchPackages, identifyPackages, measurePackages } from './fetch-packages.ts';
import type { LocalPackage } from '../push/local-package.ts';
import type { OriginPackage, OriginProof, OriginRelease } from './mirror-origin.ts';
import {
  isChange,
  type MirrorPlan,
  outcomes,
  refuseUnlisted,
  wantedPackages,
} from './mirror-plan.ts';
import type {
  MirroredEvidence,
  MirrorPlace,
  MirrorPublishOptions,
  MirrorTarget,
} from './mirror-target.ts';
import { acceptedVerdict, type MirrorVerdict } from './mirror-verdict.ts';
import { createRepositoryTarget } from './repository-target.ts';

export interface MirrorReleaseRequest {
  readonly release: OriginRelease;
  readonly to: MirrorPlace;
  /** A private folder of its own, for packages on their way; whoever made it removes it. */
  readonly folder: string;
  /** Take over manifests that another tool made. */
  readonly adopt: boolean;
  /** Allow published packages to change. */
  readonly replace: boolean;
  /** Look whether what is named is there, and bring again what is not. */
  readonly repair: boolean;
  /** A release that nobody signed whose word counts is a failure. */
  readonly requireSigned: boolean;
  /** A place that does not take evidence is a failure. */
  readonly requireEvidence: boolean;
  /** Only look: nothing is fetched and nothing is sent. */
  readonly dryRun: boolean;
}

export type MirroredOutcome = 'pushed' | 'present' | 'planned';

export interface MirroredPackage {
  readonly platform: string;
  readonly outcome: MirroredOutcome;
  /** Undefined in a dry run where only the package itself tells. */
  readonly zh: PackageHash | undefined;
  /** Bytes of the zip, where they are known. */
  readonly size: number | undefined;
}

export interface MirroredRelease extends IndexIdentity {
  /** Where it is, for messages. */
  readonly repository: string;
  /** Of the index; undefined when nothing is published yet, and in places that have none. */
  readonly index: Descriptor | undefined;
  /** Undefined when nobody was asked: all packages were there, and no rule speaks of the provider. */
  readonly verdict: MirrorVerdict | undefined;
  readonly evidence: MirroredEvidence;
  /** Sorted by platform. */
  readonly packages: readonly MirroredPackage[];
}

export interface MirrorReleaseOptions extends CallOptions {
  /** Packages of all releases that are on their way at the same time. */
  readonly limiter: Limiter;
  /** What may be downloaded; without limit when there is none. */
  readonly budget?: ByteBudget | undefined;
  readonly events?: MirrorReleaseEvents | undefined;
  readonly files?: Files | undefined;
  readonly clock?: MirrorPublishOptions['clock'];
}

export interface MirrorReleaseEvents {
  /** Bytes of a package received so far. */
  received?(
    this: void,
    release: IndexIdentity,
    one: OriginPackage,
    bytes: number,
    totalBytes: number | undefined,
  ): void;
  fetched?(this: void, release: IndexIdentity, one: LocalPackage): void;
  /** Bytes of a package sent so far. */
  sent?(this: void, release: IndexIdentity, content: Descriptor, bytes: number): void;
  warning?(this: void, release: IndexIdentity, text: string): void;
}

/**
 * Brings one release of an origin to where it is mirrored.
 *
 * 1. What is there is recognised by its index alone: the origin's SHA256SUMS gives each platform's hash, the
 *    annotations the hash that is published. Where all are the same nothing is fetched or sent, and nobody is asked
 *    for a signature unless there is a rule that it has to satisfy.
 * 2. A platform that is published with other bytes, or that the origin does not know, is a conflict, before anything
 *    is fetched.
 * 3. The signature is judged. Then what is missing is fetched, each package to a file, and read once. Registries
 *    are sent it while it arrives, all but its end, which follows when it was found to be right.
 * 4. The release is published with what the origin said of it as evidence, the tag last.
 *
 * @throws PackageConflictError, UnlistedPackageError, UnsignedReleaseError, ByteBudgetError, BadPackageError, the
 *   error of a verdict that is not accepted, and what the origin and `publishRelease` throw
 */
export async function mirrorRelease(
  request: MirrorReleaseRequest,
  options: MirrorReleaseOptions,
): Promise<MirroredRelease> {
  const { release } = request;
  const { signal } = options;
  const { provider, version } = release;
  const identity = { provider, version };
  const target = targetOf(request.to);
  if (request.requireEvidence && !target.keepsEvidence) throw new EvidenceRefusedError(target.name);
  const standing = await target.standing(identity, { signal, look: request.repair });
  refuseUnlisted(release, standing);
  const known = await identifyPackages(release, standing, options);
  const plan = { packages: known, standing, wanted: wantedPackages(known, request, standing) };
  const base = { ...identity, repository: target.name };
  if (standing !== undefined && (await isComplete(target, plan, request, signal))) {
    const isJudged = release.trust !== undefined || request.requireSigned;
    const verdict = isJudged ? (await judge(request, options)).verdict : undefined;
    const evidence = target.keepsEvidence ? 'present' : 'none';
    return { ...base, index: standing.index, verdict, evidence, packages: outcomes(plan) };
  }
  const { proof, verdict } = await judge(request, options);
  const sizes = await measurePackages(plan.wanted, request, options);
  options.budget?.take([...sizes.values()]);
  if (request.dryRun) {
    const evidence = target.keepsEvidence ? 'planned' : 'none';
    const packages = outcomes(plan, { sizes });
    return { ...base, index: standing?.index, verdict, evidence, packages };
  }
  const publishing = {
    signal,
    files: options.files,
    clock: options.clock,
    onSent: (content: Descriptor, bytes: number) =>
      options.events?.sent?.(identity, content, bytes),
    onWarning: (text: string) => options.events?.warning?.(identity, text),
  };
  const { adopt, replace, requireEvidence } = request;
  const send = await target.sendEarly?.({ identity, standing, adopt }, publishing);
  const fetched = await fetchPackages({ wanted: plan.wanted, sizes, send }, request, options);
  const changed = fetched.filter((one) => isChange(one, request, standing));
  const { evidence, index } = await target.publish(
    { release, proof, packages: changed, standing, adopt, replace, requireEvidence },
    publishing,
  );
  return { ...base, index, verdict, evidence, packages: outcomes(plan, { fetched, changed }) };
}

function targetOf(place: MirrorPlace): MirrorTarget {
  return 'standing' in place ? place : createRepositoryTarget(place);
}

/** Whether nothing is left to do. */
async function isComplete(
  target: MirrorTarget,
  { standing, wanted }: MirrorPlan,
  { requireEvidence }: MirrorReleaseRequest,
  signal: CallOptions['signal'],
): Promise<boolean> {
  if (wanted.length > 0 || standing?.isOurs !== true) return false;
  return !requireEvidence || (await target.hasEvidence(standing, { signal }));
}

async function judge(
  request: MirrorReleaseRequest,
  { events, signal }: MirrorReleaseOptions,
): Promise<{ readonly proof: OriginProof; readonly verdict: MirrorVerdict }> {
  const { release } = request;
  const proof = await release.prove({ signal });
  const verdict = acceptedVerdict(release, proof.verdict, request);
  if (verdict.warning !== undefined) events?.warning?.(release, verdict.warning);
  return { proof, verdict };
}
