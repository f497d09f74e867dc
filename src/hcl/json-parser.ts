import { between } from './position.ts';
import type { JsonProperty, JsonValue } from './json-model.ts';
import { readScalar } from './json-scalar.ts';
import { JsonScanner, type JsonToken, type JsonTokenKind } from './json-scanner.ts';
import type { Problems } from './problems.ts';
import { maxNesting } from './token-reader.ts';

const startOfValue =
  'A JSON value must start with a brace, a bracket, a number, a string, or a keyword.';

/** Reads one value and everything in it, with the words and the footholds after an error that HCL 2 has. */
export class JsonParser {
  readonly #scanner: JsonScanner;
  readonly #problems: Problems;
  #next: JsonToken;
  #nesting = 0;

  constructor(text: string, options: { readonly file: string; readonly problems: Problems }) {
    this.#problems = options.problems;
    this.#scanner = new JsonScanner(text, options.file);
    this.#next = this.#scanner.next();
  }

  parse(): JsonValue {
    const value = this.#value();
    if (this.#problems.count === 0 && this.#next.kind !== 'end') {
      this.#wrong('Extraneous data after value', 'Extra characters appear after the JSON value.');
    }
    if (value.kind !== 'object' && value.kind !== 'list') {
      const detail =
        'The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.';
      this.#problems.add('Root value must be object', detail, value.range);
    }
    return value;
  }

  #read(): JsonToken {
    const token = this.#next;
    // Nothing follows the end, nor a problem after which nobody listens.
    if (token.kind !== 'end') {
      this.#next = this.#problems.closed ? { ...token, kind: 'end' } : this.#scanner.next();
    }
    return token;
  }

  #sees(kind: JsonTokenKind): boolean {
    return this.#next.kind === kind;
  }

  #wrong(summary: string, detail: string, at: JsonToken = this.#next): void {
    this.#problems.add(summary, detail, at.range);
  }

  #value(): JsonValue {
    const { kind, range } = this.#next;
    switch (kind) {
      case '{':
      case '[':
        return this.#nested(kind) ?? { kind: 'invalid', range };
      case 'number':
      case 'string':
      case 'keyword':
        return readScalar(this.#read(), this.#problems);
      case '}':
        this.#wrong('Missing JSON value', startOfValue);
        break;
      case ']':
        this.#wrong('Missing array element value', startOfValue);
        break;
      case 'end':
        this.#wrong('Missing value', 'The JSON data ends prematurely.');
        break;
      default:
        this.#wrong('Invalid start of value', startOfValue);
    }
    return { kind: 'invalid', range };
  }

  #nested(kind: '{' | '['): JsonValue | undefined {
    if (this.#nesting === maxNesting) {
      const detail = `JSON values may be nested at most ${maxNesting} levels deep.`;
      this.#problems.close('Nesting too deep', detail, this.#next.range);
      this.#next = { ...this.#next, kind: 'end' };
      return undefined;
    }
    this.#nesting++;
    const value = kind === '{' ? this.#object() : this.#list();
    this.#nesting--;
    return value;
  }

  /** @returns undefined after a problem that leaves nothing of it */
  #object(): JsonValue | undefined {
    const open = this.#read();
    const properties: JsonProperty[] = [];
    while (!this.#sees('}')) {
      const first = this.#next;
      const name = this.#value();
      if (name.kind !== 'string') {
        const detail = 'A JSON object property name must be a string';
        this.#wrong('Invalid object property name', detail, first);
        return undefined;
      }
      if (!this.#colon()) return undefined;
      properties.push({ name: name.value, nameRange: name.range, value: this.#value() });
      if (!this.#goesOn(open)) return undefined;
    }
    return { kind: 'object', properties, range: between(open.range, this.#read().range) };
  }

  #colon(): boolean {
    const colon = this.#read();
    if (colon.kind === ':') return true;
    this.#recover(colon, '{', '}');
    if (colon.kind === '}' || colon.kind === ',') {
      const detail = 'A JSON object attribute must have a value, introduced by a colon.';
      this.#wrong('Missing object value', detail, colon);
    } else {
      const detail =
        colon.kind === '='
          ? 'JSON uses a colon as its name/value delimiter, not an equals sign.'
          : "A colon must appear between an object property's name and its value.";
      this.#wrong('Missing property value colon', detail, colon);
    }
    return false;
  }

  /** After a property: a comma with another one behind it, or the end of the object. */
  #goesOn(open: JsonToken): boolean {
    switch (this.#next.kind) {
      case '}':
        return true;
      case ',': {
        const comma = this.#read();
        if (!this.#sees('}')) return true;
        const detail =
          'JSON does not permit a trailing comma after the final property in an object.';
        this.#wrong('Trailing comma in object', detail, comma);
        return false;
      }
      case 'end':
        this.#wrong('Unclosed object', 'No closing brace was found for this JSON object.', open);
        return false;
      case ']': {
        this.#read();
        const detail = 'A JSON object must be closed with a brace, not a bracket.';
        this.#wrong('Mismatched braces', detail);
        return false;
      }
      default: {
        this.#recover(this.#read(), '{', '}');
        const detail = 'A comma must appear between each property definition in an object.';
        this.#wrong('Missing attribute seperator comma', detail);
        return false;
      }
    }
  }

  /** @returns undefined after a problem that leaves nothing of it */
  #list(): JsonValue | undefined {
    const open = this.#read();
    const items: JsonValue[] = [];
    while (!this.#sees(']')) {
      items.push(this.#value());
      if (this.#sees(']')) break;
      if (this.#sees(',')) {
        const comma = this.#read();
        if (!this.#sees(']')) continue;
        const detail = 'JSON does not permit a trailing comma after the final value in an array.';
        this.#wrong('Trailing comma in array', detail, comma);
        return undefined;
      }
      this.#listProblem(open);
      return undefined;
    }
    return { kind: 'list', items, range: between(open.range, this.#read().range) };
  }

  #listProblem(open: JsonToken): void {
    const token = this.#read();
    this.#recover(token, '[', ']');
    switch (token.kind) {
      case ':': {
        const detail = 'A colon is not used to introduce values in a JSON array.';
        this.#wrong('Invalid array value', detail);
        break;
      }
      case 'end':
        this.#wrong('Unclosed object', 'No closing bracket was found for this JSON array.', open);
        break;
      case '}':
        this.#wrong(
          'Mismatched brackets',
          'A JSON array must be closed with a bracket, not a brace.',
        );
        break;
      default: {
        const detail = 'A comma must appear between each value in an array.';
        this.#wrong('Missing attribute seperator comma', detail);
      }
    }
  }

  /** Reads on to what seems to be the end of the object or list. */
  #recover(token: JsonToken, opening: JsonTokenKind, closing: JsonTokenKind): void {
    let open = 1;
    for (let { kind } = token; kind !== 'end'; { kind } = this.#read()) {
      if (kind === opening) open++;
      if (kind === closing && --open <= 1) return;
    }
  }
}
