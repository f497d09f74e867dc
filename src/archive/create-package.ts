import { Buffer } from 'node:buffer';
import { ZipFile } from 'yazl';
import { compareBytes } from '../base/index.ts';

export interface PackageFile {
  readonly bytes: Uint8Array;
  /** Unix permission bits; 0644 by default. */
  readonly mode?: number | undefined;
}

export interface CreatePackageOptions {
  /** Deflate the files (default), or store them. */
  readonly compress?: boolean | undefined;
}

/**
 * Makes a zip whose bytes depend on nothing but its content: entries in byte order of their names, and
 * one fixed time. (With compression they also depend on the zlib in this Node.) A name that ends with a
 * slash makes an explicit folder. Everything is held in memory: for tests, demonstrations and small
 * packages; a release's own zip is never made again.
 */
export async function createPackage(
  files: ReadonlyMap<string, PackageFile | Uint8Array>,
  options: CreatePackageOptions = {},
): Promise<Buffer> {
  const zip = new ZipFile();
  // A zip has local time: the same wall clock everywhere gives the same bytes in every time zone.
  const fixed = { mtime: new Date(1980, 0, 1, 12), forceDosTimestamp: true };
  const sorted = [...files].sort(([a], [b]) => compareBytes(a, b));
  for (const [name, file] of sorted) {
    if (name.endsWith('/')) {
      zip.addEmptyDirectory(name, { ...fixed, mode: 0o040755 });
      continue;
    }
    const { bytes, mode = 0o644 } = file instanceof Uint8Array ? { bytes: file } : file;
    zip.addBuffer(Buffer.from(bytes), name, {
      ...fixed,
      mode: 0o100000 | mode,
      compress: options.compress ?? true,
    });
  }
  const chunks: Buffer[] = [];
  const output = zip.outputStream as AsyncIterable<Buffer>;
  zip.end();
  for await (const chunk of output) chunks.push(chunk);
  return Buffer.concat(chunks);
}
