import type { CallOptions } from '../../base/index.ts';
import type { ProviderAddress, Version } from '../../domain/index.ts';
import type { OfferedRelease, WithheldRelease } from './offered-release.ts';
import type { ShelvedRepository } from './shelf.ts';

/** All releases of one provider. */
export interface CatalogedProvider {
  readonly provider: ProviderAddress;
  readonly shelved: ShelvedRepository;
  /** Ascending by version. */
  readonly releases: readonly OfferedRelease[];
  readonly withheld: readonly WithheldRelease[];
}

/**
 * What the shelf holds, read and judged once and kept for a while. What it returns is shared: nobody changes it.
 */
export interface ReleaseCatalog {
  /**
   * Undefined when there is no such provider.
   * @throws failures that say nothing about the provider: the registry is not there, or refuses us
   */
  provider(
    provider: ProviderAddress,
    options?: CallOptions,
  ): Promise<CatalogedProvider | undefined>;
  /** @returns the release, why it is not offered, or undefined when there is none */
  release(
    provider: ProviderAddress,
    version: Version,
    options?: CallOptions,
  ): Promise<OfferedRelease | WithheldRelease | undefined>;
  /** What the shelf lists. @throws what the shelf throws */
  providers(options?: CallOptions): Promise<readonly ProviderAddress[]>;
}

export function isOffered(release: OfferedRelease | WithheldRelease): release is OfferedRelease {
  return 'packages' in release;
}
