import { quoted } from '../base/index.ts';
import { formatPlatform, samePlatform, zhHex } from '../domain/index.ts';
import { InvalidDocumentError, readSums, type RegistryPackage } from '../origin/index.ts';
import { PackageChecksumError } from './errors.ts';

/** Bytes of the zip; undefined when the registry does not say. */
export type ReportedSize = number | undefined;

/**
 * What the registry reports of all packages (since OpenTofu 1.12) has to agree with its own download document.
 * @returns the size that the package has to have
 * @throws PackageChecksumError
 */
export function checkReportedPackage(found: RegistryPackage): ReportedSize {
  const { packages, platform, provider, zh } = found;
  if (packages.length === 0) return undefined;
  const refuse = (why: string): PackageChecksumError =>
    new PackageChecksumError(provider, `registry response ${why}`);
  const reported = packages.find((each) => samePlatform(each.platform, platform));
  if (reported === undefined) {
    throw refuse(`missing package with platform ${quoted(formatPlatform(platform))}`);
  }
  if (reported.size <= 0) throw refuse(`has invalid package size ${reported.size}`);
  const zips = reported.hashes.filter((hash) => hash.startsWith('zh:'));
  const other = zips.find((hash) => hash !== zh);
  if (other !== undefined) {
    throw refuse(
      `expected sha256sum is ${quoted(zhHex(zh))}, which does not match the platform's value of ${quoted(other.slice('zh:'.length, 200))}`,
    );
  }
  if (zips.length === 0) {
    throw refuse('does not contain matching sha256sum package entry and is invalid');
  }
  return reported.size;
}

/**
 * The sums document, which is what is signed, has to give the package the hash of the download document.
 * @throws PackageChecksumError
 */
export function checkSums({ filename, provider, sums, zh }: RegistryPackage): void {
  let listed;
  try {
    listed = readSums(sums).hashOf(filename);
  } catch (error) {
    if (!(error instanceof InvalidDocumentError)) throw error;
    throw new PackageChecksumError(provider, error.message, { cause: error });
  }
  if (listed === zh) return;
  throw new PackageChecksumError(
    provider,
    `checksum list has unexpected SHA-256 hash ${zhHex(listed)} (expected ${zhHex(zh)})`,
  );
}
