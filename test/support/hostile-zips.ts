import { deflateRawSync } from 'node:zlib';
import { buildZip, extraField, zip64Extra, type ZipEntry } from './zips.ts';

/** An archive that must be refused, and how. */
export interface HostileZip {
  readonly title: string;
  readonly build: () => Buffer;
  readonly code: string;
  /** The literal in the error's `reason`, `what`, `feature` or `limit` field. */
  readonly detail?: string;
  /** Much is unpacked before the limit is met. */
  readonly heavy?: true;
}

const program: ZipEntry = {
  name: 'terraform-provider-null_v3.2.4_x5',
  content: 'program '.repeat(40),
  mode: 0o100755,
};
const readme: ZipEntry = { name: 'README.md', content: 'read me' };

function entry(code: string, reason: string, title: string, ...entries: ZipEntry[]): HostileZip {
  return { title, build: () => buildZip([program, ...entries]), code, detail: reason };
}

function name(reason: string, title: string, ...names: (string | Buffer)[]): HostileZip {
  const entries = names.map((text) => ({
    name: text,
    content: text.toString().endsWith('/') ? '' : 'x',
  }));
  return entry('ERR_ARCHIVE_HOSTILE_ENTRY', reason, title, ...entries);
}

function inconsistent(what: string, title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_INCONSISTENT', detail: what };
}

function unsupported(feature: string, title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_UNSUPPORTED', detail: feature };
}

function limit(which: string, title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_LIMIT', detail: which };
}

function notAZip(title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_NOT_A_ZIP' };
}

const names: readonly HostileZip[] = [
  name('parent-folder', 'climbs out with ..', '../outside'),
  name('parent-folder', 'climbs out from below', 'docs/../../outside'),
  name('parent-folder', 'ends in ..', 'docs/..'),
  name('parent-folder', 'is a folder called ..', '../'),
  name('absolute-name', 'is absolute', '/tmp/outside'),
  name('absolute-name', 'is a UNC path with slashes', '//server/share/outside'),
  name('backslash', 'climbs out with backslashes', '..\\outside'),
  name('backslash', 'is a UNC path', '\\\\server\\share\\outside'),
  name('drive', 'is on a drive', 'C:/outside'),
  name('drive', 'is relative to a drive', 'C:outside'),
  name('drive', 'is a second data stream', 'README.md:hidden'),
  name('control-character', 'has a NUL', 'README\0.md'),
  name('control-character', 'has a newline, which breaks the h1 hash', 'a\nb'),
  name('control-character', 'has an escape sequence', 'a\u001b[31mb'),
  name('control-character', 'reads backwards', 'gpj.\u202eexe'),
  name('control-character', 'has an invisible character', 'READ\u200bME'),
  name('character', 'has a character that Windows forbids', 'what?'),
  name('device-name', 'is a device on Windows', 'NUL'),
  name('device-name', 'is a device with an extension', 'docs/com1.txt'),
  name('device-name', 'is a device with a superscript digit', 'LPT\u00b9'),
  name('device-name', 'is a device with a space before the extension', 'aux .md'),
  name('trailing-dot-or-space', 'ends with a dot', 'README.'),
  name('trailing-dot-or-space', 'ends with a space', 'docs /a'),
  name('empty-segment', 'has an empty part', 'docs//a'),
  name('empty-name', 'is empty', ''),
  name('current-folder', 'has a . part', './README'),
  name('encoding', 'is not UTF-8', Buffer.from([0x61, 0xff, 0xfe])),
  name('encoding', 'is overlong UTF-8 for ..', Buffer.from([0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x61])),
  name('duplicate', 'occurs twice', 'a', 'a'),
  name('duplicate', 'is a folder that occurs twice', 'a/', 'a/'),
  name('case-duplicate', 'differs in case only', 'README', 'readme'),
  name('case-duplicate', 'differs in case only, in a folder', 'Docs/a', 'docs/b'),
  name('case-duplicate', 'differs in Unicode form only', 'caf\u00e9', 'cafe\u0301'),
  name('case-duplicate', 'differs in a compatibility character only', '\u212aelvin', 'kelvin'),
  name('case-duplicate', 'differs by a sharp s', 'stra\u00dfe', 'STRASSE'),
  name('file-and-folder', 'is a file and then a folder', 'a', 'a/b'),
  name('file-and-folder', 'is a folder and then a file', 'a/b', 'a'),
  name('file-and-folder', 'is an explicit folder and a file', 'a/', 'a'),
  limit('maxSegmentBytes', 'a part of a name of 256 bytes', () =>
    buildZip([program, { name: 'n'.repeat(256) }]),
  ),
  limit('maxNameBytes', 'a name of 1,025 bytes', () =>
    buildZip([program, { name: `${'n'.repeat(200)}/`.repeat(6).slice(0, 1025) }]),
  ),
  limit('maxDepth', 'a path of 33 parts', () => buildZip([program, { name: 'd/'.repeat(33) }])),
  {
    ...name('encoding', 'has another name in a Unicode path field'),
    build: () => {
      const other = Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from('../outside')]);
      return buildZip([program, { ...readme, local: { extra: extraField(0x7075, other) } }]);
    },
  },
];

const types: readonly HostileZip[] = [
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'link', 'a symbolic link', {
    name: 'link',
    content: '/etc/passwd',
    mode: 0o120777,
  }),
  entry(
    'ERR_ARCHIVE_HOSTILE_ENTRY',
    'duplicate',
    'a symbolic link, then a file of the same name',
    { name: 'link', content: '/tmp/outside', mode: 0o120777 },
    { name: 'link', content: 'payload' },
  ),
  entry(
    'ERR_ARCHIVE_HOSTILE_ENTRY',
    'file-and-folder',
    'a symbolic link, then a file below it',
    { name: 'link', content: '/tmp', mode: 0o120777 },
    { name: 'link/outside', content: 'payload' },
  ),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'link', 'a symbolic link that claims to come from Windows', {
    name: 'link',
    content: '/etc/passwd',
    mode: 0o120777,
    central: { host: 0 },
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'device-file', 'a character device', {
    name: 'device',
    mode: 0o020666,
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'device-file', 'a named pipe', {
    name: 'pipe',
    mode: 0o010666,
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'type', 'a folder without a slash', {
    name: 'folder',
    mode: 0o040755,
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'type', 'a file with a slash', {
    name: 'file/',
    mode: 0o100644,
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'type', 'a DOS folder without a slash', {
    name: 'folder',
    central: { host: 0, attributes: 0x10 },
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'folder-with-content', 'a stored folder with content', {
    name: 'folder/',
    content: 'x',
    method: 0,
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'folder-with-content', 'a streamed folder with content', {
    name: 'folder/',
    content: 'x',
    descriptor: true,
  }),
];

const lies: readonly HostileZip[] = [
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

const zip64: readonly HostileZip[] = [
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

const features: readonly HostileZip[] = [
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

const heavy = (zip: HostileZip): HostileZip => ({ ...zip, heavy: true });

const bombs: readonly HostileZip[] = [
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
    limit('maxEntries', '4,097 entries', () =>
      buildZip(Array.from({ length: 4097 }, (_, index) => ({ name: `f${index}` }))),
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

const noZips: readonly HostileZip[] = [
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

/** Every archive is refused under the default limits, whatever system unpacks it. */
export const hostileZips: readonly HostileZip[] = [
  ...names,
  ...types,
  ...lies,
  ...zip64,
  ...features,
  ...bombs,
  ...noZips,
];
