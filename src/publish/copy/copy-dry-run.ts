import type { TargetRepository } from '../../content/index.ts';

/** A target that answers as it would, and takes nothing. */
export function dryRunTarget(to: TargetRepository): TargetRepository {
  return {
    name: to.name,
    address: to.address,
    exists: (target, options) => to.exists(target, options),
    fetch: (target, options) => to.fetch(target, options),
    readManifest: (reference, options) => to.readManifest(reference, options),
    referrers: (subject, options) => to.referrers(subject, options),
    resolve: (reference, options) => to.resolve(reference, options),
    tags: (options) => to.tags(options),
    push: async ({ descriptor }, options) =>
      (await to.exists(descriptor, options)) ? 'exists' : 'pushed',
    tag: () => Promise.resolve(),
  };
}
