import { entry, type HostileZip, limit, name, program, readme } from './hostile-zip.ts';
import { buildZip, extraField } from './zips.ts';

export const hostileNames: readonly HostileZip[] = [
  ...spellings(),
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

/** Other spellings of the same attacks. */
function spellings(): readonly HostileZip[] {
  return [
    name('parent-folder', 'is ..', '..'),
    name('parent-folder', 'climbs to the root', `${'../'.repeat(20)}etc/cron.d/job`),
    name('parent-folder', 'climbs in the middle and comes back', 'docs/../docs/a'),
    name('absolute-name', 'is the root', '/'),
    name('absolute-name', 'is an extended path with slashes', '//?/C:/outside'),
    name('backslash', 'is an extended path', '\\\\?\\C:\\outside'),
    name('backslash', 'is on a drive, with backslashes', 'C:\\outside'),
    name('backslash', 'mixes both slashes', 'docs/..\\../outside'),
    name('drive', 'is a drive', 'c:'),
    name('drive', 'is on a drive, below a folder', 'docs/C:/outside'),
    name('drive', 'is the unnamed data stream', 'README.md::$DATA'),
    name('control-character', 'climbs behind a NUL', 'README.md\0/../../outside'),
    name('control-character', 'is UTF-16', Buffer.from('../outside', 'utf16le')),
    name('control-character', 'has a carriage return', 'a\rb'),
    name('control-character', 'has a tab', 'a\tb'),
    name('control-character', 'has a delete', 'a\u007fb'),
    name('control-character', 'has a C1 control', 'a\u0085b'),
    name('control-character', 'has a line separator', 'a\u2028b'),
    name('control-character', 'has an isolate', 'a\u2066b'),
    name('control-character', 'begins with a byte order mark', '\ufeffREADME'),
    name('control-character', 'has a soft hyphen', 'REA\u00adDME'),
    name('control-character', 'has a word joiner', 'REA\u2060DME'),
    ...['<', '>', '"', '|', '*'].map((sign) => name('character', `has a ${sign}`, `a${sign}b`)),
    ...['con', 'PRN.txt', 'docs/Aux/a', 'COM\u00b2', 'CONIN$', 'conout$.log', 'CLOCK$', 'lpt0'].map(
      (text) => name('device-name', `is ${text}`, text),
    ),
    name('device-name', 'is a device with two extensions', 'nul.tar.gz'),
    name('device-name', 'is a folder called like a device', 'com9/'),
    name('trailing-dot-or-space', 'is three dots', '.../outside'),
    name('trailing-dot-or-space', 'is a space', ' '),
    name('trailing-dot-or-space', 'ends with dots and spaces', 'a. . '),
    name('trailing-dot-or-space', 'is a device behind a space', 'nul /a'),
    name('empty-segment', 'is a folder with two slashes', 'docs//'),
    name('current-folder', 'is .', '.'),
    name('current-folder', 'is the folder itself', './'),
    name('current-folder', 'ends in .', 'docs/.'),
    name('encoding', 'is Latin-1', Buffer.from([0x63, 0x61, 0x66, 0xe9])),
    name('encoding', 'is Shift JIS, whose second byte is a backslash', Buffer.from([0x83, 0x5c])),
    name('encoding', 'is an overlong slash', Buffer.from([0x2e, 0x2e, 0xc0, 0xaf, 0x61])),
    name('encoding', 'is half a surrogate pair', Buffer.from([0xed, 0xa0, 0x80])),
    name('encoding', 'is over the last code point', Buffer.from([0xf5, 0x80, 0x80, 0x80])),
    name('encoding', 'is cut in a character', Buffer.from([0x61, 0xe8, 0xaa])),
    name('duplicate', 'is a file twice, with other content between', 'a', 'b', 'a'),
    name('case-duplicate', 'is two folders', 'docs/', 'DOCS/'),
    name('case-duplicate', 'is a folder and one that is implied', 'docs/', 'Docs/a'),
    name('case-duplicate', 'is a file and a folder', 'a', 'A/b'),
    name('case-duplicate', 'differs by a ligature', '\ufb01le', 'file'),
    name('case-duplicate', 'differs by a final sigma', '\u03c3\u03b1\u03c3', '\u03a3\u0391\u03a3'),
    name('case-duplicate', 'differs by the width of a letter', '\uff41', 'a'),
    name('case-duplicate', 'differs by a unit and a letter', '\u212b', '\u00e5'),
    name('case-duplicate', 'differs by a dotted I', '\u0130', 'i\u0307'),
    name('case-duplicate', 'differs by the width of a slash', 'a/b', 'a\uff0fb'),
    name('file-and-folder', 'is a file deep below itself', 'a/b/c', 'a/b'),
    limit('maxNameBytes', 'a name of 65,535 bytes', () =>
      buildZip([program, { name: 'n'.repeat(65_535) }]),
    ),
    limit('maxNameBytes', 'a name of 65,535 bytes in the central directory only', () =>
      buildZip([program, { ...readme, central: { name: 'n'.repeat(65_535) } }]),
    ),
    limit('maxSegmentBytes', 'a part of a name of 86 characters and 258 bytes', () =>
      buildZip([program, { name: '\u8a9e'.repeat(86) }]),
    ),
    limit('maxDepth', 'a file below 32 folders', () =>
      buildZip([program, { name: `${'d/'.repeat(32)}f`, content: 'x' }]),
    ),
    ...(
      [
        ['in the central directory only', { central: { extra: otherPath('../outside') } }],
        ['that is too short', { local: { extra: extraField(0x7075, Buffer.from([1, 0])) } }],
        [
          'beside a true one',
          { local: { extra: Buffer.concat([otherPath(readme.name), otherPath('../outside')]) } },
        ],
      ] as const
    ).map(([title, change]): HostileZip =>
      entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'encoding', `a Unicode path field ${title}`, {
        ...readme,
        ...change,
      }),
    ),
  ];
}

function otherPath(path: string | Buffer): Buffer {
  return extraField(0x7075, Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from(path)]));
}

export const hostileTypes: readonly HostileZip[] = [
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
  ...[0o120000, 0o120777, 0o127777].map((mode) =>
    entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'link', `a link of mode ${mode.toString(8)} from macOS`, {
      name: 'link',
      content: '../outside',
      mode,
      central: { host: 19 },
    }),
  ),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'link', 'a link with the name of a folder', {
    name: 'link/',
    mode: 0o120777,
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'link', 'an empty link', { name: 'link', mode: 0o120777 }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'link', 'a streamed link', {
    name: 'link',
    content: '/etc/passwd',
    mode: 0o120777,
    descriptor: true,
  }),
  ...[0o140777, 0o060660, 0o030644, 0o050644, 0o070644, 0o110644, 0o150644, 0o170644].map((mode) =>
    entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'device-file', `an entry of mode ${mode.toString(8)}`, {
      name: 'special',
      mode,
    }),
  ),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'type', 'a volume label with a slash', {
    name: 'label/',
    central: { host: 0, attributes: 0x08 },
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'type', 'a regular file of mode 040644', {
    name: 'file',
    content: 'x',
    mode: 0o040644,
  }),
  entry('ERR_ARCHIVE_HOSTILE_ENTRY', 'folder-with-content', 'a folder with packed content', {
    name: 'folder/',
    content: 'x'.repeat(1000),
  }),
];
