import type { SourcePos, SourceRange } from '../base/index.ts';
import { isAsciiLetter, isDigit, numberLength, symbolAt } from './characters.ts';
import { LexicalProblems } from './lexical-problems.ts';
import { PositionWalker } from './position.ts';
import type { Problems } from './problems.ts';
import type { Token, TokenKind } from './token.ts';

type Mode =
  | { readonly kind: 'main' }
  | { readonly kind: 'quoted' }
  | { readonly kind: 'bare' }
  | { readonly kind: 'heredoc'; readonly marker: string; atLineStart: boolean };

export interface LexerOptions {
  readonly file: string;
  /** `template`: the whole text is the inside of a template. */
  readonly mode: 'config' | 'template';
  readonly problems: Problems;
}

const identifier = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const heredocOpener = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
/**
 * The tokens of HCL 2 native syntax, one at a time (hcl/v2 spec.md, "Lexical Elements" and
 * "Template"). Strings and templates nest: a stack of modes says where we are. Comments and repeated
 * ends of line are folded away here, so that what is kept does not grow with them.
 */
export class Lexer {
  readonly text: string;
  readonly #file: string;
  readonly #walker = new PositionWalker();
  readonly #problems: LexicalProblems;
  readonly #modes: Mode[];
  #offset = 0;
  #position: SourcePos = { line: 1, column: 1, byte: 0 };
  /** Depth of braces, and the depths at which a closing one ends a template sequence. */
  #braces = 0;
  readonly #sequences: number[] = [];
  /** Set once no comment end follows, so that each stray opener does not search to the end again. */
  #noCommentEnd = false;

  constructor(text: string, options: LexerOptions) {
    this.text = text;
    this.#file = options.file;
    this.#problems = new LexicalProblems(options.problems);
    this.#modes = [options.mode === 'config' ? { kind: 'main' } : { kind: 'bare' }];
    if (text.startsWith('\ufeff')) {
      this.#offset = 1;
      this.#position = { line: 1, column: 1, byte: 3 };
    }
  }

  /** Positions inside a token, for whoever takes one apart. */
  get walker(): PositionWalker {
    return this.#walker;
  }

  /** The next token; `end` again and again after the last one. */
  next(): Token {
    const mode = this.#modes.at(-1);
    if (mode === undefined || mode.kind === 'main') return this.#inMain();
    if (this.#offset >= this.text.length) return this.#emit('end', 0);
    const sequence = this.#openSequence();
    if (sequence !== undefined) {
      if (mode.kind === 'heredoc') mode.atLineStart = false;
      return sequence;
    }
    if (mode.kind === 'quoted') return this.#inQuotes();
    return this.#inLines(mode);
  }

  #emit(kind: TokenKind, length: number): Token {
    const from = this.#offset;
    const to = from + length;
    const start = this.#position;
    const end = length === 0 ? start : this.#walker.after(start, this.text, from, to);
    this.#offset = to;
    this.#position = end;
    const range: SourceRange = { file: this.#file, start, end };
    return { kind, from, to, range };
  }

  #bad(length: number): Token {
    const token = this.#emit('bad', length);
    this.#problems.badCharacter(this.text.slice(token.from, token.to), token.range);
    return token;
  }

  /** One whole character: never half of a surrogate pair. */
  #characterLength(): number {
    return (this.text.codePointAt(this.#offset) ?? 0) > 0xffff ? 2 : 1;
  }

  #openSequence(): Token | undefined {
    const first = this.text[this.#offset];
    if ((first !== '$' && first !== '%') || this.text[this.#offset + 1] !== '{') return undefined;
    const length = this.text[this.#offset + 2] === '~' ? 3 : 2;
    const token = this.#emit(first === '$' ? 'interpolation' : 'directive', length);
    this.#braces++;
    this.#sequences.push(this.#braces);
    this.#modes.push({ kind: 'main' });
    return token;
  }

  #inMain(): Token {
    let newline: Token | undefined;
    for (;;) {
      this.#skipSpaces();
      const blank = this.#comment() ?? this.#endOfLine();
      if (blank === undefined) break;
      if (blank.kind === 'newline') newline ??= blank;
    }
    if (newline !== undefined) return newline;
    if (this.#offset >= this.text.length) return this.#emit('end', 0);
    return this.#symbol();
  }

  #skipSpaces(): void {
    const from = this.#offset;
    let to = from;
    for (let code = this.text.charCodeAt(to); code === 0x20 || code === 0x09;) {
      code = this.text.charCodeAt(++to);
    }
    if (to === from) return;
    const { line, column, byte } = this.#position;
    this.#offset = to;
    this.#position = { line, column: column + to - from, byte: byte + to - from };
  }

  /** A comment to the end of a line takes that end with it, and counts as one. */
  #comment(): Token | undefined {
    const { text } = this;
    const from = this.#offset;
    if (text[from] === '#' || (text[from] === '/' && text[from + 1] === '/')) {
      const end = text.indexOf('\n', from);
      return end < 0
        ? this.#emit('comment', text.length - from)
        : this.#emit('newline', end + 1 - from);
    }
    if (text[from] !== '/' || text[from + 1] !== '*' || this.#noCommentEnd) return undefined;
    const end = text.indexOf('*/', from + 2);
    if (end >= 0) return this.#emit('comment', end + 2 - from);
    this.#noCommentEnd = true;
    return undefined;
  }

  #endOfLine(): Token | undefined {
    const length = this.#endOfLineLength(this.#offset);
    return length === 0 ? undefined : this.#emit('newline', length);
  }

  #endOfLineLength(at: number): 0 | 1 | 2 {
    if (this.text[at] === '\n') return 1;
    return this.text[at] === '\r' && this.text[at + 1] === '\n' ? 2 : 0;
  }

  #symbol(): Token {
    const { text } = this;
    const from = this.#offset;
    const code = text.charCodeAt(from);
    if (isDigit(code)) return this.#emit('number', numberLength(text, from));
    if (isAsciiLetter(code) || code === 0x5f || code > 0x7f) {
      identifier.lastIndex = from;
      const name = identifier.exec(text)?.[0];
      return name === undefined
        ? this.#bad(this.#characterLength())
        : this.#emit('identifier', name.length);
    }
    switch (code) {
      case 0x7b: // {
        this.#braces++;
        return this.#emit('{', 1);
      case 0x7d: // }
        return this.#closeBrace();
      case 0x22: // "
        this.#modes.push({ kind: 'quoted' });
        return this.#emit('open-quote', 1);
      case 0x7e: // ~
        if (text[from + 1] === '}') return this.#closeTrimming();
        break;
      case 0x3c: // <
        if (text[from + 1] === '<') {
          const heredoc = this.#openHeredoc();
          if (heredoc !== undefined) return heredoc;
        }
        break;
    }
    const symbol = symbolAt(text, from);
    if (symbol !== undefined) return this.#emit(symbol, symbol.length);
    return this.#bad(1);
  }

  #closeBrace(): Token {
    if (this.#sequences.at(-1) !== this.#braces) {
      this.#braces--;
      return this.#emit('}', 1);
    }
    return this.#endSequence(1);
  }

  /** Also at a brace that does not open a sequence: the parser can then say what is wrong with it. */
  #closeTrimming(): Token {
    if (this.#sequences.at(-1) === this.#braces) return this.#endSequence(2);
    this.#braces--;
    return this.#emit('sequence-end', 2);
  }

  #endSequence(length: number): Token {
    this.#sequences.pop();
    this.#braces--;
    this.#modes.pop();
    return this.#emit('sequence-end', length);
  }

  #openHeredoc(): Token | undefined {
    heredocOpener.lastIndex = this.#offset;
    const match = heredocOpener.exec(this.text);
    if (match === null) return undefined;
    this.#modes.push({ kind: 'heredoc', marker: match[1] ?? '', atLineStart: true });
    return this.#emit('open-heredoc', match[0].length);
  }

  #inQuotes(): Token {
    const { text } = this;
    const from = this.#offset;
    const first = text.charCodeAt(from);
    if (first === 0x22) {
      this.#modes.pop();
      return this.#emit('close-quote', 1);
    }
    if (first === 0x0a || first === 0x0d) {
      let to = from + 1;
      while (text[to] === '\n' || text[to] === '\r') to++;
      const token = this.#emit('bad', to - from);
      this.#problems.lineBreakInQuotes(token.range);
      return token;
    }
    const lone = this.#loneMarkLength();
    if (lone === 1 && from + 1 === text.length) return this.#bad(1);
    if (lone > 0) return this.#emit('quoted-text', lone);
    let to = from;
    for (; to < text.length; to++) {
      const code = text.charCodeAt(to);
      if (code === 0x22 || code === 0x24 || code === 0x25 || code === 0x0a || code === 0x0d) break;
      if (code !== 0x5c) continue;
      const escaped = text[to + 1];
      if (escaped === undefined || escaped === '\n' || escaped === '\r') break;
      to++;
    }
    // A surrogate pair after a backslash: its second half is no letter that the loop stops at.
    return to === from ? this.#bad(1) : this.#emit('quoted-text', to - from);
  }

  /**
   * At a `$` or `%` that opens nothing: the length of an escaped opener (`$${`), or 1. A token of its
   * own either way, because what is trimmed beside a sequence is one token.
   */
  #loneMarkLength(): number {
    const { text } = this;
    const mark = text[this.#offset];
    if (mark !== '$' && mark !== '%') return 0;
    if (text[this.#offset + 1] !== mark || text[this.#offset + 2] !== '{') return 1;
    return text[this.#offset + 3] === '~' ? 4 : 3;
  }

  /** Heredocs and bare templates: text comes line by line. */
  #inLines(mode: Mode): Token {
    const { text } = this;
    const from = this.#offset;
    let to = from + this.#loneMarkLength();
    if (to === from) {
      for (; to < text.length; to++) {
        const code = text.charCodeAt(to);
        if (code === 0x24 || code === 0x25 || code === 0x0a) break;
        if (code === 0x0d) break;
      }
    }
    const lineEnd = this.#endOfLineLength(to);
    if (to + lineEnd === from) return this.#bad(1);
    if (mode.kind === 'heredoc') {
      if (lineEnd > 0 && mode.atLineStart && text.slice(from, to).trim() === mode.marker) {
        this.#modes.pop();
        return this.#emit('close-heredoc', to - from);
      }
      mode.atLineStart = lineEnd > 0;
    }
    return this.#emit('plain-text', to + lineEnd - from);
  }
}
