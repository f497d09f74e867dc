import type { ConstraintOperator, ConstraintTerm } from './constraint-term.ts';
import { InvalidConstraintsError } from './errors.ts';
import {
  isWildcard,
  largestNumber,
  numberNames,
  parseNumber,
  type RawTerm,
  scanTerm,
  trimSpace,
  trimStart,
} from './version-scan.ts';
import { shown } from './shown.ts';

/** Longer than any that people write, short enough that nothing here takes noticeable time. */
export const maxConstraintsLength = 65_536;

/**
 * The terms of a constraints text, in the order of the text.
 * @throws InvalidConstraintsError
 */
export function parseTerms(text: string): readonly ConstraintTerm[] {
  if (text.length > maxConstraintsLength) {
    throw new InvalidConstraintsError(text, `longer than ${maxConstraintsLength} characters`);
  }
  const terms: ConstraintTerm[] = [];
  let rest = trimSpace(text);
  while (rest !== '') {
    const raw = scanTerm(rest);
    const why = problemOf(raw);
    if (why !== undefined) {
      throw new InvalidConstraintsError(
        text,
        `invalid specification ${shown(raw.consumed)}: ${why}`,
      );
    }
    const next = trimStart(raw.remain);
    if (next.startsWith('v')) throw new InvalidConstraintsError(text, vPrefix);
    if (next !== '' && !next.startsWith(',')) {
      throw new InvalidConstraintsError(text, `missing comma after ${shown(raw.consumed)}`);
    }
    terms.push(toTerm(raw));
    rest = trimStart(next.slice(1));
  }
  return terms;
}

const vPrefix = 'a "v" prefix should not be used when specifying versions';

const operators: ReadonlyMap<string, ConstraintOperator> = new Map([
  ['', '='],
  ['=', '='],
  ['!=', '!='],
  ['>', '>'],
  ['>=', '>='],
  ['<', '<'],
  ['<=', '<='],
  ['~>', '~>minor'],
]);

const misspelt: ReadonlyMap<string, string> = new Map([
  ['=<', '<='],
  ['=>', '>='],
]);

function toTerm({ operator, numbers, prerelease, metadata }: RawTerm): ConstraintTerm {
  const [major = 0n, minor = 0n, patch = 0n] = numbers.map((digits) => parseNumber(digits) ?? 0n);
  const known = operators.get(operator) ?? '=';
  return {
    operator: known === '~>minor' && numbers.length === 3 ? '~>patch' : known,
    boundary: { major, minor, patch, prerelease, metadata },
  };
}

/** Why it is no term, in OpenTofu's words; undefined when it is one. */
function problemOf({
  operator,
  separator,
  numbers,
  consumed,
  remain,
}: RawTerm): string | undefined {
  if (!operators.has(operator)) {
    const meant = misspelt.get(operator);
    return `invalid constraint operator ${shown(operator)}${meant === undefined ? '' : `; did you mean ${shown(meant)}?`}`;
  }
  if (separator.includes('v')) return vPrefix;
  if (operator === '' && separator !== '') return 'extraneous spaces at start of specification';
  if (numbers.length === 0) {
    // OpenTofu has misleading words here ("missing comma after", "only one space").
    const found = consumed === '' ? `, not ${shown(remain)}` : '';
    return operator === ''
      ? `a version number is expected${found}`
      : `a version number is expected after the operator ${shown(operator)}`;
  }
  if (separator !== '' && separator !== ' ') {
    return `only one space is expected after the operator ${shown(operator)}`;
  }
  if (numbers.length > 3) {
    return 'too many numbered portions; only three are allowed (major, minor, patch)';
  }
  return numbers.map(numberProblem).find((why) => why !== undefined);
}

function numberProblem(number: string, index: number): string | undefined {
  const name = numberNames[index] ?? '';
  if (isWildcard(number)) {
    return `can't use wildcard for ${name} number; omit segments that should be unconstrained`;
  }
  return parseNumber(number) === undefined
    ? `the ${name} number is larger than ${String(largestNumber)}`
    : undefined;
}
