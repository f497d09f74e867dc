import { printable } from '../base/index.ts';
import { type PackageHash, zhFromHex } from '../domain/index.ts';
import { InvalidEvidenceError } from './errors.ts';

/** File name to the zip's `zh:` hash, in the order of the document. */
export type Sha256Sums = ReadonlyMap<string, PackageHash>;

/** 64 lower-case hex, two spaces or ` *`, and a bare file name. */
const linePattern = /^(?<hex>[0-9a-f]{64}) [ *](?<name>[^/\\\u0000-\u0020]+)$/u;

/**
 * Reads a SHA256SUMS document strictly, because what is signed is this text and nothing may be read into
 * it in two ways. Blank lines are tolerated. Callers bound the size (1 MiB is ample: a line is about 130
 * bytes, and releases have some tens of files).
 * @throws InvalidEvidenceError with the line number.
 */
export function parseSha256Sums(text: string, document = 'SHA256SUMS'): Sha256Sums {
  const sums = new Map<string, PackageHash>();
  const lines = text.split('\n');
  for (const [index, raw] of lines.entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '') continue;
    const where = `${document} line ${index + 1}`;
    const groups = linePattern.exec(line)?.groups;
    if (groups?.hex === undefined || groups.name === undefined) {
      throw new InvalidEvidenceError(
        `${where} is not "<64 lower-case hex>  <file name>": ${printable(line, 120)}`,
      );
    }
    if (sums.has(groups.name)) {
      throw new InvalidEvidenceError(`${where} names ${printable(groups.name, 200)} a second time`);
    }
    sums.set(groups.name, zhFromHex(groups.hex));
  }
  return sums;
}

/** The text that `sha256sum` prints for these files, sorted by name. */
export function formatSha256Sums(sums: Sha256Sums): string {
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, zh]) => `${zh.slice('zh:'.length)}  ${name}\n`)
    .join('');
}
