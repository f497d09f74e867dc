import { ArchiveLimitError, InconsistentArchiveError, TruncatedArchiveError } from './errors.ts';
import { parseExtraFields, resolveZip64 } from './extra-fields.ts';
import type { ArchiveLimits } from './limits.ts';
import type { Spool } from './spool.ts';
import {
  parseCentralHeader,
  parseEnd,
  parseZip64End,
  parseZip64Locator,
  recordBytes,
  saturated,
  signatures,
} from './zip-records.ts';

/**
 * The packed lengths that the central directory at the end of a spooled zip states, by offset of the
 * local header. They only say where to look: the reader then goes on from front to back and believes
 * nothing that the local headers, the data descriptors and the contents do not confirm.
 */
export async function readStoredLengths(
  spool: Spool,
  limits: ArchiveLimits,
): Promise<ReadonlyMap<number, number>> {
  const directory = await findDirectory(spool);
  const perEntry =
    recordBytes.centralHeader +
    limits.maxNameBytes +
    limits.maxExtraBytes +
    limits.maxEntryCommentBytes;
  if (directory.size > limits.maxEntries * perEntry) {
    throw new ArchiveLimitError('maxEntries', limits.maxEntries, 'the central directory');
  }
  const bytes = await spool.read(directory.offset, directory.size);
  const lengths = new Map<number, number>();
  let at = 0;
  while (at + recordBytes.centralHeader <= bytes.length) {
    if (bytes.readUInt32LE(at) !== signatures.centralHeader) break;
    const header = parseCentralHeader(bytes.subarray(at));
    const nameEnd = at + recordBytes.centralHeader + header.nameLength;
    const extraEnd = nameEnd + header.extraLength;
    if (extraEnd > bytes.length) break;
    const name = bytes.toString('utf8', at + recordBytes.centralHeader, nameEnd);
    const extra = parseExtraFields(bytes.subarray(nameEnd, extraEnd), name);
    const { offset, compressedSize } = resolveZip64(header, extra.zip64, name);
    lengths.set(offset, compressedSize);
    if (lengths.size > limits.maxEntries) {
      throw new ArchiveLimitError('maxEntries', limits.maxEntries, 'the number of entries');
    }
    at = extraEnd + header.commentLength;
  }
  return lengths;
}

async function findDirectory(spool: Spool): Promise<{ offset: number; size: number }> {
  const length = Math.min(spool.length, recordBytes.end + saturated.short);
  const tailStart = spool.start + spool.length - length;
  const tail = await spool.read(tailStart, length);
  let at = tail.length - recordBytes.end;
  while (at >= 0 && !isEndAt(tail, at)) at -= 1;
  if (at < 0) throw new TruncatedArchiveError('its entries', spool.start + spool.length);
  const end = parseEnd(tail.subarray(at));
  const found = { offset: end.directoryOffset, size: end.directorySize };
  if (end.directoryOffset !== saturated.long && end.directorySize !== saturated.long) {
    return inside(spool, found);
  }
  const locatorOffset = tailStart + at - recordBytes.zip64Locator;
  const locator = await spool.read(locatorOffset, recordBytes.zip64Locator);
  if (
    locator.length < recordBytes.zip64Locator ||
    locator.readUInt32LE(0) !== signatures.zip64Locator
  )
    throw noDirectory();
  const { offset } = parseZip64Locator(locator);
  if (offset < spool.start || offset > locatorOffset) throw noDirectory();
  const record = await spool.read(offset, recordBytes.zip64End);
  if (record.length < recordBytes.zip64End) throw noDirectory();
  const wide = parseZip64End(record);
  return inside(spool, { offset: wide.directoryOffset, size: wide.directorySize });
}

/** An end record whose comment ends exactly where the bytes end. */
function isEndAt(tail: Buffer, at: number): boolean {
  return (
    tail.readUInt32LE(at) === signatures.end &&
    at + recordBytes.end + tail.readUInt16LE(at + 20) === tail.length
  );
}

/** Everything before the spooled part was read already, so the directory can not be there. */
function inside(
  spool: Spool,
  found: { offset: number; size: number },
): { offset: number; size: number } {
  if (found.offset < spool.start || found.offset + found.size > spool.start + spool.length) {
    throw noDirectory();
  }
  return found;
}

function noDirectory(): InconsistentArchiveError {
  return new InconsistentArchiveError(
    'central-directory',
    'its end record does not lead to a central directory',
  );
}
