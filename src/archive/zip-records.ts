/**
 * The fixed parts of a zip's records, as written; nothing is judged here but the lengths.
 * @see https://pkware.cachefly.net/webdocs/APPNOTE/APPNOTE-6.3.9.TXT sections 4.3 and 4.4
 */
export const signatures = {
  localHeader: 0x04034b50,
  centralHeader: 0x02014b50,
  end: 0x06054b50,
  zip64End: 0x06064b50,
  zip64Locator: 0x07064b50,
  dataDescriptor: 0x08074b50,
  archiveExtraData: 0x08064b50,
  temporarySpanning: 0x30304b50,
} as const;

export const recordBytes = {
  localHeader: 30,
  centralHeader: 46,
  end: 22,
  zip64End: 56,
  zip64Locator: 20,
} as const;

export const methods = { stored: 0, deflated: 8 } as const;

export const flagBits = {
  encrypted: 0x0001,
  /** How hard the deflater tried; says nothing about the content. */
  compressionLevel: 0x0006,
  dataDescriptor: 0x0008,
  strongEncryption: 0x0040,
  utf8: 0x0800,
  maskedHeader: 0x2000,
} as const;

/** In a 16 or 32 bit field: the value is in the zip64 record or extra field. */
export const saturated = { short: 0xffff, long: 0xffffffff } as const;

export interface LocalHeader {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly nameLength: number;
  readonly extraLength: number;
}

export function parseLocalHeader(bytes: Buffer): LocalHeader {
  return {
    flags: bytes.readUInt16LE(6),
    method: bytes.readUInt16LE(8),
    crc: bytes.readUInt32LE(14),
    compressedSize: bytes.readUInt32LE(18),
    size: bytes.readUInt32LE(22),
    nameLength: bytes.readUInt16LE(26),
    extraLength: bytes.readUInt16LE(28),
  };
}

export interface CentralHeader extends LocalHeader {
  /** Upper byte of "version made by": 0 FAT, 3 Unix, 19 macOS. */
  readonly host: number;
  readonly commentLength: number;
  readonly disk: number;
  readonly attributes: number;
  readonly offset: number;
}

export function parseCentralHeader(bytes: Buffer): CentralHeader {
  return {
    host: bytes.readUInt8(5),
    flags: bytes.readUInt16LE(8),
    method: bytes.readUInt16LE(10),
    crc: bytes.readUInt32LE(16),
    compressedSize: bytes.readUInt32LE(20),
    size: bytes.readUInt32LE(24),
    nameLength: bytes.readUInt16LE(28),
    extraLength: bytes.readUInt16LE(30),
    commentLength: bytes.readUInt16LE(32),
    disk: bytes.readUInt16LE(34),
    attributes: bytes.readUInt32LE(38),
    offset: bytes.readUInt32LE(42),
  };
}

/** The end record; its zip64 form has the same fields, wider. */
export interface EndRecord {
  readonly disk: number;
  readonly directoryDisk: number;
  readonly entriesOnDisk: number;
  readonly entries: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
}

export function parseEnd(bytes: Buffer): EndRecord & { readonly commentLength: number } {
  return {
    disk: bytes.readUInt16LE(4),
    directoryDisk: bytes.readUInt16LE(6),
    entriesOnDisk: bytes.readUInt16LE(8),
    entries: bytes.readUInt16LE(10),
    directorySize: bytes.readUInt32LE(12),
    directoryOffset: bytes.readUInt32LE(16),
    commentLength: bytes.readUInt16LE(20),
  };
}

export function parseZip64End(bytes: Buffer): EndRecord & { readonly recordSize: number } {
  return {
    recordSize: readLong(bytes, 4),
    disk: bytes.readUInt32LE(16),
    directoryDisk: bytes.readUInt32LE(20),
    entriesOnDisk: readLong(bytes, 24),
    entries: readLong(bytes, 32),
    directorySize: readLong(bytes, 40),
    directoryOffset: readLong(bytes, 48),
  };
}

export interface Zip64Locator {
  readonly disk: number;
  readonly offset: number;
  readonly disks: number;
}

export function parseZip64Locator(bytes: Buffer): Zip64Locator {
  return {
    disk: bytes.readUInt32LE(4),
    offset: readLong(bytes, 8),
    disks: bytes.readUInt32LE(16),
  };
}

/** A 64 bit number; those over 2^53 lose precision, and are over every limit anyway. */
export function readLong(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}
