import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { type CallOptions, FileAccessError, type Files, nodeFiles } from '../base/index.ts';
import { ExtractionFolder } from './extraction-folder.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './limits.ts';
import type { ExpectedPackage, PackageSummary } from './package-summary.ts';
import { readPackage } from './read-package.ts';

export interface ExtractOptions extends CallOptions {
  readonly expected?: ExpectedPackage | undefined;
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly files?: Files | undefined;
  /** Bytes of the zip received so far. */
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/**
 * Unpacks a package's zip into `directory` while it arrives, hashing it on the way. `directory` must
 * exist, be empty and private (mode 0700, in a place only we write to); the caller renames it into place
 * afterwards. Returning means: size and sha256 are the expected ones, every entry is a regular file or a
 * folder with a harmless name, CRCs, sizes, local headers and central directory agree, and nothing else
 * is in the zip. Files then have mode 0755 or 0644, folders and `directory` 0755. Until then files are
 * 0600; on any doubt all of it is removed and `directory` is left empty. Memory does not grow with the
 * package. Data are not synced: an installed package is hashed again before it is used.
 *
 * A zip that can not be read in one direction is spooled into an unnamed file in the parent folder.
 *
 * `source` is destroyed in any case; its errors are passed on as they are.
 * @throws ArchiveChecksumError when the bytes are not the expected ones
 * @throws NotAZipError, TruncatedArchiveError, InconsistentArchiveError, UnsupportedArchiveError,
 *   HostileEntryError, ArchiveLimitError when the zip is not acceptable
 * @throws FileAccessError when the folder is not empty or can not be written
 */
export async function extractPackage(
  source: Readable,
  directory: string,
  options: ExtractOptions = {},
): Promise<PackageSummary> {
  const { files = nodeFiles, signal, onProgress, expected } = options;
  const root = resolve(directory);
  // A connection may break while the folder is looked at; reading will meet the error again.
  source.on('error', () => undefined);
  await requireEmpty(root, { files, source });
  const folder = new ExtractionFolder(root, files);
  let complete = false;
  try {
    const summary = await readPackage(source, {
      sink: folder,
      limits: { ...defaultArchiveLimits, ...options.limits },
      files,
      spoolFolder: dirname(root),
      expected,
      onProgress,
      signal,
    });
    await folder.release(summary.entries);
    complete = true;
    return summary;
  } finally {
    // Why it failed matters more than what could not be removed; the folder is the caller's, and private.
    if (!complete) await folder.discard().catch(() => undefined);
  }
}

async function requireEmpty(
  directory: string,
  { files, source }: { readonly files: Files; readonly source: Readable },
): Promise<void> {
  try {
    const names = await files.readdir(directory);
    if (names.length === 0) return;
    throw Object.assign(new Error('the folder is not empty'), { code: 'ENOTEMPTY' });
  } catch (error) {
    source.on('error', () => undefined).destroy();
    throw new FileAccessError('unpack into', directory, error);
  }
}
