/** The characters that mean something in HCL 1. */
export const character = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  hash: 0x23,
  dollar: 0x24,
  asterisk: 0x2a,
  plus: 0x2b,
  minus: 0x2d,
  period: 0x2e,
  slash: 0x2f,
  zero: 0x30,
  eight: 0x38,
  nine: 0x39,
  less: 0x3c,
  E: 0x45,
  X: 0x58,
  backslash: 0x5c,
  e: 0x65,
  x: 0x78,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

export function isBlank(code: number): boolean {
  return (
    code === character.space ||
    code === character.lineFeed ||
    code === character.tab ||
    code === character.carriageReturn
  );
}

export function isDecimal(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isHexadecimal(code: number): boolean {
  return isDecimal(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

export function isLetter(code: number): boolean {
  if (code < 0x80)
    return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
  return /^\p{L}$/u.test(String.fromCodePoint(code));
}

export function isDigit(code: number): boolean {
  return code < 0x80 ? isDecimal(code) : /^\p{Nd}$/u.test(String.fromCodePoint(code));
}
