import type { ProviderSource } from '../sources/index.ts';

/**
 * A source that is opened with the first question: where everything is in place, none is asked, and what it takes
 * to ask is not even loaded.
 */
export function deferredSource(open: () => Promise<ProviderSource>): ProviderSource {
  let opened: Promise<ProviderSource> | undefined;
  const source = (): Promise<ProviderSource> => (opened ??= open());
  return {
    display: 'the installation methods',
    availableVersions: async (...args) => await (await source()).availableVersions(...args),
    packageMeta: async (...args) => await (await source()).packageMeta(...args),
    successorOf: async (...args) => await (await source()).successorOf?.(...args),
    releaseHashes: async (...args) => await (await source()).releaseHashes?.(...args),
  };
}
