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

/** Decimal, hexadecimal with `0x`, octal with a leading zero. */
function integer(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace('-', '');
  return sign * (/^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits));
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
      const code = /^\\(?:[0-7]{3}|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|.)/su.exec(
        inner.slice(at, at + 10),
      );
      const escape = code?.[0] ?? '\\';
      pieces.push(inner.slice(literalStart, at), unescape(escape.slice(1), pos));
      at += escape.length;
      literalStart = at;
    } else {
      at++;
    }
  }
  pieces.push(inner.slice(literalStart));
  return pieces.join('');
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
  const octal = /^[0-7]/.test(escape);
  const code = octal ? Number.parseInt(escape, 8) : Number.parseInt(escape.slice(1), 16);
  // `\x` and octal escapes above 127 are bytes, which by themselves are no character.
  const byte = octal || escape.startsWith('x');
  if (byte && code > 0x7f) return '\ufffd';
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    throw new Hcl1Problem('illegal char escape', pos);
  }
  return String.fromCodePoint(code);
}

/**
 * The lines of a heredoc, the last with its end. `<<-` takes the indentation of the end marker off
 * all lines, if all have it.
 */
function heredocText(text: string): string {
  const start = text.indexOf('\n') + 1;
  const lastLine = text.lastIndexOf('\n', text.length - 2) + 1;
  const indentation = /^[ \t]*/.exec(text.slice(lastLine))?.[0] ?? '';
  const body = text.slice(start, lastLine);
  // Without the dash, HCL 1 lets the indentation of the end marker stand at the end.
  if (!text.startsWith('<<-')) return body + indentation;
  const lines = body.split('\n').slice(0, -1);
  if (!lines.every((line) => line.startsWith(indentation))) return body;
  return lines.map((line) => `${line.slice(indentation.length)}\n`).join('');
}
