import { endOfText, Hcl1Characters } from './hcl1-characters.ts';
import { character, isBlank, isDecimal, isDigit, isLetter } from './hcl1-letters.ts';
import type { Hcl1Pos } from './hcl1-model.ts';
import { putBack, scanDigits, scanExponent, scanNumber } from './hcl1-number.ts';
import type { Hcl1Problem } from './hcl1-problem.ts';
import { scanHeredoc, scanString } from './hcl1-quoted.ts';

/** The names that HCL 1's messages use. */
export type Hcl1Kind =
  | 'ILLEGAL'
  | 'EOF'
  | 'COMMENT'
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

const symbols: ReadonlyMap<number, Hcl1Kind> = new Map(
  (
    [
      ['[', 'LBRACK'],
      [']', 'RBRACK'],
      ['{', 'LBRACE'],
      ['}', 'RBRACE'],
      [',', 'COMMA'],
      ['=', 'ASSIGN'],
      ['+', 'ADD'],
    ] as const
  ).map(([symbol, kind]) => [symbol.charCodeAt(0), kind]),
);

/**
 * The tokens of HCL 1 (github.com/hashicorp/hcl v1, hcl/scanner), comments left out. Never throws:
 * `problem` is the last thing that was wrong with a token, and means more than what is wrong with
 * their order.
 */
export class Hcl1Scanner {
  readonly #source: Hcl1Characters;

  constructor(text: string) {
    this.#source = new Hcl1Characters(text);
  }

  get problem(): Hcl1Problem | undefined {
    return this.#source.problem;
  }

  next(): Hcl1Token {
    for (;;) {
      const token = this.#scan();
      if (token.kind !== 'COMMENT') return token;
    }
  }

  #scan(): Hcl1Token {
    const source = this.#source;
    let { offset } = source;
    let code = source.next();
    while (isBlank(code)) {
      ({ offset } = source);
      code = source.next();
    }
    const { pos } = source;
    const kind = this.#kind(code, offset);
    return { kind, pos, text: source.text.slice(offset, source.offset) };
  }

  #kind(code: number, start: number): Hcl1Kind {
    const source = this.#source;
    if (isLetter(code)) return this.#identifier(start);
    if (isDecimal(code)) return scanNumber(source, code);
    switch (code) {
      case endOfText:
        return 'EOF';
      case character.quote:
        scanString(source);
        return 'STRING';
      case character.hash:
      case character.slash:
        this.#comment(code);
        return 'COMMENT';
      case character.less:
        scanHeredoc(source);
        return 'HEREDOC';
      case character.period:
        if (!isDecimal(source.peek())) return 'PERIOD';
        scanExponent(source, scanDigits(source, source.peek()));
        return 'FLOAT';
      case character.minus:
        return isDecimal(source.peek()) ? scanNumber(source, source.next()) : 'SUB';
      default: {
        const symbol = symbols.get(code);
        if (symbol === undefined) source.report('illegal char');
        return symbol ?? 'ILLEGAL';
      }
    }
  }

  #identifier(start: number): Hcl1Kind {
    const source = this.#source;
    let code = source.next();
    while (
      isLetter(code) ||
      isDigit(code) ||
      code === character.minus ||
      code === character.period
    ) {
      code = source.next();
    }
    putBack(source, code);
    const name = source.text.slice(start, source.offset);
    return name === 'true' || name === 'false' ? 'BOOL' : 'IDENT';
  }

  #comment(first: number): void {
    const source = this.#source;
    if (first === character.slash && source.peek() === character.asterisk) {
      this.#longComment();
      return;
    }
    if (first === character.slash && source.peek() !== character.slash) {
      source.report("expected '/' for comment");
      return;
    }
    let code = source.next();
    while (code !== character.lineFeed && code !== endOfText) code = source.next();
    putBack(source, code);
  }

  #longComment(): void {
    const source = this.#source;
    source.next();
    let code = source.next();
    for (;;) {
      if (code === endOfText) {
        source.report('comment not terminated');
        return;
      }
      const before = code;
      code = source.next();
      if (before === character.asterisk && code === character.slash) return;
    }
  }
}
