import type { CallOptions } from '../../base/index.ts';
import type { OpenBlob, SourceRepository } from '../../content/index.ts';
import type { ProviderAddress } from '../../domain/index.ts';
import type { Digest } from '../../spec/index.ts';

/** The repository of one provider. */
export interface ShelvedRepository {
  /** What rights are asked about: its path in the registry, `acme/provider-hashicorp-null`. */
  readonly path: string;
  readonly repository: SourceRepository;
  /**
   * A blob for serving, where the storage is our own and verified what it took. Without it packages are fetched, and
   * verified while they pass.
   */
  readonly openBlob?:
    ((digest: Digest, options?: CallOptions) => Promise<OpenBlob | undefined>) | undefined;
}

/** Where the releases are that a gateway offers: one repository for each provider, by a template. */
export interface ProviderShelf {
  /** For people: `ghcr.io/acme/{namespace}/{type}`. */
  readonly name: string;
  /** Milliseconds for which a list of tags counts as what is there now. */
  readonly freshMs: number;
  /**
   * Where the provider's repository is, or would be; undefined when the template has no place for it. Rights are asked
   * about it before anybody looks whether there is one.
   */
  pathFor(provider: ProviderAddress): string | undefined;
  /** The provider's repository; undefined when there is none, as far as that is known without asking a registry. */
  find(provider: ProviderAddress, options?: CallOptions): Promise<ShelvedRepository | undefined>;
  /**
   * All providers that can be found, by host, namespace and type.
   * @throws what asking the registry throws, where it lists no repositories
   */
  providers(options?: CallOptions): Promise<readonly ProviderAddress[]>;
  /** Resolves when the place can be asked now; absent where it always can. */
  ping?(options?: CallOptions): Promise<void>;
}
