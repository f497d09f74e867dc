import { categoryOf, type ErrorCategory } from './errors.ts';

/** What each category means to the shell. */
const exitCodes: Readonly<Record<ErrorCategory, number>> = {
  bug: 1,
  usage: 2,
  'not-found': 3,
  auth: 4,
  integrity: 5,
  trust: 5,
  remote: 6,
  unsupported: 6,
  conflict: 7,
  interrupted: 130,
};

/** With several failures the gravest decides; an interrupt says that the others are incomplete. */
const gravestFirst = [130, 5, 4, 7, 6, 3, 2, 1];

export function exitCodeOf(error: unknown): number {
  return exitCodes[categoryOf(error)];
}

/** The one exit code for many failures; 0 for none. */
export function gravestExitCode(codes: Iterable<number>): number {
  const seen = new Set(codes);
  return gravestFirst.find((code) => seen.has(code)) ?? 0;
}
