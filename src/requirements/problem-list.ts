import type { Diagnostic } from '../base/index.ts';

/** Of each severity: nobody reads more, and a line of a hostile file can cause one each. */
const maxProblems = 500;

/**
 * Diagnostics as they are found. Those beyond the bound are left out, errors and warnings each for themselves, so
 * that where there was an error one stays.
 */
export class ProblemList extends Array<Diagnostic> {
  #errors = 0;
  #warnings = 0;

  /** What is made of it is a plain list again. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  override push(...problems: readonly Diagnostic[]): number {
    return this.addAll(problems);
  }

  addAll(problems: Iterable<Diagnostic>): number {
    for (const problem of problems) {
      const count = problem.severity === 'error' ? ++this.#errors : ++this.#warnings;
      if (count <= maxProblems) super.push(problem);
    }
    return this.length;
  }
}
