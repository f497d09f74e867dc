import { type Descriptor, type Digest, isTag } from '../spec/index.ts';

/** One step in the life of a repository's manifests and tags. Each says what is true afterwards. */
export type CatalogChange =
  | { readonly kind: 'put'; readonly descriptor: Descriptor }
  | { readonly kind: 'tag'; readonly tag: string; readonly digest: Digest }
  | { readonly kind: 'untag'; readonly tag: string }
  /** Forgets a manifest and all tags that point at it at this moment. */
  | { readonly kind: 'drop'; readonly digest: Digest };

/** A manifest and its names. The texts are memos of whoever writes the table down; empty: not made yet. */
export interface ManifestRow {
  readonly descriptor: Descriptor;
  readonly names: Map<string, string>;
  textWithoutName: string;
}

/**
 * Which manifests a repository has and which tags point at them; tags stay sorted. Synchronous and in
 * memory: about 500 bytes for a manifest with a tag.
 */
export class ManifestTable {
  readonly #rows = new Map<Digest, ManifestRow>();
  readonly #names = new Map<string, Digest>();
  /** Sorted when first asked for, and kept so by single insertions. */
  #sorted: string[] | undefined;

  /** Every manifest with its tags, in the order they came. */
  rows(): Iterable<ManifestRow> {
    return this.#rows.values();
  }

  /** As many entries as it takes to write the table down, or a few more. */
  get entries(): number {
    return this.#rows.size + this.#names.size;
  }

  findRow(digest: Digest): ManifestRow | undefined {
    return this.#rows.get(digest);
  }

  find(digest: Digest): Descriptor | undefined {
    return this.#rows.get(digest)?.descriptor;
  }

  digestOfTag(tag: string): Digest | undefined {
    return this.#names.get(tag);
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
        for (const name of this.#rows.get(change.digest)?.names.keys() ?? []) this.#untag(name);
        this.#rows.delete(change.digest);
    }
  }

  #put(descriptor: Descriptor): void {
    const { digest, mediaType } = descriptor;
    const row = this.#rows.get(digest);
    if (row?.descriptor.mediaType === mediaType) return;
    const names = [...(row?.names.keys() ?? [])].map((name) => [name, ''] as const);
    this.#rows.set(digest, { descriptor, names: new Map(names), textWithoutName: '' });
  }

  #tag(tag: string, digest: Digest): void {
    const row = this.#rows.get(digest);
    if (row === undefined) {
      // Only when a journal is applied a second time: the manifest was dropped later, and the tag with it.
      this.#untag(tag);
      return;
    }
    const before = this.#names.get(tag);
    if (before === undefined) this.#insertSorted(tag);
    else this.#rows.get(before)?.names.delete(tag);
    this.#names.set(tag, digest);
    if (!row.names.has(tag)) row.names.set(tag, '');
  }

  #untag(tag: string): void {
    const digest = this.#names.get(tag);
    if (digest === undefined) return;
    this.#names.delete(tag);
    this.#rows.get(digest)?.names.delete(tag);
    if (this.#sorted === undefined || !isTag(tag)) return;
    this.#sorted.splice(firstAfter(this.#sorted, tag) - 1, 1);
  }

  #insertSorted(tag: string): void {
    if (this.#sorted === undefined || !isTag(tag)) return;
    this.#sorted.splice(firstAfter(this.#sorted, tag), 0, tag);
  }
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
