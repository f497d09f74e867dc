import { constants, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { ZipFile, type ReadStreamOptions } from 'yazl';
import { Random } from './random.ts';
import { buildZip, extraField, type ZipEntry, type ZipOptions } from './zips.ts';

/** What a package unpacks to. */
export interface GoodTree {
  readonly title: string;
  readonly files: ReadonlyMap<string, GoodFile>;
}

export interface GoodFile {
  readonly bytes: Buffer;
  readonly executable: boolean;
}

/** A way to pack it. */
export interface GoodShape {
  readonly title: string;
  readonly pack: (tree: GoodTree) => Buffer | Promise<Buffer>;
}

const program = 'terraform-provider-null_v3.2.4_x5';

function tree(title: string, files: Readonly<Record<string, Buffer | string>>): GoodTree {
  const entries = Object.entries({ [program]: 'program '.repeat(200), ...files });
  return {
    title,
    files: new Map(
      entries.map(([name, bytes]) => [
        name,
        { bytes: Buffer.from(bytes), executable: name.includes('terraform-provider') },
      ]),
    ),
  };
}

const noise = (bytes: number): Buffer => new Random(bytes).bytes(bytes);
const zipOfZip = (): Buffer => buildZip([{ name: 'inner', content: 'x', method: 0 }]);
const numbered = (count: number, name: (index: number) => string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), `file ${index}`]));

export const goodTrees: readonly GoodTree[] = [
  tree('one program', {}),
  tree('what goreleaser packs', {
    LICENSE: 'Mozilla Public License\n'.repeat(100),
    'README.md': '# Provider\n',
    'CHANGELOG.md': '## 3.2.4\n',
  }),
  tree('an empty file', { empty: '' }),
  tree('folders', { 'docs/index.md': 'index', 'docs/deep/er/a.md': 'a', 'examples/main.tf': '{}' }),
  tree('31 folders', { [`${'d/'.repeat(31)}f`]: 'deep' }),
  tree('names of all the world', {
    '\u00fcber.md': 'u',
    '\u8a9e/\u6587.txt': 'cjk',
    '\u05e2\u05d1\u05e8\u05d9\u05ea': 'hebrew',
    '\ud83d\ude80.md': 'rocket',
    '\u0928\u092e\u0938\u094d\u0924\u0947': 'combining',
  }),
  tree('names in the decomposed form, as macOS writes them', { 'u\u0308ber/cafe\u0301.md': 'nfd' }),
  tree('long names', { ['n'.repeat(255)]: 'x', [`${'p'.repeat(200)}/${'q'.repeat(200)}`]: 'y' }),
  tree('names that look dangerous and are not', {
    '..a': '1',
    'a..b': '2',
    '...c': '3',
    '.hidden': '4',
    '-rf': '5',
    'a b': '6',
    '~': '7',
    $HOME: '8',
    'con-fig': '9',
    nulls: '10',
    com10: '11',
    'console.log': '12',
    '%2e%2e%2fa': '13',
    "it's": '14',
    '[a]{b}(c)#&;!,=+@^': '15',
  }),
  tree('names that differ a little', { a: '1', 'a-': '2', 'a.b': '3', 'a b': '4', aa: '5' }),
  tree(
    'sixty files',
    numbered(60, (index) => `docs/resources/r${index}.md`),
  ),
  tree('noise', { noise: noise(40_000) }),
  tree('zeros', { zeros: Buffer.alloc(3_000_000) }),
  tree('sizes at the edges of buffers', {
    one: 'x',
    k1: noise(1023),
    k2: noise(1024),
    k64: noise(65_535),
    k65: Buffer.alloc(65_536, 'ab'),
    k66: Buffer.alloc(65_537, 'abc'),
    k512: Buffer.alloc(512 * 1024 + 1, 'abcd'),
    m1: Buffer.alloc(1024 * 1024 + 1, 'abcde'),
  }),
  tree('content that looks like records of a zip', {
    records: zipOfZip(),
    'records.zip': Buffer.concat([zipOfZip(), zipOfZip()]),
    descriptor: Buffer.from('PK\x07\x08aaaabbbbccccPK\x01\x02', 'latin1'),
    ends: Buffer.from('PK\x05\x06'.repeat(50), 'latin1'),
  }),
  tree('what macOS adds', {
    '__MACOSX/._README.md': Buffer.from('0005160700020000', 'hex'),
    'README.md': 'read me',
    '.DS_Store': noise(300),
  }),
  tree('a jar', {
    'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\r\n\r\n',
    'a/B.class': noise(900),
  }),
];

/** The folders that a tree needs, as explicit entries. */
function foldersOf({ files }: GoodTree): string[] {
  const folders = new Set<string>();
  for (const name of files.keys()) {
    const parts = name.split('/').slice(0, -1);
    for (const [index] of parts.entries()) folders.add(`${parts.slice(0, index + 1).join('/')}/`);
  }
  return [...folders];
}

const plain = ({ files }: GoodTree): ZipEntry[] =>
  [...files].map(([name, { bytes, executable }]) => ({
    name,
    content: bytes,
    mode: executable ? 0o100755 : 0o100644,
  }));

function own(
  title: string,
  change: (entry: ZipEntry, index: number) => ZipEntry,
  options: ZipOptions = {},
): GoodShape {
  return { title, pack: (one) => buildZip(plain(one).map(change), options) };
}

function deflated(title: string, options: ZlibOptions): GoodShape {
  return own(`deflated ${title}`, (entry) => ({
    ...entry,
    method: 8,
    packed: deflateRawSync(entry.content ?? '', options),
  }));
}

/** Extended timestamps, and owners, as Info-ZIP writes them. */
const unixExtra = Buffer.concat([
  extraField(0x5455, Buffer.from('0300f1536500f15365', 'hex')),
  extraField(0x7875, Buffer.from('0104e803000004e8030000', 'hex')),
]);
const unixCentral = Buffer.concat([
  extraField(0x5455, Buffer.from('0300f15365', 'hex')),
  extraField(0x7875, Buffer.from('0104e803000004e8030000', 'hex')),
]);
const ntfsTimes = extraField(
  0x000a,
  Buffer.concat([Buffer.from('0000000001001800', 'hex'), Buffer.alloc(24)]),
);

const both = (fields: NonNullable<ZipEntry['local']>): Partial<ZipEntry> => ({
  local: fields,
  central: fields,
});
const explicit = (name: string, change: Partial<ZipEntry> = {}): ZipEntry => ({ name, ...change });

const ownShapes: readonly GoodShape[] = [
  own('deflated', (entry) => entry),
  own('stored', (entry) => ({ ...entry, method: 0 })),
  own('stored and deflated in turn', (entry, index) => ({
    ...entry,
    method: index % 2 === 0 ? 0 : 8,
  })),
  own('with data descriptors', (entry) => ({ ...entry, method: 8, descriptor: true })),
  ...(
    [
      ['without signature', { signature: false }],
      ['of 64 bits', { wide: true }],
      ['of 64 bits without signature', { wide: true, signature: false }],
    ] as const
  ).flatMap(([title, descriptor]) => [
    own(`with data descriptors ${title}`, (entry) => ({ ...entry, method: 8, descriptor })),
    own(`stored, with data descriptors ${title}`, (entry) => ({ ...entry, method: 0, descriptor })),
  ]),
  own('stored, with data descriptors', (entry) => ({ ...entry, method: 0, descriptor: true })),
  own('with data descriptors and zip64 fields', (entry) => ({
    ...entry,
    method: 8,
    zip64: true,
    descriptor: { wide: true },
  })),
  own('with data descriptors on some', (entry, index) =>
    index % 2 === 0 ? { ...entry, method: 8, descriptor: true } : entry,
  ),
  own('with zip64 fields', (entry) => ({ ...entry, zip64: true })),
  own('with zip64 fields on some', (entry, index) => ({ ...entry, zip64: index % 2 === 0 })),
  own('with zip64 end records', (entry) => entry, { zip64: true }),
  own('with zip64 end records and the numbers in both', (entry) => entry, {
    zip64: { unsaturated: true },
  }),
  own('all zip64', (entry) => ({ ...entry, zip64: true }), { zip64: true }),
  own('with a comment', (entry) => entry, { end: { comment: Buffer.from('made by hand') } }),
  own('with the longest comment', (entry) => entry, {
    end: { comment: Buffer.alloc(65_535, 'c') },
  }),
  own('with comments on entries', (entry) => ({
    ...entry,
    central: { comment: Buffer.from('why') },
  })),
  own('with times and owners', (entry) => ({
    ...entry,
    local: { extra: unixExtra },
    central: { extra: unixCentral },
  })),
  own('with times of NTFS', (entry) => ({ ...entry, central: { extra: ntfsTimes } })),
  own('with unknown extra fields', (entry) => ({
    ...entry,
    ...both({ extra: extraField(0x4242, Buffer.alloc(1000)) }),
  })),
  own('with the mark of a jar', (entry, index) =>
    index === 0 ? { ...entry, ...both({ extra: extraField(0xcafe, Buffer.alloc(0)) }) } : entry,
  ),
  own('with true Unicode path fields', (entry) => {
    const payload = Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from(entry.name)]);
    return { ...entry, ...both({ extra: extraField(0x7075, payload) }) };
  }),
  own('from macOS', (entry) => ({ ...entry, central: { host: 19 } })),
  own('without the UTF-8 flag', (entry) => ({ ...entry, ...both({ flags: 0 }) })),
  own('with the levels of deflate in the flags', (entry, index) => ({
    ...entry,
    method: 8,
    ...both({ flags: 0x0800 | ((index % 4) << 1) }),
  })),
  ...Array.from({ length: 10 }, (_, level) => deflated(`at level ${level}`, { level })),
  deflated('with Huffman codes only', { strategy: constants.Z_HUFFMAN_ONLY }),
  deflated('with fixed codes', { strategy: constants.Z_FIXED }),
  deflated('in runs', { strategy: constants.Z_RLE }),
  deflated('with the smallest window', { windowBits: 9, memLevel: 1 }),
  {
    title: 'with folders, files and folders mixed',
    pack: (one) => {
      const folders = foldersOf(one).map((name) => explicit(name));
      return buildZip([...plain(one), ...folders.reverse()]);
    },
  },
  {
    title: 'with folders first',
    pack: (one) => buildZip([...foldersOf(one).map((name) => explicit(name)), ...plain(one)]),
  },
  {
    title: 'with deflated folders, as Java writes them',
    pack: (one) =>
      buildZip([
        ...foldersOf(one).map((name) =>
          explicit(name, { method: 8, packed: Buffer.from([3, 0]), descriptor: true }),
        ),
        ...plain(one).map((entry) => ({ ...entry, method: 8, descriptor: true as const })),
      ]),
  },
  {
    title: 'with empty folders that nothing is in',
    pack: (one) => buildZip([explicit('empty-folder/'), explicit('others/none/'), ...plain(one)]),
  },
  own('with the attributes of DOS', (entry) => ({
    ...entry,
    central: { host: 3, attributes: (((entry.mode ?? 0) << 16) | 0x20) >>> 0 },
  })),
  own('read-only, of a group, set-uid and sticky', (entry) => ({
    ...entry,
    mode: ((entry.mode ?? 0) & 0o111) === 0 ? 0o102440 : 0o107550,
  })),
];

function yazl(title: string, options: Partial<ReadStreamOptions>, zip64 = false): GoodShape {
  return {
    title: `yazl, ${title}`,
    async pack({ files }) {
      const zip = new ZipFile();
      for (const [name, { bytes, executable }] of files) {
        const mode = executable ? 0o100755 : 0o100644;
        zip.addBuffer(bytes, name, { mode, forceZip64Format: zip64, ...options });
      }
      zip.end({ comment: '', forceZip64Format: zip64 });
      const chunks: Buffer[] = [];
      for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

const yazlShapes: readonly GoodShape[] = [
  yazl('deflated', {}),
  yazl('stored', { compress: false }),
  yazl('zip64', {}, true),
  yazl('stored zip64', { compress: false }, true),
  yazl('with times', { mtime: new Date('2024-02-29T23:59:58Z') }),
  yazl('with the first time there is', { mtime: new Date(1980, 0, 1), forceDosTimestamp: true }),
  yazl('with the last time there is', { mtime: new Date(2107, 11, 31), forceDosTimestamp: true }),
];

export const goodShapes: readonly GoodShape[] = [...ownShapes, ...yazlShapes];
