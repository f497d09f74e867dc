import { endOfText, type Hcl1Characters } from './hcl1-characters.ts';
import { character, isDecimal, isHexadecimal } from './hcl1-letters.ts';

/** Reads a number whose first digit was just read. */
export function scanNumber(source: Hcl1Characters, first: number): 'NUMBER' | 'FLOAT' {
  if (first === character.zero) return scanFromZero(source);
  scanDigits(source, first);
  return scanRest(source, source.next());
}

function scanFromZero(source: Hcl1Characters): 'NUMBER' | 'FLOAT' {
  let code = source.next();
  if (code === character.x || code === character.X) {
    code = source.next();
    if (!isHexadecimal(code)) source.report('illegal hexadecimal number');
    while (isHexadecimal(code)) code = source.next();
    putBack(source, code);
    return 'NUMBER';
  }
  let noOctal = false;
  while (isDecimal(code)) {
    code = source.next();
    // HCL 1 does not look at the digit after the zero.
    if (code === character.eight || code === character.nine) noOctal = true;
  }
  return scanRest(source, code, () => {
    if (noOctal) source.report('illegal octal number');
  });
}

/** Fraction and exponent, if `code` begins one. */
function scanRest(
  source: Hcl1Characters,
  code: number,
  checkInteger?: () => void,
): 'NUMBER' | 'FLOAT' {
  if (isExponent(code)) {
    scanExponent(source, code);
    return 'FLOAT';
  }
  if (code === character.period) {
    if (isExponent(scanDigits(source, source.peek()))) scanExponent(source, source.next());
    return 'FLOAT';
  }
  checkInteger?.();
  putBack(source, code);
  return 'NUMBER';
}

/** Reads digits as long as there are, beginning with `code`; what comes after is put back. */
export function scanDigits(source: Hcl1Characters, code: number): number {
  if (!isDecimal(code)) return code;
  let next = code;
  while (isDecimal(next)) next = source.next();
  putBack(source, next);
  return next;
}

/** An exponent without digits is none, and yet the number ends there without a word. */
export function scanExponent(source: Hcl1Characters, code: number): void {
  if (!isExponent(code)) return;
  let next = source.next();
  if (next === character.minus || next === character.plus) next = source.next();
  scanDigits(source, next);
}

function isExponent(code: number): boolean {
  return code === character.e || code === character.E;
}

export function putBack(source: Hcl1Characters, code: number): void {
  if (code !== endOfText) source.unread();
}
