import { HostileEntryError, InconsistentArchiveError } from './errors.ts';
import { readLong, saturated } from './zip-records.ts';

const zip64Id = 0x0001;
const unicodePathId = 0x7075;

/** The fields that can change what an entry is; all others (times, owners) are passed over. */
export interface ExtraFields {
  readonly zip64: Buffer | undefined;
}

/**
 * Walks a header's extra fields to their exact end.
 * @param name the entry's name; a second, different name in a Unicode path field is refused, because
 *   some programs would use that one.
 */
export function parseExtraFields(bytes: Buffer, name: string): ExtraFields {
  let zip64: Buffer | undefined;
  let offset = 0;
  while (offset < bytes.length) {
    const end = offset + 4 <= bytes.length ? offset + 4 + bytes.readUInt16LE(offset + 2) : Infinity;
    if (end > bytes.length) {
      throw new InconsistentArchiveError('extra-field', 'an extra field is longer than its place', {
        entry: name,
      });
    }
    const id = bytes.readUInt16LE(offset);
    const payload = bytes.subarray(offset + 4, end);
    if (id === zip64Id) {
      if (zip64 !== undefined) {
        throw new InconsistentArchiveError('zip64', 'there are two zip64 fields', { entry: name });
      }
      zip64 = payload;
    }
    // Version (1 byte), CRC of the plain name (4 bytes), then the name.
    if (id === unicodePathId && payload.subarray(5).toString('utf8') !== name) {
      throw new HostileEntryError(name, 'encoding');
    }
    offset = end;
  }
  return { zip64 };
}

/** The numbers of a header that can overflow into the zip64 field, in the order they have there. */
export interface WideNumbers {
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
}

/**
 * The real numbers of a header. Those that are saturated in the header come from the zip64 field, in
 * order. Some writers (Go) put numbers into the field that were not saturated: they must be the same,
 * since some readers would use these.
 * @see APPNOTE 6.3.9, section 4.5.3
 */
export function resolveZip64(
  header: WideNumbers,
  field: Buffer | undefined,
  name: string,
): WideNumbers {
  const keys = ['size', 'compressedSize', 'offset'] as const;
  const wide = keys.filter((key) => header[key] === saturated.long);
  const lie = (detail: string): InconsistentArchiveError =>
    new InconsistentArchiveError('zip64', detail, { entry: name });
  if (field === undefined) {
    if (wide.length > 0) throw lie('a zip64 field is announced and missing');
    return header;
  }
  if (field.length < wide.length * 8) throw lie('its zip64 field is too short');
  const resolved = { ...header };
  for (const [index, key] of wide.entries()) resolved[key] = readLong(field, index * 8);
  if (field.length === wide.length * 8) return resolved;

  const numbers = Math.floor(field.length / 8);
  const hasDisk = field.length === 28;
  if (numbers > keys.length || (field.length % 8 !== 0 && !hasDisk)) {
    throw lie('its zip64 field has an impossible length');
  }
  for (const [index, key] of keys.slice(0, numbers).entries()) {
    if (readLong(field, index * 8) !== resolved[key])
      throw lie('its zip64 field gives other numbers');
  }
  if (hasDisk && field.readUInt32LE(24) !== 0) throw lie('its zip64 field names another disk');
  return resolved;
}
