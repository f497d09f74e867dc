import { isTofuOciError } from '../../base/index.ts';
import type { HostedRepository } from '../../content/index.ts';
import {
  type Descriptor,
  type Digest,
  type ImageIndex,
  isManifestType,
  type Manifest,
  mediaTypes,
  parseManifest,
} from '../../spec/index.ts';

/**
 * The type of the index that is one version of a provider.
 * @see https://opentofu.org/docs/cli/oci_registries/provider-mirror/
 */
const providerType = 'application/vnd.opentofu.provider';

/**
 * A version begins with a digit; fallback tags (`sha256-…`) and names such as `latest` do not. That some
 * more texts begin so does no harm: what counts is that a provider index is behind the tag.
 */
const versionTag = /^[0-9]/u;

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.index, mediaTypes.dockerManifestList]);

/** Tags looked at before a repository counts as one that has a version, without having been found to. */
const maxTagsLookedAt = 10_000;

/**
 * Whether pointing `tag` at `next` would change or take away a package of a published provider version.
 * Adding packages, and saying other things about the same ones, is none.
 */
export async function changesVersion(
  repository: HostedRepository,
  tag: string,
  next: { readonly digest: Digest; readonly manifest: Manifest },
): Promise<boolean> {
  const current = await currentOf(repository, tag);
  if (current === undefined || current.digest === next.digest) return false;
  const before = await readIndex(repository, current);
  if (before === 'other') return false;
  if (before === 'unreadable') return true;
  const { manifest } = next;
  if (manifest.kind !== 'index' || manifest.artifactType !== providerType) return true;
  if (!isReadAlike(before, manifest)) return true;
  const packages = packagesOf(manifest);
  if (packages === undefined) return true;
  for (const old of before.manifests) {
    const kept = packages.get(platformOf(old));
    if (kept === undefined || !(await isSamePackage(repository, old, kept))) return true;
  }
  return false;
}

/**
 * Whether a push of content that is here would make another media type of it, which no client reads that
 * was served the first one. Only bytes that do not say their type themselves can have two.
 */
export async function changesType(
  repository: HostedRepository,
  { digest, mediaType }: Descriptor,
): Promise<boolean> {
  const known = await resolveIfThere(repository, digest);
  return known !== undefined && known.mediaType !== mediaType;
}

/** Whether `tag` is a published provider version. */
export async function isVersion(repository: HostedRepository, tag: string): Promise<boolean> {
  const current = await currentOf(repository, tag);
  return current !== undefined && (await readIndex(repository, current)) !== 'other';
}

/** Whether the repository has a published provider version: then nothing may be taken from below it. */
export async function hasVersion(repository: HostedRepository): Promise<boolean> {
  let looked = 0;
  let last: string | undefined;
  for (;;) {
    const tags = repository.tagsAfter(last, 1000);
    for (const tag of tags) {
      if (++looked > maxTagsLookedAt || (await isVersion(repository, tag))) return true;
    }
    last = tags.at(-1);
    if (tags.length < 1000) return false;
  }
}

/** What a version tag points at; undefined for other tags, and those that do not exist. */
async function currentOf(
  repository: HostedRepository,
  tag: string,
): Promise<Descriptor | undefined> {
  return versionTag.test(tag) ? resolveIfThere(repository, tag) : undefined;
}

async function resolveIfThere(
  repository: HostedRepository,
  reference: string,
): Promise<Descriptor | undefined> {
  try {
    return await repository.resolve(reference);
  } catch (error) {
    if (isTofuOciError(error) && error.category === 'not-found') return undefined;
    throw error;
  }
}

/** `other` for what is no version of a provider; what can not be read might have been one. */
async function readIndex(
  repository: HostedRepository,
  descriptor: Descriptor,
): Promise<ImageIndex | 'other' | 'unreadable'> {
  if (!indexTypes.has(descriptor.mediaType)) return 'other';
  const manifest = await readManifest(repository, descriptor);
  if (manifest?.kind !== 'index') return 'unreadable';
  return manifest.artifactType === providerType ? manifest : 'other';
}

async function readManifest(
  repository: HostedRepository,
  { digest }: Descriptor,
): Promise<Manifest | undefined> {
  try {
    const { descriptor, bytes } = await repository.readManifest(digest);
    return parseManifest(bytes, descriptor.mediaType);
  } catch (error) {
    // Damaged, or gone.
    if (isTofuOciError(error)) return undefined;
    throw error;
  }
}

function platformOf({ platform }: Descriptor): string {
  return platform === undefined ? '' : `${platform.os}/${platform.architecture}`;
}

/** By platform; undefined when a platform is there twice, and readers could choose differently. */
function packagesOf({ manifests }: ImageIndex): ReadonlyMap<string, Descriptor> | undefined {
  const packages = new Map(manifests.map((each) => [platformOf(each), each]));
  return packages.size === manifests.length ? packages : undefined;
}

/**
 * Whether who can read the one can read the other: OpenTofu takes neither Docker's types nor documents that
 * do not name their own.
 */
function isReadAlike(before: Manifest, after: Manifest): boolean {
  return before.mediaType === after.mediaType && (after.typed || !before.typed);
}

/** The same manifest, or another one with the same layers: what is installed are the layers. */
async function isSamePackage(
  repository: HostedRepository,
  a: Descriptor,
  b: Descriptor,
): Promise<boolean> {
  if (a.artifactType !== b.artifactType || a.mediaType !== b.mediaType) return false;
  if (a.digest === b.digest) return a.size === b.size;
  if (!isManifestType(a.mediaType)) return false;
  const [before, after] = [await readManifest(repository, a), await readManifest(repository, b)];
  if (before?.kind !== 'manifest' || after?.kind !== 'manifest') return false;
  return (
    isReadAlike(before, after) &&
    after.mediaType === b.mediaType &&
    before.artifactType === after.artifactType &&
    before.layers.length === after.layers.length &&
    before.layers.every(({ digest, mediaType, size }, at) => {
      const other = after.layers[at];
      return other?.digest === digest && other.mediaType === mediaType && other.size === size;
    })
  );
}
