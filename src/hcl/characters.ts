import type { TokenKind } from './token.ts';

// prettier-ignore
const symbols = [
  '...', '==', '!=', '<=', '>=', '&&', '||', '::', '=>',
  '[', ']', '(', ')', '*', '/', '+', '-', '%', '=', '<', '>', '!', '.', ',', '?', ':',
] as const satisfies readonly TokenKind[];

const byText: ReadonlyMap<string, (typeof symbols)[number]> = new Map(
  symbols.map((symbol) => [symbol, symbol]),
);

/** The longest symbol that begins at `from`. Braces and quotes are not among them: they nest. */
export function symbolAt(text: string, from: number): (typeof symbols)[number] | undefined {
  for (let length = 3; length > 0; length--) {
    const symbol = byText.get(text.slice(from, from + length));
    if (symbol !== undefined) return symbol;
  }
  return undefined;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isAsciiLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

/** Digits, points and exponents, without points at the end: `1...` is the number 1 and an ellipsis. */
export function numberLength(text: string, from: number): number {
  let end = from + 1;
  let at = end;
  for (;;) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      end = ++at;
    } else if (code === 0x2e) {
      at++;
    } else if (code === 0x65 || code === 0x45) {
      const sign = text[at + 1] === '+' || text[at + 1] === '-' ? 1 : 0;
      if (!isDigit(text.charCodeAt(at + 1 + sign))) break;
      at += 2 + sign;
      end = at;
    } else {
      break;
    }
  }
  return end - from;
}
