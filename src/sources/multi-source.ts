import { type CallOptions, findInCauses, isNotFound } from '../base/index.ts';
import {
  compareVersions,
  formatVersion,
  matchesPattern,
  type ProviderAddress,
  type ProviderPattern,
  type Version,
} from '../domain/index.ts';
import { ProviderNotFoundError } from './errors.ts';
import type { PackageMeta, PackageRequest, ProviderSource } from './interfaces.ts';

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
 * "not for this platform") lets the next one be asked.
 */
export function createMultiSource(selected: readonly SelectedSource[]): ProviderSource {
  const sourcesFor = (provider: ProviderAddress): readonly ProviderSource[] =>
    selected.filter((entry) => isFor(entry, provider)).map(({ source }) => source);

  return {
    display: 'the configured provider installation methods',

    async availableVersions(provider, call = {}) {
      const versions = new Map<string, Version>();
      const searched: string[] = [];
      let found = false;
      let lastMiss: unknown;
      for (const source of sourcesFor(provider)) {
        try {
          for (const version of await source.availableVersions(provider, call)) {
            versions.set(formatVersion(version), version);
          }
          found = true;
        } catch (error) {
          if (findInCauses(error, ProviderNotFoundError) === undefined) throw error;
          lastMiss = error;
        }
        searched.push(source.display);
      }
      if (!found) throw new ProviderNotFoundError(provider, searched, { cause: lastMiss });
      return [...versions.values()].sort(compareVersions);
    },

    async packageMeta(request: PackageRequest, call: CallOptions = {}): Promise<PackageMeta> {
      const sources = sourcesFor(request.provider);
      let lastMiss: unknown = new ProviderNotFoundError(
        request.provider,
        sources.map((source) => source.display),
      );
      for (const source of sources) {
        try {
          return await source.packageMeta(request, call);
        } catch (error) {
          if (!isNotFound(error)) throw error;
          lastMiss = error;
        }
      }
      throw lastMiss;
    },
  };
}

function isFor(entry: SelectedSource, provider: ProviderAddress): boolean {
  if (entry.exclude.some((pattern) => matchesPattern(pattern, provider))) return false;
  return (
    entry.include.length === 0 || entry.include.some((pattern) => matchesPattern(pattern, provider))
  );
}
