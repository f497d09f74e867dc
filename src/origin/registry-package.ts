import {
  formatPlatform,
  InvalidHashError,
  InvalidPlatformError,
  InvalidVersionError,
  type PackageHash,
  parseConstraints,
  parsePackageHash,
  parsePlatform,
  parseVersion,
  type Platform,
  satisfies,
  type Version,
  zhFromHex,
} from '../domain/index.ts';
import { InvalidDocumentError, OriginQueryError, type WantedPackage } from './errors.ts';
import { reasonOf, shown } from './json-document.ts';
import type { PackageAnswer } from './registry-answers.ts';

/** What the registry states of one platform's package. */
export interface ReportedPackage {
  readonly platform: Platform;
  readonly hashes: readonly PackageHash[];
  /** Bytes, as stated; nothing says that it is positive. */
  readonly size: number;
}

/** A download document, read and judged as far as it can be by itself. */
export interface PackageDocument extends WantedPackage {
  /** Plugin protocol versions; empty when the registry does not tell. */
  readonly protocols: readonly Version[];
  /** Its name in the sums document. */
  readonly filename: string;
  /** sha256 of the zip. */
  readonly zh: PackageHash;
  readonly downloadUrl: URL;
  readonly sumsUrl: URL;
  readonly signatureUrl: URL;
  /** ASCII-armored public keys, not judged. */
  readonly signingKeys: readonly string[];
  /** What the registry calls each of them; empty where it does not, or not by an ID. */
  readonly signingKeyIds: readonly string[];
  /** Of all platforms; empty when the registry does not tell. */
  readonly packages: readonly ReportedPackage[];
}

/** The plugin protocols that OpenTofu 1.10 to 1.12 speak. */
export function speaksSupportedProtocol(protocols: readonly Version[]): boolean {
  const supported = parseConstraints('>= 5.0.0, < 7.0.0');
  return protocols.some((protocol) => satisfies(supported, protocol));
}

/** @throws OriginQueryError */
export function readProtocols(
  answer: { readonly protocols: readonly string[] },
  { provider }: Pick<WantedPackage, 'provider'>,
  what = 'version',
): readonly Version[] {
  return answer.protocols.map((text) => {
    try {
      return parseVersion(text);
    } catch (error) {
      if (!(error instanceof InvalidVersionError)) throw error;
      const problem = `registry response includes invalid ${what} string ${shown(text)}: ${error.why}`;
      throw new OriginQueryError(provider, new InvalidDocumentError(problem));
    }
  });
}

/**
 * Reads a download document whose protocols were judged already.
 * @param from where the answer came from, after redirects: its addresses are relative to that.
 * @throws InvalidDocumentError, OriginQueryError
 */
export function readPackageDocument(
  answer: PackageAnswer,
  wanted: WantedPackage,
  { from, protocols }: { readonly from: URL; readonly protocols: readonly Version[] },
): PackageDocument {
  const target = formatPlatform(wanted.platform);
  if (answer.os !== wanted.platform.os || answer.arch !== wanted.platform.arch) {
    throw new InvalidDocumentError(
      `registry response to request for ${target} archive has incorrect target ${reasonOf(`${answer.os}_${answer.arch}`)}`,
    );
  }
  return {
    provider: wanted.provider,
    version: wanted.version,
    platform: wanted.platform,
    protocols,
    filename: answer.filename,
    downloadUrl: readUrl(answer.download_url, from, 'download URL'),
    packages: readPackages(answer, wanted),
    zh: readSha256(answer.shasum, wanted),
    sumsUrl: readUrl(answer.shasums_url, from, 'SHASUMS URL'),
    signatureUrl: readUrl(answer.shasums_signature_url, from, 'SHASUMS signature URL'),
    signingKeys: answer.signing_keys.gpg_public_keys.map(({ ascii_armor }) => ascii_armor),
    signingKeyIds: answer.signing_keys.gpg_public_keys.map(({ key_id }) =>
      typeof key_id === 'string' && /^[0-9A-Fa-f]{8,64}$/u.test(key_id) ? key_id : '',
    ),
  };
}

function readUrl(text: string, base: URL, what: string): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (error) {
    throw new InvalidDocumentError(
      `registry response includes invalid ${what}: ${shown(text)}: ${reasonOf(error)}`,
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new InvalidDocumentError(
      `registry response includes invalid ${what}: must use http or https scheme`,
    );
  }
  return url;
}

function readSha256(text: string, { provider }: WantedPackage): PackageHash {
  try {
    return zhFromHex(text.toLowerCase());
  } catch (error) {
    if (!(error instanceof InvalidHashError)) throw error;
    throw new OriginQueryError(
      provider,
      new InvalidDocumentError(
        `registry response includes invalid SHA256 hash ${shown(text)}: a sha256 has 64 hex digits`,
      ),
    );
  }
}

function readPackages(
  answer: PackageAnswer,
  { provider }: WantedPackage,
): readonly ReportedPackage[] {
  return Object.entries(answer.packages).map(([name, { hashes, package_size: size }]) => ({
    platform: orQueryError(provider, `platform ${shown(name)}`, () => parsePlatform(name)),
    hashes: hashes.map((hash) =>
      orQueryError(provider, `hash ${shown(hash)}`, () => parsePackageHash(hash)),
    ),
    size,
  }));
}

function orQueryError<T>(provider: WantedPackage['provider'], what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidPlatformError) && !(error instanceof InvalidHashError))
      throw error;
    const problem = `registry response includes invalid package ${what}: ${error.why}`;
    throw new OriginQueryError(provider, new InvalidDocumentError(problem));
  }
}
