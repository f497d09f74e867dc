import { type CallOptions, compareBytes, mapBounded, printable } from '../base/index.ts';
import type { IndexIdentity } from '../artifact/index.ts';
import type { SourceRepository } from '../content/index.ts';
import { formatPlatform, type PackageHash } from '../domain/index.ts';
import type { Digest } from '../spec/index.ts';
import { readRelease, readReleasePackage } from './read-release.ts';

export interface ListedPackage {
  /** `linux_amd64` */
  readonly platform: string;
  /** Bytes of the zip. */
  readonly size: number;
  readonly zh: PackageHash;
}

export interface ListedRelease extends IndexIdentity {
  readonly repository: string;
  readonly tag: string;
  /** Of the index. */
  readonly digest: Digest;
  /** By platform. */
  readonly packages: readonly ListedPackage[];
}

/** Manifests of one release that are read at the same time. */
const concurrency = 4;

/**
 * One version as its index tells it. Where the index does not say what a package is, as in releases made
 * by hand, its manifest is read.
 * @throws what `readRelease` and `readReleasePackage` throw
 */
export async function listRelease(
  repository: SourceRepository,
  identity: IndexIdentity,
  options: CallOptions = {},
): Promise<ListedRelease> {
  const release = await readRelease(repository, identity, options);
  const { descriptor, index, tag } = release;
  const packages = await mapBounded(index.targets, concurrency, async ({ hints, platform }) => {
    const name = printable(formatPlatform(platform), 150);
    const { size, zh } = hints;
    if (size !== undefined && zh !== undefined) return { platform: name, size, zh };
    const found = await readReleasePackage(repository, release, platform, options);
    return { platform: name, size: found.layer.size, zh: found.zh };
  });
  return {
    provider: identity.provider,
    version: identity.version,
    repository: repository.name,
    tag,
    digest: descriptor.digest,
    packages: packages.toSorted((a, b) => compareBytes(a.platform, b.platform)),
  };
}
