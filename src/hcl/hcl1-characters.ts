import type { Hcl1Pos } from './hcl1-model.ts';
import { Hcl1Problem } from './hcl1-problem.ts';

/** What {@link Hcl1Characters.next} gives at the end of the text, and for a null character. */
export const endOfText = 0;

const lineFeed = 0x0a;
const reserved = 0xe123;
const replacement = 0xfffd;

/**
 * Goes through a text character by character (code points) as HCL 1's scanner does, and counts lines
 * and columns in its way: a line feed belongs to the line it ends, and each look beyond the end of the
 * text is a column. What is wrong with a character is noted, and reading goes on: HCL 1 reports what
 * it noted last.
 */
export class Hcl1Characters {
  readonly text: string;
  #offset = 0;
  #line = 1;
  #column = 0;
  /** The length of the line that ended last, with its line feed. */
  #lastLineLength = 0;
  #offsetBefore = 0;
  #lineBefore = 1;
  #columnBefore = 0;
  #problem: Hcl1Problem | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Where the character is that was read last. */
  get pos(): Hcl1Pos {
    if (this.#column > 0) return { line: this.#line, column: this.#column };
    return { line: this.#line - 1, column: this.#lastLineLength };
  }

  get problem(): Hcl1Problem | undefined {
    return this.#problem;
  }

  report(message: string): void {
    this.#problem = new Hcl1Problem(message, this.pos);
  }

  peek(): number {
    return this.text.codePointAt(this.#offset) ?? endOfText;
  }

  next(): number {
    const code = this.text.codePointAt(this.#offset);
    if (code === undefined) {
      this.#column++;
      return endOfText;
    }
    this.#offsetBefore = this.#offset;
    this.#lineBefore = this.#line;
    this.#columnBefore = this.#column;
    this.#column++;
    this.#offset += code > 0xffff ? 2 : 1;
    if (code === lineFeed) {
      this.#line++;
      this.#lastLineLength = this.#column;
      this.#column = 0;
    }
    if (code === 0) this.report('unexpected null character (0x00)');
    if (code !== reserved) return code;
    this.report('unicode code point U+E123 reserved for internal use');
    return replacement;
  }

  /** Puts the last character back. Not twice, and not at the end of the text. */
  unread(): void {
    this.#offset = this.#offsetBefore;
    this.#line = this.#lineBefore;
    this.#column = this.#columnBefore;
  }
}
