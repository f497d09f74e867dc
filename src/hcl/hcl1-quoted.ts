import { endOfText, type Hcl1Characters } from './hcl1-characters.ts';
import { character, isDigit, isHexadecimal, isLetter } from './hcl1-letters.ts';

/** Reads to the end of a string whose quote was just read. Inside `${ }` quotes do not end it. */
export function scanString(source: Hcl1Characters): void {
  for (let braces = 0; ;) {
    const code = source.next();
    if (code === endOfText || (code === character.lineFeed && braces === 0)) {
      source.report('literal not terminated');
      return;
    }
    if (code === character.quote && braces === 0) return;
    if (braces === 0 && code === character.dollar && source.peek() === character.openBrace) {
      source.next();
      braces++;
    } else if (braces > 0 && code === character.openBrace) {
      braces++;
    } else if (braces > 0 && code === character.closeBrace) {
      braces--;
    }
    if (code === character.backslash) scanEscape(source);
  }
}

const plainEscapes = new Set(Array.from('abfnrtv\\"', (each) => each.charCodeAt(0)));
const digitsAfter: ReadonlyMap<number, number> = new Map([
  [0x78, 2], // x
  [0x75, 4], // u
  [0x55, 8], // U
]);

function scanEscape(source: Hcl1Characters): void {
  const code = source.next();
  if (plainEscapes.has(code)) return;
  const count = digitsAfter.get(code);
  if (count !== undefined) scanCode(source, source.next(), { count, isCode: isHexadecimal });
  else if (isOctal(code)) scanCode(source, code, { count: 3, isCode: isOctal });
  else source.report('illegal char escape');
}

function isOctal(code: number): boolean {
  return code >= 0x30 && code <= 0x37;
}

/** Reads `count` digits, beginning with `first`, and puts back what comes after. */
function scanCode(
  source: Hcl1Characters,
  first: number,
  { count, isCode }: { readonly count: number; readonly isCode: (code: number) => boolean },
): void {
  let code = first;
  let left = count;
  while (left > 0 && isCode(code)) {
    code = source.next();
    if (code === endOfText) break;
    left--;
  }
  if (left > 0) source.report('illegal char escape');
  if (left !== count && code !== endOfText) source.unread();
}

/** Reads a heredoc whose first `<` was just read, with the line that ends it. */
export function scanHeredoc(source: Hcl1Characters): void {
  if (source.next() !== character.less) {
    source.report("heredoc expected second '<', didn't see it");
    return;
  }
  const anchorStart = source.offset;
  let code = source.next();
  if (code === character.minus) code = source.next();
  while (isLetter(code) || isDigit(code)) code = source.next();
  if (code === endOfText) {
    source.report('heredoc not terminated');
    return;
  }
  if (code !== character.lineFeed) {
    source.report('invalid characters in heredoc anchor');
    return;
  }
  const anchor = source.text.slice(anchorStart, source.offset - 1);
  if (anchor === '' || anchor === '-') source.report('zero-length heredoc anchor');
  else scanHeredocLines(source, anchor);
}

function scanHeredocLines(source: Hcl1Characters, anchor: string): void {
  const name = anchor.replace(/^-/u, '');
  for (let lineStart = source.offset; ;) {
    const code = source.next();
    if (code === character.lineFeed) {
      // HCL 1 counts the dash when it asks whether a line is long enough to be the last.
      const line = source.text.slice(lineStart, source.offset - 1);
      if (line.length >= anchor.length && endsHeredoc(line, name)) return;
      lineStart = source.offset;
    } else if (code === endOfText) {
      source.report('heredoc not terminated');
      return;
    }
  }
}

function endsHeredoc(line: string, name: string): boolean {
  const text = line.replace(/\r+$/u, '');
  return text.endsWith(name) && /^[\t-\r ]*$/u.test(text.slice(0, text.length - name.length));
}
