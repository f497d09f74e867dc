import type { SourcePos, SourceRange } from '../base/index.ts';

/** No cluster that a person writes comes near this many UTF-16 units. */
const pieceLength = 256;

/**
 * Walks over text and keeps line, column and byte. Columns count grapheme clusters, as HCL does; a
 * cluster never reaches across the end of what one call is given.
 */
export class PositionWalker {
  // Made on first need: most files are plain ASCII, and a segmenter is not cheap to make.
  #segmenter: Intl.Segmenter | undefined;

  /** The place just after `text.slice(from, to)`, which begins at `start`. Linear in its length. */
  after(start: SourcePos, text: string, from: number, to: number): SourcePos {
    let { line, column, byte } = start;
    for (let i = from; i < to; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x0a) {
        line++;
        column = 1;
        byte++;
      } else if (code < 0x300) {
        byte += code < 0x80 ? 1 : 2;
        // The line feed after a carriage return does the counting for both.
        if (code !== 0x0d || i + 1 >= to || text.charCodeAt(i + 1) !== 0x0a) column++;
      } else {
        return this.#afterClusters({ line, column, byte }, text, from, i, to);
      }
    }
    return { line, column, byte };
  }

  /**
   * From U+0300 on a character may belong to the one before it, so the segmenter decides; it starts
   * one character early, which was counted already.
   */
  #afterClusters(at: SourcePos, text: string, from: number, index: number, to: number): SourcePos {
    const back = index > from && text.charCodeAt(index - 1) !== 0x0a ? 1 : 0;
    let { line, column } = at;
    column -= back;
    for (const segment of this.#clusters(text, index - back, to)) {
      if (segment === '\n' || segment === '\r\n') {
        line++;
        column = 1;
      } else {
        column++;
      }
    }
    return { line, column, byte: at.byte + utf8Length(text, index, to) };
  }

  /** In pieces, because the time a segmenter takes grows with the square of the length. */
  *#clusters(text: string, from: number, to: number): Generator<string> {
    this.#segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
    for (let at = from; at < to;) {
      const end = Math.min(at + pieceLength, to);
      const segments = Array.from(this.#segmenter.segment(text.slice(at, end)), (s) => s.segment);
      // The last cluster may go on in the next piece, unless it is the whole piece already.
      if (end < to && segments.length > 1) at = end - (segments.pop()?.length ?? 0);
      else at = end;
      yield* segments;
    }
  }
}

/** Bytes of `text.slice(from, to)` in UTF-8. */
function utf8Length(text: string, from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    // Each half of a surrogate pair stands for two of the four bytes.
    else if (code >= 0xd800 && code < 0xe000) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}

/** From the start of one range to the end of another. */
export function between(first: SourceRange, last: SourceRange): SourceRange {
  return { file: first.file, start: first.start, end: last.end };
}

/** `file:line,column-column`, or with both lines when there are two: how HCL 2 writes a range. */
export function rangeText(range: SourceRange): string {
  const { file, start, end } = range;
  const last = start.line === end.line ? `${end.column}` : `${end.line},${end.column}`;
  return `${file}:${start.line},${start.column}-${last}`;
}
