import type { FileHandle } from 'node:fs/promises';
import { printable, quoted } from '../../base/index.ts';
import { ArchiveCorruptError } from '../errors.ts';
import { blockBytes, paddingAfter, parseTarHeader, TarHeaderProblem } from './tar-header.ts';

/** Where the content of a file in the archive is. */
export interface TarFile {
  readonly offset: number;
  readonly size: number;
}

export interface OpenedTar {
  /** For messages. */
  readonly path: string;
  readonly handle: Pick<FileHandle, 'read'>;
  /** Bytes of the whole archive. */
  readonly size: number;
}

/**
 * Each entry takes some 300 bytes of memory here. The largest provider, with all its versions and
 * platforms, has some 20,000.
 */
const maxEntries = 500_000;
/** pax records name a path and a size; some tools add checksums and times. */
const maxPaxBytes = 64 * 1024;
/** PATH_MAX of Linux. */
const maxNameBytes = 4096;
/** Of all names together; those of blobs have some 80 bytes. */
const maxNamesBytes = 128 * 1024 * 1024;
/** Contents of small files are read along with the headers around them. */
const windowBytes = 64 * 1024;

/**
 * Finds the files of a tar without unpacking anything. Strict where readers could disagree about what is
 * in it, since the same archive is read by other tools: no links or devices, no file twice, no path that
 * leads out, nothing that reaches beyond the end.
 * @returns files by their names, without a leading `./`
 * @throws ArchiveCorruptError
 */
export async function scanTar(
  tar: OpenedTar,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, TarFile>> {
  try {
    return await new TarScan(tar).run(options.signal);
  } catch (error) {
    if (!(error instanceof TarHeaderProblem)) throw error;
    throw new ArchiveCorruptError(tar.path, error.message);
  }
}

/** What pax records and long names say about the next file. */
interface Pending {
  readonly name?: string;
  readonly size?: number;
}

class TarScan {
  readonly #tar: OpenedTar;
  readonly #files = new Map<string, TarFile>();
  #window = Buffer.alloc(0);
  #windowStart = 0;
  #namesBytes = 0;

  constructor(tar: OpenedTar) {
    this.#tar = tar;
  }

  async run(signal: AbortSignal | undefined): Promise<ReadonlyMap<string, TarFile>> {
    refuseCompressed(await this.#read(0, Math.min(4, this.#tar.size)));
    let pending: Pending = {};
    let at = 0;
    for (let entries = 0; ; entries++) {
      signal?.throwIfAborted();
      if (entries > maxEntries) throw new TarHeaderProblem(`it has over ${maxEntries} entries`);
      const header = parseTarHeader(await this.#read(at, blockBytes));
      if (header === undefined) {
        await this.#checkEnd(at + blockBytes);
        if (pending.name !== undefined || pending.size !== undefined) {
          throw new TarHeaderProblem('it ends after a name without its file');
        }
        return this.#files;
      }
      const { type } = header;
      const start = at + blockBytes;
      const isAbout = type === 'x' || type === 'g' || type === 'L';
      const size = isAbout ? header.size : (pending.size ?? header.size);
      // Compared before anything is added up: a size may be as large as numbers go.
      if (size > this.#tar.size - start) {
        throw new TarHeaderProblem(
          `it is cut off: ${shown(pending.name ?? header.name)} should have ${size} bytes`,
        );
      }
      at = start + size + paddingAfter(size);
      if (isAbout) {
        pending = { ...pending, ...(await this.#readAbout(type, start, size)) };
        continue;
      }
      this.#add(pending.name ?? header.name, type, { offset: start, size });
      pending = {};
    }
  }

  /** @throws TarHeaderProblem for anything that is neither a file nor a folder */
  #add(written: string, type: string, file: TarFile): void {
    const isFolder = type === '5' || (type === '0' && written.endsWith('/'));
    if (type !== '0' && type !== '5') {
      const what = { '1': 'a link', '2': 'a link', S: 'a sparse file' }[type] ?? 'no plain file';
      throw new TarHeaderProblem(`${shown(written)} is ${what}`);
    }
    if (Buffer.byteLength(written) > maxNameBytes) {
      throw new TarHeaderProblem(`${shown(written)} has a name of more than ${maxNameBytes} bytes`);
    }
    const name = plainName(written);
    if (isFolder) return;
    if (name === '') throw new TarHeaderProblem('a file has no name');
    if (this.#files.has(name)) throw new TarHeaderProblem(`${shown(name)} is in it twice`);
    this.#namesBytes += Buffer.byteLength(name);
    if (this.#namesBytes > maxNamesBytes) {
      throw new TarHeaderProblem(`its names have more than ${maxNamesBytes} bytes together`);
    }
    this.#files.set(name, file);
  }

  async #readAbout(type: string, start: number, size: number): Promise<Pending> {
    const limit = type === 'L' ? maxNameBytes : maxPaxBytes;
    if (size > limit) {
      throw new TarHeaderProblem(`what it says about a file has more than ${limit} bytes`);
    }
    const body = await this.#read(start, size);
    if (type === 'L') return { name: body.toString('utf8').replace(/\0.*$/su, '') };
    const about = readPax(body);
    if (type === 'x') return about;
    if (about.name === undefined && about.size === undefined) return {};
    throw new TarHeaderProblem('it names or measures several files at once');
  }

  /** Archives end with two blocks of zeros; some writers leave it at one, none at nothing. */
  async #checkEnd(at: number): Promise<void> {
    if (at >= this.#tar.size) return;
    const next = parseTarHeader(await this.#read(at, blockBytes));
    if (next !== undefined) throw new TarHeaderProblem('it goes on after a block of zeros');
  }

  /** @throws TarHeaderProblem when there are not so many bytes */
  async #read(start: number, length: number): Promise<Buffer> {
    const from = start - this.#windowStart;
    if (from >= 0 && from + length <= this.#window.length) {
      return this.#window.subarray(from, from + length);
    }
    const { handle, path, size } = this.#tar;
    if (start + length > size) {
      throw new TarHeaderProblem('it is cut off: the blocks that end it are missing');
    }
    const wanted = Math.min(Math.max(length, windowBytes), size - start);
    const window = Buffer.alloc(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await handle.read(window, filled, wanted - filled, start + filled);
      if (bytesRead === 0)
        throw new ArchiveCorruptError(path, 'it became shorter while it was read');
      filled += bytesRead;
    }
    this.#window = window;
    this.#windowStart = start;
    return window.subarray(0, length);
  }
}

/** The records `LENGTH KEY=VALUE\n` that say something about a name or a size. */
function readPax(body: Buffer): Pending {
  let name: string | undefined;
  let size: number | undefined;
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 ? '' : body.toString('latin1', at, space);
    const length = /^[1-9]\d{0,6}$/u.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(0x3d, space);
    if (
      length === 0 ||
      end > body.length ||
      body[end - 1] !== 0x0a ||
      equals < 0 ||
      equals >= end
    ) {
      throw new TarHeaderProblem('a pax record is malformed');
    }
    const key = body.toString('utf8', space + 1, equals);
    const value = body.toString('utf8', equals + 1, end - 1);
    if (key.startsWith('GNU.sparse.')) throw new TarHeaderProblem('it has a sparse file');
    if (key === 'path') name = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/u.test(value)) throw new TarHeaderProblem('a size is out of range');
      size = Number(value);
    }
    at = end;
  }
  return { ...(name === undefined ? {} : { name }), ...(size === undefined ? {} : { size }) };
}

/** Without a leading `./` and a closing `/`; empty for the root itself. */
function plainName(written: string): string {
  const name = written.replace(/^(?:\.\/+)+/u, '').replace(/\/+$/u, '');
  if (name === '' || name === '.') return '';
  const parts = name.split('/');
  const isOdd = parts.some((part) => part === '' || part === '.' || part === '..');
  if (isOdd || name.includes('\0') || name.includes('\\')) {
    throw new TarHeaderProblem(`${shown(written)} is no plain path`);
  }
  return name;
}

/** The mistake that is made most often, told as what it is. */
function refuseCompressed(start: Buffer): void {
  const magic = start.toString('hex');
  const kinds = { '1f8b': 'gzip', '28b52ffd': 'zstd', '425a68': 'bzip2', fd377a58: 'xz' };
  for (const [bytes, kind] of Object.entries(kinds)) {
    if (magic.startsWith(bytes)) {
      throw new TarHeaderProblem(`it is compressed with ${kind}; decompress it first`);
    }
  }
}

function shown(name: string): string {
  return quoted(printable(name, 200));
}
