import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, FileAccessError, type Files, syncFolder } from '../../base/index.ts';
import { isDigest, parseDescriptor } from '../../spec/index.ts';
import { LayoutCorruptError } from '../errors.ts';
import type { CatalogChange } from '../manifest-table.ts';
import { readRegular } from './safe-files.ts';

/** Minutes of pushing on a disk where index.json can not be written; usually it holds a second's worth. */
const maxSegmentBytes = 256 * 1024 * 1024;

const segmentPattern = /^journal-(?<number>[0-9]{6,15})$/u;

/** What is in the journal files of a folder, oldest first. */
export interface JournalContent {
  readonly changes: readonly CatalogChange[];
  readonly segments: readonly string[];
  readonly lastNumber: number;
}

/**
 * Reads what was written and perhaps not yet folded into index.json.
 *
 * A line is `HASH JSON`, all changes of one commit. A commit is acknowledged only after its line is on
 * the disk, and the next one begins after that; so a line that was torn by a crash is the last line of
 * the last file, and was promised to nobody: it is left out. Any other bad line is damage.
 * @throws LayoutCorruptError
 */
export async function readJournal(files: Files, folder: string): Promise<JournalContent> {
  const segments = await listSegments(files, folder);
  const changes: CatalogChange[] = [];
  for (const segment of segments) {
    const path = join(folder, segment);
    // Gone since it was listed: it has been folded.
    const bytes = (await readRegular(files, path, maxSegmentBytes)) ?? Buffer.alloc(0);
    const lines = bytes.toString().split('\n');
    const last = lines.pop();
    for (const [index, line] of lines.entries()) {
      const commit = parseLine(line);
      const isEnd = segment === segments.at(-1) && index === lines.length - 1 && last === '';
      // One by one: a damaged or hostile line may hold more changes than a call takes arguments.
      if (commit !== undefined) for (const change of commit) changes.push(change);
      else if (!isEnd) throw new LayoutCorruptError(path, `line ${String(index + 1)} is damaged`);
    }
    if (last !== '' && segment !== segments.at(-1)) {
      throw new LayoutCorruptError(path, 'its last line is damaged');
    }
  }
  const lastNumber = numberOf(segments.at(-1) ?? '');
  return { changes, segments: segments.map((segment) => join(folder, segment)), lastNumber };
}

interface Segment {
  readonly path: string;
  readonly handle: FileHandle;
  /** Bytes that are on the disk for certain. */
  length: number;
}

/**
 * The append-only record of a repository's changes. Calls must not overlap. A file is begun with the
 * first change after a rotation, so that a quiet repository holds none open.
 */
export class Journal {
  readonly #files: Files;
  readonly #folder: string;
  #number: number;
  #segment: Segment | undefined;
  #broken: FileAccessError | undefined;

  constructor(files: Files, folder: string, lastNumber: number) {
    this.#files = files;
    this.#folder = folder;
    this.#number = lastNumber;
  }

  /**
   * Resolves when the changes are on the disk.
   * @throws FileAccessError; then none of them is in the journal. When not even that can be made sure
   * of, every later call fails too, until the repository is opened again.
   */
  async append(changes: readonly CatalogChange[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    this.#segment ??= await this.#begin();
    const segment = this.#segment;
    const line = Buffer.from(formatLine(changes));
    try {
      await segment.handle.appendFile(line);
      await segment.handle.datasync();
      segment.length += line.length;
    } catch (error) {
      const failure = new FileAccessError('write', segment.path, error);
      await this.#cut(segment, failure);
      throw failure;
    }
  }

  /** Ends the current file. @returns its path, when there was one. */
  async rotate(): Promise<string | undefined> {
    const segment = this.#segment;
    this.#segment = undefined;
    // All of it is on the disk already. A file that was forgotten here would be applied again, later.
    await segment?.handle.close().catch(() => undefined);
    return segment?.path;
  }

  async #begin(): Promise<Segment> {
    const name = `journal-${String(++this.#number).padStart(6, '0')}`;
    const path = join(this.#folder, name);
    let handle;
    try {
      handle = await this.#files.open(path, 'ax', 0o644);
      await syncFolder(this.#files, this.#folder);
      return { path, handle, length: 0 };
    } catch (error) {
      await handle?.close();
      throw new FileAccessError('create', path, error);
    }
  }

  async #cut(segment: Segment, failure: FileAccessError): Promise<void> {
    try {
      await segment.handle.truncate(segment.length);
      await segment.handle.datasync();
    } catch {
      // What the disk holds now is unknown; the failure that the caller gets is the one that counts.
      this.#broken = failure;
    }
  }
}

function numberOf(segment: string): number {
  return Number(segmentPattern.exec(segment)?.groups?.['number'] ?? 0);
}

/** By number: as texts, the millionth would come before the one that precedes it. */
async function listSegments(files: Files, folder: string): Promise<string[]> {
  try {
    const segments = (await files.readdir(folder)).filter((name) => segmentPattern.test(name));
    return segments.sort((a, b) => numberOf(a) - numberOf(b));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw new FileAccessError('read', folder, error);
  }
}

function formatLine(changes: readonly CatalogChange[]): string {
  const json = JSON.stringify(changes);
  return `${hashOf(json)} ${json}\n`;
}

/** Against torn writes and decay, not against people: half of a sha256 is plenty. */
function hashOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 32);
}

function parseLine(line: string): readonly CatalogChange[] | undefined {
  const json = line.slice(33);
  if (line[32] !== ' ' || line.slice(0, 32) !== hashOf(json)) return undefined;
  try {
    const values: unknown = JSON.parse(json);
    return Array.isArray(values) ? values.map(parseChange) : undefined;
  } catch {
    return undefined;
  }
}

function parseChange(value: unknown): CatalogChange {
  if (typeof value !== 'object' || value === null) throw new TypeError('not a change');
  const { kind, descriptor, tag, digest } = value as Readonly<Record<string, unknown>>;
  const text = typeof tag === 'string' ? tag : undefined;
  const checked = typeof digest === 'string' && isDigest(digest) ? digest : undefined;
  if (kind === 'put') return { kind, descriptor: parseDescriptor(descriptor, 'descriptor') };
  if (kind === 'tag' && text !== undefined && checked !== undefined) {
    return { kind, tag: text, digest: checked };
  }
  if (kind === 'untag' && text !== undefined) return { kind, tag: text };
  if (kind === 'drop' && checked !== undefined) return { kind, digest: checked };
  throw new TypeError('not a change');
}
