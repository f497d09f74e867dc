import { InvalidVersionError } from './errors.ts';
import {
  isWildcard,
  largestNumber,
  numberNames,
  parseNumber,
  scanTerm,
  trimSpace,
} from './version-scan.ts';
import { shown } from './shown.ts';

/**
 * One exact version. Numbers are bigints because OpenTofu's have 64 bits; {@link formatVersion} is what
 * belongs in JSON.
 */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the `-`; empty for a release. */
  readonly prerelease: string;
  /** Without the `+`; it counts for identity, never for order. */
  readonly metadata: string;
}

/** A version is part of file names and tags; nothing that long is one. */
const maxVersionLength = 1024;

/** Operators that people write where an exact version is wanted. */
const constraintOperators = ['>', '>=', '<', '<=', '!', '!=', '~>', '^', '~'];

/**
 * Parses an exact version by OpenTofu's grammar (go-versions 1.0.3), which is not quite semver: missing
 * numbers are zero, leading zeros are lost, prereleases are not checked.
 * @throws InvalidVersionError
 */
export function parseVersion(text: string): Version {
  const why = problemOf(text);
  if (why !== undefined) throw new InvalidVersionError(text, why);
  const { numbers, prerelease, metadata } = scanTerm(text);
  const [major = 0n, minor = 0n, patch = 0n] = numbers.map((digits) => parseNumber(digits) ?? 0n);
  return { major, minor, patch, prerelease, metadata };
}

/** `MAJOR.MINOR.PATCH[-PRERELEASE][+METADATA]`; parsing it gives the same version again. */
export function formatVersion(version: Version): string {
  const { major, minor, patch, prerelease, metadata } = version;
  return `${String(major)}.${String(minor)}.${String(patch)}${prerelease && `-${prerelease}`}${metadata && `+${metadata}`}`;
}

/** Order of precedence: 0 for versions that differ in metadata only. A total order apart from that. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareNumbers(a.major, b.major) ||
    compareNumbers(a.minor, b.minor) ||
    compareNumbers(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** The same in everything, metadata included: they name the same package. */
export function sameVersion(a: Version, b: Version): boolean {
  return compareVersions(a, b) === 0 && a.metadata === b.metadata;
}

/** `0.0.0` stands for "no version" and satisfies no constraints, not even none. */
export function isUnspecified(version: Version): boolean {
  return formatVersion(version) === '0.0.0';
}

/**
 * Orders dot-separated identifiers as OpenTofu does. It is not semver: where one side has no further dot
 * and the other has, the first is lower whatever they say, so that `beta` < `alpha.1`.
 */
export function compareExtras(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let i = 0; ; i++) {
    const leftIsLast = i === left.length - 1;
    const rightIsLast = i === right.length - 1;
    if (leftIsLast !== rightIsLast) return leftIsLast ? -1 : 1;
    const order = compareIdentifiers(left[i] ?? '', right[i] ?? '');
    if (order !== 0 || leftIsLast) return order;
  }
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  return compareExtras(a, b);
}

/** Numbers come before words; numbers are compared by length first, so `01` follows `9`. */
function compareIdentifiers(a: string, b: string): number {
  const aIsNumber = /^[0-9]*$/u.test(a);
  const bIsNumber = /^[0-9]*$/u.test(b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  if (aIsNumber && a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareNumbers(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Why the text is no version, in OpenTofu's words; undefined when it is one. */
function problemOf(text: string): string | undefined {
  if (text.length > maxVersionLength) return `longer than ${maxVersionLength} characters`;
  const plain = trimSpace(text);
  if (plain === '') return 'empty specification';
  const raw = scanTerm(text);
  if (constraintOperators.includes(raw.operator)) {
    return `can't use constraint operator ${shown(raw.operator)}; an exact version is required`;
  }
  if (raw.operator !== '')
    return `invalid sequence ${shown(raw.operator)} at start of specification`;
  if (raw.separator.includes('v')) return 'a "v" prefix should not be used';
  if (raw.separator !== '') return 'extraneous spaces at start of specification';
  if (raw.remain !== '') return remainderProblem(plain, trimSpace(raw.remain));
  if (raw.numbers.length > 3) {
    return 'too many numbered portions; only three are allowed (major, minor, patch)';
  }
  for (const [i, number] of raw.numbers.entries()) {
    const name = numberNames[i] ?? '';
    if (isWildcard(number)) {
      return `can't use wildcard for ${name} number; an exact version is required`;
    }
    if (parseNumber(number) === undefined)
      return `the ${name} number is larger than ${String(largestNumber)}`;
  }
  return undefined;
}

function remainderProblem(plain: string, remain: string): string {
  if (remain === '') return 'extraneous spaces at end of specification';
  if (remain.startsWith(',') || remain.startsWith('|')) {
    return "can't specify multiple versions; a single exact version is required";
  }
  if (remain.startsWith('-')) {
    return "can't specify version range; a single exact version is required";
  }
  if (plain.startsWith(remain)) {
    return 'invalid specification; required format is three positive integers separated by periods';
  }
  return `invalid characters ${shown(remain)}`;
}
