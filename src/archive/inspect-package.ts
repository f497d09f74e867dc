import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { type CallOptions, FileAccessError, type Files, nodeFiles } from '../base/index.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './limits.ts';
import type { EntrySink } from './local-entry.ts';
import type { ExpectedPackage, PackageSummary } from './package-summary.ts';
import { readPackage } from './read-package.ts';

export interface InspectOptions extends CallOptions {
  readonly expected?: ExpectedPackage | undefined;
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly files?: Files | undefined;
  /**
   * Folder for the temporary file that a zip with stored entries behind data descriptors needs; the
   * system's by default. Nothing else is written.
   */
  readonly spoolFolder?: string | undefined;
  /** Bytes of the zip received so far. */
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/** Unpacks to nowhere. */
const nowhere: EntrySink = {
  folder: () => Promise.resolve(),
  file: () => Promise.resolve({ write: () => Promise.resolve(), close: () => Promise.resolve() }),
};

/**
 * Reads a package's zip in one pass, under the same rules as extraction, and writes nothing: its hashes,
 * its size and its entries. Memory does not grow with the package. `source` is destroyed in any case.
 * @throws the same errors as extractPackage
 */
export async function inspectPackage(
  source: Readable,
  options: InspectOptions = {},
): Promise<PackageSummary> {
  return await readPackage(source, {
    sink: nowhere,
    limits: { ...defaultArchiveLimits, ...options.limits },
    files: options.files ?? nodeFiles,
    spoolFolder: options.spoolFolder ?? tmpdir(),
    expected: options.expected,
    onProgress: options.onProgress,
    signal: options.signal,
  });
}

/** `inspectPackage` for a file. @throws FileAccessError when it can not be read */
export async function hashPackage(
  path: string,
  options: InspectOptions = {},
): Promise<PackageSummary> {
  const { files = nodeFiles } = options;
  let handle;
  try {
    handle = await files.open(path, 'r');
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
  try {
    const source = handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 });
    let readError: unknown;
    source.once('error', (error) => (readError = error));
    try {
      return await inspectPackage(source, options);
    } catch (error) {
      if (error === readError && options.signal?.aborted !== true) {
        throw new FileAccessError('read', path, error);
      }
      throw error;
    }
  } finally {
    await handle.close();
  }
}
