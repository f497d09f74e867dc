import type { Diagnostic, SourceRange } from '../base/index.ts';

/**
 * A file with more problems than this is not the kind of file it is taken for; a person reads the
 * first few, and a hostile file could otherwise make us keep one for each of its bytes.
 */
const maxProblems = 500;

/**
 * What was found wrong with one text, in the order of finding. Once closed, nothing more is taken:
 * what follows an abort would only be noise.
 */
export class Problems {
  readonly #list: Diagnostic[] = [];
  #closed = false;
  #count = 0;

  /** Problems of grammar so far: by this a parser sees whether a part of its work failed. */
  get count(): number {
    return this.#count;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get list(): readonly Diagnostic[] {
    return this.#list;
  }

  add(summary: string, detail: string, range: SourceRange): void {
    this.#count++;
    this.addLexical(summary, detail, range);
  }

  /** A problem of spelling: the parser meets the bad token itself, and may have more to say about it. */
  addLexical(summary: string, detail: string, range: SourceRange): void {
    if (this.#closed) return;
    this.#list.push({ severity: 'error', summary, detail, range });
    if (this.#list.length < maxProblems) return;
    this.#list.push({
      severity: 'error',
      summary: 'Too many problems',
      detail: `Reading stopped here, after ${maxProblems} problems.`,
      range,
    });
    this.#closed = true;
  }

  /** The last problem: reading stops with it. */
  close(summary: string, detail: string, range: SourceRange): void {
    this.add(summary, detail, range);
    this.#closed = true;
  }
}
