import { type CallOptions, isNotFound } from '../../base/index.ts';
import { annotationKeys, type IndexIdentity } from '../../artifact/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import { formatPlatform, formatProviderAddress, type PackageHash } from '../../domain/index.ts';
import {
  listVersions,
  readRelease,
  readReleasePackage,
  type Release,
} from '../../release/index.ts';
import { RepositoryOwnershipError } from '../errors.ts';
import type { PublishedRelease } from './plan-release.ts';

export interface AdoptOptions extends CallOptions {
  /** Take over what another tool made, or spoilt. */
  readonly adopt: boolean;
}

/**
 * What a repository holds of a version now, or undefined when it holds nothing. The hash of each platform
 * is the layer digest of its target manifest; an annotation is believed only where it agrees. With `adopt`
 * an index that lost its artifactTypes in a copy is read all the same, so that it can be rewritten.
 * @throws what `readRelease` and `readReleasePackage` throw for something that is no such release.
 */
export async function readPublished(
  repository: SourceRepository,
  identity: IndexIdentity,
  options: AdoptOptions,
): Promise<PublishedRelease | undefined> {
  const release = await findRelease(repository, identity, options);
  if (release === undefined) return undefined;
  const packages = new Map<string, PackageHash>();
  for (const { platform } of release.index.targets) {
    const { zh } = await readReleasePackage(repository, release, platform, options);
    packages.set(formatPlatform(platform), zh);
  }
  return { release, packages };
}

async function findRelease(
  repository: SourceRepository,
  identity: IndexIdentity,
  { signal, adopt }: AdoptOptions,
): Promise<Release | undefined> {
  try {
    return await readRelease(repository, identity, { signal, recoverTypes: adopt });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Before the first push of a version into a repository that has others: the newest of them must name the
 * same provider.
 * @throws RepositoryOwnershipError
 */
export async function checkOwnership(
  repository: SourceRepository,
  identity: IndexIdentity,
  options: AdoptOptions,
): Promise<void> {
  const newest = await newestVersion(repository, options);
  if (newest === undefined) return;
  const { provider } = identity;
  const release = await findRelease(
    repository,
    { provider, version: newest },
    { signal: options.signal, adopt: true }, // Spoilt or not, it says whose it is.
  );
  if (release === undefined || options.adopt) return;
  if (release.index.annotations[annotationKeys.provider] !== undefined) return;
  throw new RepositoryOwnershipError(
    `${repository.name} holds releases that do not say which provider they belong to`,
    {
      hint: `If they are releases of ${formatProviderAddress(provider)}, use --adopt.`,
    },
  );
}

async function newestVersion(
  repository: SourceRepository,
  options: CallOptions,
): Promise<IndexIdentity['version'] | undefined> {
  try {
    return (await listVersions(repository, options)).at(-1);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
