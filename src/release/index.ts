export { IncompleteReleaseError } from './errors.ts';
export { type Evidence, readEvidenceOf } from './evidence.ts';
export {
  readRelease,
  readReleasePackage,
  type Release,
  type ReleasePackage,
} from './read-release.ts';
export { listVersions } from './versions.ts';
