import { FileAccessError, type Files, LimitExceededError } from '../../base/index.ts';
import { LayoutCorruptError, StoreReadOnlyError } from '../errors.ts';
import type { CatalogChange, ManifestTable } from '../manifest-table.ts';
import { GroupCommit } from './group-commit.ts';
import { type IndexFile, readIndexFile, snapshotIndex, writeIndexFile } from './index-file.ts';
import { Journal, type JournalContent, readJournal } from './journal.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import type { LayoutPaths } from './paths.ts';

/** Other tools see a change in index.json within a second: this, and the time it takes to write ... */
const foldDelayMs = 750;
/**
 * ... unless it is so long that writing it all the time would keep the disk from those who push: then it
 * takes 5 MB/s of the disk. That is a second for 15,000 manifests, seven for 100,000.
 */
const foldBytesPerMs = 5000;
/** Where index.json can not be written, the journal grows; there is no hurry to fail again. */
const retryDelayMs = 5000;
/** A reader beside a busy writer; each round needs the writer to fold at just that moment. */
const maxReadRounds = 10;

/**
 * Manifests and tags of one repository. An entry takes at most 970 bytes (two of them for each character
 * of the longest artifact type), so that what is written can be read again: see `readIndexFile`.
 */
const maxEntries = 250_000;

/**
 * Which manifests and tags a layout has, durably.
 *
 * 1. Changes are appended to the journal; concurrent ones share one fsync.
 * 2. Then, and not before, they are seen in `table`, in the order of the journal, and acknowledged.
 * 3. Within a second (see `foldDelayMs`) the journal is folded: a new journal file is begun, `index.json`
 *    is replaced by what the table then says, and the old journal files are removed.
 *
 * A crash at any point loses nothing that was acknowledged: opening applies the journal to index.json.
 * Applying changes a second time that index.json has already does no harm, because each says what is true
 * afterwards and all later ones about the same thing follow it.
 */
export class Catalog {
  readonly #files: Files;
  readonly #paths: LayoutPaths;
  readonly #guard: () => void;
  readonly #index: IndexFile;
  readonly #journal: Journal;
  readonly #commits: GroupCommit<readonly CatalogChange[]>;
  readonly #turns = new KeyedMutex();
  /** Journal files whose changes are in the table and not yet in index.json. */
  #unfolded: string[];
  #dirty: boolean;
  /** As long as index.json was when it was last written. */
  #indexBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    { files, paths, guard }: { files: Files; paths: LayoutPaths; guard: () => void },
    index: IndexFile,
    { segments, lastNumber }: JournalContent,
  ) {
    this.#files = files;
    this.#paths = paths;
    this.#guard = guard;
    this.#index = index;
    this.#unfolded = [...segments];
    this.#dirty = segments.length > 0;
    this.#journal = new Journal(files, paths.ours, lastNumber);
    this.#commits = new GroupCommit((groups) =>
      this.#turns.run('journal', () => this.#append(groups.flat())),
    );
  }

  /**
   * For writing; the caller holds the layout's lock, and `guard` throws when it has been taken away.
   * @throws LayoutCorruptError, FileAccessError
   */
  static async open(files: Files, paths: LayoutPaths, guard: () => void): Promise<Catalog> {
    const journal = await readJournal(files, paths.ours);
    const index = await readIndex(files, paths, journal);
    const catalog = new Catalog({ files, paths, guard }, index, journal);
    await catalog.fold();
    return catalog;
  }

  get table(): ManifestTable {
    return this.#index.table;
  }

  /**
   * Resolves when the changes are durable and visible; they are so together, or not at all.
   * @throws LimitExceededError when the repository has as many manifests and tags as it can have
   */
  async commit(changes: readonly CatalogChange[]): Promise<void> {
    if (this.#closed) throw new StoreReadOnlyError(this.#paths.folder, 'closed');
    if (changes.length === 0) return;
    const added = changes.filter(({ kind }) => kind === 'put' || kind === 'tag').length;
    if (added > 0 && this.table.entries + added > maxEntries) {
      const what = 'the list of manifests and tags of this repository';
      throw new LimitExceededError(what, maxEntries, 'entries');
    }
    await this.#commits.add(changes);
  }

  /** Brings index.json up to date. */
  fold(): Promise<void> {
    return this.#turns.run('fold', async () => {
      if (!this.#dirty) return;
      this.#guard();
      const snapshot = await this.#turns.run('journal', async () => {
        const segment = await this.#journal.rotate();
        if (segment !== undefined) this.#unfolded.push(segment);
        this.#dirty = false;
        return snapshotIndex(this.#index);
      });
      this.#indexBytes = snapshot.reduce((sum, { length }) => sum + length, 0);
      const folded = this.#unfolded;
      this.#unfolded = [];
      try {
        await writeIndexFile(this.#files, this.#paths, snapshot);
        for (const path of folded) await remove(this.#files, path);
      } catch (error) {
        this.#unfolded = [...folded, ...this.#unfolded];
        this.#dirty = true;
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#commits.idle();
    clearTimeout(this.#timer);
    try {
      await this.fold();
    } finally {
      await this.#journal.rotate();
    }
  }

  async #append(changes: readonly CatalogChange[]): Promise<void> {
    this.#guard();
    await this.#journal.append(changes);
    for (const change of changes) this.#index.table.apply(change);
    this.#dirty = true;
    this.#foldIn(Math.max(foldDelayMs, this.#indexBytes / foldBytesPerMs));
  }

  #foldIn(delayMs: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Nothing is lost while it fails: the journal has it all, and close() says why.
      this.fold().catch(() => {
        if (!this.#closed) this.#foldIn(retryDelayMs);
      });
    }, delayMs);
    this.#timer.unref();
  }
}

/**
 * The manifests and tags of a layout as they are now, without writing anything and without a lock: a
 * server may be at work in the same folder.
 */
export async function readCatalog(files: Files, paths: LayoutPaths): Promise<ManifestTable> {
  for (let round = 1; ; round++) {
    // When the journal is the same before and after, index.json has nothing that the journal has not.
    const before = await readJournal(files, paths.ours);
    const index = await readIndex(files, paths, before);
    const after = await readJournal(files, paths.ours);
    const isSame =
      before.segments.join() === after.segments.join() &&
      before.changes.length === after.changes.length;
    if (isSame) return index.table;
    if (round === maxReadRounds) {
      throw new FileAccessError(
        'read',
        paths.index,
        new Error('it is being rewritten all the time'),
      );
    }
  }
}

async function readIndex(
  files: Files,
  paths: LayoutPaths,
  journal: JournalContent,
): Promise<IndexFile> {
  const index = await readIndexFile(files, paths.index);
  if (index === undefined) throw new LayoutCorruptError(paths.folder, 'index.json is missing');
  for (const change of journal.changes) index.table.apply(change);
  return index;
}

async function remove(files: Files, path: string): Promise<void> {
  try {
    await files.rm(path, { force: true });
  } catch (error) {
    throw new FileAccessError('remove', path, error);
  }
}
