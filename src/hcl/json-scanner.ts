import type { SourcePos, SourceRange } from '../base/index.ts';
import { isAsciiLetter, isDigit } from './characters.ts';
import { PositionWalker } from './position.ts';

export type JsonTokenKind =
  '{' | '}' | '[' | ']' | ',' | ':' | '=' | 'number' | 'string' | 'keyword' | 'invalid' | 'end';

export interface JsonToken {
  readonly kind: JsonTokenKind;
  /** As it stands there; what should be a string or a number need not be a right one. */
  readonly text: string;
  readonly range: SourceRange;
}

const symbols: ReadonlyMap<string, JsonTokenKind> = new Map(
  (['{', '}', '[', ']', ',', ':', '='] as const).map((kind) => [kind, kind]),
);
const quote = 0x22;
const backslash = 0x5c;

/**
 * Cuts a text into the tokens of HCL 2's JSON form, generously: a token takes what its author may have meant to be
 * part of it, so that the parser can say what is wrong. Columns count as in HCL 2: grapheme clusters in strings, and
 * two for a tab. After the end, or after what begins no token, there are only ends.
 */
export class JsonScanner {
  readonly #text: string;
  readonly #file: string;
  readonly #walker = new PositionWalker();
  #index = 0;
  #at: SourcePos = { line: 1, column: 1, byte: 0 };

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  next(): JsonToken {
    this.#skipBlanks();
    const first = this.#text.charAt(this.#index);
    if (first === '') return this.#token('end', 0);
    const symbol = symbols.get(first);
    if (symbol !== undefined) return this.#token(symbol, 1);
    if (first === '"') return this.#string();
    if (/[-+.0-9]/u.test(first)) return this.#token('number', this.#count(isOfNumber));
    if (/[A-Za-z]/u.test(first)) return this.#token('keyword', this.#count(isOfKeyword));
    const invalid = this.#token('invalid', 1);
    this.#index = this.#text.length;
    return invalid;
  }

  #skipBlanks(): void {
    let { byte, column, line } = this.#at;
    for (; this.#index < this.#text.length; this.#index++) {
      const char = this.#text[this.#index];
      if (char === ' ') column++;
      else if (char === '\t') column += 2;
      else if (char === '\n') [line, column] = [line + 1, 1];
      else if (char !== '\r') break;
      byte++;
    }
    this.#at = { byte, column, line };
  }

  #count(belongs: (code: number) => boolean): number {
    let end = this.#index + 1;
    while (belongs(this.#text.charCodeAt(end))) end++;
    return end - this.#index;
  }

  /** For ASCII: as many columns and bytes as characters. */
  #token(kind: JsonTokenKind, length: number): JsonToken {
    const { byte, column, line } = this.#at;
    return this.#until(kind, this.#index + length, {
      line,
      column: column + length,
      byte: byte + length,
    });
  }

  #until(kind: JsonTokenKind, index: number, end: SourcePos): JsonToken {
    const text = this.#text.slice(this.#index, index);
    const range = { file: this.#file, start: this.#at, end };
    this.#index = index;
    this.#at = end;
    return { kind, text, range };
  }

  /** To its closing quote, or to the end of the line: control characters end it. */
  #string(): JsonToken {
    let index = this.#index + 1;
    let end = { ...this.#at, column: this.#at.column + 1, byte: this.#at.byte + 1 };
    for (;;) {
      const from = index;
      let code = this.#text.charCodeAt(index);
      while (code >= 0x20 && code !== quote && code !== backslash) {
        code = this.#text.charCodeAt(++index);
      }
      end = this.#walker.after(end, this.#text, from, index);
      if (code === quote) {
        const last = { ...end, column: end.column + 1, byte: end.byte + 1 };
        return this.#until('string', index + 1, last);
      }
      if (code !== backslash) return this.#until('string', index, end);
      const next = this.#text.charCodeAt(index + 1);
      // What is escaped is no end; anything else that follows is counted in the next round.
      const length = next === quote || next === backslash ? 2 : 1;
      index += length;
      end = { ...end, column: end.column + length, byte: end.byte + length };
    }
  }
}

function isOfNumber(code: number): boolean {
  return isDigit(code) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].includes(code);
}

function isOfKeyword(code: number): boolean {
  return isAsciiLetter(code) || code === 0x5f;
}
