import { type ErrorOptions, TofuOciError } from '../base/index.ts';
import {
  displayProvider,
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  type Platform,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';

/** No source that was asked serves the provider. */
export class ProviderNotFoundError extends TofuOciError {
  readonly code = 'ERR_SOURCES_PROVIDER_NOT_FOUND';
  readonly category = 'not-found';
  readonly provider: ProviderAddress;
  readonly searched: readonly string[];
  constructor(provider: ProviderAddress, searched: readonly string[], options: ErrorOptions = {}) {
    super(
      `provider ${formatProviderAddress(provider)} was not found in any of the search locations\n\n${searched
        .map((place) => `  - ${place}`)
        .join('\n')}`,
      options,
    );
    this.provider = provider;
    this.searched = searched;
  }
}

/** The version exists, but not for this platform; another source may have it. */
export class PlatformNotSupportedError extends TofuOciError {
  readonly code = 'ERR_SOURCES_PLATFORM_NOT_SUPPORTED';
  readonly category = 'not-found';
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
  constructor(
    request: { provider: ProviderAddress; version: Version; platform: Platform },
    cause?: Error & { readonly hint?: string | undefined },
  ) {
    const { provider, version, platform } = request;
    super(
      `provider ${displayProvider(provider)} ${formatVersion(version)} is not available for ${formatPlatform(platform)}`,
      { cause, hint: cause?.hint },
    );
    this.provider = provider;
    this.version = version;
    this.platform = platform;
  }
}

/** The source serves the provider, but has no such version. */
export class VersionNotFoundError extends TofuOciError {
  readonly code = 'ERR_SOURCES_VERSION_NOT_FOUND';
  readonly category = 'not-found';
  readonly provider: ProviderAddress;
  readonly version: Version;
  constructor(
    request: { provider: ProviderAddress; version: Version },
    tag: string,
    repository: string,
    cause?: unknown,
  ) {
    super(
      `${repository} has no tag ${tag} for ${displayProvider(request.provider)} ${formatVersion(request.version)}`,
      { cause },
    );
    this.provider = request.provider;
    this.version = request.version;
  }
}
