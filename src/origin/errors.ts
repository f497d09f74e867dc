import {
  categoryOf,
  type ErrorCategory,
  type ErrorOptions,
  isTofuOciError,
  TofuOciError,
} from '../base/index.ts';
import {
  displayHost,
  displayProvider,
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  type Platform,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';

/** What a failure on the way to an answer counts as: its own category, or the other side's fault. */
function categoryOfCause(cause: unknown): ErrorCategory {
  const known = cause instanceof Error && (isTofuOciError(cause) || cause.name === 'AbortError');
  return known ? categoryOf(cause) : 'remote';
}

/** One line about a cause, and its advice. */
function tell(cause: unknown): {
  readonly text: string;
  readonly options: ErrorOptions;
} {
  return {
    text: cause instanceof Error ? cause.message : String(cause),
    options: { cause, hint: isTofuOciError(cause) ? cause.hint : undefined },
  };
}

/** The host did not tell which services it has, or told it in a way nobody can use. */
export class HostUnreachableError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_HOST_UNREACHABLE';
  readonly category: ErrorCategory;
  /** Comparison form. */
  readonly host: string;
  constructor(host: string, cause: unknown) {
    const { options, text } = tell(cause);
    super(`could not connect to ${displayHost(host)}: ${text}`, options);
    this.host = host;
    this.category = categoryOfCause(cause);
  }
}

/** The answer to service discovery is no discovery document. Stands as a cause. */
export class DiscoveryError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_DISCOVERY';
  readonly category: ErrorCategory;
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.category = options.cause === undefined ? 'remote' : categoryOfCause(options.cause);
  }
}

/** The host is there, and is no provider registry that we can talk to. */
export class NoProviderServiceError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_NO_SERVICE';
  readonly category = 'unsupported';
  /** Comparison form. */
  readonly host: string;
  /** It has a provider registry of another protocol version. */
  readonly hasOtherVersion: boolean;
  constructor(host: string, hasOtherVersion: boolean) {
    super(
      hasOtherVersion
        ? `host ${displayHost(host)} does not support the provider registry protocol required by this OpenTofu version, but may be compatible with a different OpenTofu version`
        : `host ${displayHost(host)} does not offer a OpenTofu provider registry`,
      { hint: 'Check the host in the source address of the provider.' },
    );
    this.host = host;
    this.hasOtherVersion = hasOtherVersion;
  }
}

/** A registry or mirror wants a token, or does not take the one it got. */
export class OriginUnauthorizedError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_UNAUTHORIZED';
  readonly category = 'auth';
  /** Comparison form. */
  readonly host: string;
  constructor(host: string, hadCredentials: boolean, hint: string) {
    super(
      hadCredentials
        ? `host ${host} rejected the given authentication credentials`
        : `host ${host} requires authentication credentials`,
      { hint },
    );
    this.host = host;
  }
}

/** The registry does not know the provider. */
export class UnknownProviderError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_UNKNOWN_PROVIDER';
  readonly category = 'not-found';
  readonly provider: ProviderAddress;
  constructor(provider: ProviderAddress) {
    const host = displayHost(provider.hostname);
    super(
      `provider registry ${host} does not have a provider named ${formatProviderAddress(provider)}`,
    );
    this.provider = provider;
  }
}

export interface WantedPackage {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly platform: Platform;
}

/** There is no package of this version for the platform. */
export class NoPackageError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_NO_PACKAGE';
  readonly category = 'not-found';
  /** @param mirror the address of the mirror that was asked in place of the registry. */
  constructor({ platform, provider, version }: WantedPackage, mirror?: string) {
    const wanted = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
    const target = formatPlatform(platform);
    super(
      mirror === undefined
        ? `provider ${wanted} is not available for ${target}`
        : `provider mirror ${mirror} does not have a package of ${wanted} for ${target}`,
    );
  }
}

/** The provider speaks plugin protocols that no supported OpenTofu speaks. */
export class UnsupportedProtocolError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_PROTOCOL';
  readonly category = 'unsupported';
  readonly provider: ProviderAddress;
  readonly version: Version;
  /** The newest version with a protocol that is supported. */
  readonly suggestion: Version | undefined;
  constructor(provider: ProviderAddress, version: Version, suggestion: Version | undefined) {
    super(
      `provider ${formatProviderAddress(provider)} ${formatVersion(version)} is not supported by this version of OpenTofu`,
      {
        hint:
          suggestion === undefined
            ? `No version of ${displayProvider(provider)} speaks a plugin protocol from 5 to 6.`
            : `Version ${formatVersion(suggestion)} is the newest that is supported; require it.`,
      },
    );
    this.provider = provider;
    this.version = version;
    this.suggestion = suggestion;
  }
}

/** A question to a registry or mirror failed, or its answer can not be used. */
export class OriginQueryError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_QUERY';
  readonly category: ErrorCategory;
  readonly provider: ProviderAddress;
  /** @param mirror the address of the mirror that was asked in place of the registry. */
  constructor(provider: ProviderAddress, cause: unknown, mirror?: string) {
    const { options, text } = tell(cause);
    const address = formatProviderAddress(provider);
    super(
      mirror === undefined
        ? `could not query provider registry for ${address}: ${text}`
        : `failed to query provider mirror ${mirror} for ${address}: ${text}`,
      options,
    );
    this.provider = provider;
    this.category = categoryOfCause(cause);
  }
}

/** What a registry or mirror says breaks the protocol. */
export class InvalidDocumentError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_INVALID_DOCUMENT';
  readonly category = 'remote';
}

/** An answer without the content that was asked for. */
export class UnsuccessfulStatusError extends TofuOciError {
  readonly code = 'ERR_ORIGIN_STATUS';
  readonly category: ErrorCategory;
  readonly status: number;
  constructor(message: string, status: number, options: ErrorOptions = {}) {
    super(message, options);
    this.status = status;
    this.category = status === 401 || status === 403 ? 'auth' : 'remote';
  }
}
