import { deflateRawSync } from 'node:zlib';
import {
  type HostileZip,
  inconsistent,
  limit,
  program,
  readme,
  truncated,
  unsupported,
} from './hostile-zip.ts';
import { buildZip, extraField, type ZipEntry, zip64Extra } from './zips.ts';

const both = (fields: NonNullable<ZipEntry['local']>): Partial<ZipEntry> => ({
  local: fields,
  central: fields,
});

/** Fields of the local header, the central directory and the data descriptor that disagree. */
export const disagreeingFields: readonly HostileZip[] = [
  ...(
    [
      ['the data descriptor flag', 'flags', { flags: 0x0808 }],
      ['no UTF-8 flag', 'flags', { flags: 0x0000 }],
      ['a CRC of 0', 'crc', { crc: 0 }],
      ['a size of 0', 'size', { size: 0 }],
      ['a packed size of 0', 'size', { compressedSize: 0 }],
      ['a size of 2^32 - 2', 'size', { size: 0xfffffffe }],
      ['a size of 2^32 - 1', 'zip64', { size: 0xffffffff }],
      ['a packed size of 2^32 - 1', 'zip64', { compressedSize: 0xffffffff }],
      ['an offset of 2^32 - 1', 'zip64', { offset: 0xffffffff }],
      ['an offset of 1', 'overlap', { offset: 1 }],
      ['an empty name', 'name', { name: '' }],
      ['a name in capitals', 'name', { name: program.name.toString().toUpperCase() }],
      ['a longer name', 'name', { name: `${program.name.toString()}4` }],
      ['the name of a folder', 'name', { name: `${program.name.toString()}/` }],
    ] as const
  ).map(([title, what, central]) =>
    inconsistent(what, `a central header with ${title}`, () => buildZip([{ ...program, central }])),
  ),
  inconsistent('method', 'a stored entry that the directory calls deflated', () =>
    buildZip([{ ...program, method: 0, central: { method: 8 } }]),
  ),
  inconsistent('name', 'two entries that the directory swaps', () => {
    const first = { name: 'a', content: 'harmless', method: 0 };
    return buildZip([
      { ...first, central: { name: 'b' } },
      { ...first, name: 'b', content: 'harmful!', central: { name: 'a' } },
    ]);
  }),
  inconsistent('offset', 'an offset into the central directory', () =>
    buildZip([{ ...program, central: { offset: 140 } }, readme]),
  ),
  inconsistent('compressed-data', 'a packed size that reaches into the next header', () =>
    buildZip([{ ...program, ...both({ compressedSize: 40 }) }, readme]),
  ),
  truncated('a stored size of 2^31', () =>
    buildZip([{ ...program, method: 0, ...both({ size: 2 ** 31, compressedSize: 2 ** 31 }) }]),
  ),
  inconsistent('overlap', 'an offset one byte too low', () =>
    buildZip([
      { ...readme, method: 0 },
      { ...program, central: { offset: 30 + 9 + 7 - 1 } },
    ]),
  ),
  inconsistent('crc', 'a name length that is too small', () =>
    buildZip([{ ...readme, method: 0, ...both({ nameLength: 3 }) }]),
  ),
  inconsistent('extra-field', 'a name length that is too large by the extra fields', () =>
    buildZip([
      { ...program, local: { extra: extraField(0x5455, Buffer.alloc(9)), extraLength: 3 } },
    ]),
  ),
  inconsistent('extra-field', 'an extra field of three bytes in the directory', () =>
    buildZip([{ ...program, central: { extra: Buffer.alloc(3) } }]),
  ),
];

export const lyingDescriptors: readonly HostileZip[] = [
  inconsistent('data-descriptor', 'a data descriptor of swapped sizes', () =>
    buildZip([{ ...program, descriptor: { size: 20, compressedSize: 320 } }, readme]),
  ),
  inconsistent('data-descriptor', 'a data descriptor of zeros', () =>
    buildZip([{ ...program, descriptor: { crc: 0, size: 0, compressedSize: 0 } }, readme]),
  ),
  inconsistent('data-descriptor', 'a zip64 data descriptor with a wrong upper half', () =>
    buildZip([{ ...program, descriptor: { wide: true, size: 320 + 2 ** 32 } }, readme]),
  ),
  inconsistent('data-descriptor', 'a data descriptor with bytes behind it', () =>
    buildZip([{ ...program, descriptor: true, gapAfter: Buffer.from('hidden') }, readme]),
  ),
  inconsistent('gap', 'a data descriptor that was not announced', () => {
    const gapAfter = Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), Buffer.alloc(12)]);
    return buildZip([{ ...program, gapAfter }, readme]);
  }),
  inconsistent('size', 'a header that announces a data descriptor and a wrong size', () =>
    buildZip([{ ...program, descriptor: true, local: { size: 7 } }]),
  ),
  inconsistent('size', 'a header that announces a data descriptor and a wrong packed size', () =>
    buildZip([{ ...program, descriptor: true, local: { compressedSize: 7 } }]),
  ),
  inconsistent('size', 'a stored entry with a data descriptor and two sizes', () =>
    buildZip([{ ...program, method: 0, descriptor: true, local: { size: 7 } }]),
  ),
  inconsistent('unlisted-entry', 'a stored entry of unknown length that is not listed', () =>
    buildZip([{ ...program, method: 0, descriptor: true, listed: 0 }, readme]),
  ),
  truncated('a stored entry of unknown length without an end record', () =>
    buildZip([{ ...program, method: 0, descriptor: true }]).subarray(0, -1),
  ),
  inconsistent('central-directory', 'a stored entry of unknown length, a directory before it', () =>
    buildZip([readme, { ...program, method: 0, descriptor: true }], {
      end: { directoryOffset: 3 },
    }),
  ),
  inconsistent('central-directory', 'a stored entry of unknown length, a directory behind it', () =>
    buildZip([{ ...program, method: 0, descriptor: true }], {
      end: { directoryOffset: 0xfffffffe },
    }),
  ),
  inconsistent('central-directory', 'a stored entry of unknown length, no zip64 locator', () =>
    buildZip([{ ...program, method: 0, descriptor: true }], {
      end: { directoryOffset: 0xffffffff },
    }),
  ),
  inconsistent('central-directory', 'a stored entry of unknown length, a locator elsewhere', () =>
    buildZip([{ ...program, method: 0, descriptor: true }], { zip64: { locatorOffset: 2 ** 50 } }),
  ),
  inconsistent(
    'data-descriptor',
    'a stored entry that contains the data descriptor of a shorter one',
    () => {
      const inner = buildZip([{ name: 'a', content: 'abc', method: 0, descriptor: true }]);
      const content = inner.subarray(31, 31 + 3 + 16);
      return buildZip([
        {
          name: 'a',
          content,
          method: 0,
          descriptor: true,
          central: { compressedSize: 3, size: 3 },
        },
      ]);
    },
  ),
];

/** Numbers of 64 bits, and disks. */
export const wideNumbers: readonly HostileZip[] = [
  limit('maxUnpackedBytes', 'a zip64 field that claims 2^64 - 1 bytes', () =>
    buildZip([
      { ...program, zip64: true, local: { extra: zip64Extra(2n ** 64n - 1n, 2n ** 64n - 1n) } },
    ]),
  ),
  limit('maxRatio', 'an entry that declares 2^32 - 2 bytes', () =>
    buildZip([{ ...program, ...both({ size: 0xfffffffe }) }]),
  ),
  limit('maxRatio', 'a zip64 field that claims 2^32 - 1 bytes', () =>
    buildZip([{ ...program, zip64: true, local: { extra: zip64Extra(2 ** 32 - 1, 20) } }]),
  ),
  inconsistent('compressed-data', 'a zip64 field with a packed size of 0', () =>
    buildZip([{ ...program, zip64: true, local: { extra: zip64Extra(320, 0) } }]),
  ),
  inconsistent('offset', 'a zip64 field with an offset of 2^63', () =>
    buildZip([
      { ...readme, zip64: true, central: { extra: zip64Extra(7, 9, 2n ** 63n) } },
      program,
    ]),
  ),
  ...(
    [
      ['of 12 bytes', Buffer.concat([Buffer.alloc(12)])],
      ['of 32 bytes', Buffer.alloc(32)],
      ['that names another disk', diskField(1)],
    ] as const
  ).map(([title, payload]) =>
    inconsistent('zip64', `a zip64 field ${title}`, () =>
      buildZip([{ ...program, central: { extra: extraField(1, payload) } }]),
    ),
  ),
  inconsistent('zip64', 'a zip64 end record with a wrong directory size', () =>
    buildZip([program], { zip64: { directorySize: 1 } }),
  ),
  inconsistent('zip64', 'a zip64 end record with data of its own', () =>
    buildZip([program], { zip64: { recordSize: 45 } }),
  ),
  inconsistent('entry-count', 'a zip64 end record that claims 2^63 entries', () =>
    buildZip([program], { zip64: { entries: 2 ** 63 } }),
  ),
  inconsistent('entry-count', 'end records whose counts disagree', () =>
    buildZip([program], { zip64: { unsaturated: true }, end: { entries: 7 } }),
  ),
  inconsistent('central-directory', 'end records whose sizes disagree', () =>
    buildZip([program], { zip64: { unsaturated: true }, end: { directorySize: 7 } }),
  ),
  inconsistent('zip64', 'a zip64 locator that points at itself', () => {
    const zip = buildZip([program], { zip64: true });
    zip.writeBigUInt64LE(BigInt(zip.length - 42), zip.length - 42 + 8);
    return zip;
  }),
  inconsistent('central-directory', 'an end record saturated without zip64 records', () =>
    buildZip([program], { end: { directoryOffset: 0xffffffff } }),
  ),
  ...(
    [
      ['a directory on another disk', { end: { directoryDisk: 1 } }],
      ['65,535 disks', { end: { disk: 0xffff } }],
      ['more entries here than anywhere', { end: { entriesOnDisk: 3 } }],
      ['a zip64 end record on another disk', { zip64: { disk: 1 } }],
      ['a zip64 directory on another disk', { zip64: { directoryDisk: 1 } }],
      ['fewer zip64 entries on this disk', { zip64: { entriesOnDisk: 0 } }],
      ['a zip64 locator on another disk', { zip64: { locatorDisk: 1 } }],
      ['a zip64 locator of no disks', { zip64: { disks: 0 } }],
    ] as const
  ).map(([title, options]) => unsupported('multi-disk', title, () => buildZip([program], options))),
  unsupported('multi-disk', 'an entry on disk 65,535', () =>
    buildZip([{ ...program, central: { disk: 0xffff } }]),
  ),
  unsupported('multi-disk', 'a marker of a split archive of one part', () =>
    Buffer.concat([Buffer.from('PK00'), buildZip([program])]),
  ),
];

function diskField(disk: number): Buffer {
  const payload = Buffer.alloc(28);
  payload.writeUInt32LE(320, 0);
  payload.writeUInt32LE(deflateRawSync(Buffer.from(program.content ?? '')).length, 8);
  payload.writeUInt32LE(disk, 24);
  return payload;
}
