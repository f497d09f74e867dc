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

export interface NotFoundOptions extends ErrorOptions {
  /**
   * The sentence of the provider's own registry, which was asked and does not know it. It is the message then,
   * and counts more than what mirrors do not have.
   */
  readonly registrySays?: string | undefined;
}

/** No source that was asked serves the provider. */
export class ProviderNotFoundError extends TofuOciError {
  readonly code = 'ERR_SOURCES_PROVIDER_NOT_FOUND';
  readonly category = 'not-found';
  readonly provider: ProviderAddress;
  readonly searched: readonly string[];
  readonly registrySays: string | undefined;
  constructor(
    provider: ProviderAddress,
    searched: readonly string[],
    options: NotFoundOptions = {},
  ) {
    const address = formatProviderAddress(provider);
    const places = searched.map((place) => `  - ${place}`).join('\n');
    super(
      options.registrySays ??
        `provider ${address} was not found in any of the search locations\n\n${places}`,
      options,
    );
    this.provider = provider;
    this.searched = searched;
    this.registrySays = options.registrySays;
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
  /**
   * @param tag what the version is called there, where it has a name of its own
   * @param place the repository, folder or host
   */
  constructor(
    request: { provider: ProviderAddress; version: Version },
    tag: string | undefined,
    place: string,
    cause?: unknown,
  ) {
    const release = `${displayProvider(request.provider)} ${formatVersion(request.version)}`;
    super(
      tag === undefined
        ? `${place} has no ${release}`
        : `${place} has no tag ${tag} for ${release}`,
      { cause },
    );
    this.provider = request.provider;
    this.version = request.version;
  }
}

/** What is said of a package does not fit together, or does not fit the package. Never try the next source. */
export class PackageChecksumError extends TofuOciError {
  readonly code = 'ERR_SOURCES_CHECKSUM';
  readonly category = 'integrity';
  readonly provider: ProviderAddress;
  constructor(provider: ProviderAddress, message: string, options: ErrorOptions = {}) {
    super(message, {
      hint: 'Do not use this package. Tell who runs the registry or mirror; the package was replaced or its documents are wrong.',
      ...options,
    });
    this.provider = provider;
  }
}

/** The package is not signed as it has to be. Never try the next source. */
export class PackageSignatureError extends TofuOciError {
  readonly code = 'ERR_SOURCES_SIGNATURE';
  readonly category = 'trust';
  readonly provider: ProviderAddress;
  constructor(provider: ProviderAddress, why: string, options: ErrorOptions = {}) {
    super(
      `the provider is not signed with a valid signing key; please contact the provider author (${why})`,
      options,
    );
    this.provider = provider;
  }
}
