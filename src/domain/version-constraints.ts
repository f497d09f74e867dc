import {
  compareTerms,
  type ConstraintTerm,
  formatTerm,
  termHolds,
  termNames,
} from './constraint-term.ts';
import { InvalidConstraintsError } from './errors.ts';
import { maxConstraintsLength, parseTerms } from './parse-constraints.ts';
import { compareVersions, isUnspecified, type Version } from './version.ts';

/** All terms must hold. No terms: any release will do. */
export interface VersionConstraints {
  readonly terms: readonly ConstraintTerm[];
}

export const noConstraints: VersionConstraints = { terms: [] };

/**
 * Parses comma-separated terms by OpenTofu's grammar (go-versions 1.0.3, Ruby style). A blank text is no
 * constraints; one trailing comma is tolerated.
 * @throws InvalidConstraintsError
 */
export function parseConstraints(text: string): VersionConstraints {
  return { terms: parseTerms(text) };
}

/** What OpenTofu's first look at a constraint in a configuration lets pass (go-version 1.8.0). */
const looseTerm =
  /^[\t\n\f\r ]*(?:(?:<=|>=|!=|~>|<|>|=)[\t\n\f\r ]*)?v?(?<numbers>[0-9]+(?:\.[0-9]+)*)(?:[A-Za-z~-][0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*)?(?:\+[0-9A-Za-z~-]+(?:\.[0-9A-Za-z~-]+)*)?[\t\n\f\r ]*$/u;

const largestSigned = 9223372036854775807n;

/**
 * Parses constraints as they stand in a configuration, where OpenTofu looks twice: by a looser grammar
 * first, by that of {@link parseConstraints} then. Each has its own `detail`.
 * @throws InvalidConstraintsError
 */
export function parseConfigConstraints(text: string): VersionConstraints {
  const sound = text.length <= maxConstraintsLength && text.split(',').every(isLooseTerm);
  if (sound) return parseConstraints(text);
  const detail = 'This string does not use correct version constraint syntax.';
  throw new InvalidConstraintsError(
    text,
    'it does not use correct version constraint syntax',
    detail,
  );
}

function isLooseTerm(term: string): boolean {
  const numbers = looseTerm.exec(term)?.groups?.['numbers'];
  return numbers?.split('.').every((digits) => fitsSigned(digits)) === true;
}

function fitsSigned(digits: string): boolean {
  const plain = digits.replace(/^0+/u, '');
  return plain.length < 19 || (plain.length === 19 && BigInt(plain) <= largestSigned);
}

/** Everything that each of the given constraints asks for. */
export function intersectConstraints(
  constraints: readonly VersionConstraints[],
): VersionConstraints {
  return { terms: constraints.flatMap(({ terms }) => terms) };
}

/**
 * The normalised text, as lock files and messages have it: sorted, without repetitions, missing numbers
 * written out. Empty for no constraints. Parsing and formatting it again changes nothing.
 */
export function formatConstraints(constraints: VersionConstraints): string {
  return [...new Set(constraints.terms.toSorted(compareTerms).map(formatTerm))].join(', ');
}

/**
 * Whether the version may be selected. A prerelease only when a term names it exactly; `0.0.0` never.
 */
export function satisfies(constraints: VersionConstraints, version: Version): boolean {
  if (isUnspecified(version)) return false;
  const { terms } = constraints;
  if (!terms.every((term) => termHolds(term, version))) return false;
  return version.prerelease === '' || terms.some((term) => termNames(term, version));
}

/**
 * The newest version that satisfies the constraints, whatever the order they come in. Of versions that differ
 * in metadata only (OpenTofu leaves that choice open), the one without any, else the one that sorts last.
 */
export function newestSatisfying(
  versions: Iterable<Version>,
  constraints: VersionConstraints,
): Version | undefined {
  let newest: Version | undefined;
  for (const version of versions) {
    if (!satisfies(constraints, version)) continue;
    if (newest === undefined || isPreferred(version, newest)) newest = version;
  }
  return newest;
}

/** Whether the constraints leave nothing but `0.0.0`, which OpenTofu refuses with a hint at `dev_overrides`. */
export function onlyUnspecified(constraints: VersionConstraints): boolean {
  return (
    constraints.terms.length > 0 &&
    constraints.terms.every(({ operator, boundary }) => operator === '=' && isUnspecified(boundary))
  );
}

function isPreferred(candidate: Version, other: Version): boolean {
  const order = compareVersions(candidate, other);
  if (order !== 0) return order > 0;
  if (candidate.metadata === '' || other.metadata === '') return candidate.metadata === '';
  return candidate.metadata > other.metadata;
}
