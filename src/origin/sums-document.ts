import { type PackageHash, zhFromHex } from '../domain/index.ts';
import { InvalidDocumentError } from './errors.ts';
import { shown } from './json-document.ts';

/** What a SHA256SUMS document says, read as OpenTofu reads it. */
export interface SumsDocument {
  /**
   * The hash in the first line that names exactly this file.
   * @throws InvalidDocumentError when there is none, when it is no sha256, or when another line gives the
   *   file another hash
   */
  hashOf(filename: string): PackageHash;
  /**
   * Every hash in it; none when any line is not "<hash>  <name>", because it may then be another kind of
   * document, of which nothing may be concluded.
   */
  readonly all: readonly PackageHash[];
}

/** One blank or tab at least; what Go's bytes.Fields takes for space in ASCII. */
const space = /[ \t\v\f\r]+/u;
const hexPattern = /^[0-9a-f]{64}$/iu;

/** Reads bytes that may be signed. Callers bound their size (1 MiB). Blank lines count for nothing. */
export function readSums(bytes: Buffer): SumsDocument {
  const lines = bytes
    .toString('latin1')
    .split('\n')
    .map((line) => line.split(space).filter((field) => field !== ''))
    .filter((fields) => fields.length > 0);
  const isSums = lines.every(([hex = '', name]) => hexPattern.test(hex) && name !== undefined);
  return {
    all: isSums ? [...new Set(lines.map(([hex = '']) => zhFromHex(hex.toLowerCase())))] : [],
    hashOf(filename) {
      // Names are compared as bytes.
      const wanted = Buffer.from(filename).toString('latin1');
      const found = lines.flatMap(([hex = '', name]) => (name === wanted ? [hex] : []));
      const [first] = found;
      if (first === undefined) {
        throw new InvalidDocumentError(`checksum list has no SHA-256 hash for ${shown(filename)}`);
      }
      if (!hexPattern.test(first)) {
        throw new InvalidDocumentError(
          `checksum list has invalid SHA256 hash ${shown(first)}: it is not 64 hex digits`,
        );
      }
      if (found.some((hex) => hex.toLowerCase() !== first.toLowerCase())) {
        throw new InvalidDocumentError(
          `checksum list has several SHA-256 hashes for ${shown(filename)}`,
        );
      }
      return zhFromHex(first.toLowerCase());
    },
  };
}
