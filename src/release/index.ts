export { cosignTagsOf } from './cosign-tags.ts';
export {
  EvidenceConflictError,
  EvidenceMismatchError,
  IncompleteReleaseError,
  UntrustedEvidenceError,
} from './errors.ts';
export { type Evidence, readEvidenceOf } from './evidence.ts';
export { EvidenceClaims, type EvidenceStatement, readStatement } from './evidence-statement.ts';
export { type Finding, type Problem, problemOf } from './findings.ts';
export { gatherEvidence, type GatheredEvidence, type ReadEvidence } from './gather-evidence.ts';
export type { InspectedPackage, InspectedPlatform } from './inspect-platform.ts';
export {
  type InspectedRelease,
  inspectRelease,
  type InspectReleaseRequest,
  type Referrer,
} from './inspect-release.ts';
export type { ProvenSums, SignedPackage } from './judge-packages.ts';
export {
  judgeRelease,
  type ReleaseToJudge,
  type ReleaseTrust,
  type ReleaseVerdict,
  requireAccepted,
} from './judge-release.ts';
export {
  readRelease,
  readReleasePackage,
  type Release,
  type ReleasePackage,
} from './read-release.ts';
export { findOwner } from './owner.ts';
export {
  type ListedPackage,
  type ListedRelease,
  listRelease,
  type ListReleaseOptions,
} from './listed-release.ts';
export { listVersions } from './versions.ts';
