import { type CallOptions, isNotFound } from '../base/index.ts';
import {
  ArtifactTypeMissingError,
  checkIdentity,
  checkLayerPlatform,
  type IndexIdentity,
  InvalidArtifactError,
  type ProviderIndex,
  providerTypes,
  readIndex,
  readTarget,
  selectTarget,
  tagOfVersion,
} from '../artifact/index.ts';
import type { ManifestContent, ManifestReader } from '../content/index.ts';
import { formatPlatform, type PackageHash, type Platform } from '../domain/index.ts';
import { type Descriptor, parseImageManifest } from '../spec/index.ts';
import { IncompleteReleaseError } from './errors.ts';

/** One version of a provider as it stands in a repository, resolved once; everything after goes by digest. */
export interface Release extends IndexIdentity {
  readonly tag: string;
  /** Of the index. */
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly index: ProviderIndex;
}

/**
 * Resolves a version's tag and reads its index.
 * @throws ContentNotFoundError when there is no such tag; InvalidArtifactError, ArtifactTypeMissingError,
 *   ForeignArtifactError when what stands there is not this release.
 */
export async function readRelease(
  repository: ManifestReader,
  identity: IndexIdentity,
  options: CallOptions = {},
): Promise<Release> {
  const tag = tagOfVersion(identity.version);
  const { descriptor, bytes } = await repository.readManifest(tag, options);
  const index = await explainLostType(repository, options, () => readIndex(descriptor, bytes));
  checkIdentity(index, identity);
  return { ...identity, tag, descriptor, bytes, index };
}

export interface ReleasePackage {
  readonly platform: Platform;
  readonly zh: PackageHash;
  /** The zip; fetch it as a blob. */
  readonly layer: Descriptor;
}

/**
 * Finds the package of one platform: its target manifest is read, and what the index hinted must agree.
 * @throws PlatformNotInIndexError, InvalidArtifactError, IncompleteReleaseError
 */
export async function readReleasePackage(
  repository: ManifestReader,
  release: Release,
  platform: Platform,
  options: CallOptions = {},
): Promise<ReleasePackage> {
  const target = selectTarget(release.index, platform);
  const { bytes } = await readChild(repository, target.descriptor, options);
  const { layer, zh } = readTarget(bytes);
  checkLayerPlatform(layer, formatPlatform(platform));
  if (target.hints.zh !== undefined && target.hints.zh !== zh) {
    throw new InvalidArtifactError(
      `the index announces ${target.hints.zh} for ${formatPlatform(platform)}, but its manifest holds ${zh}`,
    );
  }
  return { platform, layer, zh };
}

async function readChild(
  repository: ManifestReader,
  child: Descriptor,
  options: CallOptions,
): Promise<ManifestContent> {
  try {
    return await repository.readManifest(child.digest, options);
  } catch (error) {
    throw isNotFound(error) ? new IncompleteReleaseError(child.digest, error) : error;
  }
}

/** Tells an index that lost its type in a copy from one that never was a provider's. */
async function explainLostType(
  repository: ManifestReader,
  options: CallOptions,
  read: () => ProviderIndex,
): Promise<ProviderIndex> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ArtifactTypeMissingError)) throw error;
    const [child] = error.children;
    if (child === undefined) throw error;
    const { bytes } = await repository.readManifest(child.digest, options).catch(() => {
      throw error; // The child is only wanted for a better message.
    });
    const lost = parseImageManifest(bytes).artifactType === providerTypes.target;
    throw lost ? new ArtifactTypeMissingError(error.children, true) : error;
  }
}
