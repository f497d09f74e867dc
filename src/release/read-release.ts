import { type CallOptions, isNotFound, isTofuOciError } from '../base/index.ts';
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
import { formatPlatform, type PackageHash, type Platform, type Version } from '../domain/index.ts';
import { type Descriptor, type Digest, parseImageManifest } from '../spec/index.ts';
import { IncompleteReleaseError } from './errors.ts';

/** One version of a provider as it stands in a repository, resolved once; everything after goes by digest. */
export interface Release extends IndexIdentity {
  readonly tag: string;
  /** Of the index. */
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly index: ProviderIndex;
}

export interface ReadReleaseOptions extends CallOptions {
  /** Read an index that lost its artifactTypes in a copy by what its manifests say they are. */
  readonly recoverTypes?: boolean | undefined;
}

/**
 * Resolves a version's tag and reads its index.
 * @throws ContentNotFoundError when there is no such tag; InvalidArtifactError, ArtifactTypeMissingError,
 *   ForeignArtifactError when what stands there is not this release.
 */
export async function readRelease(
  repository: ManifestReader,
  identity: IndexIdentity,
  options: ReadReleaseOptions = {},
): Promise<Release> {
  const found = await readVersion(repository, identity.version, options);
  checkIdentity(found.index, identity);
  return { ...identity, ...found };
}

/** Like `readRelease`, whoever's release it is. */
export async function readVersion(
  repository: ManifestReader,
  version: Version,
  options: ReadReleaseOptions = {},
): Promise<Omit<Release, keyof IndexIdentity>> {
  const tag = tagOfVersion(version);
  const { descriptor, bytes } = await repository.readManifest(tag, options);
  const index = await readTyped(repository, { descriptor, bytes }, options);
  return { tag, descriptor, bytes, index };
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
async function readTyped(
  repository: ManifestReader,
  { descriptor, bytes }: ManifestContent,
  options: ReadReleaseOptions,
): Promise<ProviderIndex> {
  try {
    return readIndex(descriptor, bytes);
  } catch (error) {
    if (!(error instanceof ArtifactTypeMissingError)) throw error;
    const { children } = error;
    if (!(await isProviderPackage(repository, children[0], options))) throw error;
    if (options.recoverTypes !== true) throw new ArtifactTypeMissingError(children, true);
    const lostTypes = new Map<Digest, string>();
    for (const child of children) {
      const type = typeOf(await readChild(repository, child, options));
      if (type !== undefined) lostTypes.set(child.digest, type);
    }
    return readIndex(descriptor, bytes, lostTypes);
  }
}

/** For a better message only, so a manifest that can not be read is none. */
async function isProviderPackage(
  repository: ManifestReader,
  child: Descriptor | undefined,
  options: CallOptions,
): Promise<boolean> {
  if (child === undefined) return false;
  try {
    return typeOf(await readChild(repository, child, options)) === providerTypes.target;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isTofuOciError(error)) return false;
    throw error;
  }
}

function typeOf({ bytes }: ManifestContent): string | undefined {
  return parseImageManifest(bytes).artifactType;
}
