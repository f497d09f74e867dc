import type { SourcePos } from './diagnostics.ts';

/** Finds places in a text by line and column, for readers that do not count bytes. */
export class TextPlaces {
  readonly #lines: readonly string[];
  /** Of each line, from the beginning of the text. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#lines = text.split('\n');
    const starts: number[] = [];
    let start = 0;
    for (const line of this.#lines) {
      starts.push(start);
      start += Buffer.byteLength(line) + 1;
    }
    this.#starts = starts;
  }

  /** Line and column count from 1; columns are code points. A place beyond its line is at the line's end. */
  at({ line, column }: { readonly line: number; readonly column: number }): SourcePos {
    const before = Array.from(this.#lines[line - 1] ?? '').slice(0, column - 1);
    return {
      line,
      column,
      byte: (this.#starts[line - 1] ?? 0) + Buffer.byteLength(before.join('')),
    };
  }
}
