import { type CallOptions, findInCauses, isNotFound } from '../base/index.ts';
import {
  compareVersions,
  formatVersion,
  matchesPattern,
  type ProviderAddress,
  type ProviderPattern,
  sameVersion,
  type Version,
} from '../domain/index.ts';
import {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from './errors.ts';
import type { PackageRequest, ProviderSource, ReleaseHashes } from './interfaces.ts';

/** One installation method: a source and the providers it is for. */
export interface SelectedSource {
  readonly source: ProviderSource;
  /** Empty means every provider. */
  readonly include: readonly ProviderPattern[];
  /** Beats `include`. */
  readonly exclude: readonly ProviderPattern[];
}

/**
 * Combines methods as OpenTofu does: versions are the union over all methods that match the provider, a
 * package comes from the first method, in declared order, that has it. Only "not found" (which includes
 * "not for this platform" and, other than in OpenTofu, a version that a method lacks) lets the next one be
 * asked; any other failure ends the search. Methods are asked one after the other, so that warnings come in
 * their order.
 */
export function createMultiSource(selected: readonly SelectedSource[]): ProviderSource {
  const sourcesFor = (provider: ProviderAddress): readonly ProviderSource[] =>
    selected.filter((entry) => isFor(entry, provider)).map(({ source }) => source);

  return {
    display: selected.map(({ source }) => source.display).join('\n'),

    async availableVersions(provider, call = {}) {
      // As in OpenTofu: where there is nobody to ask there are no versions, and nobody who lacks the provider.
      if (selected.length === 0) return [];
      const versions = new Map<string, Version>();
      const misses = new Misses(provider);
      for (const source of sourcesFor(provider)) {
        try {
          for (const version of await source.availableVersions(provider, call)) {
            versions.set(formatVersion(version), version);
          }
          misses.searched(source);
        } catch (error) {
          if (findInCauses(error, ProviderNotFoundError) === undefined) throw error;
          misses.add(source, error);
        }
      }
      if (versions.size === 0) throw misses.providerNotFound();
      return [...versions.values()].sort(compareVersions);
    },

    async successorOf(provider, call = {}) {
      for (const source of sourcesFor(provider)) {
        const successor = await source.successorOf?.(provider, call);
        if (successor !== undefined) return successor;
      }
      return undefined;
    },

    async packageMeta(request, call = {}) {
      const misses = new Misses(request.provider);
      for (const source of sourcesFor(request.provider)) {
        try {
          return await source.packageMeta(request, call);
        } catch (error) {
          if (!isNotFound(error)) throw error;
          misses.add(source, error);
        }
      }
      throw misses.gravest();
    },

    async releaseHashes(release, call = {}) {
      const misses = new Misses(release.provider);
      for (const source of sourcesFor(release.provider)) {
        try {
          return await hashesFrom(source, release, call);
        } catch (error) {
          if (!isNotFound(error)) throw error;
          misses.add(source, error);
        }
      }
      throw misses.gravest();
    },
  };
}

/** The word of the method that the package would come from; of no other. */
async function hashesFrom(
  source: ProviderSource,
  release: Omit<PackageRequest, 'platform'>,
  call: CallOptions,
): Promise<ReleaseHashes | undefined> {
  if (source.releaseHashes !== undefined) return await source.releaseHashes(release, call);
  const versions = await source.availableVersions(release.provider, call);
  if (versions.some((version) => sameVersion(version, release.version))) return undefined;
  throw new VersionNotFoundError(release, undefined, source.display);
}

/** What the methods that were asked do not have. */
class Misses {
  readonly #provider: ProviderAddress;
  readonly #places: string[] = [];
  readonly #errors: unknown[] = [];

  constructor(provider: ProviderAddress) {
    this.#provider = provider;
  }

  searched(source: ProviderSource): void {
    this.#places.push(source.display);
  }

  add(source: ProviderSource, error: unknown): void {
    const miss = findInCauses(error, ProviderNotFoundError);
    this.#places.push(...(miss?.searched ?? [source.display]));
    this.#errors.push(error);
  }

  /** That the provider's own registry does not know it says more than that a mirror lacks it. */
  providerNotFound(): unknown {
    const fromRegistry = this.#errors.find(
      (error) => findInCauses(error, ProviderNotFoundError)?.registrySays !== undefined,
    );
    if (fromRegistry !== undefined) return fromRegistry;
    const cause = this.#errors.at(-1);
    const hint = findInCauses(cause, ProviderNotFoundError)?.hint;
    return new ProviderNotFoundError(this.#provider, this.#places, { cause, hint });
  }

  /** The one that came nearest: has the version for other platforms, or other versions, or nothing. */
  gravest(): unknown {
    const isPlatform = (error: unknown): boolean =>
      findInCauses(error, PlatformNotSupportedError) !== undefined;
    const isVersion = (error: unknown): boolean =>
      findInCauses(error, VersionNotFoundError) !== undefined;
    return this.#errors.find(isPlatform) ?? this.#errors.find(isVersion) ?? this.providerNotFound();
  }
}

function isFor(entry: SelectedSource, provider: ProviderAddress): boolean {
  if (entry.exclude.some((pattern) => matchesPattern(pattern, provider))) return false;
  return (
    entry.include.length === 0 || entry.include.some((pattern) => matchesPattern(pattern, provider))
  );
}
