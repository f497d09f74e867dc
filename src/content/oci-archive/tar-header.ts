/** Everything in a tar comes in blocks of this many bytes. */
export const blockBytes = 512;

/** What the header before an entry says. */
export interface TarHeader {
  /** As it was written, with the prefix of POSIX headers. */
  readonly name: string;
  /** Bytes of content that follow, without padding. */
  readonly size: number;
  /** One character: `0` file, `5` folder, `x` and `g` pax records, `L` long name, others. */
  readonly type: string;
}

/** A block that should be a header and is none; the message says why. */
export class TarHeaderProblem extends Error {}

const checksumField = { start: 148, end: 156 } as const;

/**
 * Reads one header block: POSIX ustar, GNU or older.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 * @returns undefined for a block of zeros, which ends an archive
 * @throws TarHeaderProblem
 */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const { start, end } = checksumField;
  if (numberIn(block.subarray(start, end), 'checksum') !== checksumOf(block)) {
    throw new TarHeaderProblem('the checksum of a header is wrong');
  }
  const magic = block.toString('latin1', 257, 263);
  const name = textIn(block.subarray(0, 100));
  // GNU keeps times where POSIX has the first part of long names.
  const prefix = magic === 'ustar\0' ? textIn(block.subarray(345, 500)) : '';
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: numberIn(block.subarray(124, 136), 'size'),
    type: type === '\0' || type === '7' ? '0' : type,
  };
}

/** Bytes that follow a content of `size` bytes so that the next header begins with a block. */
export function paddingAfter(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

const largestOctalSize = 0o77777777777;

/**
 * The header of a file or folder, the same for the same entry whoever writes it: no times, no owner.
 * What does not fit into the fields comes before it, as pax records.
 */
export function formatTarHeader(entry: {
  readonly name: string;
  readonly size: number;
  readonly type: 'file' | 'folder';
}): Buffer {
  const { name, size } = entry;
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(size > largestOctalSize ? [paxRecord('size', String(size))] : []),
  ].join('');
  const header = block({
    name: Buffer.from(name).subarray(0, 100),
    size: size > largestOctalSize ? 0 : size,
    type: entry.type === 'file' ? '0' : '5',
    mode: entry.type === 'file' ? 0o644 : 0o755,
  });
  if (records === '') return header;
  const body = Buffer.from(records);
  const before = block({ name: Buffer.from('pax'), size: body.length, type: 'x', mode: 0o644 });
  return Buffer.concat([before, body, Buffer.alloc(paddingAfter(body.length)), header]);
}

interface BlockFields {
  readonly name: Buffer;
  readonly size: number;
  readonly type: string;
  readonly mode: number;
}

function block({ name, size, type, mode }: BlockFields): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, digits: number): void => {
    bytes.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  };
  name.copy(bytes, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7); // Owner,
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // and time.
  bytes.write(type, 156, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  octal(0, 329, 7); // Device numbers.
  octal(0, 337, 7);
  octal(checksumOf(bytes), checksumField.start, 6);
  bytes.write('\0 ', checksumField.start + 6, 'latin1');
  return bytes;
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const restBytes = Buffer.byteLength(rest);
  let length = restBytes + String(restBytes).length;
  length = restBytes + String(length).length;
  return `${length}${rest}`;
}

/** The sum of all bytes, those of the sum itself counted as spaces. */
function checksumOf(bytes: Buffer): number {
  const { start, end } = checksumField;
  let sum = 0;
  for (const [index, byte] of bytes.entries()) sum += index >= start && index < end ? 32 : byte;
  return sum;
}

/** Text up to the first NUL. */
function textIn(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** Octal digits, or GNU's binary form for what has too many of them. */
function numberIn(field: Buffer, what: string): number {
  const first = field[0] ?? 0;
  if (first >= 0x80) {
    let value = BigInt(first & 0x7f);
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
    if (first === 0x80 && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw new TarHeaderProblem(`the ${what} in a header is out of range`);
  }
  const text = field.toString('latin1').replace(/[ \0]+$/u, '');
  const digits = text.replace(/^ +/u, '');
  if (!/^[0-7]*$/u.test(digits)) {
    throw new TarHeaderProblem(`the ${what} in a header is no number`);
  }
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}
