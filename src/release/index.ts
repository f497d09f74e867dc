export { cosignTagsOf } from './cosign-tags.ts';
export { EvidenceConflictError, EvidenceMismatchError, IncompleteReleaseError } from './errors.ts';
export { type Evidence, readEvidenceOf } from './evidence.ts';
export { EvidenceClaims, type EvidenceStatement } from './evidence-statement.ts';
export { type Finding, problemOf } from './findings.ts';
export type { InspectedPackage, InspectedPlatform } from './inspect-platform.ts';
export {
  type InspectedRelease,
  inspectRelease,
  type InspectReleaseRequest,
  type Referrer,
} from './inspect-release.ts';
export {
  readRelease,
  readReleasePackage,
  type Release,
  type ReleasePackage,
} from './read-release.ts';
export { findOwner } from './owner.ts';
export { type ListedPackage, type ListedRelease, listRelease } from './listed-release.ts';
export { listVersions } from './versions.ts';
