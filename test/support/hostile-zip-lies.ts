import { deflateRawSync } from 'node:zlib';
import { type HostileZip, inconsistent, limit, program, readme } from './hostile-zip.ts';
import { buildZip, zip64Extra } from './zips.ts';

export const lyingZips: readonly HostileZip[] = [
  inconsistent('size', 'a declared size that is too small', () =>
    buildZip([{ ...program, local: { size: 3 }, central: { size: 3 } }]),
  ),
  inconsistent('size', 'a declared size that is too large', () =>
    buildZip([{ ...program, local: { size: 999 }, central: { size: 999 } }]),
  ),
  inconsistent('size', 'a stored entry with two sizes', () =>
    buildZip([{ ...program, method: 0, local: { size: 3 }, central: { size: 3 } }]),
  ),
  inconsistent('compressed-data', 'a packed size that is too small', () =>
    buildZip([{ ...program, local: { compressedSize: 5 }, central: { compressedSize: 5 } }]),
  ),
  inconsistent('compressed-data', 'bytes behind the packed data', () => {
    const packed = Buffer.concat([deflateRawSync(Buffer.from('x')), Buffer.from('hidden')]);
    return buildZip([{ name: 'a', content: 'x', method: 8, packed }]);
  }),
  inconsistent('compressed-data', 'bytes that are not packed data', () =>
    buildZip([{ name: 'a', content: 'x', method: 8, packed: Buffer.alloc(40, 0xff) }]),
  ),
  inconsistent('compressed-data', 'packed data of no bytes', () =>
    buildZip([{ name: 'a', method: 8, packed: Buffer.alloc(0) }, program]),
  ),
  inconsistent('crc', 'a wrong CRC in both headers', () =>
    buildZip([{ ...program, local: { crc: 1 }, central: { crc: 1 } }]),
  ),
  inconsistent('crc', 'a wrong CRC in the central directory', () =>
    buildZip([{ ...program, central: { crc: 1 } }]),
  ),
  inconsistent('crc', 'a wrong CRC in the local header', () =>
    buildZip([{ ...program, local: { crc: 1 } }]),
  ),
  inconsistent('crc', 'a wrong CRC in a local header that has a data descriptor', () =>
    buildZip([{ ...program, descriptor: true, local: { crc: 1 } }]),
  ),
  inconsistent('size', 'another size in the central directory', () =>
    buildZip([{ ...program, central: { size: 1 } }]),
  ),
  inconsistent('size', 'another packed size in the central directory', () =>
    buildZip([{ ...program, central: { compressedSize: 1 } }]),
  ),
  inconsistent('name', 'another name in the central directory', () =>
    buildZip([{ ...program, central: { name: 'terraform-provider-null_v3.2.4_x6' } }]),
  ),
  inconsistent('name', 'a climbing name in the central directory only', () =>
    buildZip([{ ...readme, central: { name: '../outside' } }]),
  ),
  inconsistent('method', 'another method in the central directory', () =>
    buildZip([{ ...program, central: { method: 0 } }]),
  ),
  inconsistent('flags', 'other flags in the central directory', () =>
    buildZip([{ ...program, central: { flags: 0 } }]),
  ),
  inconsistent('offset', 'an offset to where no entry is', () =>
    buildZip([{ ...program, central: { offset: 100_000 } }]),
  ),
  inconsistent('overlap', 'two listings of one entry', () => buildZip([{ ...program, listed: 2 }])),
  inconsistent('overlap', 'an entry inside another entry', () => {
    const inner = buildZip([{ name: 'inner', content: 'x', method: 0 }]).subarray(0, 36);
    const outer = { name: 'outer', content: inner, method: 0 };
    const listed = buildZip([{ name: 'inner', content: 'x', method: 0, central: { offset: 35 } }]);
    const directory = listed.subarray(36, 36 + 46 + 5);
    const parts = buildZip([outer]);
    const end = 30 + 5 + 36 + 46 + 5;
    return Buffer.concat([
      parts.subarray(0, end),
      directory,
      buildZip([], {
        end: { entries: 2, directorySize: 2 * (46 + 5), directoryOffset: 30 + 5 + 36 },
      }),
    ]);
  }),
  inconsistent('unlisted-entry', 'an entry that the central directory hides', () =>
    buildZip([program, { name: 'hidden', content: 'x', listed: 0 }]),
  ),
  inconsistent('gap', 'bytes between entries', () =>
    buildZip([{ ...program, gapAfter: Buffer.from('hidden') }, readme]),
  ),
  inconsistent('gap', 'bytes before the central directory', () =>
    buildZip([program], { beforeDirectory: Buffer.from('hidden') }),
  ),
  inconsistent('central-directory', 'bytes behind the central directory', () =>
    buildZip([program], { beforeEnd: Buffer.from('hidden') }),
  ),
  inconsistent('central-directory', 'an end record that points elsewhere', () =>
    buildZip([program], { end: { directoryOffset: 7 } }),
  ),
  inconsistent('central-directory', 'an end record with a wrong directory size', () =>
    buildZip([program], { end: { directorySize: 7 } }),
  ),
  inconsistent('entry-count', 'an end record with a wrong count', () =>
    buildZip([program], { end: { entries: 2 } }),
  ),
  inconsistent('entry-count', 'an end record that claims 65,535 entries', () =>
    buildZip([program], { end: { entries: 0xffff } }),
  ),
  inconsistent('trailing-data', 'bytes behind the end', () =>
    buildZip([program], { suffix: Buffer.from('hidden') }),
  ),
  inconsistent('trailing-data', 'a second archive behind the first', () =>
    Buffer.concat([buildZip([program]), buildZip([readme])]),
  ),
  inconsistent('trailing-data', 'two end records', () =>
    Buffer.concat([buildZip([program]), buildZip([])]),
  ),
  inconsistent('comment', 'an end record in the comment', () =>
    buildZip([program], { end: { comment: buildZip([]) } }),
  ),
  inconsistent('extra-field', 'an extra field that runs over its end', () =>
    buildZip([{ ...program, local: { extra: Buffer.from([1, 0, 200, 0, 1]) } }]),
  ),
  inconsistent('data-descriptor', 'a data descriptor with a wrong CRC', () =>
    buildZip([{ ...program, descriptor: { crc: 1 } }, readme]),
  ),
  inconsistent('data-descriptor', 'a data descriptor with a wrong size', () =>
    buildZip([{ ...program, descriptor: { size: 1 } }, readme]),
  ),
  inconsistent('data-descriptor', 'a data descriptor with a wrong packed size', () =>
    buildZip([{ ...program, descriptor: { compressedSize: 1, signature: false } }, readme]),
  ),
  inconsistent('data-descriptor', 'a data descriptor that is announced and missing', () =>
    buildZip([
      { ...program, local: { flags: 0x0808 }, central: { flags: 0x0808 } },
      { ...readme, content: 'x'.repeat(100) },
    ]),
  ),
  inconsistent(
    'data-descriptor',
    'a stored entry whose real length only the directory lies about',
    () =>
      buildZip([
        {
          ...program,
          method: 0,
          descriptor: true,
          central: { compressedSize: 10, size: 10 },
        },
        readme,
      ]),
  ),
];

export const lyingZip64s: readonly HostileZip[] = [
  inconsistent('zip64', 'a zip64 field that is announced and missing', () =>
    buildZip([{ ...program, local: { size: 0xffffffff, compressedSize: 0xffffffff } }]),
  ),
  inconsistent('zip64', 'a zip64 field that is too short', () =>
    buildZip([{ ...program, zip64: true, local: { extra: zip64Extra(320) } }]),
  ),
  inconsistent('zip64', 'two zip64 fields', () =>
    buildZip([
      {
        ...program,
        zip64: true,
        local: { extra: Buffer.concat([zip64Extra(320, 20), zip64Extra(320, 20)]) },
      },
    ]),
  ),
  inconsistent('zip64', 'a zip64 field with other numbers than the header', () =>
    buildZip([{ ...program, local: { extra: zip64Extra(1, 2) } }]),
  ),
  inconsistent('size', 'a zip64 field with a wrong size', () =>
    buildZip([{ ...program, zip64: true, central: { extra: zip64Extra(7, 7, 0) } }]),
  ),
  limit('maxUnpackedBytes', 'a zip64 field that claims 2^60 bytes', () =>
    buildZip([{ ...program, zip64: true, local: { extra: zip64Extra(2n ** 60n, 2n ** 60n) } }]),
  ),
  inconsistent('entry-count', 'a zip64 end record with a wrong count', () =>
    buildZip([program], { zip64: { entries: 3 } }),
  ),
  inconsistent('zip64', 'a zip64 end record that points elsewhere', () =>
    buildZip([program], { zip64: { directoryOffset: 2 ** 40 } }),
  ),
  inconsistent('zip64', 'a zip64 locator that points elsewhere', () =>
    buildZip([program], { zip64: { locatorOffset: 5 } }),
  ),
  inconsistent('zip64', 'a zip64 end record without its locator', () =>
    buildZip([program], { zip64: { withoutLocator: true } }),
  ),
  inconsistent('zip64', 'a zip64 end record of another length', () =>
    buildZip([program], { zip64: { recordSize: 2 ** 33 } }),
  ),
  inconsistent('central-directory', 'two end records that disagree', () =>
    buildZip([program], { zip64: { unsaturated: true }, end: { directoryOffset: 1 } }),
  ),
];
