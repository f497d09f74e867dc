import { ArchiveChecksumError } from '../archive/index.ts';
import { type CallOptions, type Clock, redactUrl, systemClock } from '../base/index.ts';
import {
  displayHost,
  isKnownScheme,
  packageFilename,
  type PackageHash,
  type ProviderAddress,
  zhHex,
} from '../domain/index.ts';
import {
  type Download,
  NoPackageError,
  type ProviderRegistry,
  readSums,
  type RegistryPackage,
  UnknownProviderError,
} from '../origin/index.ts';
import type { TrustPolicy } from '../signatures/index.ts';
import { checkReportedPackage, checkSums, type ReportedSize } from './direct-source-checks.ts';
import { checkSignature } from './direct-source-signature.ts';
import {
  PackageChecksumError,
  PlatformNotSupportedError,
  ProviderNotFoundError,
} from './errors.ts';
import type { HashClaims, PackageLocation, PackageMeta, ProviderSource } from './interfaces.ts';
import { zipLocation } from './zip-location.ts';

export interface DirectSourceOptions {
  readonly registry: ProviderRegistry;
  readonly download: Download;
  /** `OPENTOFU_ENFORCE_GPG_VALIDATION=true`: also what the default registry has no key for must be signed. */
  readonly enforceSignatures?: boolean | undefined;
  /** `OPENTOFU_ENFORCE_GPG_EXPIRATION=true`: what an expired key signed counts as not signed. */
  readonly enforceExpiration?: boolean | undefined;
  /** What the user says about who may sign; OpenTofu's own rule where that says nothing. */
  readonly policy?: TrustPolicy | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Providers from their own registries. A package is authenticated before anything of it is downloaded: what the
 * registry reports of it, the line in the sums document, and the signature over that document by a key that the
 * registry lists; the download is then held to the sums' hash.
 */
export function createDirectSource(options: DirectSourceOptions): ProviderSource {
  const { registry } = options;
  const clock = options.clock ?? systemClock;

  async function askPackage(
    request: Parameters<ProviderSource['packageMeta']>[0],
    call: CallOptions,
  ): Promise<RegistryPackage> {
    try {
      return await registry.package(request, call);
    } catch (error) {
      if (error instanceof NoPackageError) throw new PlatformNotSupportedError(request, error);
      if (error instanceof UnknownProviderError) throw unknown(request.provider, error);
      throw error;
    }
  }

  return {
    display: 'origin registry',

    async availableVersions(provider, call = {}) {
      try {
        const { versions, warnings } = await registry.versions(provider, call);
        for (const warning of warnings) call.onWarning?.(warning);
        return versions.map(({ version }) => version);
      } catch (error) {
        if (!(error instanceof UnknownProviderError)) throw error;
        throw unknown(provider, error);
      }
    },

    async successorOf(provider, call = {}) {
      return await registry.successorOf(provider.type, call);
    },

    async packageMeta(request, call = {}): Promise<PackageMeta> {
      const found = await askPackage(request, call);
      const size = checkReportedPackage(found);
      checkSums(found);
      const signedBy = await checkSignature(found, {
        enforceSignatures: options.enforceSignatures ?? false,
        enforceExpiration: options.enforceExpiration ?? false,
        now: new Date(clock.now()),
        policy: options.policy,
      });
      const listed = readSums(found.sums).all;
      const keyIds = signedBy === undefined ? [] : [signedBy.keyId === '' ? 'n/a' : signedBy.keyId];
      const claims: HashClaims = {
        expected: [found.zh],
        trustedMirror: [],
        reportedByRegistry: [...new Set([...reportedHashes(found), ...listed])],
        signed: signedBy === undefined ? [] : listed.map((hash) => ({ hash, keyIds })),
        signedBy,
      };
      return {
        provider: request.provider,
        version: request.version,
        platform: request.platform,
        filename: packageFilename(request.provider.type, request.version, request.platform),
        location: locationOf(found, size, options.download),
        claims,
      };
    },
  };
}

function unknown(provider: ProviderAddress, cause: UnknownProviderError): ProviderNotFoundError {
  return new ProviderNotFoundError(
    provider,
    [`origin registry ${displayHost(provider.hostname)}`],
    { cause, registrySays: cause.message },
  );
}

/** Of all platforms, of the schemes that lock files can use. */
function reportedHashes({ packages }: RegistryPackage): readonly PackageHash[] {
  return packages.flatMap(({ hashes }) => hashes.filter(isKnownScheme));
}

function locationOf(
  found: RegistryPackage,
  size: ReportedSize,
  download: Download,
): PackageLocation {
  const { documentUrl, downloadUrl, provider, zh } = found;
  return zipLocation({
    display: redactUrl(downloadUrl),
    size,
    expected: { size, sha256: zhHex(zh) },
    receive: async (use, call) => {
      try {
        return await download({ url: downloadUrl, referredBy: documentUrl }, use, call);
      } catch (error) {
        if (!(error instanceof ArchiveChecksumError)) throw error;
        throw new PackageChecksumError(provider, mismatch(error), { cause: error });
      }
    },
  });
}

/** In OpenTofu's words. Of a package that is too large the rest is not waited for. */
function mismatch({ actual, expected, field }: ArchiveChecksumError): string {
  if (field === 'sha256') {
    return `archive has incorrect checksum zh:${actual} (expected zh:${expected})`;
  }
  const size = (text: string): string => text.replace(/ bytes$/u, '');
  const received = /^\d/u.test(actual) ? `a package of size ${size(actual)}` : 'a larger package';
  return `registry response indicates a package of size ${size(expected)}, but received ${received}`;
}
