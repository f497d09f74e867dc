export {
  parseExactRequest,
  type ExactRequest,
  parseProviderRequest,
  type ProviderRequest,
} from './address-request.ts';
export {
  HostRequiredError,
  InvalidConstraintsError,
  InvalidHashError,
  InvalidHostnameError,
  InvalidLocationError,
  InvalidPatternError,
  InvalidPlatformError,
  InvalidProviderAddressError,
  InvalidTemplateError,
  InvalidVersionError,
  UnhashableNameError,
  UnmappableProviderError,
} from './errors.ts';
export { displayHost, parseHostname } from './hostname.ts';
export { likelyTemplate } from './likely-template.ts';
export { type Location, type LocationOptions, parseLocation, repositoryKinds } from './location.ts';
export {
  emptyLockFile,
  formatLockFile,
  type LockFile,
  type ParsedLockFile,
  parseLockFile,
  type PredecessorUpgrade,
  type ProviderLock,
  sameLocks,
  upgradeFromPredecessor,
} from './lockfile/index.ts';
export { checkOneToOne, type OneToOneOptions, type TemplateDoubt } from './one-to-one.ts';
export {
  executableMatches,
  packageFilename,
  type PackageFilename,
  parsePackageFilename,
} from './package-filename.ts';
export {
  computeH1,
  type HashedFile,
  hashScheme,
  isKnownScheme,
  type PackageHash,
  parsePackageHash,
  zhFromHex,
  zhHex,
} from './package-hash.ts';
export {
  comparePlatforms,
  formatPlatform,
  parsePlatform,
  parsePlatformOption,
  type Platform,
  platformOfNode,
  samePlatform,
} from './platform.ts';
export {
  compareProviders,
  defaultHost,
  displayProvider,
  formatProviderAddress,
  impliedProviderAddress,
  isBuiltIn,
  isDefaultHost,
  isLegacy,
  isLockable,
  parseProviderAddress,
  parseProviderPart,
  type ProviderAddress,
  type ProviderKey,
  providerKey,
  sameProvider,
} from './provider-address.ts';
export {
  formatProviderPattern,
  matchesPattern,
  parseProviderPattern,
  type ProviderPattern,
} from './provider-pattern.ts';
export {
  checkOciMirrorTemplate,
  type CheckedTemplate,
  type OciMirrorTemplateOptions,
} from './oci-mirror-template.ts';
export {
  parsePathTemplate,
  parseRepositoryTemplate,
  type PathTemplate,
  type RepositoryTemplate,
  type Template,
} from './repository-template.ts';
export { isNameOf, type NamedProvider, providerNamed, registryOf } from './reverse-template.ts';
export type { TemplateSpelling, TemplateVariable } from './template-pieces.ts';
export { mergeRequirements, type Requirement, type Requirements } from './requirements.ts';
export type { ConstraintOperator, ConstraintTerm } from './constraint-term.ts';
export {
  formatConstraints,
  intersectConstraints,
  newestSatisfying,
  noConstraints,
  onlyUnspecified,
  parseConfigConstraints,
  parseConstraints,
  satisfies,
  type VersionConstraints,
} from './version-constraints.ts';
export {
  compareVersions,
  formatVersion,
  isUnspecified,
  parseVersion,
  sameVersion,
  type Version,
} from './version.ts';
