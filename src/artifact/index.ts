export {
  ArtifactTypeMissingError,
  ForeignArtifactError,
  InvalidArtifactError,
  InvalidEvidenceError,
  PlatformNotInIndexError,
} from './errors.ts';
export {
  type BuiltEvidence,
  buildEvidence,
  buildOriginDocument,
  buildSigningKeysDocument,
  type EvidenceDocuments,
  type EvidenceLayers,
  evidenceLimits,
  type OriginFacts,
  readEvidence,
  type SigningKey,
} from './evidence.ts';
export { annotationKeys, evidenceTitles, evidenceTypes, providerTypes } from './media-types.ts';
export {
  type OriginDocument,
  type OriginPackage,
  readOriginDocument,
  readOriginPackages,
  readSigningKeys,
} from './origin-document.ts';
export type { PackageHints, PackageRecord } from './package-record.ts';
export {
  buildIndex,
  checkIdentity,
  identityAnnotations,
  type IndexIdentity,
  type IndexTarget,
  type ProviderIndex,
  readIndex,
  selectTarget,
} from './provider-index.ts';
export { formatSha256Sums, parseSha256Sums, type Sha256Sums } from './sha256sums.ts';
export {
  type BuiltManifest,
  buildTarget,
  checkLayerPlatform,
  packageLayer,
  readTarget,
  type TargetPackage,
  zhOfLayer,
} from './target-manifest.ts';
export { tagOfVersion, versionOfTag } from './version-tag.ts';
