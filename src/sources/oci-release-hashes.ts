import type { CallOptions } from '../base/index.ts';
import type { SourceRepository } from '../content/index.ts';
import { readReleasePackage, type Release } from '../release/index.ts';
import type { ReleaseHashes } from './interfaces.ts';

/** Target manifests read one by one; releases have some fifteen. Of more, only the annotations count. */
const maxTargetsRead = 100;

/**
 * Hashes of every package of a release from its index alone, where it has our annotations: one small
 * document for all platforms. Where one is absent the target manifest tells the `zh:`, and nobody the `h1:`.
 * @throws IncompleteReleaseError, InvalidArtifactError
 */
export async function hashesOfRelease(
  repository: SourceRepository,
  release: Release,
  { signal, trusted }: CallOptions & { readonly trusted: boolean },
): Promise<ReleaseHashes> {
  const packages: ReleaseHashes['packages'][number][] = [];
  const { targets } = release.index;
  const isFew = targets.length <= maxTargetsRead;
  for (const { hints, platform } of targets) {
    const read = async () => await readReleasePackage(repository, release, platform, { signal });
    const zh = hints.zh ?? (isFew ? (await read()).zh : undefined);
    packages.push({ platform, zh, h1: hints.h1 });
  }
  return { display: `${repository.name}:${release.tag}`, packages, trusted };
}
