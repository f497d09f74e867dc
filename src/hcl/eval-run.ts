import type { Diagnostic, SourceRange } from '../base/index.ts';
import type { EvalValue } from './eval-value.ts';

/**
 * Nodes visited plus characters written while one expression is worked out. Nested `for`s multiply,
 * and the file may come from a stranger: this is about a second's work, a thousand times what any
 * real template takes.
 */
const maxSteps = 5_000_000;

/** As in `Problems`: nobody reads more, and `for` can repeat one for each of its items. */
const maxFindings = 500;

/** Names in sight: those of a `for` before those around it. */
export interface Scope {
  readonly names: ReadonlyMap<string, EvalValue>;
  readonly parent: Scope | undefined;
}

/** The working out of one expression: what was found wrong, and how much work may still be done. */
export class EvalRun {
  #findings: Diagnostic[] = [];
  #steps = maxSteps;
  #overrun: Diagnostic | undefined;
  readonly #range: SourceRange;

  constructor(range: SourceRange) {
    this.#range = range;
  }

  get findings(): readonly Diagnostic[] {
    return this.#overrun === undefined ? this.#findings : [...this.#findings, this.#overrun];
  }

  /** The work done so far. */
  get steps(): number {
    return maxSteps - this.#steps;
  }

  /** How many findings there are: `since` takes it as a mark. */
  get count(): number {
    return this.#findings.length;
  }

  error(summary: string, detail: string, range: SourceRange): void {
    if (this.#findings.length < maxFindings) {
      this.#findings.push({ severity: 'error', summary, detail, range });
    }
  }

  /** Takes back the findings made since `mark`: they may belong to a branch that does not count. */
  since(mark: number): readonly Diagnostic[] {
    return this.#findings.splice(mark);
  }

  restore(findings: readonly Diagnostic[]): void {
    for (const { summary, detail, range } of findings) {
      if (range !== undefined) this.error(summary, detail, range);
    }
  }

  /** False once the work is more than we do. That stays a finding, whatever is taken back. */
  spend(steps = 1): boolean {
    this.#steps -= steps;
    if (this.#steps >= 0) return true;
    this.#overrun ??= {
      severity: 'error',
      summary: 'Expression too complex',
      detail: `Working out this expression takes more than ${maxSteps} steps.`,
      range: this.#range,
    };
    return false;
  }
}
