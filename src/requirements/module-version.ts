/**
 * Versions and constraints of modules, which OpenTofu reads by rules of their own (hashicorp/go-version 1.8): any
 * count of numbers, a `v` before them, pre-releases only where the constraint has the same numbers, and nothing
 * that depends on build metadata.
 */
interface ModuleVersion {
  readonly numbers: readonly bigint[];
  /** As many as were written. */
  readonly written: number;
  readonly prerelease: string;
}

interface Term {
  readonly operator: string;
  readonly version: ModuleVersion;
}

export type ModuleConstraints = readonly Term[];

const versionText =
  'v?(?<numbers>[0-9]+(?:\\.[0-9]+)*)(?:-(?<dashed>[0-9][0-9A-Za-z~-]*(?:\\.[0-9A-Za-z~-]+)*)|-?(?<bare>[A-Za-z~-][0-9A-Za-z~-]*(?:\\.[0-9A-Za-z~-]+)*))?(?:\\+[0-9A-Za-z~-]+(?:\\.[0-9A-Za-z~-]+)*)?';
const versionPattern = new RegExp(`^${versionText}$`, 'u');
const termPattern = new RegExp(
  `^[\\t\\n\\f\\r ]*(?<operator><=|>=|!=|~>|<|>|=|)[\\t\\n\\f\\r ]*(?<version>${versionText})[\\t\\n\\f\\r ]*$`,
  'u',
);

/** Several times what people write. Each term is compared with each number of a version. */
const maxLength = 1024;
const largest = 9223372036854775807n;

/** @returns undefined for what is none */
export function parseModuleVersion(text: string): ModuleVersion | undefined {
  return text.length > maxLength ? undefined : fromMatch(versionPattern.exec(text));
}

/** @returns undefined for what are none */
export function parseModuleConstraints(text: string): ModuleConstraints | undefined {
  if (text.length > maxLength) return undefined;
  const terms: Term[] = [];
  for (const each of text.split(',')) {
    const match = termPattern.exec(each);
    const version = fromMatch(match);
    if (version === undefined) return undefined;
    terms.push({ operator: match?.groups?.['operator'] ?? '', version });
  }
  return terms;
}

export function meets(version: ModuleVersion, constraints: ModuleConstraints): boolean {
  return constraints.every((term) => meetsTerm(version, term));
}

function fromMatch(match: RegExpExecArray | null): ModuleVersion | undefined {
  if (match?.groups === undefined) return undefined;
  const { numbers: text = '', dashed, bare } = match.groups;
  const numbers = text
    .split('.')
    .map((digits) => (digits.length > 30 ? largest + 1n : BigInt(digits)));
  if (numbers.some((number) => number > largest)) return undefined;
  const written = numbers.length;
  while (numbers.length < 3) numbers.push(0n);
  return { numbers, written, prerelease: bare ?? dashed ?? '' };
}

function meetsTerm(version: ModuleVersion, { operator, version: bound }: Term): boolean {
  const order = compare(version, bound);
  switch (operator) {
    case '':
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '~>':
      return admits(version, bound) && isNearlyAbove(version, bound);
    case '>':
      return admits(version, bound) && order > 0;
    case '<':
      return admits(version, bound) && order < 0;
    case '>=':
      return admits(version, bound) && order >= 0;
    default:
      return admits(version, bound) && order <= 0;
  }
}

function admits(version: ModuleVersion, bound: ModuleVersion): boolean {
  if (version.prerelease === '') return true;
  return bound.prerelease !== '' && sameNumbers(version, bound);
}

function isNearlyAbove(version: ModuleVersion, bound: ModuleVersion): boolean {
  if (bound.prerelease !== '' && version.prerelease === '') return false;
  if (compare(version, bound) < 0 || bound.numbers.length > version.numbers.length) return false;
  for (let i = 0; i < bound.written - 1; i++) {
    if (version.numbers[i] !== bound.numbers[i]) return false;
  }
  const last = bound.numbers.length - 1;
  return (bound.numbers[last] ?? 0n) <= (version.numbers[last] ?? 0n);
}

function sameNumbers(a: ModuleVersion, b: ModuleVersion): boolean {
  return a.numbers.length === b.numbers.length && a.numbers.every((n, i) => n === b.numbers[i]);
}

function compare(a: ModuleVersion, b: ModuleVersion): number {
  for (let i = 0; i < Math.max(a.numbers.length, b.numbers.length); i++) {
    const [left, right] = [a.numbers[i] ?? 0n, b.numbers[i] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === '') return 1;
  if (b.prerelease === '') return -1;
  return comparePrereleases(a.prerelease.split('.'), b.prerelease.split('.'));
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = comparePart(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [numberOf(a), numberOf(b)];
  // What is missing is below a number and above a word.
  if (a === '') return right === undefined ? 1 : -1;
  if (b === '') return left === undefined ? -1 : 1;
  if (left !== undefined && right !== undefined) return left < right ? -1 : 1;
  if (left !== undefined) return -1;
  if (right !== undefined) return 1;
  return a < b ? -1 : 1;
}

function numberOf(text: string): bigint | undefined {
  return /^[0-9]{1,18}$/u.test(text) ? BigInt(text) : undefined;
}
