import type { ProviderAddress, Version, VersionConstraints } from '../domain/index.ts';
import type { AuthenticationLabel } from './dispositions.ts';

/** What happens while providers are installed, sorted by provider; progress comes as it happens. */
export interface InstallEvents {
  builtIn?(this: void, provider: ProviderAddress): void;
  query?(
    this: void,
    query: { provider: ProviderAddress; constraints: VersionConstraints; locked: boolean },
  ): void;
  alreadyInstalled?(this: void, provider: ProviderAddress, version: Version): void;
  installing?(this: void, provider: ProviderAddress, version: Version): void;
  progress?(this: void, provider: ProviderAddress, received: number, total?: number): void;
  installed?(
    this: void,
    provider: ProviderAddress,
    version: Version,
    label: AuthenticationLabel,
  ): void;
}
