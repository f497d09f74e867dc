import type { Hcl1Pos } from './hcl1-model.ts';

/** Goes through a text character by character (code points) and knows line and column. */
export class Hcl1Cursor {
  readonly text: string;
  #offset = 0;
  #line = 1;
  #column = 1;

  constructor(text: string) {
    this.text = text;
  }

  get offset(): number {
    return this.#offset;
  }

  get pos(): Hcl1Pos {
    return { line: this.#line, column: this.#column };
  }

  /** The next character; empty at the end. */
  peek(): string {
    const code = this.text.codePointAt(this.#offset);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.#offset);
  }

  take(): string {
    const character = this.peek();
    this.#offset += character.length;
    if (character === '\n') {
      this.#line++;
      this.#column = 1;
    } else if (character !== '') {
      this.#column++;
    }
    return character;
  }

  /** Takes characters up to the offset. */
  takeTo(offset: number): void {
    while (this.#offset < offset) this.take();
  }

  /** What `pattern`, which must be sticky, matches here. Taken. */
  takeMatch(pattern: RegExp): string {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.text)?.[0] ?? '';
    this.takeTo(this.#offset + match.length);
    return match;
  }
}
