import { formatVersion, type PackageHash, type Platform } from '../../domain/index.ts';
import type { CatalogedProvider } from './catalog.ts';
import type { OfferedPackage, OfferedRelease, SignedSums } from './offered-release.ts';

/** Where clients fetch a file of a release, as a reference relative to the document. */
export type UrlFor = (file: {
  readonly kind: 'packages' | 'sums';
  readonly sha256: string;
  readonly name: string;
}) => string;

/** The signed document that names a package. */
export function proofOf({ proofs }: OfferedRelease, platform: string): SignedSums | undefined {
  return proofs.find(({ platforms }) => platforms.has(platform));
}

/** Whether somebody answers for the package: a developer, or the gateway itself. */
function isProven(release: OfferedRelease, platform: string): boolean {
  return release.ownPlatforms.has(platform) || proofOf(release, platform) !== undefined;
}

/**
 * The versions that can be installed by the registry protocol; undefined when none can, because nobody's signature
 * stands behind any.
 */
export function versionsDocument({ releases }: CatalogedProvider): object | undefined {
  const proven = releases.filter((release) =>
    release.packages.some(({ platform }) => isProven(release, platform)),
  );
  if (proven.length === 0) return undefined;
  return {
    versions: proven.map((release) => ({
      version: formatVersion(release.version),
      ...(release.protocols.length === 0 ? {} : { protocols: release.protocols }),
      platforms: release.packages
        .filter(({ platform }) => isProven(release, platform))
        .map(({ platform }) => partsOf(platform)),
    })),
  };
}

export interface DownloadRequest {
  readonly release: OfferedRelease;
  readonly found: OfferedPackage;
  readonly proof: SignedSums;
  /** Packages whose size was looked at; undefined where that was not possible. */
  readonly measured: readonly OfferedPackage[] | undefined;
  readonly hashesOf: (found: OfferedPackage) => readonly PackageHash[];
  readonly urlFor: UrlFor;
}

/** What a client needs to install one package, and to check that it is the developer's. */
export function downloadDocument(request: DownloadRequest): object {
  const { found, hashesOf, measured, proof, release, urlFor } = request;
  const sumsName = sumsFilename(release);
  return {
    ...(release.protocols.length === 0 ? {} : { protocols: release.protocols }),
    ...partsOf(found.platform),
    filename: found.filename,
    download_url: urlFor({ kind: 'packages', sha256: zhValue(found), name: found.filename }),
    shasums_url: urlFor({ kind: 'sums', sha256: proof.sha256, name: sumsName }),
    shasums_signature_url: urlFor({
      kind: 'sums',
      sha256: proof.sha256,
      name: `${sumsName}.sig`,
    }),
    shasum: zhValue(found),
    signing_keys: {
      gpg_public_keys: [
        {
          key_id: proof.keyId,
          ascii_armor: proof.publicArmor,
          trust_signature: '',
          source: proof.by === 'gateway' ? 'the gateway, not the developer' : '',
          source_url: '',
        },
      ],
    },
    ...(measured?.includes(found) === true
      ? { packages: packagesOf(measured, { release, hashesOf }) }
      : {}),
  };
}

/** OpenTofu 1.12 takes these for what the registry vouches for: nothing is in it that no signature names. */
function packagesOf(
  measured: readonly OfferedPackage[],
  { hashesOf, release }: Pick<DownloadRequest, 'hashesOf' | 'release'>,
): object {
  return Object.fromEntries(
    measured
      .filter(({ platform }) => proofOf(release, platform) !== undefined)
      .map((one) => [one.platform, { hashes: hashesOf(one), package_size: one.layer.size }]),
  );
}

/** `index.json` of the network mirror: everything that is offered at all. */
export function mirrorIndex({ releases }: CatalogedProvider): object {
  return {
    versions: Object.fromEntries(releases.map(({ version }) => [formatVersion(version), {}])),
  };
}

/** `VERSION.json` of the network mirror. */
export function mirrorVersion(
  { packages }: OfferedRelease,
  { hashesOf, urlFor }: Pick<DownloadRequest, 'hashesOf' | 'urlFor'>,
): object {
  return {
    archives: Object.fromEntries(
      packages.map((one) => [
        one.platform,
        {
          url: urlFor({ kind: 'packages', sha256: zhValue(one), name: one.filename }),
          hashes: hashesOf(one),
        },
      ]),
    ),
  };
}

export function sumsFilename({ provider, version }: OfferedRelease): string {
  return `terraform-provider-${provider.type}_${formatVersion(version)}_SHA256SUMS`;
}

/** The sha256 of the zip, 64 hex digits. */
export function zhValue({ zh }: OfferedPackage): string {
  return zh.slice('zh:'.length);
}

function partsOf(platform: string): Platform {
  const [os = '', arch = ''] = platform.split('_');
  return { os, arch };
}
