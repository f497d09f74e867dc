import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileAccessError, type Files, nodeFiles } from '../base/index.ts';
import { computeH1 } from '../domain/index.ts';
import { buildZip, type ZipEntry } from '../../test/support/zips.ts';
import {
  ArchiveChecksumError,
  ArchiveLimitError,
  createPackage,
  extractPackage,
  hashTree,
} from './index.ts';

let folder: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tofu-oci-extract-'));
  target = join(folder, 'target');
  await mkdir(target, { mode: 0o700 });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const stream = (bytes: Buffer): Readable => Readable.from([bytes], { objectMode: false });
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

const program = Buffer.from('\x7fELF program '.repeat(5000));
const executable = 'terraform-provider-null_v3.2.4_x5';
const entries: readonly ZipEntry[] = [
  { name: 'LICENSE', content: 'Mozilla Public License' },
  { name: 'README.md', content: 'read me', method: 0 },
  { name: executable, content: program, mode: 0o100755 },
];
const contents = new Map<string, Buffer | string>([
  ['LICENSE', 'Mozilla Public License'],
  ['README.md', 'read me'],
  [executable, program],
]);
const h1 = (files: ReadonlyMap<string, Buffer | string>): string =>
  computeH1([...files].map(([name, bytes]) => ({ name, sha256: sha256(bytes) })));

const all = (change: Partial<ZipEntry>): ZipEntry[] =>
  entries.map((entry) => ({ ...entry, ...change }));

describe('extractPackage accepts', () => {
  it.each<[string, Buffer]>([
    ['entries with sizes in front', buildZip(entries)],
    ['stored entries', buildZip(all({ method: 0 }))],
    [
      'data descriptors with signature, as Go writes them',
      buildZip(all({ method: 8, descriptor: true })),
    ],
    [
      'data descriptors without signature',
      buildZip(all({ method: 8, descriptor: { signature: false } })),
    ],
    ['zip64 data descriptors', buildZip(all({ method: 8, descriptor: { wide: true } }))],
    [
      'zip64 data descriptors without signature',
      buildZip(all({ method: 8, descriptor: { wide: true, signature: false } })),
    ],
    ['stored entries with data descriptors', buildZip(all({ method: 0, descriptor: true }))],
    [
      'stored entries with data descriptors and zip64 end records',
      buildZip(all({ method: 0, descriptor: { wide: true }, zip64: true }), { zip64: true }),
    ],
    ['zip64 fields for small files', buildZip(all({ zip64: true }))],
    [
      'zip64 fields and data descriptors',
      buildZip(all({ method: 8, zip64: true, descriptor: true })),
    ],
    ['zip64 end records', buildZip(entries, { zip64: true })],
    [
      'zip64 end records beside true plain numbers',
      buildZip(entries, { zip64: { unsaturated: true } }),
    ],
    ['a comment', buildZip(entries, { end: { comment: Buffer.from('made by hand') } })],
    ['a data descriptor beside true numbers in front', buildZip(truthful({ method: 8 }))],
    ['a stored entry with a data descriptor and true numbers', buildZip(truthful({ method: 0 }))],
    [
      'bits for the compression level in one header only',
      buildZip(all({ method: 8, central: { flags: 0x0802 } })),
    ],
    ['a central directory in another order', reordered()],
  ])('%s', async (_, zip) => {
    const extracted = await extractPackage(stream(zip), target);
    expect(extracted).toMatchObject({
      size: zip.length,
      zh: `zh:${sha256(zip)}`,
      h1OfZip: h1(contents),
      h1OfTree: h1(contents),
    });
    expect(await hashTree(target)).toBe(h1(contents));
    expect((await readFile(join(target, executable))).equals(program)).toBe(true);
    expect(await readdir(folder)).toEqual(['target']);
  });

  function truthful(change: Partial<ZipEntry>): ZipEntry[] {
    const plain = buildZip([{ ...entries[2]!, ...change }]);
    const size = plain.readUInt32LE(22);
    const stated = { crc: plain.readUInt32LE(14), size, compressedSize: plain.readUInt32LE(18) };
    return [...entries.slice(0, 2), { ...entries[2]!, ...change, descriptor: true, local: stated }];
  }

  function reordered(): Buffer {
    const offsets = [0];
    for (let count = 1; count < 3; count++) {
      offsets.push(buildZip(entries.slice(0, count)).indexOf('PK\x01\x02', 0, 'latin1'));
    }
    const straight = buildZip(entries);
    const begin = straight.indexOf('PK\x01\x02', 0, 'latin1');
    const ends = straight.indexOf('PK\x05\x06', 0, 'latin1');
    const first = 46 + 'LICENSE'.length;
    const directory = straight.subarray(begin, ends);
    return Buffer.concat([
      straight.subarray(0, begin),
      directory.subarray(first),
      directory.subarray(0, first),
      straight.subarray(ends),
    ]);
  }

  it('explicit folders, which count in the h1 of the zip only', async () => {
    const zip = buildZip([
      { name: 'docs/' },
      { name: 'docs/empty/', method: 8, descriptor: true },
      { name: 'docs/guide.md', content: 'guide' },
      { name: 'streamed/', descriptor: true },
      ...entries,
    ]);
    const extracted = await extractPackage(stream(zip), target);
    const files = new Map([...contents, ['docs/guide.md', 'guide']]);
    const folders = ['docs/', 'docs/empty/', 'streamed/'].map((name) => [name, ''] as const);
    expect(extracted.h1OfTree).toBe(h1(files));
    expect(extracted.h1OfZip).toBe(h1(new Map([...files, ...folders])));
    expect(await hashTree(target)).toBe(extracted.h1OfTree);
    expect((await stat(join(target, 'docs/empty'))).isDirectory()).toBe(true);
    expect(extracted.entries.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'folder docs/',
      'folder docs/empty/',
      'file docs/guide.md',
      'folder streamed/',
      ...[...contents.keys()].map((name) => `file ${name}`),
    ]);
  });

  it('empty files and UTF-8 names', async () => {
    const files = new Map([
      ['empty', ''],
      ['deflated-empty', ''],
      ['\u00fcber/\u8a9e.md', 'x'],
    ]);
    const zip = buildZip([
      { name: 'empty' },
      { name: 'deflated-empty', method: 8 },
      { name: '\u00fcber/\u8a9e.md', content: 'x', local: { flags: 0 }, central: { flags: 0 } },
    ]);
    const extracted = await extractPackage(stream(zip), target);
    expect(extracted.h1OfTree).toBe(h1(files));
    expect(await hashTree(target)).toBe(h1(files));
  });

  it('a package larger than every buffer, cut into odd pieces', async () => {
    const noise = Buffer.concat(
      Array.from({ length: 30_000 }, (_, index) =>
        createHash('sha512').update(`${index}`).digest(),
      ),
    );
    const zip = buildZip([
      { name: 'noise', content: noise, descriptor: true },
      { name: 'stored', content: noise, method: 0 },
      { name: 'zeros', content: Buffer.alloc(9_000_000), descriptor: true },
    ]);
    const received: number[] = [];
    const pieces = Array.from({ length: Math.ceil(zip.length / 99_991) }, (_, index) =>
      zip.subarray(index * 99_991, (index + 1) * 99_991),
    );
    const extracted = await extractPackage(Readable.from(pieces, { objectMode: false }), target, {
      onProgress: (bytes) => received.push(bytes),
    });
    expect(await hashTree(target)).toBe(extracted.h1OfTree);
    expect(received.at(-1)).toBe(zip.length);
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });
});

describe.skipIf(process.platform === 'win32')('modes', () => {
  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

  it('are 0755 for programs and folders and 0644 for the rest; set-uid never survives', async () => {
    const zip = buildZip([
      { name: 'folder/', mode: 0o042777 },
      { name: 'folder/plain', content: 'x', mode: 0o100666 },
      { name: 'secret', content: 'x', mode: 0o100600 },
      { name: 'set-uid', content: 'x', mode: 0o104711 },
      { name: 'set-gid', content: 'x', mode: 0o102644 },
      { name: 'no-mode', content: 'x', mode: 0 },
      { name: 'windows', content: 'x', mode: 0o100755, central: { host: 0 } },
      { name: 'mac', content: 'x', mode: 0o100755, central: { host: 19 } },
    ]);
    await extractPackage(stream(zip), target);
    const modes = new Map<string, number>();
    for (const name of [
      '.',
      'folder',
      'folder/plain',
      'secret',
      'set-uid',
      'set-gid',
      'no-mode',
      'windows',
      'mac',
    ]) {
      modes.set(name, await modeOf(join(target, name)));
    }
    expect(Object.fromEntries(modes)).toEqual({
      '.': 0o755,
      folder: 0o755,
      'folder/plain': 0o644,
      secret: 0o644,
      'set-uid': 0o755,
      'set-gid': 0o644,
      'no-mode': 0o644,
      windows: 0o644,
      mac: 0o755,
    });
  });

  it('are private while anything is in doubt', async () => {
    const seen: number[] = [];
    const files: Files = {
      ...nodeFiles,
      open: async (...args) => {
        const handle = await nodeFiles.open(...args);
        seen.push((await handle.stat()).mode & 0o7777);
        return handle;
      },
    };
    await extractPackage(stream(buildZip(entries)), target, { files });
    expect(seen).toEqual([0o600, 0o600, 0o600]);
  });
});

describe('extractPackage refuses', () => {
  const zip = buildZip(entries);

  it.each([
    ['another sha256', { sha256: sha256('other') }, 'sha256'],
    ['fewer bytes than expected', { size: zip.length + 1 }, 'size'],
    ['more bytes than expected', { size: zip.length - 1 }, 'size'],
    ['far more bytes than expected', { size: 10 }, 'size'],
  ])('%s', async (_, expected, field) => {
    const error: unknown = await extractPackage(stream(zip), target, { expected }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ArchiveChecksumError);
    expect(error).toMatchObject({ code: 'ERR_ARCHIVE_CHECKSUM', field, category: 'integrity' });
    expect(await readdir(target)).toEqual([]);
  });

  it('bytes that end early as a wrong size when the size is known', async () => {
    const call = extractPackage(stream(zip.subarray(0, 50)), target, {
      expected: { size: zip.length },
    });
    await expect(call).rejects.toMatchObject({ code: 'ERR_ARCHIVE_CHECKSUM', field: 'size' });
  });

  it('more packed bytes than the limit', async () => {
    const call = extractPackage(stream(zip), target, { limits: { maxPackedBytes: 100 } });
    await expect(call).rejects.toBeInstanceOf(ArchiveLimitError);
    await expect(call).rejects.toMatchObject({ limit: 'maxPackedBytes', maximum: 100 });
  });

  it('a stored entry with a data descriptor when the rest is cut or lies', async () => {
    const spooled = buildZip(all({ method: 0, descriptor: true }));
    for (let length = 0; length < spooled.length; length += 503) {
      const cut = extractPackage(stream(spooled.subarray(0, length)), target);
      await expect(cut).rejects.toMatchObject({ category: 'integrity' });
      expect(await readdir(folder)).toEqual(['target']);
      expect(await readdir(target)).toEqual([]);
    }
  });

  it('a folder that is missing or not empty, and touches nothing in it', async () => {
    await writeFile(join(target, 'mine'), 'mine');
    const source = stream(zip);
    await expect(extractPackage(source, target)).rejects.toBeInstanceOf(FileAccessError);
    expect(source.destroyed).toBe(true);
    expect(await readdir(target)).toEqual(['mine']);
    const missing = extractPackage(stream(zip), join(folder, 'missing'));
    await expect(missing).rejects.toMatchObject({ errno: 'ENOENT' });
  });
});

describe('extractPackage leaves nothing behind', () => {
  /** The first part of a package, and then silence. */
  async function halfway(compress: boolean): Promise<Readable> {
    const noise = Buffer.concat(
      Array.from({ length: 40_000 }, (_, n) => createHash('sha512').update(`${n}`).digest()),
    );
    const zip = await createPackage(new Map([[executable, noise]]), { compress });
    const source = new Readable({ read: () => undefined });
    source.push(zip.subarray(0, 2_000_000));
    return source;
  }

  it.each([{ compress: true }, { compress: false }])(
    'when it is aborted while the network is silent: %j',
    async ({ compress }) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const source = await halfway(compress);
      const call = extractPackage(source, target, {
        signal: controller.signal,
        onProgress: () => setTimeout(() => controller.abort(reason), 20),
      });
      await expect(call).rejects.toBe(reason);
      expect(source.destroyed).toBe(true);
      expect(await readdir(target)).toEqual([]);
    },
  );

  it.each([{ compress: true }, { compress: false }])(
    'when the disk is full while the network is silent: %j',
    async ({ compress }) => {
      const source = await halfway(compress);
      const files = faulty('write', 1, () => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      });
      const call = extractPackage(source, target, { files });
      await expect(call).rejects.toMatchObject({ code: 'ERR_BASE_FILE_ACCESS', errno: 'ENOSPC' });
      expect(source.destroyed).toBe(true);
      expect(await readdir(target)).toEqual([]);
    },
  );

  it('when it was aborted before', async () => {
    const source = stream(buildZip(entries));
    const call = extractPackage(source, target, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(source.destroyed).toBe(true);
    expect(await readdir(target)).toEqual([]);
  });

  it('when it is aborted at any of its writes', async () => {
    const zip = buildZip([...entries, { name: 'docs/a', content: 'x' }]);
    for (let nth = 1; nth <= 4; nth++) {
      const controller = new AbortController();
      const files = faulty('write', nth, () => controller.abort());
      const call = extractPackage(stream(zip), target, { files, signal: controller.signal });
      await expect(call).rejects.toMatchObject({ name: 'AbortError' });
      expect(await readdir(target)).toEqual([]);
    }
  });

  it('when the source breaks, and passes its error on', async () => {
    const zip = buildZip(entries);
    const broken = new Error('connection reset');
    async function* half(): AsyncGenerator<Buffer> {
      yield zip.subarray(0, 200);
      await Promise.resolve();
      throw broken;
    }
    await expect(extractPackage(Readable.from(half()), target)).rejects.toBe(broken);
    expect(await readdir(target)).toEqual([]);
  });

  it.each(['open', 'mkdir', 'write', 'chmod'] as const)(
    'when any %s fails for want of space',
    async (operation) => {
      const zip = buildZip([
        ...all({ method: 0, descriptor: true }),
        { name: 'docs/a', content: 'x' },
      ]);
      let failures = 0;
      for (let nth = 1; ; nth++) {
        const fault: { happened: boolean } = { happened: false };
        const files = faulty(operation, nth, () => {
          fault.happened = true;
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        });
        const outcome: unknown = await extractPackage(stream(zip), target, { files }).catch(
          (error: unknown) => error,
        );
        if (!fault.happened) break;
        failures += 1;
        expect(outcome).toBeInstanceOf(FileAccessError);
        expect(outcome).toMatchObject({ errno: 'ENOSPC' });
        expect(await readdir(folder)).toEqual(['target']);
        expect(await readdir(target)).toEqual([]);
      }
      expect(failures).toBeGreaterThan(0);
    },
  );
});

/** The file system, with `act` called at the n-th time that one operation is used. */
function faulty(
  operation: 'open' | 'mkdir' | 'write' | 'chmod',
  nth: number,
  act: () => void,
): Files {
  let count = 0;
  const step = (name: string): void => {
    if (name === operation && ++count === nth) act();
  };
  return {
    ...nodeFiles,
    mkdir: ((...args: Parameters<typeof nodeFiles.mkdir>) => {
      step('mkdir');
      return nodeFiles.mkdir(...args);
    }) as typeof nodeFiles.mkdir,
    chmod: async (...args) => {
      step('chmod');
      return nodeFiles.chmod(...args);
    },
    open: async (...args) => {
      step('open');
      const handle = await nodeFiles.open(...args);
      return new Proxy(handle, {
        get(real, key) {
          const value: unknown = Reflect.get(real, key);
          if (typeof value !== 'function') return value;
          return (...rest: unknown[]): unknown => {
            if (key === 'write') step('write');
            return Reflect.apply(value, real, rest);
          };
        },
      });
    },
  };
}
