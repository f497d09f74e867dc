import { crc32, deflateRawSync } from 'node:zlib';
import {
  heavy,
  type HostileZip,
  inconsistent,
  limit,
  notAZip,
  program,
  readme,
  truncated,
  unsupported,
} from './hostile-zip.ts';
import { buildZip, type ZipEntry } from './zips.ts';

const streamed: ZipEntry = { ...readme, method: 8, descriptor: true };
const signatureOf = {
  central: Buffer.from('PK\x01\x02', 'latin1'),
  end: Buffer.from('PK\x05\x06', 'latin1'),
  zip64End: Buffer.from('PK\x06\x06', 'latin1'),
  zip64Locator: Buffer.from('PK\x06\x07', 'latin1'),
  digitalSignature: Buffer.from('PK\x05\x05', 'latin1'),
} as const;

/** An archive with every kind of record, to be cut in each. */
const everything = (): Buffer =>
  buildZip([program, streamed, { ...readme, name: 'wide', zip64: true }], {
    zip64: true,
    end: { comment: Buffer.from('comment') },
  });

/** Offset of a record of the whole archive; `nth` counts from 0. */
function find(zip: Buffer, signature: Buffer, nth = 0): number {
  let at = zip.indexOf(signature);
  for (let left = nth; left > 0; left--) at = zip.indexOf(signature, at + 1);
  return at;
}

function cutAt(title: string, offset: (zip: Buffer) => number): HostileZip {
  return truncated(`an archive cut ${title}`, () => {
    const zip = everything();
    return zip.subarray(0, offset(zip));
  });
}

export const cutZips: readonly HostileZip[] = [
  cutAt('in its first signature', () => 3),
  cutAt('in a local header', () => 29),
  cutAt('in a name', () => 40),
  cutAt('before the data', () => 30 + program.name.length),
  cutAt('in the data', () => 30 + program.name.length + 5),
  cutAt('between two entries', (zip) => find(zip, Buffer.from('PK\x03\x04', 'latin1'), 1)),
  cutAt('before a data descriptor', (zip) => find(zip, Buffer.from('PK\x07\x08', 'latin1'))),
  cutAt('in a data descriptor', (zip) => find(zip, Buffer.from('PK\x07\x08', 'latin1')) + 9),
  cutAt('in the extra fields', (zip) => find(zip, Buffer.from('wide')) + 9),
  cutAt('before the central directory', (zip) => find(zip, signatureOf.central)),
  cutAt('in the central directory', (zip) => find(zip, signatureOf.central, 1) + 20),
  cutAt('between two central headers', (zip) => find(zip, signatureOf.central, 2)),
  cutAt('before the zip64 end record', (zip) => find(zip, signatureOf.zip64End)),
  cutAt('in the zip64 end record', (zip) => find(zip, signatureOf.zip64End) + 55),
  cutAt('before the zip64 locator', (zip) => find(zip, signatureOf.zip64Locator)),
  cutAt('in the zip64 locator', (zip) => find(zip, signatureOf.zip64Locator) + 19),
  cutAt('before the end record', (zip) => find(zip, signatureOf.end)),
  cutAt('in the end record', (zip) => find(zip, signatureOf.end) + 21),
  cutAt('in the comment', (zip) => zip.length - 1),
];

const two = (): Buffer => buildZip([program, readme]);

/** Records that are doubled, missing, out of order, or of a kind that belongs to nobody. */
export const strangeLayouts: readonly HostileZip[] = [
  inconsistent('trailing-data', 'an end record before the entries', () =>
    Buffer.concat([buildZip([]), two()]),
  ),
  inconsistent('central-directory', 'an entry behind the central directory', () =>
    buildZip([program], { beforeEnd: buildZip([readme]).subarray(0, 30 + 9 + 9) }),
  ),
  inconsistent('overlap', 'a second central directory', () => {
    const zip = two();
    const [from, to] = [find(zip, signatureOf.central), find(zip, signatureOf.end)];
    return Buffer.concat([zip.subarray(0, to), zip.subarray(from)]);
  }),
  inconsistent('gap', 'an old central directory among the entries', () => {
    const old = buildZip([program]);
    const directory = old.subarray(find(old, signatureOf.central), find(old, signatureOf.end));
    return buildZip([
      { ...program, gapAfter: Buffer.concat([Buffer.alloc(1), directory]) },
      readme,
    ]);
  }),
  inconsistent('trailing-data', 'an archive appended to, its old directory left in', () => {
    const old = buildZip([program]);
    return buildZip([readme], { prefix: old });
  }),
  inconsistent('gap', 'a central directory without its first signature', () => {
    const zip = two();
    zip[find(zip, signatureOf.central)] = 0;
    return zip;
  }),
  inconsistent('central-directory', 'a second central header without its signature', () => {
    const zip = two();
    zip[find(zip, signatureOf.central, 1)] = 0;
    return zip;
  }),
  inconsistent('central-directory', 'an end record without its signature', () => {
    const zip = two();
    zip[find(zip, signatureOf.end)] = 0;
    return zip;
  }),
  inconsistent('gap', 'a second local header without its signature', () =>
    buildZip([program, { ...readme, local: { signature: 0 } }]),
  ),
  inconsistent('central-directory', 'a digital signature', () =>
    buildZip([program], {
      beforeEnd: Buffer.concat([signatureOf.digitalSignature, Buffer.from([2, 0, 1, 2])]),
    }),
  ),
  inconsistent('gap', 'zeros between two entries', () =>
    buildZip([{ ...program, gapAfter: Buffer.alloc(4) }, readme]),
  ),
  inconsistent('gap', 'padding to a page before the central directory', () =>
    buildZip([program], { beforeDirectory: Buffer.alloc(4096) }),
  ),
  inconsistent('trailing-data', 'a newline behind the end', () =>
    buildZip([program], { suffix: Buffer.from('\n') }),
  ),
  inconsistent('trailing-data', 'a mebibyte of zeros behind the end', () =>
    buildZip([program], { suffix: Buffer.alloc(2 ** 20) }),
  ),
  inconsistent('trailing-data', 'a comment that is longer than stated', () =>
    buildZip([program], { end: { comment: Buffer.from('comment'), commentLength: 3 } }),
  ),
  inconsistent('comment', 'an end record in the last bytes of the longest comment', () =>
    buildZip([program], {
      end: { comment: Buffer.concat([Buffer.alloc(65_535 - 22, 'c'), buildZip([])]) },
    }),
  ),
  inconsistent('comment', 'an archive in the comment', () =>
    buildZip([program], { end: { comment: buildZip([readme]) } }),
  ),
  inconsistent('entry-count', 'an end record that claims no entries', () =>
    buildZip([program], { end: { entries: 0 } }),
  ),
  inconsistent('unlisted-entry', 'an empty directory behind entries', () =>
    buildZip([{ ...program, listed: 0 }]),
  ),
  inconsistent('overlap', 'a hundred names for one entry', () => {
    const first = buildZip([{ name: 'f00', content: 'x', method: 0 }]).subarray(0, 34);
    const named = Array.from({ length: 100 }, (_, index) => {
      const name = `f${String(index).padStart(2, '0')}`;
      const zip = buildZip([{ name, content: 'x', method: 0 }]);
      return zip.subarray(34, 34 + 49);
    });
    const end = { entries: 100, directorySize: 4900, directoryOffset: 34 };
    return Buffer.concat([first, ...named, buildZip([], { end })]);
  }),
  inconsistent('overlap', 'a bomb of entries that quote the headers of the next ones', quotedBomb),
];

/**
 * Entries that share one kernel: the data of each are a stored block that quotes the header of the next,
 * and then the data of the next, so that n entries unpack to n kernels.
 */
function quotedBomb(): Buffer {
  const kernel = deflateRawSync(Buffer.alloc(100_000, 'a'));
  let [content, packed] = [Buffer.alloc(100_000, 'a'), kernel];
  const records: { name: string; content: Buffer; length: number; header: Buffer }[] = [];
  for (const name of ['e', 'd', 'c', 'b', 'a']) {
    const zip = buildZip([{ name, content, packed, method: 8 }]);
    const header = zip.subarray(0, 31);
    const record = Buffer.from(zip.subarray(31 + packed.length, 31 + packed.length + 47));
    records.unshift({ name, content, length: packed.length, header: record });
    const quote = Buffer.alloc(5);
    quote.writeUInt16LE(header.length, 1);
    quote.writeUInt16LE(~header.length & 0xffff, 3);
    content = Buffer.concat([header, content]);
    packed = Buffer.concat([quote, header, packed]);
  }
  // The outermost quote is no entry: what it quotes is the first one.
  const entries = packed.subarray(5);
  for (const [index, { header }] of records.entries()) header.writeUInt32LE(index * 36, 42);
  const directory = Buffer.concat(records.map(({ header }) => header));
  const end = {
    entries: records.length,
    directorySize: directory.length,
    directoryOffset: entries.length,
  };
  return Buffer.concat([entries, directory, buildZip([], { end })]);
}

const packedAs = (packed: Buffer, content: Buffer | string = 'x'): Buffer =>
  buildZip([{ name: 'a', content, method: 8, packed }]);

export const damagedData: readonly HostileZip[] = [
  inconsistent('compressed-data', 'a deflate block of the reserved type', () =>
    packedAs(Buffer.from([0x07, 0, 0, 0])),
  ),
  inconsistent('compressed-data', 'a deflate stream without its last block', () =>
    packedAs(Buffer.from([0x00, 0x01, 0x00, 0xfe, 0xff, 0x78])),
  ),
  inconsistent('compressed-data', 'a deflate stream that reaches behind its beginning', () =>
    packedAs(Buffer.from([0x03, 0x02, 0x00])),
  ),
  inconsistent('compressed-data', 'a mebibyte of empty deflate blocks', () =>
    packedAs(Buffer.alloc(2 ** 20, Buffer.from([0, 0, 0, 0xff, 0xff]))),
  ),
  inconsistent('compressed-data', 'a stream in zlib form', () =>
    packedAs(Buffer.from('789c4b0400006200620', 'hex')),
  ),
  inconsistent('compressed-data', 'two deflate streams in one entry', () => {
    const one = deflateRawSync(Buffer.from('x'));
    return packedAs(Buffer.concat([one, one]), 'x');
  }),
  inconsistent('crc', 'content that was changed', () => {
    const packed = deflateRawSync(Buffer.from('y'));
    return packedAs(packed, 'x');
  }),
  inconsistent('size', 'content that was cut, with the right CRC', () => {
    const crc = crc32('x');
    const fields = { size: 2, crc };
    return buildZip([{ name: 'a', content: 'x', local: fields, central: fields }]);
  }),
  ...[1, 6, 9, 14, 93, 95, 97, 98, 0xffff].map((method) =>
    unsupported('method', `method ${String(method)}`, () => buildZip([{ ...program, method }])),
  ),
  ...[0x0010, 0x0080, 0x0100, 0x0200, 0x0400, 0x1000, 0x4000, 0x8000].map((flag) =>
    unsupported('flags', `flag 0x${flag.toString(16).padStart(4, '0')}`, () => {
      const flags = { flags: 0x0800 | flag };
      return buildZip([{ ...program, local: flags, central: flags }]);
    }),
  ),
  unsupported('encryption', 'masked headers', () => {
    const flags = { flags: 0x2800 };
    return buildZip([{ ...program, local: flags, central: flags }]);
  }),
];

export const crowds: readonly HostileZip[] = [
  heavy(
    limit('maxEntries', '65,536 entries', () =>
      buildZip(
        Array.from({ length: 65_536 }, (_, index) => ({ name: `f${String(index)}` })),
        { zip64: true },
      ),
    ),
  ),
  heavy(
    limit('maxEntries', '2,049 streamed entries', () =>
      buildZip(
        Array.from({ length: 2049 }, (_, index) => ({
          name: `f${String(index)}`,
          content: 'x',
          descriptor: true as const,
        })),
      ),
    ),
  ),
  heavy(
    limit('maxEntries', '2,000 entries that are 31 folders deep each', () =>
      buildZip(
        Array.from({ length: 2000 }, (_, index) => {
          const part = `${String(index)}${'n'.repeat(28)}`.slice(0, 30);
          return { name: `${`${part}/`.repeat(31)}f` };
        }),
      ),
    ),
  ),
  heavy(
    limit('maxEntries', '2,049 folders', () =>
      buildZip(Array.from({ length: 2049 }, (_, index) => ({ name: `d${String(index)}/` }))),
    ),
  ),
  limit('maxEntries', 'a stored entry of unknown length and a directory of 2,101 entries', () =>
    buildZip([
      { name: 'a', content: 'x', method: 0, descriptor: true },
      ...Array.from({ length: 2100 }, (_, index) => ({ name: `f${String(index)}` })),
    ]),
  ),
];

const page = (text: string): Buffer => Buffer.from(text);

export const otherFiles: readonly HostileZip[] = [
  notAZip('a tar file', () => {
    const tar = Buffer.alloc(10_240);
    tar.write('terraform-provider-null', 0);
    tar.write('ustar', 257);
    return tar;
  }),
  notAZip('a RAR file', () => Buffer.from('526172211a0701003392b5e50a01050600050101', 'hex')),
  notAZip('a 7z file', () => Buffer.from('377abcaf271c0004a2a1cd9a0000000000000000', 'hex')),
  notAZip('an xz file', () => Buffer.from('fd377a585a000004e6d6b4460000000000000000', 'hex')),
  notAZip('a Zstandard file', () => Buffer.from('28b52ffd0400010000999e', 'hex')),
  notAZip('a program', () => Buffer.concat([page('\x7fELF'), Buffer.alloc(5000)])),
  notAZip('a manifest', () => page('{"schemaVersion":2,"layers":[]}')),
  notAZip('a zip in UTF-16', () => Buffer.from(two().toString('latin1'), 'utf16le')),
  notAZip('a zip in base64', () => page(two().toString('base64'))),
  notAZip('a mebibyte of zeros', () => Buffer.alloc(2 ** 20)),
  notAZip('a byte order mark before a zip', () => buildZip([program], { prefix: page('\ufeff') })),
  notAZip('a zero before a zip', () => buildZip([program], { prefix: Buffer.alloc(1) })),
  notAZip('a Windows program before a zip', () =>
    buildZip([program], { prefix: Buffer.concat([page('MZ'), Buffer.alloc(1000)]) }),
  ),
  notAZip('a picture before a zip', () =>
    buildZip([program], { prefix: page('GIF89a\x01\x00\x01\x00') }),
  ),
  notAZip('a zip without entries and with a comment', () =>
    buildZip([], { end: { comment: page('nothing here') } }),
  ),
  truncated('two letters', () => page('PK')),
];
