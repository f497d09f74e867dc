import type { ProviderAddress, Version, VersionConstraints } from '../domain/index.ts';
import type { Authentication } from './dispositions.ts';

/** The folder of the configuration, or the plugin cache that several share. */
export type InstallPlace = 'working-folder' | 'cache';

/** What happens while providers are installed, sorted by provider; progress comes as it happens. */
export interface InstallEvents {
  builtIn?(this: void, provider: ProviderAddress): void;
  query?(
    this: void,
    query: { provider: ProviderAddress; constraints: VersionConstraints; locked: boolean },
  ): void;
  /** What the registry has to say about the provider to people. */
  warned?(this: void, provider: ProviderAddress, texts: readonly string[]): void;
  alreadyInstalled?(
    this: void,
    provider: ProviderAddress,
    version: Version,
    place: InstallPlace,
  ): void;
  installing?(this: void, provider: ProviderAddress, version: Version, place: InstallPlace): void;
  progress?(this: void, provider: ProviderAddress, received: number, total?: number): void;
  /** The key that signed it has expired, which is not forbidden. */
  keyExpired?(this: void, provider: ProviderAddress): void;
  installed?(
    this: void,
    provider: ProviderAddress,
    version: Version,
    authentication: Authentication,
  ): void;
  /** It is linked from the plugin cache now. */
  usingFromCache?(this: void, provider: ProviderAddress, version: Version): void;
  /** Another process has been working on the same package of the plugin cache for some time. */
  waiting?(this: void, directory: string): void;
}
