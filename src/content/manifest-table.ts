import { type Descriptor, type Digest, isTag } from '../spec/index.ts';

/** One step in the life of a repository's manifests and tags. Each says what is true afterwards. */
export type CatalogChange =
  | { readonly kind: 'put'; readonly descriptor: Descriptor }
  | { readonly kind: 'tag'; readonly tag: string; readonly digest: Digest }
  | { readonly kind: 'untag'; readonly tag: string }
  /** Forgets a manifest and all tags that point at it at this moment. */
  | { readonly kind: 'drop'; readonly digest: Digest };

export interface ManifestRow {
  readonly descriptor: Descriptor;
  readonly names: readonly string[];
}

/** A manifest under one of its names, or a manifest that has none. */
export interface TableEntry {
  readonly descriptor: Descriptor;
  readonly name: string | undefined;
  /** What stands for it in the document it was read from, when that is more than we would write. */
  readonly text: string | undefined;
}

/** Some entries that follow each other. */
export interface TablePage {
  readonly entries: readonly TableEntry[];
  /** A memo of whoever writes the table down; undefined again when an entry of the page has changed. */
  bytes: Buffer | undefined;
}

class Page implements TablePage {
  entries: Entry[] = [];
  bytes: Buffer | undefined = undefined;
}

class Entry implements TableEntry {
  readonly row: Row;
  readonly page: Page;
  name: string | undefined;
  text: string | undefined = undefined;

  constructor(row: Row, page: Page, name: string | undefined) {
    this.row = row;
    this.page = page;
    this.name = name;
  }

  get descriptor(): Descriptor {
    return this.row.descriptor;
  }
}

/** At least one entry: the one without a name while there is no other. Nearly always just one. */
interface Row {
  descriptor: Descriptor;
  entries: Entry | Set<Entry>;
}

/** What is put into words again when one of them changes; fewer would cost more memory for the pages. */
const pageEntries = 32;

/** Beyond so many at once, sorting all tags anew is quicker than taking them out one by one. */
const maxSingleRemovals = 100;

/** Media and artifact types are few; each manifest would otherwise bring copies of its own. */
const maxSharedTexts = 1000;

/**
 * Which manifests a repository has and which tags point at them; tags stay sorted. Synchronous and in
 * memory: about 450 bytes for a manifest with a tag, and the memos.
 */
export class ManifestTable {
  readonly #rows = new Map<Digest, Row>();
  readonly #names = new Map<string, Entry>();
  readonly #shared = new Map<string, string>();
  #pages: Page[] = [];
  /** Sorted when first asked for, and kept so by single insertions. */
  #sorted: string[] | undefined;

  /** Every manifest with its tags, in the order they came. */
  *rows(): Generator<ManifestRow> {
    for (const { descriptor, entries } of this.#rows.values()) {
      const names = entriesOf(entries).flatMap(({ name }) => (name === undefined ? [] : [name]));
      yield { descriptor, names };
    }
  }

  /** All entries, in about the order they came. */
  pages(): readonly TablePage[] {
    this.#pages = this.#pages.filter(({ entries }) => entries.length > 0);
    return this.#pages;
  }

  /** As many entries as it takes to write the table down, or a few more. */
  get entries(): number {
    return this.#rows.size + this.#names.size;
  }

  find(digest: Digest): Descriptor | undefined {
    return this.#rows.get(digest)?.descriptor;
  }

  digestOfTag(tag: string): Digest | undefined {
    return this.#names.get(tag)?.descriptor.digest;
  }

  /**
   * At most `limit` tags after `last`, in ASCII order. Names that are no tags (tools put whole image
   * references into layouts) can be resolved, and are not listed.
   */
  tagsAfter(last: string | undefined, limit: number): readonly string[] {
    this.#sorted ??= [...this.#names.keys()].filter(isTag).sort();
    const start = last === undefined ? 0 : firstAfter(this.#sorted, last);
    return this.#sorted.slice(start, start + limit);
  }

  apply(change: CatalogChange): void {
    switch (change.kind) {
      case 'put':
        this.#put(change.descriptor);
        return;
      case 'tag':
        this.#tag(change.tag, change.digest);
        return;
      case 'untag':
        this.#untag(change.tag);
        return;
      case 'drop':
        this.#drop(change.digest);
    }
  }

  /** Keeps how an entry is written, until its manifest or name is replaced. */
  keepText(digest: Digest, name: string | undefined, text: string): void {
    const entry = name === undefined ? this.#rows.get(digest)?.entries : this.#names.get(name);
    if (entry instanceof Entry && entry.name === name) entry.text = text;
  }

  #put(given: Descriptor): void {
    const { digest, mediaType, size, artifactType } = given;
    const row = this.#rows.get(digest);
    if (row?.descriptor.mediaType === mediaType) return;
    const descriptor = {
      mediaType: this.#share(mediaType),
      digest: row?.descriptor.digest ?? (copyOf(digest) as Digest),
      size,
      ...(artifactType === undefined ? {} : { artifactType: this.#share(artifactType) }),
    };
    if (row === undefined) {
      const made: Row = { descriptor, entries: new Set() };
      made.entries = this.#newEntry(made, undefined);
      this.#rows.set(descriptor.digest, made);
      return;
    }
    row.descriptor = descriptor;
    for (const entry of entriesOf(row.entries)) changed(entry, entry.name);
  }

  #tag(tag: string, digest: Digest): void {
    const row = this.#rows.get(digest);
    if (row === undefined) {
      // Only when a journal is applied a second time: the manifest was dropped later, and the tag with it.
      this.#untag(tag);
      return;
    }
    const before = this.#names.get(tag);
    if (before?.row === row) return;
    const name = before?.name ?? copyOf(tag);
    if (before === undefined) this.#insertSorted(name);
    else this.#unname(before);
    this.#names.set(name, this.#nameEntry(row, name));
  }

  #untag(tag: string): void {
    const entry = this.#names.get(tag);
    if (entry === undefined) return;
    this.#names.delete(tag);
    this.#unname(entry);
    if (this.#sorted === undefined || !isTag(tag)) return;
    this.#sorted.splice(firstAfter(this.#sorted, tag) - 1, 1);
  }

  #drop(digest: Digest): void {
    const row = this.#rows.get(digest);
    if (row === undefined) return;
    const entries = entriesOf(row.entries);
    if (entries.length > maxSingleRemovals) this.#sorted = undefined;
    for (const { name } of entries) if (name !== undefined) this.#untag(name);
    // The last one has lost its name, not its place.
    for (const entry of entriesOf(row.entries)) remove(entry);
    this.#rows.delete(digest);
  }

  /** The entry of a manifest for one more name. */
  #nameEntry(row: Row, name: string): Entry {
    const { entries } = row;
    if (entries instanceof Entry && entries.name === undefined) {
      changed(entries, name);
      return entries;
    }
    const entry = this.#newEntry(row, name);
    if (entries instanceof Entry) row.entries = new Set([entries, entry]);
    else entries.add(entry);
    return entry;
  }

  /** Takes its name away from an entry. */
  #unname(entry: Entry): void {
    const { entries } = entry.row;
    if (entries instanceof Entry || entries.size === 1) {
      changed(entry, undefined);
      entry.row.entries = entry;
      return;
    }
    entries.delete(entry);
    remove(entry);
  }

  #newEntry(row: Row, name: string | undefined): Entry {
    let page = this.#pages.at(-1);
    if (page === undefined || page.entries.length >= pageEntries) {
      page = new Page();
      this.#pages.push(page);
    }
    const entry = new Entry(row, page, name);
    page.entries.push(entry);
    page.bytes = undefined;
    return entry;
  }

  #insertSorted(tag: string): void {
    if (this.#sorted === undefined || !isTag(tag)) return;
    this.#sorted.splice(firstAfter(this.#sorted, tag), 0, tag);
  }

  #share(text: string): string {
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    const copy = copyOf(text);
    if (this.#shared.size < maxSharedTexts) this.#shared.set(copy, copy);
    return copy;
  }
}

function entriesOf(entries: Row['entries']): readonly Entry[] {
  return entries instanceof Entry ? [entries] : [...entries];
}

function changed(entry: Entry, name: string | undefined): void {
  entry.name = name;
  entry.text = undefined;
  entry.page.bytes = undefined;
}

function remove(entry: Entry): void {
  const { page } = entry;
  page.entries.splice(page.entries.indexOf(entry), 1);
  page.bytes = undefined;
}

/** By itself: a part of a longer text, as of a request, keeps all of that in memory. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

/** Position of the first entry greater than `text`. */
function firstAfter(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') <= text) low = middle + 1;
    else high = middle;
  }
  return low;
}
