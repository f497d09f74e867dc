/** One term of a constraint, or a version, cut into its pieces and not judged yet. */
export interface RawTerm {
  readonly operator: string;
  /** Spaces, and a wrong `v`, between operator and numbers. */
  readonly separator: string;
  /** Digits, or one of the wildcards that other tools know: `*`, `x`, `X`. */
  readonly numbers: readonly string[];
  readonly prerelease: string;
  readonly metadata: string;
  /** What was read. */
  readonly consumed: string;
  /** What could not be read as part of the term; empty when all of it could. */
  readonly remain: string;
}

/** Numbers are 64 bits wide in OpenTofu. */
export const largestNumber = 18446744073709551615n;

// Sticky patterns, each of which matches at least nothing. What counts as space is what C's isspace says.
const operatorPattern = /[^0-9\s.A-Za-z*]*/uy;
const separatorPattern = /[\t\n\v\f\r v]*/uy;
const numberPattern = /[0-9]+|[*xX]/uy;
const extraPattern = /[0-9A-Za-z.-]+/uy;

/**
 * Reads one term from the start of a text, by the grammar of go-versions 1.0.3. Punctuation that nothing
 * follows (`1.`, `1.0.0-`, `1.0.0+`) is consumed and dropped. Linear in the length of the text.
 */
export function scanTerm(text: string): RawTerm {
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0] ?? '';
    at += match.length;
    return match;
  };
  const operator = take(operatorPattern);
  const separator = take(separatorPattern);
  const numbers: string[] = [];
  let prerelease = '';
  let metadata = '';
  let dangling = false;
  let number = take(numberPattern);
  while (number !== '') {
    numbers.push(number);
    if (text[at] !== '.') break;
    at += 1;
    number = take(numberPattern);
    dangling = number === '';
  }
  const mark = (character: string): boolean => {
    if (numbers.length === 0 || dangling || text[at] !== character) return false;
    at += 1;
    return true;
  };
  if (mark('-')) {
    prerelease = take(extraPattern);
    dangling = prerelease === '';
  }
  if (mark('+')) metadata = take(extraPattern);
  return {
    operator,
    separator,
    numbers,
    prerelease,
    metadata,
    consumed: text.slice(0, at),
    remain: text.slice(at),
  };
}

export function isWildcard(number: string): boolean {
  return number === '*' || number === 'x' || number === 'X';
}

/** Undefined when it needs more than 64 bits. Leading zeros are lost. */
export function parseNumber(digits: string): bigint | undefined {
  const plain = digits.replace(/^0+/u, '');
  // Cut before converting: the time that takes grows with the square of the length.
  if (plain.length > 20) return undefined;
  const number = BigInt(plain === '' ? '0' : plain);
  return number > largestNumber ? undefined : number;
}

export const numberNames = ['major', 'minor', 'patch'] as const;

const leadingSpace = /^[\t\n\v\f\r \u0085\u00a0]+/u;
const trailingSpace = /(?<![\t\n\v\f\r \u0085\u00a0])[\t\n\v\f\r \u0085\u00a0]+$/u;

/** Removes what Go calls space (as far as it can stand here) from both ends. */
export function trimSpace(text: string): string {
  return trimStart(text).replace(trailingSpace, '');
}

export function trimStart(text: string): string {
  return text.replace(leadingSpace, '');
}
