import type { Hcl1Scalar } from './hcl1-model.ts';
import { Hcl1Problem } from './hcl1-problem.ts';
import type { Hcl1Token } from './hcl1-scanner.ts';

/** The value of a literal token. */
export function literalValue(token: Hcl1Token): Hcl1Scalar {
  const { kind, pos, text } = token;
  switch (kind) {
    case 'BOOL':
      return { kind: 'bool', value: text === 'true', pos };
    case 'NUMBER':
      return { kind: 'number', value: integer(text), text, pos };
    case 'FLOAT':
      return { kind: 'number', value: Number(text), text, pos };
    case 'HEREDOC':
      return { kind: 'string', value: heredocText(text), pos };
    default:
      return { kind: 'string', value: unquote(token), pos };
  }
}

/** Decimal, hexadecimal with `0x`, octal with a leading zero; `08` is a number to HCL 1, and has no value. */
function integer(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace('-', '');
  if (!/^0\d/u.test(digits)) return sign * Number(digits);
  return /[89]/u.test(digits) ? Number.NaN : sign * Number.parseInt(digits, 8);
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** What a quoted string says: escapes outside `${ }` mean something, inside nothing is touched. */
export function unquote({ text, pos }: Hcl1Token): string {
  const inner = text.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  const pieces: string[] = [];
  let literalStart = 0;
  for (let at = 0; at < inner.length;) {
    if (inner.startsWith('${', at)) {
      at = endOfSequence(inner, at + 2);
    } else if (inner[at] === '\\') {
      pieces.push(inner.slice(literalStart, at));
      const bytes = byteEscapes(inner, at);
      const escape = bytes === '' ? oneEscape(inner, at) : bytes;
      pieces.push(bytes === '' ? unescape(escape.slice(1), pos) : textOfBytes(bytes));
      at += escape.length;
      literalStart = at;
    } else {
      at++;
    }
  }
  pieces.push(inner.slice(literalStart));
  return pieces.join('');
}

const escapes = /\\(?:u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|[^])/uy;
const bytes = /(?:\\(?:[0-3][0-7]{2}|x[\dA-Fa-f]{2}))+/y;

function oneEscape(text: string, at: number): string {
  escapes.lastIndex = at;
  return escapes.exec(text)?.[0] ?? '\\';
}

/** `\x` and octal escapes are bytes, several of which may be one character. */
function byteEscapes(text: string, at: number): string {
  bytes.lastIndex = at;
  return bytes.exec(text)?.[0] ?? '';
}

function textOfBytes(escaped: string): string {
  const codes = escaped
    .split('\\')
    .slice(1)
    .map((code) =>
      code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8),
    );
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(codes));
}

function endOfSequence(text: string, from: number): number {
  let at = from;
  for (let braces = 1; at < text.length && braces > 0; at++) {
    if (text[at] === '{') braces++;
    else if (text[at] === '}') braces--;
  }
  return at;
}

function unescape(escape: string, pos: Hcl1Token['pos']): string {
  const simple = simpleEscapes[escape];
  if (simple !== undefined) return simple;
  const code = Number.parseInt(escape.slice(1), 16);
  // Also what is left of an octal escape above 377, which is no byte.
  if (!/^(?:u.{4}|U.{8})$/u.test(escape) || code > 0x10ffff)
    throw new Hcl1Problem('illegal char escape', pos);
  return code >= 0xd800 && code < 0xe000 ? '\ufffd' : String.fromCodePoint(code);
}

/**
 * The lines of a heredoc. `<<-` takes the indentation of the end marker off all lines, if all have it;
 * without the dash, HCL 1 lets that indentation stand at the end.
 */
function heredocText(text: string): string {
  const openerEnd = text.indexOf('\n');
  // The marker at the end is as long as the one at the beginning.
  const body = (more: number): string => text.slice(openerEnd + 1, text.length - openerEnd + more);
  if (!text.startsWith('<<-')) return body(1);
  const lines = body(2).split('\n');
  const indentation = lines.at(-1) ?? '';
  if (!lines.every((line) => line.startsWith(indentation))) return body(1).replace(/[ \t]+$/u, '');
  return [...lines.slice(0, -1).map((line) => line.slice(indentation.length)), ''].join('\n');
}
