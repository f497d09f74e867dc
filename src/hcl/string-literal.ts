import type { SourcePos, SourceRange } from '../base/index.ts';
import type { Label } from './ast.ts';
import { between } from './position.ts';
import type { Token } from './token.ts';
import type { TokenReader } from './token-reader.ts';

const quotedPieces =
  /\\(?:u[0-9A-Fa-f]{0,4}|U[0-9A-Fa-f]{0,8}|[^uU])?|\$\$\{|%%\{|[^\\$%]+|[$%]/gsu;
const plainPieces = /\$\$\{|%%\{|[^$%]+|[$%]/gsu;

/**
 * The string that a text token stands for: backslash escapes in quotes only, `$${` and `%%{` in both
 * (hcl/v2 spec.md, "Template Literals").
 */
export function readText(reader: TokenReader, token: Token): string {
  const text = reader.text(token);
  const quoted = token.kind === 'quoted-text';
  if (!/[\\$%]/.test(text)) return text;
  let value = '';
  let walked = 0;
  let position: SourcePos = token.range.start;
  for (const { 0: piece, index } of text.matchAll(quoted ? quotedPieces : plainPieces)) {
    if (piece === '$${' || piece === '%%{') {
      value += piece.slice(1);
    } else if (!piece.startsWith('\\') || !quoted) {
      value += piece;
    } else {
      const resolved = resolveEscape(piece);
      value += resolved.value;
      if (resolved.problem !== undefined) {
        const start = reader.walker.after(position, text, walked, index);
        walked = index + piece.length;
        position = reader.walker.after(start, text, index, walked);
        const range: SourceRange = { file: token.range.file, start, end: position };
        reader.error('Invalid escape sequence', resolved.problem, range);
      }
    }
  }
  return value;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
  '\\"': '"',
  '\\\\': '\\',
};

function resolveEscape(piece: string): { value: string; problem?: string } {
  const simple = simpleEscapes[piece];
  if (simple !== undefined) return { value: simple };
  const selector = piece[1];
  if (selector === undefined) {
    const problem = 'Backslash must be followed by an escape sequence selector character.';
    return { value: piece, problem };
  }
  if (selector !== 'u' && selector !== 'U') {
    const problem = `The symbol ${JSON.stringify(piece.slice(1))} is not a valid escape sequence selector.`;
    return { value: piece.slice(1), problem };
  }
  if (piece.length !== (selector === 'u' ? 6 : 10)) {
    const digits = selector === 'u' ? 'four' : 'eight';
    const problem = `The \\${selector} escape sequence must be followed by ${digits} hexadecimal digits.`;
    return { value: piece, problem };
  }
  const code = Number.parseInt(piece.slice(2), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    const hex = code.toString(16).padStart(4, '0');
    return { value: piece, problem: `Cannot encode character U+${hex} in UTF-8.` };
  }
  return { value: String.fromCodePoint(code) };
}

/** A block label in quotes: text and escapes, but no template sequences. */
export function readQuotedLabel(reader: TokenReader): Label {
  const open = reader.read();
  let value = '';
  for (;;) {
    const token = reader.read();
    switch (token.kind) {
      case 'close-quote':
        return { value, range: between(open.range, token.range) };
      case 'quoted-text':
        value += readText(reader, token);
        break;
      case 'interpolation':
      case 'directive': {
        const mark = token.kind === 'interpolation' ? '$' : '%';
        reader.error(
          'Invalid string literal',
          `Template sequences are not allowed in this string. To include a literal "${mark}", double it (as "${mark}${mark}") to escape it.`,
          token.range,
        );
        value += `${mark}{ ... }`;
        reader.skipPast('sequence-end');
        break;
      }
      case 'end':
        reader.error(
          'Unterminated string literal',
          'Unable to find the closing quote mark before the end of the file.',
          token.range,
        );
        return { value, range: between(open.range, token.range) };
      default:
        reader.error(
          'Invalid string literal',
          'This item is not valid in a string literal.',
          token.range,
        );
        reader.skipPast('close-quote');
        return { value, range: between(open.range, token.range) };
    }
  }
}
