import { Hcl1Cursor } from './hcl1-cursor.ts';
import type { Hcl1Pos } from './hcl1-model.ts';
import { scanProblem } from './hcl1-problem.ts';

/** The names that HCL 1's messages use. */
export type Hcl1Kind =
  | 'ILLEGAL'
  | 'EOF'
  | 'IDENT'
  | 'NUMBER'
  | 'FLOAT'
  | 'BOOL'
  | 'STRING'
  | 'HEREDOC'
  | 'LBRACK'
  | 'RBRACK'
  | 'LBRACE'
  | 'RBRACE'
  | 'COMMA'
  | 'PERIOD'
  | 'ASSIGN'
  | 'ADD'
  | 'SUB';

export interface Hcl1Token {
  readonly kind: Hcl1Kind;
  readonly pos: Hcl1Pos;
  /** As written, quotes included. */
  readonly text: string;
}

const symbols: Readonly<Record<string, Hcl1Kind>> = {
  '[': 'LBRACK',
  ']': 'RBRACK',
  '{': 'LBRACE',
  '}': 'RBRACE',
  ',': 'COMMA',
  '.': 'PERIOD',
  '=': 'ASSIGN',
  '+': 'ADD',
  '-': 'SUB',
};

const blank = /[ \t\n\r]+/y;
const restOfLine = /[^\n]*/y;
const identifier = /[\p{L}_][\p{L}\p{Nd}_.-]*/uy;
const number = /-?0[xX][0-9A-Fa-f]*|(?:-?\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d*)?/y;
const heredocOpener = /<<(-?[\p{L}_\p{Nd}]*)\r?/uy;

/**
 * The tokens of HCL 1 (github.com/hashicorp/hcl v1, hcl/scanner). Inside `${ }` quotes do not end a
 * string. A problem ends the scan: it is thrown.
 */
export class Hcl1Scanner {
  readonly #cursor: Hcl1Cursor;

  constructor(text: string) {
    this.#cursor = new Hcl1Cursor(text);
  }

  next(): Hcl1Token {
    const cursor = this.#cursor;
    this.#skipBlanksAndComments();
    const { pos, offset } = cursor;
    const kind = this.#scan(pos);
    return { kind, pos, text: cursor.text.slice(offset, cursor.offset) };
  }

  #scan(pos: Hcl1Pos): Hcl1Kind {
    const cursor = this.#cursor;
    const first = cursor.peek();
    if (first === '') return 'EOF';
    if (first === '"') return this.#string();
    if (first === '<') return this.#heredoc(pos);
    const numeral = cursor.takeMatch(number);
    if (numeral !== '') return numberKind(numeral, pos);
    const symbol = symbols[first];
    if (symbol !== undefined) {
      cursor.take();
      return symbol;
    }
    const name = cursor.takeMatch(identifier);
    if (name === '') {
      if (first === '\0') throw scanProblem('unexpected null character (0x00)', pos);
      throw scanProblem('illegal char', pos);
    }
    return name === 'true' || name === 'false' ? 'BOOL' : 'IDENT';
  }

  #skipBlanksAndComments(): void {
    const cursor = this.#cursor;
    for (;;) {
      cursor.takeMatch(blank);
      const { pos } = cursor;
      if (cursor.startsWith('#') || cursor.startsWith('//')) {
        cursor.takeMatch(restOfLine);
      } else if (cursor.startsWith('/*')) {
        const end = cursor.text.indexOf('*/', cursor.offset + 2);
        cursor.takeTo(end < 0 ? cursor.text.length : end + 2);
        if (end < 0) throw scanProblem('comment not terminated', cursor.pos);
      } else if (cursor.startsWith('/')) {
        throw scanProblem("expected '/' for comment", pos);
      } else {
        return;
      }
    }
  }

  #string(): Hcl1Kind {
    const cursor = this.#cursor;
    cursor.take();
    for (let braces = 0; ;) {
      const { pos } = cursor;
      const character = cursor.take();
      if (character === '' || (character === '\n' && braces === 0)) {
        throw scanProblem('literal not terminated', pos);
      }
      if (character === '"' && braces === 0) return 'STRING';
      if (braces === 0 && character === '$' && cursor.peek() === '{') {
        cursor.take();
        braces++;
      } else if (braces > 0 && character === '{') {
        braces++;
      } else if (braces > 0 && character === '}') {
        braces--;
      } else if (character === '\\' && cursor.takeMatch(escape) === '') {
        throw scanProblem('illegal char escape', cursor.pos);
      }
    }
  }

  #heredoc(start: Hcl1Pos): Hcl1Kind {
    const cursor = this.#cursor;
    const { text, offset } = cursor;
    heredocOpener.lastIndex = offset;
    const [opener, marker] = heredocOpener.exec(text) ?? [];
    if (opener === undefined || marker === undefined) {
      throw scanProblem("heredoc expected second '<', didn't see it", start);
    }
    cursor.takeTo(offset + opener.length);
    const { pos } = cursor;
    if (cursor.peek() === '') throw scanProblem('heredoc not terminated', pos);
    if (cursor.take() !== '\n') throw scanProblem('invalid characters in heredoc anchor', pos);
    const name = marker.replace(/^-/, '');
    if (name === '') throw scanProblem('zero-length heredoc anchor', pos);
    for (;;) {
      const lineStart = cursor.offset;
      const line = cursor.takeMatch(restOfLine);
      if (cursor.take() === '') throw scanProblem('heredoc not terminated', cursor.pos);
      // The name at the end of the line, and nothing but blanks before it.
      if (
        line.endsWith(name) &&
        text.slice(lineStart, lineStart + line.length - name.length).trim() === ''
      ) {
        return 'HEREDOC';
      }
    }
  }
}

/** What may follow a backslash. */
const escape = /[abfnrtv\\"]|[0-7]{3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}/y;

function numberKind(text: string, pos: Hcl1Pos): Hcl1Kind {
  if (/^-?0[xX]/.test(text)) {
    if (/[xX]$/.test(text)) throw scanProblem('illegal hexadecimal number', pos);
    return 'NUMBER';
  }
  if (/[eE][+-]?$/.test(text)) throw scanProblem('illegal number', pos);
  if (/[.eE]/.test(text)) return 'FLOAT';
  if (/^-?0\d*[89]/.test(text)) throw scanProblem('illegal octal number', pos);
  return 'NUMBER';
}
