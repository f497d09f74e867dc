import { crc32, deflateRawSync } from 'node:zlib';

/**
 * Builds zips byte by byte, right by default and wrong wherever a test wants it: every field of every
 * record can be overridden, and the local header and the central directory can disagree.
 */

/** What a header states; whatever is not overridden is the truth. */
export interface HeaderFields {
  readonly signature?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
  readonly name?: string | Buffer;
  readonly extra?: Buffer;
  /** The length field, when it shall differ from the extra's real length. */
  readonly extraLength?: number;
  readonly nameLength?: number;
}

export interface CentralFields extends HeaderFields {
  readonly host?: number;
  readonly disk?: number;
  readonly attributes?: number;
  readonly offset?: number;
  readonly comment?: Buffer;
}

export interface DescriptorForm {
  readonly signature?: boolean;
  readonly wide?: boolean;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
}

export interface ZipEntry {
  readonly name: string | Buffer;
  readonly content?: Buffer | string;
  /** 8 by default for files with content. */
  readonly method?: number;
  /** The packed bytes, when they shall not be what the content packs to. */
  readonly packed?: Buffer;
  /** Unix mode with type bits; by default a regular file 0644, or a folder 0755 for names with a slash. */
  readonly mode?: number;
  /** Sizes and CRC behind the data, with zeros in the local header, as streaming writers do. */
  readonly descriptor?: DescriptorForm | true;
  /** Sizes (and offset) saturated, with the numbers in a zip64 extra field in both headers. */
  readonly zip64?: boolean;
  readonly local?: HeaderFields;
  readonly central?: CentralFields;
  /** Bytes between this entry and the next. */
  readonly gapAfter?: Buffer;
  /** Leave the entry out of the central directory, or list it more than once. */
  readonly listed?: number;
}

export interface EndFields {
  readonly disk?: number;
  readonly directoryDisk?: number;
  readonly entriesOnDisk?: number;
  readonly entries?: number;
  readonly directorySize?: number;
  readonly directoryOffset?: number;
  readonly comment?: Buffer;
  readonly commentLength?: number;
}

export interface Zip64Fields extends EndFields {
  readonly recordSize?: number;
  readonly locatorOffset?: number;
  readonly locatorDisk?: number;
  readonly disks?: number;
  readonly withoutLocator?: boolean;
  /** Keep the true numbers in the plain end record too. */
  readonly unsaturated?: boolean;
}

export interface ZipOptions {
  readonly prefix?: Buffer;
  /** Bytes between the last entry and the central directory. */
  readonly beforeDirectory?: Buffer;
  readonly beforeEnd?: Buffer;
  readonly suffix?: Buffer;
  readonly end?: EndFields;
  readonly zip64?: Zip64Fields | true;
}

const short = 0xffff;
const long = 0xffffffff;

export function buildZip(entries: readonly ZipEntry[], options: ZipOptions = {}): Buffer {
  const parts: Buffer[] = [options.prefix ?? Buffer.alloc(0)];
  const central: Buffer[] = [];
  let offset = parts[0]!.length;
  for (const entry of entries) {
    const { local, record } = buildEntry(entry, offset);
    parts.push(local, entry.gapAfter ?? Buffer.alloc(0));
    for (let times = entry.listed ?? 1; times > 0; times--) central.push(record);
    offset += local.length + (entry.gapAfter?.length ?? 0);
  }
  const before = options.beforeDirectory ?? Buffer.alloc(0);
  const directory = Buffer.concat(central);
  const facts = {
    entries: central.length,
    size: directory.length,
    offset: offset + before.length,
  };
  const behind = options.beforeEnd ?? Buffer.alloc(0);
  const zip64 = options.zip64 === true ? {} : options.zip64;
  const wide =
    zip64 === undefined
      ? Buffer.alloc(0)
      : buildZip64End(facts, facts.offset + facts.size + behind.length, zip64);
  const end = buildEnd(facts, options.end ?? {}, zip64 !== undefined && zip64.unsaturated !== true);
  const suffix = options.suffix ?? Buffer.alloc(0);
  return Buffer.concat([...parts, before, directory, behind, wide, end, suffix]);
}

export function zip64Extra(...numbers: (number | bigint)[]): Buffer {
  return extraField(0x0001, Buffer.concat(numbers.map((number) => longs(number))));
}

export function extraField(id: number, payload: Buffer): Buffer {
  return Buffer.concat([shorts(id, payload.length), payload]);
}

function buildEntry(entry: ZipEntry, offset: number): { local: Buffer; record: Buffer } {
  const content = Buffer.from(entry.content ?? '');
  const isFolder = entry.name.toString().endsWith('/');
  const method = entry.method ?? (content.length > 0 ? 8 : 0);
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content);
  const truth = {
    method,
    crc: crc32(content),
    size: content.length,
    compressedSize: packed.length,
    flags: 0x0800 | (entry.descriptor === undefined ? 0 : 0x0008),
    name: entry.name,
  };
  const sizes = { size: truth.size, compressedSize: truth.compressedSize };
  const localTruth = {
    ...truth,
    ...(entry.descriptor === undefined ? {} : { crc: 0, size: 0, compressedSize: 0 }),
    ...(entry.zip64 === true
      ? { size: long, compressedSize: long, extra: zip64Extra(sizes.size, sizes.compressedSize) }
      : {}),
    ...(entry.zip64 === true && entry.descriptor !== undefined ? { extra: zip64Extra(0, 0) } : {}),
  };
  const centralTruth = {
    ...truth,
    host: 3,
    disk: 0,
    attributes: ((entry.mode ?? (isFolder ? 0o040755 : 0o100644)) * 0x10000) >>> 0,
    offset,
    ...(entry.zip64 === true
      ? {
          size: long,
          compressedSize: long,
          offset: long,
          extra: zip64Extra(sizes.size, sizes.compressedSize, offset),
        }
      : {}),
  };
  const descriptor =
    entry.descriptor === undefined
      ? Buffer.alloc(0)
      : buildDescriptor(truth, entry.descriptor === true ? {} : entry.descriptor);
  return {
    local: Buffer.concat([localHeader({ ...localTruth, ...entry.local }), packed, descriptor]),
    record: centralHeader({ ...centralTruth, ...entry.central }),
  };
}

type Stated<T extends HeaderFields> = T & {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly name: string | Buffer;
};

function commonFields(header: Stated<HeaderFields>, name: Buffer, extra: Buffer): Buffer {
  // 12:00:00 on 1980-01-01
  return Buffer.concat([
    shorts(20, header.flags, header.method, 0x6000, 0x0021),
    ints(header.crc, header.compressedSize, header.size),
    shorts(header.nameLength ?? name.length, header.extraLength ?? extra.length),
  ]);
}

function localHeader(header: Stated<HeaderFields>): Buffer {
  const name = Buffer.from(header.name);
  const extra = header.extra ?? Buffer.alloc(0);
  const fields = commonFields(header, name, extra);
  return Buffer.concat([ints(header.signature ?? 0x04034b50), fields, name, extra]);
}

function centralHeader(
  header: Stated<CentralFields> & {
    host: number;
    disk: number;
    attributes: number;
    offset: number;
  },
): Buffer {
  const name = Buffer.from(header.name);
  const extra = header.extra ?? Buffer.alloc(0);
  const comment = header.comment ?? Buffer.alloc(0);
  return Buffer.concat([
    ints(header.signature ?? 0x02014b50),
    Buffer.from([20, header.host]),
    commonFields(header, name, extra),
    shorts(comment.length, header.disk, 0),
    ints(header.attributes, header.offset),
    name,
    extra,
    comment,
  ]);
}

function buildDescriptor(
  truth: { crc: number; compressedSize: number; size: number },
  form: DescriptorForm,
): Buffer {
  const sizes = [form.compressedSize ?? truth.compressedSize, form.size ?? truth.size];
  return Buffer.concat([
    form.signature === false ? Buffer.alloc(0) : ints(0x08074b50),
    ints(form.crc ?? truth.crc),
    form.wide === true ? longs(...sizes) : ints(...sizes),
  ]);
}

interface Facts {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
}

function buildEnd(facts: Facts, fields: EndFields, saturate: boolean): Buffer {
  const comment = fields.comment ?? Buffer.alloc(0);
  const count = saturate ? short : facts.entries;
  return Buffer.concat([
    ints(0x06054b50),
    shorts(fields.disk ?? 0, fields.directoryDisk ?? 0),
    shorts(fields.entriesOnDisk ?? fields.entries ?? count, fields.entries ?? count),
    ints(
      fields.directorySize ?? (saturate ? long : facts.size),
      fields.directoryOffset ?? (saturate ? long : facts.offset),
    ),
    shorts(fields.commentLength ?? comment.length),
    comment,
  ]);
}

function buildZip64End(facts: Facts, offset: number, fields: Zip64Fields): Buffer {
  const entries = fields.entries ?? facts.entries;
  const record = Buffer.concat([
    ints(0x06064b50),
    longs(fields.recordSize ?? 44),
    shorts(45, 45),
    ints(fields.disk ?? 0, fields.directoryDisk ?? 0),
    longs(
      fields.entriesOnDisk ?? entries,
      entries,
      fields.directorySize ?? facts.size,
      fields.directoryOffset ?? facts.offset,
    ),
  ]);
  if (fields.withoutLocator === true) return record;
  const locator = Buffer.concat([
    ints(0x07064b50, fields.locatorDisk ?? 0),
    longs(fields.locatorOffset ?? offset),
    ints(fields.disks ?? 1),
  ]);
  return Buffer.concat([record, locator]);
}

function shorts(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}

function ints(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
}

function longs(...values: (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
}
