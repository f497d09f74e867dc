import type { SourcePos } from './diagnostics.ts';

/** Characters between two marks: what one search walks at most, and how little the marks take. */
const stride = 256;

/** Finds places in a text by line and column, for readers that do not count bytes. */
export class TextPlaces {
  readonly #lines: readonly string[];
  /** Of each line, from the beginning of the text. */
  readonly #starts: readonly number[];
  /** Of the lines that were asked about: machines write whole files on one line. */
  readonly #marks = new Map<number, readonly Mark[]>();

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
    const start = this.#starts[line - 1] ?? 0;
    return { line, column, byte: start + this.#bytesBefore(line, column) };
  }

  #bytesBefore(line: number, column: number): number {
    const text = this.#lines[line - 1] ?? '';
    let marks = this.#marks.get(line);
    if (marks === undefined) {
      marks = marksOf(text);
      this.#marks.set(line, marks);
    }
    const characters = Math.max(0, column - 1);
    const nearest = Math.min(Math.floor(characters / stride), marks.length - 1);
    let { bytes, index } = marks[nearest] ?? { bytes: 0, index: 0 };
    for (let at = nearest * stride; at < characters && index < text.length; at++) {
      const code = text.codePointAt(index) ?? 0;
      index += unitsOf(code);
      bytes += bytesOf(code);
    }
    return bytes;
  }
}

/** A place in a line, as an index into its text and in bytes. */
interface Mark {
  readonly index: number;
  readonly bytes: number;
}

/** One for each `stride` characters, from the beginning on; an empty line has none. */
function marksOf(text: string): readonly Mark[] {
  const marks: Mark[] = [];
  let bytes = 0;
  let characters = 0;
  for (let index = 0; index < text.length; characters++) {
    if (characters % stride === 0) marks.push({ index, bytes });
    const code = text.codePointAt(index) ?? 0;
    index += unitsOf(code);
    bytes += bytesOf(code);
  }
  return marks;
}

function unitsOf(code: number): number {
  return code > 0xffff ? 2 : 1;
}

/** In UTF-8; half a surrogate pair becomes a replacement character. */
function bytesOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code > 0xffff ? 4 : 3;
}
