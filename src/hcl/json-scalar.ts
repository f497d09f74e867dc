import { quoted, type SourceRange } from '../base/index.ts';
import type { JsonValue } from './json-model.ts';
import type { JsonToken } from './json-scanner.ts';
import type { Problems } from './problems.ts';
import { similarName } from './similar-name.ts';

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u;
const fromJavaScript: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity']);

/** Reads a string, a number or a keyword; what is wrong with it is a problem. */
export function readScalar(token: JsonToken, problems: Problems): JsonValue {
  const { kind, range, text } = token;
  if (kind === 'string') return readString(token, problems);
  if (kind === 'keyword') return readKeyword(token, problems);
  if (number.test(text)) return { kind: 'number', text, range };
  const detail = 'There is a syntax error in the given JSON number.';
  problems.add('Invalid JSON number', detail, range);
  return { kind: 'invalid', range };
}

function readString({ range, text }: JsonToken, problems: Problems): JsonValue {
  const wrong = wrongByteIn(text);
  if (wrong === undefined) {
    // Half a pair is no character; JSON may write one all the same.
    const value = String(JSON.parse(text)).replaceAll(/\p{Surrogate}/gu, '\ufffd');
    return { kind: 'string', value, range };
  }
  const detail = 'There is a syntax error in the given JSON string.';
  problems.add('Invalid JSON string', detail, placeIn(range, wrong));
  return { kind: 'invalid', range };
}

/** HCL 2 counts columns as bytes here, from the byte after the wrong one. */
function placeIn({ file, start }: SourceRange, bytes: number): SourceRange {
  const at = { line: start.line, column: start.column + bytes, byte: start.byte + bytes };
  return { file, start: at, end: { ...at, column: at.column + 1, byte: at.byte + 1 } };
}

/** How many bytes were read when it turned out to be no string; undefined when it is one. */
function wrongByteIn(text: string): number | undefined {
  const good = /^"(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*/u.exec(text)?.[0] ?? '';
  if (text.length === good.length + 1 && text.endsWith('"')) return undefined;
  const rest = text.slice(good.length);
  const escape = /^\\(?:u[0-9A-Fa-f]{0,3})?/u.exec(rest)?.[0] ?? '';
  const read = Buffer.byteLength(good + escape);
  return rest.length > escape.length ? read + 1 : read;
}

function readKeyword({ range, text }: JsonToken, problems: Problems): JsonValue {
  if (text === 'true' || text === 'false') return { kind: 'bool', value: text === 'true', range };
  if (text === 'null') return { kind: 'null', range };
  const similar = similarName(text, ['true', 'false', 'null']);
  const advice = similar === undefined ? '' : ` Did you mean ${quoted(similar)}?`;
  const detail = fromJavaScript.has(text)
    ? `The JavaScript identifier ${quoted(text)} cannot be used in JSON.`
    : `${quoted(text)} is not a valid JSON keyword.${advice}`;
  problems.add('Invalid JSON keyword', detail, range);
  return { kind: 'invalid', range };
}
