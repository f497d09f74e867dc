import { createHash } from 'node:crypto';
import { compareBytes } from '../base/index.ts';
import { InvalidHashError, UnhashableNameError } from './errors.ts';

/**
 * A hash of a provider package as lock files write it, `SCHEME:VALUE`. `zh:` is the sha256 of the zip in
 * hex; `h1:` is of what is in it, whatever the packing. Other schemes are kept and never match.
 */
export type PackageHash = string & { readonly packageHash: unique symbol };

export interface HashedFile {
  /** Relative, with `/`. */
  readonly name: string;
  /** Of the content, in lower-case hex. */
  readonly sha256: string;
}

/**
 * Takes any scheme, and does not judge the value: a wrong value only never matches.
 * @throws InvalidHashError
 */
export function parsePackageHash(text: string): PackageHash {
  if (text.indexOf(':') < 1) {
    throw new InvalidHashError(
      text,
      'hash string must start with a scheme keyword followed by a colon',
    );
  }
  return text as PackageHash;
}

/** `h1`, `zh`, or whatever stands before the colon. */
export function hashScheme(hash: PackageHash): string {
  return hash.slice(0, hash.indexOf(':'));
}

/** Whether OpenTofu 1.12 can compare with it. */
export function isKnownScheme(hash: PackageHash): boolean {
  return hash.startsWith('h1:') || hash.startsWith('zh:');
}

/**
 * From the sha256 of a zip in lower-case hex.
 * @throws InvalidHashError
 */
export function zhFromHex(hex: string): PackageHash {
  if (!/^[0-9a-f]{64}$/u.test(hex)) {
    throw new InvalidHashError(hex, 'a sha256 has 64 lower-case hex digits');
  }
  return `zh:${hex}` as PackageHash;
}

/**
 * The sha256 of the zip, in hex.
 * @throws InvalidHashError when the hash is of another scheme, or its value is no sha256
 */
export function zhHex(hash: PackageHash): string {
  const hex = hash.slice('zh:'.length);
  if (!hash.startsWith('zh:') || zhFromHex(hex) !== hash) {
    throw new InvalidHashError(hash, 'a hash of the zip (zh:) is needed here');
  }
  return hex;
}

/**
 * Go's dirhash 1: the sha256, in base64, of one line per file, sorted by name. Modes, times and packing do
 * not count. A name given twice counts twice.
 * @throws UnhashableNameError for a name with a line break
 */
export function computeH1(files: Iterable<HashedFile>): PackageHash {
  const sorted = [...files].sort((a, b) => compareBytes(a.name, b.name));
  const hash = createHash('sha256');
  for (const { name, sha256 } of sorted) {
    if (name.includes('\n')) throw new UnhashableNameError(name);
    hash.update(`${sha256}  ${name}\n`);
  }
  return `h1:${hash.digest('base64')}` as PackageHash;
}
