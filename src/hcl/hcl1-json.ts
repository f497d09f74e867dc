import { Hcl1Cursor } from './hcl1-cursor.ts';
import type { Hcl1Item, Hcl1Object, Hcl1Pos, Hcl1Value } from './hcl1-model.ts';
import { Hcl1Problem, maxHcl1Nesting, nestingProblem } from './hcl1-problem.ts';

const blank = /[ \t\n\r]+/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z]+/y;

/**
 * Reads the JSON form of HCL 1 into the same model. A property whose value is an object is a block,
 * one whose value is an array of objects is as many blocks; commas at the end are allowed, as HCL 1
 * allows them. Throws `Hcl1Problem`.
 */
export class Hcl1JsonParser {
  readonly #cursor: Hcl1Cursor;
  #nesting = 0;

  constructor(text: string) {
    this.#cursor = new Hcl1Cursor(text);
  }

  parse(): Hcl1Object {
    this.#skipBlanks();
    const root = this.#object();
    this.#skipBlanks();
    if (this.#cursor.peek() !== '') throw this.#unexpected('the end of the file');
    return root;
  }

  #skipBlanks(): void {
    this.#cursor.takeMatch(blank);
  }

  #unexpected(wanted: string): Hcl1Problem {
    const found = this.#cursor.peek();
    const got = found === '' ? 'the end of the file' : JSON.stringify(found);
    return new Hcl1Problem(`expected ${wanted}, got: ${got}`, this.#cursor.pos);
  }

  #accept(symbol: string): boolean {
    this.#skipBlanks();
    if (!this.#cursor.startsWith(symbol)) return false;
    this.#cursor.take();
    return true;
  }

  #object(): Hcl1Object {
    const pos = this.#open();
    const items: Hcl1Item[] = [];
    while (!this.#accept('}')) {
      const keyPos = this.#cursor.pos;
      const name = this.#string();
      if (!this.#accept(':')) throw this.#unexpected('":"');
      const keys = [{ name, pos: keyPos }];
      for (const [assigned, value] of blocksOf(this.#value())) {
        items.push({ keys, assigned, value, pos: keyPos });
      }
      if (this.#accept(',')) continue;
      if (this.#accept('}')) break;
      throw this.#unexpected('"," or "}"');
    }
    this.#nesting--;
    return { kind: 'object', items, pos };
  }

  #list(): Hcl1Value {
    const pos = this.#open();
    const items: Hcl1Value[] = [];
    while (!this.#accept(']')) {
      items.push(this.#value());
      if (this.#accept(',')) continue;
      if (this.#accept(']')) break;
      throw this.#unexpected('"," or "]"');
    }
    this.#nesting--;
    return { kind: 'list', items, pos };
  }

  #open(): Hcl1Pos {
    const { pos } = this.#cursor;
    if (++this.#nesting > maxHcl1Nesting) throw nestingProblem(pos);
    this.#cursor.take();
    return pos;
  }

  #value(): Hcl1Value {
    this.#skipBlanks();
    const { pos } = this.#cursor;
    const first = this.#cursor.peek();
    if (first === '{') return this.#object();
    if (first === '[') return this.#list();
    if (first === '"') return { kind: 'string', value: this.#string(), pos };
    const text = this.#cursor.takeMatch(number);
    if (text !== '') return { kind: 'number', value: Number(text), text, pos };
    const { offset } = this.#cursor;
    word.lastIndex = offset;
    const name = word.exec(this.#cursor.text)?.[0];
    if (name !== 'true' && name !== 'false' && name !== 'null') throw this.#unexpected('a value');
    this.#cursor.takeTo(offset + name.length);
    return name === 'null' ? { kind: 'null', pos } : { kind: 'bool', value: name === 'true', pos };
  }

  #string(): string {
    this.#skipBlanks();
    if (this.#cursor.peek() !== '"') throw this.#unexpected('a string');
    const { pos } = this.#cursor;
    const text = this.#cursor.takeMatch(string);
    if (text === '') {
      throw new Hcl1Problem('literal not terminated, or an illegal character or escape in it', pos);
    }
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : '';
  }
}

/** The blocks that a property stands for, or its one plain value. */
function blocksOf(value: Hcl1Value): readonly (readonly [assigned: boolean, Hcl1Value])[] {
  if (value.kind === 'object') return [[false, value]];
  if (value.kind === 'list' && value.items.length > 0) {
    const objects = value.items.every((item) => item.kind === 'object');
    if (objects) return value.items.map((item) => [false, item] as const);
  }
  return [[true, value]];
}
