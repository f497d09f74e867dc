import { literalValue, unquote } from './hcl1-literal.ts';
import type { Hcl1Item, Hcl1List, Hcl1Object, Hcl1Pos, Hcl1Value } from './hcl1-model.ts';
import { Hcl1Problem, maxHcl1Nesting, nestingProblem, posText } from './hcl1-problem.ts';
import { Hcl1Scanner, type Hcl1Token } from './hcl1-scanner.ts';

const literalKinds: ReadonlySet<string> = new Set(['NUMBER', 'FLOAT', 'BOOL', 'STRING', 'HEREDOC']);

/**
 * Reads HCL 1 native syntax (github.com/hashicorp/hcl v1, hcl/parser); throws `Hcl1Problem`. What is
 * wrong with a token counts more than what is wrong with their order, and the last of them counts.
 */
export class Hcl1Parser {
  readonly #scanner: Hcl1Scanner;
  #token: Hcl1Token;
  #nesting = 0;

  constructor(text: string) {
    this.#scanner = new Hcl1Scanner(text);
    this.#token = this.#scanner.next();
  }

  parse(): Hcl1Object {
    try {
      const items = this.#items('EOF');
      if (this.#scanner.problem === undefined) {
        return { kind: 'object', items, pos: { line: 1, column: 1 } };
      }
    } catch (error) {
      if (!(error instanceof Hcl1Problem) || this.#scanner.problem === undefined) throw error;
    }
    throw this.#scanner.problem;
  }

  #advance(): Hcl1Token {
    const token = this.#token;
    this.#token = this.#scanner.next();
    return token;
  }

  #items(end: 'EOF' | 'RBRACE'): readonly Hcl1Item[] {
    const items: Hcl1Item[] = [];
    const seen = new Set<string>();
    while (this.#token.kind !== end) {
      if (this.#token.kind === 'EOF') throw this.#unclosed();
      items.push(this.#item(seen, end));
      if (this.#token.kind === 'COMMA') this.#advance();
    }
    return items;
  }

  /** HCL 1 looks beyond the end once more before it says so, which makes a column. */
  #unclosed(): Hcl1Problem {
    const { pos } = this.#scanner.next();
    return new Hcl1Problem('object expected closing RBRACE got: EOF', pos);
  }

  #item(seen: Set<string>, end: 'EOF' | 'RBRACE'): Hcl1Item {
    const keys = this.#keys();
    const [first] = keys;
    const { kind, pos } = this.#token;
    if (first === undefined || (kind !== 'ASSIGN' && kind !== 'LBRACE')) {
      const names = keys.map(({ text }) => text).join(' ');
      throw new Hcl1Problem(
        `key '${names}' expected start of object ('{') or assignment ('=')`,
        pos,
      );
    }
    const assigned = kind === 'ASSIGN';
    if (assigned) this.#advance();
    if (assigned && this.#token.kind === 'EOF' && end === 'RBRACE') throw this.#unclosed();
    const value = assigned ? this.#value() : this.#object();
    if (assigned) noteArgument(first, seen);
    return {
      keys: keys.map((token) => ({ name: keyName(token), pos: token.pos })),
      assigned,
      value,
      pos: first.pos,
    };
  }

  #keys(): readonly Hcl1Token[] {
    const keys: Hcl1Token[] = [];
    while (this.#token.kind === 'IDENT' || this.#token.kind === 'STRING') {
      keys.push(this.#advance());
    }
    const { kind, pos } = this.#token;
    if (kind === 'ASSIGN' && keys.length > 1) {
      throw new Hcl1Problem('nested object expected: LBRACE got: ASSIGN', pos);
    }
    if (kind === 'ASSIGN' && keys.length === 0) {
      throw new Hcl1Problem('no object keys found!', pos);
    }
    if (kind === 'LBRACE' && keys.length === 0) {
      throw new Hcl1Problem('expected: IDENT | STRING got: LBRACE', pos);
    }
    const keysAlone = keys.length > 0 && (kind === 'EOF' || kind === 'RBRACE');
    if (kind !== 'ASSIGN' && kind !== 'LBRACE' && !keysAlone) {
      throw new Hcl1Problem(`expected: IDENT | STRING | ASSIGN | LBRACE got: ${kind}`, pos);
    }
    return keys;
  }

  #value(): Hcl1Value {
    const token = this.#token;
    if (literalKinds.has(token.kind)) return literalValue(this.#advance());
    if (token.kind === 'LBRACE') return this.#object();
    if (token.kind === 'LBRACK') return this.#list();
    throw new Hcl1Problem(
      `Unknown token: ${posText(token.pos)} ${token.kind} ${token.text}`,
      token.pos,
    );
  }

  #object(): Hcl1Object {
    const { pos } = this.#advance();
    this.#enter(pos);
    const items = this.#items('RBRACE');
    this.#nesting--;
    this.#advance();
    return { kind: 'object', items, pos };
  }

  #list(): Hcl1List {
    const { pos } = this.#advance();
    this.#enter(pos);
    const items: Hcl1Value[] = [];
    let needComma = false;
    for (;;) {
      const token = this.#token;
      if (token.kind === 'RBRACK') break;
      if (token.kind === 'COMMA') {
        this.#advance();
        needComma = false;
      } else if (needComma) {
        throw new Hcl1Problem(
          `error parsing list, expected comma or list end, got: ${token.kind}`,
          token.pos,
        );
      } else {
        items.push(this.#listItem());
        // HCL 1 asks for a comma after anything but a list.
        needComma = token.kind !== 'LBRACK';
      }
    }
    this.#nesting--;
    this.#advance();
    return { kind: 'list', items, pos };
  }

  #listItem(): Hcl1Value {
    const token = this.#token;
    if (literalKinds.has(token.kind)) return literalValue(this.#advance());
    if (token.kind !== 'LBRACE' && token.kind !== 'LBRACK') {
      throw new Hcl1Problem(`unexpected token while parsing list: ${token.kind}`, token.pos);
    }
    const what = token.kind === 'LBRACE' ? 'object' : 'list';
    const { pos } = token;
    try {
      return what === 'object' ? this.#object() : this.#list();
    } catch (error) {
      if (!(error instanceof Hcl1Problem)) throw error;
      // What HCL 1 itself has no word for stands alone.
      if (error.final) throw error;
      throw new Hcl1Problem(`error while trying to parse ${what} within list: ${error.text}`, pos);
    }
  }

  #enter(pos: Hcl1Pos): void {
    if (++this.#nesting > maxHcl1Nesting) throw nestingProblem(pos);
  }
}

function keyName(token: Hcl1Token): string {
  return token.kind === 'STRING' ? unquote(token) : token.text;
}

/** Compares as written, so that `"a"` and `a` are two arguments here: HCL 1 sees it that way. */
function noteArgument(key: Hcl1Token, seen: Set<string>): void {
  if (seen.has(key.text)) {
    throw new Hcl1Problem(
      `The argument ${JSON.stringify(key.text)} at ${posText(key.pos)} was already set. Each argument can only be defined once`,
      key.pos,
      { bare: true },
    );
  }
  seen.add(key.text);
}
