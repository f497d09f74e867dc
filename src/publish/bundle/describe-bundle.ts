import { type CallOptions, compareBytes } from '../../base/index.ts';
import { tagOfVersion } from '../../artifact/index.ts';
import type { Archive, SourceRepository } from '../../content/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  parseProviderAddress,
  type ProviderAddress,
  providerKey,
  type Version,
} from '../../domain/index.ts';
import type { Descriptor, Digest } from '../../spec/index.ts';
import { releaseContents } from './bundle-contents.ts';
import { type BundleBase, type BundledRelease, basesIn } from './bundle-receipt.ts';
import { readTags, selectVersions } from '../copy/copy-tags.ts';

export interface NamedRelease {
  readonly provider: ProviderAddress;
  readonly version: Version;
}

export interface DescribedRelease extends BundledRelease {
  readonly descriptors: ReadonlyMap<Digest, Descriptor>;
}

/** A release as a bundle names it. @param tags of its repository */
export async function describeRelease(
  from: SourceRepository,
  { provider, version }: NamedRelease,
  { signal, tags }: CallOptions & { readonly tags: ReadonlySet<string> },
): Promise<DescribedRelease> {
  const index = await from.resolve(tagOfVersion(version), { signal });
  const descriptors = await releaseContents(from, index, { tags, signal });
  return {
    provider: formatProviderAddress(provider),
    version: formatVersion(version),
    digest: index.digest,
    isHeld: true,
    contents: [...descriptors.keys()].sort(compareBytes),
    descriptors,
  };
}

/**
 * What a bundle has, found out from the bundle itself: where its receipt is not at hand. Every byte of it is read.
 * Releases that it leaves to earlier bundles are not known from it.
 * @throws ArchiveCorruptError, ArchiveChangedError, FileAccessError; LimitExceededError
 */
export async function describeBundle(archive: Archive, options: CallOptions): Promise<BundleBase> {
  const { sha256 } = await archive.check(options);
  const releases: BundledRelease[] = [];
  for (const name of archive.repositories()) {
    const provider = providerCalled(name);
    if (provider === undefined) continue;
    const from = archive.repository(name);
    const tags = await readTags(from, options);
    for (const version of selectVersions(tags, [], from.name)) {
      const described = await describeRelease(from, { provider, version }, { ...options, tags });
      const { contents, digest, isHeld } = described;
      releases.push({
        provider: described.provider,
        version: described.version,
        digest,
        isHeld,
        contents,
      });
    }
  }
  return { sha256, bases: basesIn(archive.annotations), releases };
}

function providerCalled(name: string): ProviderAddress | undefined {
  try {
    const provider = parseProviderAddress(name);
    return providerKey(provider) === name ? provider : undefined;
  } catch {
    return undefined;
  }
}
