export type { Annotations, Descriptor, OciPlatform } from './descriptor.ts';
export {
  type Digest,
  type DigestAlgorithm,
  digestOf,
  digestParts,
  isDigest,
  parseDigest,
} from './digest.ts';
export { emptyBlob, emptyDescriptor } from './empty.ts';
export {
  InvalidDigestError,
  InvalidManifestError,
  InvalidReferenceError,
  InvalidTagError,
} from './errors.ts';
export { canonicalJson } from './json.ts';
export {
  type ArtifactManifest,
  childrenOf,
  type ImageIndex,
  type ImageManifest,
  type Manifest,
  maxManifestBytes,
  referrerDescriptor,
} from './manifest.ts';
export { acceptManifests, isManifestType, mediaTypes } from './media-types.ts';
export { parseDescriptor } from './parse-descriptor.ts';
export { parseImageIndex, parseImageManifest, parseManifest } from './parse-manifest.ts';
export {
  formatRepositoryName,
  isRepositoryPath,
  isTag,
  parseReference,
  parseRepositoryName,
  parseTag,
  type Reference,
  type RepositoryName,
} from './reference.ts';
export {
  formatWireErrors,
  isWireErrorCode,
  parseWireErrors,
  type WireError,
  wireError,
  type WireErrorCode,
  wireErrors,
} from './wire-errors.ts';
