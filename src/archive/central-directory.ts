import type { ByteInput } from './byte-input.ts';
import {
  ArchiveLimitError,
  HostileEntryError,
  InconsistentArchiveError,
  UnsupportedArchiveError,
} from './errors.ts';
import { parseExtraFields, resolveZip64 } from './extra-fields.ts';
import { checkFeatures } from './features.ts';
import type { ArchiveLimits } from './limits.ts';
import type { LocalEntry } from './local-entry.ts';
import type { PackageEntry } from './package-summary.ts';
import { type CentralHeader, flagBits, parseCentralHeader, recordBytes } from './zip-records.ts';

/** Upper half of the external attributes: a Unix mode. */
const fileType = { mask: 0o170000, regular: 0o100000, folder: 0o040000, link: 0o120000 } as const;
const unixHosts: ReadonlySet<number> = new Set([3, 19]);
const dos = { volumeLabel: 0x08, folder: 0x10 } as const;

/**
 * Reads the central directory and compares it with what was really there. Each header must name another
 * of `locals`, and agree with it in everything that both state.
 */
export class CentralDirectoryReader {
  readonly #input: ByteInput;
  readonly #limits: ArchiveLimits;
  readonly #unclaimed: Map<number, LocalEntry>;
  readonly #locals: readonly LocalEntry[];

  constructor(input: ByteInput, locals: readonly LocalEntry[], limits: ArchiveLimits) {
    this.#input = input;
    this.#limits = limits;
    this.#locals = locals;
    this.#unclaimed = new Map(locals.map((local) => [local.offset, local]));
  }

  /** Reads the header at the input's position. */
  async readHeader(): Promise<PackageEntry> {
    const input = this.#input;
    const header = parseCentralHeader(
      await input.take(recordBytes.centralHeader, 'the central directory'),
    );
    this.#checkLengths(header);
    const nameBytes = await input.take(header.nameLength, 'the central directory');
    const name = nameBytes.toString('utf8');
    const extra = await input.take(header.extraLength, 'the central directory');
    await input.take(header.commentLength, 'the central directory');

    checkFeatures(header, name);
    if (header.disk !== 0) {
      throw new UnsupportedArchiveError('multi-disk', 'it is on another disk', { entry: name });
    }
    const wide = resolveZip64(header, parseExtraFields(extra, name).zip64, name);
    const local = this.#claim(wide.offset, name);
    if (!Buffer.from(local.name.text).equals(nameBytes)) {
      throw new InconsistentArchiveError('name', 'its local header has another name', {
        entry: name,
      });
    }
    compare({ ...header, ...wide }, local);
    checkType(header, local);
    return {
      name,
      kind: local.name.isFolder ? 'folder' : 'file',
      size: local.size,
      executable: isExecutable(header),
      sha256: local.sha256,
    };
  }

  /** @throws InconsistentArchiveError when the directory does not list all that is there. */
  finish(): void {
    const [unlisted] = this.#unclaimed.values();
    if (unlisted === undefined) return;
    const detail = 'the central directory does not list it';
    throw new InconsistentArchiveError('unlisted-entry', detail, { entry: unlisted.name.text });
  }

  #checkLengths(header: CentralHeader): void {
    const { maxNameBytes, maxExtraBytes, maxEntryCommentBytes } = this.#limits;
    if (header.nameLength > maxNameBytes) {
      throw new ArchiveLimitError('maxNameBytes', maxNameBytes, 'the name of an entry');
    }
    if (header.extraLength > maxExtraBytes) {
      throw new ArchiveLimitError('maxExtraBytes', maxExtraBytes, 'the extra fields of an entry');
    }
    if (header.commentLength > maxEntryCommentBytes) {
      const what = 'the comment of an entry';
      throw new ArchiveLimitError('maxEntryCommentBytes', maxEntryCommentBytes, what);
    }
  }

  #claim(offset: number, entry: string): LocalEntry {
    const local = this.#unclaimed.get(offset);
    if (local !== undefined) {
      this.#unclaimed.delete(offset);
      return local;
    }
    const inside = this.#locals.some((other) => offset >= other.offset && offset < other.end);
    throw inside
      ? new InconsistentArchiveError('overlap', 'it shares bytes with another entry', { entry })
      : new InconsistentArchiveError('offset', 'no entry begins where it should', { entry });
  }
}

function compare(header: CentralHeader, local: LocalEntry): void {
  const entry = local.name.text;
  const level = flagBits.compressionLevel;
  if ((header.flags & ~level) !== (local.flags & ~level)) {
    throw new InconsistentArchiveError('flags', 'its local header has other flags', { entry });
  }
  if (header.method !== local.method) {
    throw new InconsistentArchiveError('method', 'its local header has another method', { entry });
  }
  if (header.size !== local.size || header.compressedSize !== local.compressedSize) {
    const detail = 'the central directory gives it another size than it has';
    throw new InconsistentArchiveError('size', detail, { entry });
  }
  if (header.crc !== local.crc) {
    const detail = 'the central directory gives it another CRC than it has';
    throw new InconsistentArchiveError('crc', detail, { entry });
  }
}

/**
 * Regular files and folders only. The mode counts whatever the host byte says: a program that ignores
 * the host would make a link of a "FAT" entry.
 */
function checkType(header: CentralHeader, local: LocalEntry): void {
  const { text: entry, isFolder } = local.name;
  const type = (header.attributes >>> 16) & fileType.mask;
  if (type === fileType.link) throw new HostileEntryError(entry, 'link');
  if (type !== 0 && type !== fileType.regular && type !== fileType.folder) {
    throw new HostileEntryError(entry, 'device-file');
  }
  const saysFolder = type === fileType.folder || (header.attributes & dos.folder) !== 0;
  const saysFile = type === fileType.regular || (header.attributes & dos.volumeLabel) !== 0;
  if (isFolder ? saysFile : saysFolder) throw new HostileEntryError(entry, 'type');
}

/** As Go reads it: a mode from another system than Unix or macOS does not count. */
function isExecutable({ host, attributes }: CentralHeader): boolean {
  return unixHosts.has(host) && ((attributes >>> 16) & 0o111) !== 0;
}
