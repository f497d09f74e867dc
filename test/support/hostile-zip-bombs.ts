import { deflateRawSync } from 'node:zlib';
import {
  heavy,
  type HostileZip,
  limit,
  notAZip,
  program,
  readme,
  unsupported,
} from './hostile-zip.ts';
import { buildZip, extraField, zip64Extra } from './zips.ts';

export const unsupportedZips: readonly HostileZip[] = [
  unsupported('encryption', 'an encrypted entry', () =>
    buildZip([{ ...program, local: { flags: 0x0801 }, central: { flags: 0x0801 } }]),
  ),
  unsupported('encryption', 'strong encryption', () =>
    buildZip([{ ...program, local: { flags: 0x0841 }, central: { flags: 0x0841 } }]),
  ),
  unsupported('encryption', 'a masked central directory', () =>
    buildZip([program], { beforeDirectory: Buffer.from([0x50, 0x4b, 0x06, 0x08, 0, 0, 0, 0]) }),
  ),
  unsupported('encryption', 'an encrypted flag in the central directory only', () =>
    buildZip([{ ...program, central: { flags: 0x0801 } }]),
  ),
  unsupported('flags', 'a patch', () =>
    buildZip([{ ...program, local: { flags: 0x0820 }, central: { flags: 0x0820 } }]),
  ),
  unsupported('method', 'bzip2', () => buildZip([{ ...program, method: 12 }])),
  unsupported('method', 'AES', () => buildZip([{ ...program, method: 99 }])),
  unsupported('multi-disk', 'a split archive', () =>
    Buffer.concat([Buffer.from([0x50, 0x4b, 0x07, 0x08]), buildZip([program])]),
  ),
  unsupported('multi-disk', 'an entry on another disk', () =>
    buildZip([{ ...program, central: { disk: 1 } }]),
  ),
  unsupported('multi-disk', 'an end record of several disks', () =>
    buildZip([program], { end: { disk: 1 } }),
  ),
  unsupported('multi-disk', 'an end record with fewer entries on this disk', () =>
    buildZip([program], { end: { entriesOnDisk: 0 } }),
  ),
  unsupported('multi-disk', 'a zip64 locator of several disks', () =>
    buildZip([program], { zip64: { disks: 2 } }),
  ),
];

export const zipBombs: readonly HostileZip[] = [
  limit('maxUnpackedBytes', 'an entry that declares 5 GiB', () =>
    buildZip([{ ...program, zip64: true, local: { extra: zip64Extra(5 * 2 ** 30, 20) } }]),
  ),
  limit('maxRatio', 'a bomb that declares its size', () => {
    const packed = deflateRawSync(Buffer.alloc(80 * 2 ** 20));
    return buildZip([
      {
        name: 'bomb',
        content: 'x',
        packed,
        local: { size: 80 * 2 ** 20 },
        central: { size: 80 * 2 ** 20 },
      },
    ]);
  }),
  heavy(
    limit('maxRatio', 'a bomb that hides its size', () => {
      const packed = deflateRawSync(Buffer.alloc(80 * 2 ** 20));
      return buildZip([{ name: 'bomb', content: 'x', packed, descriptor: true }]);
    }),
  ),
  heavy(
    limit('maxRatio', 'a bomb in many entries', () => {
      const content = Buffer.alloc(20 * 2 ** 20);
      const packed = deflateRawSync(content);
      return buildZip(['a', 'b', 'c', 'd'].map((text) => ({ name: text, content, packed })));
    }),
  ),
  heavy(
    limit('maxEntries', '2,049 entries', () =>
      buildZip(Array.from({ length: 2049 }, (_, index) => ({ name: `f${index}` }))),
    ),
  ),
  limit('maxExtraBytes', 'a local header with 4,097 bytes of extra fields', () =>
    buildZip([{ ...program, local: { extra: extraField(0x4242, Buffer.alloc(4093)) } }]),
  ),
  limit('maxExtraBytes', 'a central header with 4,097 bytes of extra fields', () =>
    buildZip([{ ...program, central: { extra: extraField(0x4242, Buffer.alloc(4093)) } }]),
  ),
  limit('maxEntryCommentBytes', 'an entry with a long comment', () =>
    buildZip([{ ...program, central: { comment: Buffer.alloc(1025, 'c') } }]),
  ),
];

export const noZips: readonly HostileZip[] = [
  notAZip('an error page', () => Buffer.from('<html><body>404 not found</body></html>')),
  notAZip('a gzip file', () => Buffer.from('1f8b08000000000000030300000000000000000000', 'hex')),
  notAZip('three bytes', () => Buffer.from('abc')),
  notAZip('a program in front of the entries', () =>
    buildZip([program], { prefix: Buffer.from('#!/bin/sh\nexec unzip "$0"\n') }),
  ),
  notAZip('a zip without entries', () => buildZip([])),
  notAZip('a zip64 without entries', () => buildZip([], { zip64: true })),
  {
    title: 'no bytes at all',
    build: () => Buffer.alloc(0),
    code: 'ERR_ARCHIVE_TRUNCATED',
  },
  {
    title: 'the first half of an archive',
    build: () => buildZip([program, readme]).subarray(0, 120),
    code: 'ERR_ARCHIVE_TRUNCATED',
  },
  {
    title: 'an archive whose comment is cut',
    build: () => buildZip([program], { end: { commentLength: 5 } }),
    code: 'ERR_ARCHIVE_TRUNCATED',
  },
  {
    title: 'a stored entry that claims more than there is',
    build: () => {
      const claim = { size: 5000, compressedSize: 5000 };
      return buildZip([{ ...program, method: 0, local: claim, central: claim }]);
    },
    code: 'ERR_ARCHIVE_TRUNCATED',
  },
];
