import type { SourceRange } from '../base/index.ts';
import type { Expression } from './ast.ts';
import { Lexer, type LexerOptions } from './lexer.ts';
import type { PositionWalker } from './position.ts';
import type { Problems } from './problems.ts';
import { counterpart, type Token, type TokenKind } from './token.ts';

/**
 * Blocks, expressions and templates inside one another. Real configurations stay below 20; the number
 * keeps recursion, here and in whoever walks the tree, far from the end of the stack.
 */
export const maxNesting = 200;

/**
 * What the parsers read from: tokens with one look ahead, ends of line that count or do not, and the
 * ways to find a foothold again after an error. Once one was needed, complaints that may only be
 * echoes of it are left out (`recovering`), as HCL 2 does.
 */
export class TokenReader {
  readonly problems: Problems;
  /** Whether ends of line are tokens: between brackets and in sequences they are not. */
  newlines = true;
  readonly #lexer: Lexer;
  /** Read from the lexer and not yet taken; never more than an end of line and what follows it. */
  readonly #waiting: Token[] = [];
  #last: Token | undefined;
  #recovering = false;
  #nesting = 0;

  constructor(text: string, options: LexerOptions) {
    this.problems = options.problems;
    this.#lexer = new Lexer(text, options);
  }

  get recovering(): boolean {
    return this.#recovering;
  }

  get walker(): PositionWalker {
    return this.#lexer.walker;
  }

  /** The text of the file; tokens say where in it they are. */
  get source(): string {
    return this.#lexer.text;
  }

  text(token: Token): string {
    return this.#lexer.text.slice(token.from, token.to);
  }

  peek(): Token {
    return this.#at(this.#index());
  }

  read(): Token {
    const index = this.#index();
    const token = this.#at(index);
    for (let taken = 0; taken <= index; taken++) this.#waiting.shift();
    this.#last = token;
    return token;
  }

  /** Reads the next token if it is of this kind. */
  accept(kind: TokenKind): Token | undefined {
    return this.peek().kind === kind ? this.read() : undefined;
  }

  nextIs(kind: TokenKind): boolean {
    return this.peek().kind === kind;
  }

  nextIsWord(word: string): boolean {
    const next = this.peek();
    return next.kind === 'identifier' && this.text(next) === word;
  }

  /** Range of the token read last. */
  get lastRange(): SourceRange {
    return (this.#last ?? this.peek()).range;
  }

  error(summary: string, detail: string, range: SourceRange): void {
    this.problems.add(summary, detail, range);
  }

  /** An error that may be an echo of one reported before. */
  errorUnlessRecovering(summary: string, detail: string, range: SourceRange): void {
    if (!this.#recovering) this.error(summary, detail, range);
  }

  /** True when a problem came up since `count` and left the reader where it should not be. */
  lostSince(count: number): boolean {
    return this.#recovering && this.problems.count > count;
  }

  /** Runs `parse` one level deeper; at the bound reading ends with a diagnostic instead. */
  nested<T>(parse: () => T, whenTooDeep: (range: SourceRange) => T): T {
    if (this.#nesting >= maxNesting) {
      const { range } = this.peek();
      this.#recovering = true;
      this.problems.close(
        'Nesting too deep',
        `Blocks, expressions and templates may be nested at most ${maxNesting} levels deep.`,
        range,
      );
      return whenTooDeep(range);
    }
    this.#nesting++;
    const result = parse();
    this.#nesting--;
    return result;
  }

  markLost(): void {
    this.#recovering = true;
  }

  /** Reads up to and including the `end` that belongs to the level we are on, or to the end of the text. */
  skipPast(end: TokenKind): Token {
    this.#recovering = true;
    const opener = counterpart(end);
    for (let depth = 0; ;) {
      const token = this.read();
      const kind =
        end === 'sequence-end' && token.kind === 'directive' ? 'interpolation' : token.kind;
      if (kind === 'end') return token;
      if (kind === opener) depth++;
      else if (kind === end && depth-- === 0) return token;
    }
  }

  /** Reads past the next pair of parentheses. */
  skipOverParentheses(): void {
    for (;;) {
      const { kind } = this.read();
      if (kind === '(' || kind === 'end') break;
    }
    this.skipPast(')');
  }

  /** Reads past the first end of line that is not inside brackets, quotes or a heredoc. */
  skipLine(): void {
    this.#recovering = true;
    const open: TokenKind[] = [];
    for (;;) {
      const { kind } = this.read();
      switch (kind) {
        case 'end':
          return;
        case 'newline':
          if (open.length === 0) return;
          break;
        case '{':
        case '[':
        case '(':
        case 'open-quote':
        case 'open-heredoc':
          open.push(kind);
          break;
        case 'interpolation':
        case 'directive':
          open.push('interpolation');
          break;
        case '}':
        case ']':
        case ')':
        case 'close-quote':
        case 'close-heredoc':
        case 'sequence-end': {
          // A closer that fits nothing open closes everything.
          const opener = counterpart(kind);
          while (open.length > 0 && open.pop() !== opener);
          break;
        }
        default:
      }
    }
  }

  #index(): number {
    let index = 0;
    while (!this.newlines && this.#at(index).kind === 'newline') index++;
    return index;
  }

  #at(index: number): Token {
    while (this.#waiting.length <= index) {
      const token = this.#lexer.next();
      // After an abort there is nothing more to read.
      this.#waiting.push(this.problems.closed ? { ...token, kind: 'end' } : token);
    }
    return this.#waiting[index] ?? this.#lexer.next();
  }
}

/** Stands for an expression that could not be read. */
export function invalid(range: SourceRange): Expression {
  return { kind: 'invalid', range };
}
