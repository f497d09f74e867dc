import { isUtf8 } from 'node:buffer';
import { ArchiveLimitError, HostileEntryError, type HostileEntryReason } from './errors.ts';
import type { ArchiveLimits } from './limits.ts';

/** C0, C1, zero-width, bidirectional and line-separating characters: invisible, so never meant well. */
const invisible =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;
const forbiddenOnWindows = /[<>"|?*]/u;
/** Also with an extension, and with spaces before it: `nul`, `NUL.txt`, `com1 .exe`. */
const windowsDevice =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/iu;

/** An entry's name, checked. */
export interface EntryName {
  /** Verbatim, with the final slash of a folder. */
  readonly text: string;
  readonly isFolder: boolean;
  /** Without the final slash of a folder. */
  readonly segments: readonly string[];
}

/**
 * Reads a name that is safe to create on every system that providers are made for; the verdict does not
 * depend on the system it is run on.
 * @throws HostileEntryError, ArchiveLimitError
 */
export function parseEntryName(bytes: Buffer, limits: ArchiveLimits): EntryName {
  const text = bytes.toString('utf8');
  const refuse = (reason: HostileEntryReason): never => {
    throw new HostileEntryError(text, reason);
  };
  if (bytes.length === 0) refuse('empty-name');
  if (bytes.length > limits.maxNameBytes) {
    throw new ArchiveLimitError('maxNameBytes', limits.maxNameBytes, 'the name of an entry');
  }
  if (!isUtf8(bytes)) refuse('encoding');
  if (invisible.test(text)) refuse('control-character');
  if (text.includes('\\')) refuse('backslash');
  if (text.startsWith('/')) refuse('absolute-name');
  if (text.includes(':')) refuse('drive');
  if (forbiddenOnWindows.test(text)) refuse('character');

  const isFolder = text.endsWith('/');
  const segments = (isFolder ? text.slice(0, -1) : text).split('/');
  if (segments.length > limits.maxDepth) {
    throw new ArchiveLimitError('maxDepth', limits.maxDepth, 'the depth of an entry');
  }
  for (const segment of segments) {
    const reason = segmentProblem(segment);
    if (reason !== undefined) refuse(reason);
    if (Buffer.byteLength(segment) > limits.maxSegmentBytes) {
      throw new ArchiveLimitError('maxSegmentBytes', limits.maxSegmentBytes, 'a part of a name');
    }
  }
  return { text, isFolder, segments };
}

function segmentProblem(segment: string): HostileEntryReason | undefined {
  if (segment === '') return 'empty-segment';
  if (segment === '..') return 'parent-folder';
  if (segment === '.') return 'current-folder';
  if (/[. ]$/u.test(segment)) return 'trailing-dot-or-space';
  if (windowsDevice.test(segment)) return 'device-name';
  return undefined;
}

/** The same for all names that some file system takes for one: other case, other Unicode form. */
function foldedKey(path: string): string {
  return path.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKC');
}

interface Taken {
  readonly path: string;
  readonly isFolder: boolean;
  readonly explicit: boolean;
}

/** The names of one archive, so that no two of them meet in one place on disk. */
export class EntryNames {
  readonly #taken = new Map<string, Taken>();
  readonly #limits: ArchiveLimits;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /**
   * @throws HostileEntryError when the name clashes with one that was added before.
   * @throws ArchiveLimitError when the files and all the folders they need are too many: a few thousand
   *   deep names would make a hundred thousand folders.
   */
  add(name: EntryName): void {
    const { segments, text, isFolder } = name;
    let path = '';
    for (const segment of segments.slice(0, -1)) {
      path = path === '' ? segment : `${path}/${segment}`;
      this.#claim({ path, isFolder: true, explicit: false }, text);
    }
    this.#claim({ path: segments.join('/'), isFolder, explicit: true }, text);
  }

  #claim(wanted: Taken, entry: string): void {
    const key = foldedKey(wanted.path);
    const taken = this.#taken.get(key);
    if (taken !== undefined) {
      if (taken.path !== wanted.path) throw new HostileEntryError(entry, 'case-duplicate');
      if (taken.isFolder !== wanted.isFolder) throw new HostileEntryError(entry, 'file-and-folder');
      if (taken.explicit && wanted.explicit) throw new HostileEntryError(entry, 'duplicate');
      if (taken.explicit) return;
    }
    this.#taken.set(key, wanted);
    const { maxEntries } = this.#limits;
    if (this.#taken.size > maxEntries) {
      throw new ArchiveLimitError('maxEntries', maxEntries, 'the number of files and folders');
    }
  }
}
