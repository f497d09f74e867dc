import { InvalidManifestError } from './errors.ts';

/**
 * Deepest nesting of a document we read. Manifests need 5 levels; the rest is room for fields of others,
 * and the bound keeps whoever walks the value from running out of stack.
 */
const maxDepth = 64;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses the bytes of one JSON object, for readers that must agree with every other reader: UTF-8
 * without a byte order mark, and no key twice in an object (of two equal keys, parsers disagree which
 * one counts).
 * @throws InvalidManifestError
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // Before the parser: it takes seconds for megabytes of brackets.
    checkShape(text);
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (error instanceof InvalidManifestError) throw error;
    throw new InvalidManifestError('', 'it is not JSON in UTF-8', { cause: error });
  }
  throw new InvalidManifestError('', 'it is not a JSON object');
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The bytes of `value` as we write documents: compact JSON, keys in the order given, members that are
 * undefined left out. Equal values give equal bytes on every machine.
 */
export function canonicalJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Walks any text without recursion; of a text that is no JSON it may say nothing. */
function checkShape(text: string): void {
  /** One entry per open container: the keys seen in an object, undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(undefined);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (keys !== undefined && isKey(text, end)) addKey(keys, text.slice(at, end + 1));
        at = end;
        break;
      }
      default:
    }
    if (open.length > maxDepth) {
      throw new InvalidManifestError('', `it is nested deeper than ${maxDepth} levels`);
    }
  }
}

function addKey(keys: Set<string>, literal: string): void {
  const key = literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (keys.has(key)) throw new InvalidManifestError(key, 'stands twice in one object');
  keys.add(key);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function isKey(text: string, endOfString: number): boolean {
  let at = endOfString + 1;
  while (' \t\n\r'.includes(text[at] ?? 'x')) at++;
  return text[at] === ':';
}
