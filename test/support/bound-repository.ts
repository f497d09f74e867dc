import type { TargetRepository } from '../../src/content/index.ts';

/** The methods of a repository as an object of its own, of which some can be changed. */
export function boundRepository(
  repository: TargetRepository,
  changes: Partial<TargetRepository> = {},
): TargetRepository {
  return {
    name: repository.name,
    exists: (target, options) => repository.exists(target, options),
    fetch: (target, options) => repository.fetch(target, options),
    push: (source, options) => repository.push(source, options),
    readManifest: (reference, options) => repository.readManifest(reference, options),
    referrers: (subject, options) => repository.referrers(subject, options),
    resolve: (reference, options) => repository.resolve(reference, options),
    tag: (manifest, tag, options) => repository.tag(manifest, tag, options),
    tags: (options) => repository.tags(options),
    ...changes,
  };
}
