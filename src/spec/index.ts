export type { Annotations, Descriptor, OciPlatform } from './descriptor.ts';
export {
  type Digest,
  type DigestAlgorithm,
  digestOf,
  digestParts,
  isDigest,
  parseDigest,
} from './digest.ts';
export { InvalidDigestError } from './errors.ts';
export { acceptManifests, isManifestType, mediaTypes } from './media-types.ts';
