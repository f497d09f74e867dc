import { categoryOf, isTofuOciError } from '../../base/index.ts';
import type { ProviderAddress } from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import { requireTrusted } from '../copy/judge-source.ts';
import type { RefuseRelease } from './prune-provider.ts';

/**
 * By which a release counts that the trust rule for its provider accepts, with all of its packages there. Undefined
 * for a provider without a rule: all of its releases count.
 */
export function refuseUnaccepted(
  trust: ReleaseTrust,
): (provider: ProviderAddress) => RefuseRelease | undefined {
  const refuse: RefuseRelease = async (repository, release, { signal }) => {
    try {
      await requireTrusted(repository, release, { signal, trust });
      return undefined;
    } catch (error) {
      const category = categoryOf(error);
      const isAboutIt = ['integrity', 'trust', 'not-found'].includes(category);
      if (!isAboutIt || !isTofuOciError(error)) throw error;
      return error.message;
    }
  };
  return (provider) => (trust.policy.ruleFor(provider) === undefined ? undefined : refuse);
}
