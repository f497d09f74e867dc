import {
  buildEvidence,
  buildOriginDocument,
  type BuiltEvidence,
  type BuiltManifest,
  type EvidenceDocuments,
  type IndexIdentity,
  type PackageRecord,
  parseSha256Sums,
  readOriginDocument,
  readOriginPackages,
} from '../../artifact/index.ts';
import { packageFilename, parsePlatform, type PackageHash } from '../../domain/index.ts';
import type { Evidence } from '../../release/index.ts';
import type { ReleasePlan } from './plan-release.ts';

/**
 * The evidence of a planned index: what is said now, and what was said about the index that it replaces
 * as far as it still speaks of the packages that remain. Deterministic: same documents, same manifest.
 */
export function planEvidence(
  index: BuiltManifest,
  documents: readonly EvidenceDocuments[],
): readonly BuiltEvidence[] {
  const built = new Map<string, BuiltEvidence>();
  for (const each of documents) {
    const evidence = buildEvidence(index.descriptor, each);
    built.set(evidence.manifest.descriptor.digest, evidence);
  }
  return [...built.values()];
}

/** Whether what an older evidence states of the plan's packages is still so. */
export function stillHolds(
  evidence: Evidence,
  plan: ReleasePlan,
  { provider, version }: IndexIdentity,
): boolean {
  const { sums } = evidence.documents;
  if (sums === undefined) return originHolds(evidence, plan);
  const stated = parseSha256Sums(sums.toString('utf8'));
  return plan.packages.every(({ platform, zh }) => {
    const line = stated.get(packageFilename(provider.type, version, parsePlatform(platform)));
    return line === undefined || line === zh;
  });
}

/**
 * What an older evidence that no longer holds as a whole still states of packages that remain, as an origin.json of
 * its own: its sums and their signature speak of a package that is not there any more. Undefined when nothing is left.
 */
export function whatIsLeft(
  { documents }: Evidence,
  plan: ReleasePlan,
  identity: IndexIdentity,
): EvidenceDocuments | undefined {
  const { host, packages, protocols } = readOriginDocument(documents.origin);
  const records = plan.packages.flatMap(({ platform: name, zh }): readonly PackageRecord[] => {
    const stated = packages.get(name);
    if (stated?.zh !== zh || stated.h1 === undefined || stated.size === undefined) return [];
    const platform = parsePlatform(name);
    const filename = packageFilename(identity.provider.type, identity.version, platform);
    return [{ platform, filename, size: stated.size, zh, h1: stated.h1 }];
  });
  if (records.length === 0) return undefined;
  const facts = {
    identity,
    host: host ?? identity.provider.hostname,
    packages: records,
    protocols,
  };
  return { origin: buildOriginDocument(facts) };
}

/** The sums of a release bind the platforms that an earlier push left in the index, too. */
export function contradicts(
  sums: ReadonlyMap<string, PackageHash>,
  plan: ReleasePlan,
  { provider, version }: IndexIdentity,
): { platform: string; stated: PackageHash; zh: PackageHash } | undefined {
  for (const { platform, zh } of plan.packages) {
    const name = packageFilename(provider.type, version, parsePlatform(platform));
    const stated = sums.get(name);
    if (stated !== undefined && stated !== zh) return { platform, stated, zh };
  }
  return undefined;
}

/** A platform of the index that the sums do not name. */
export function notIn(
  sums: ReadonlyMap<string, PackageHash>,
  plan: ReleasePlan,
  { provider, version }: IndexIdentity,
): { readonly platform: string; readonly zh: PackageHash } | undefined {
  return plan.packages.find(
    ({ platform }) => !sums.has(packageFilename(provider.type, version, parsePlatform(platform))),
  );
}

function originHolds(evidence: Evidence, plan: ReleasePlan): boolean {
  const stated = readOriginPackages(evidence.documents.origin);
  return plan.packages.every(({ platform, zh }) => {
    const one = stated.get(platform);
    return one === undefined || one === zh;
  });
}
