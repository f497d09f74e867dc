import {
  compareExtras,
  compareVersions,
  formatVersion,
  sameVersion,
  type Version,
} from './version.ts';

/** `~>minor` lets minor and patch grow (`~> 1.2`), `~>patch` the patch only (`~> 1.2.3`). */
export type ConstraintOperator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~>minor' | '~>patch';

export interface ConstraintTerm {
  readonly operator: ConstraintOperator;
  /** Missing numbers are zero: `>= 2` has the boundary 2.0.0. */
  readonly boundary: Version;
}

/** Where boundaries are equal, lower bounds come first and exclusions last. */
const operatorOrder: readonly ConstraintOperator[] = [
  '>',
  '>=',
  '=',
  '~>patch',
  '~>minor',
  '<=',
  '<',
  '!=',
];

/** The order of the normalised text: by boundary, its metadata, then the operator. */
export function compareTerms(a: ConstraintTerm, b: ConstraintTerm): number {
  return (
    compareVersions(a.boundary, b.boundary) ||
    compareMetadata(a.boundary.metadata, b.boundary.metadata) ||
    operatorOrder.indexOf(a.operator) - operatorOrder.indexOf(b.operator)
  );
}

export function formatTerm({ operator, boundary }: ConstraintTerm): string {
  const version = formatVersion(boundary);
  switch (operator) {
    case '=':
      return version;
    case '~>patch':
      return `~> ${version}`;
    case '~>minor':
      return `~> ${version.replace(/^([0-9]+\.[0-9]+)\.[0-9]+/u, '$1')}`;
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return `${operator} ${version}`;
  }
}

/** Whether the version lies where the term says. Metadata counts for `=` and `!=` only. */
export function termHolds({ operator, boundary }: ConstraintTerm, version: Version): boolean {
  const order = compareVersions(version, boundary);
  switch (operator) {
    case '=':
      return sameVersion(version, boundary);
    case '!=':
      return !sameVersion(version, boundary);
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '~>minor':
    case '~>patch':
      return order >= 0 && compareVersions(version, ceiling(operator, boundary)) < 0;
  }
}

/** Whether the term asks for exactly this version: only so is a prerelease ever selected. */
export function termNames({ operator, boundary }: ConstraintTerm, version: Version): boolean {
  return operator === '=' && sameVersion(boundary, version);
}

/** The first version that a pessimistic term no longer lets through. */
function ceiling(operator: '~>minor' | '~>patch', { major, minor }: Version): Version {
  const rest = { patch: 0n, prerelease: '', metadata: '' };
  return operator === '~>minor'
    ? { major: major + 1n, minor: 0n, ...rest }
    : { major, minor: minor + 1n, ...rest };
}

function compareMetadata(a: string, b: string): number {
  return a === b ? 0 : compareExtras(a, b);
}
