import { type CallOptions, categoryOf } from '../base/index.ts';
import { annotationKeys } from '../artifact/index.ts';
import type { SourceRepository } from '../content/index.ts';
import { readVersion } from './read-release.ts';
import { listVersions } from './versions.ts';

/** A repository of something else has nothing that is a release; one of ours can have a spoilt one. */
const maxTries = 3;

/**
 * Looks at the newest versions of a repository for whose releases it holds.
 * @returns undefined when it holds no releases; else the full address that the newest names, if any
 * @throws failures that say nothing about the repository: no network, no rights
 */
export async function findOwner(
  repository: SourceRepository,
  options: CallOptions = {},
): Promise<{ readonly provider: string | undefined } | undefined> {
  const newest = (await listVersions(repository, options)).slice(-maxTries).reverse();
  for (const version of newest) {
    try {
      const { index } = await readVersion(repository, version, { ...options, recoverTypes: true });
      return { provider: index.annotations[annotationKeys.provider] };
    } catch (error) {
      const category = categoryOf(error);
      if (category !== 'integrity' && category !== 'not-found') throw error;
    }
  }
  return undefined;
}
