import { type Diagnostic, type SourceRange, TextPlaces } from '../base/index.ts';
import type { Hcl1Pos } from '../hcl/index.ts';

/** Gathers what is wrong with one file of the CLI configuration, each with its place in it. */
export class ConfigProblems {
  readonly #file: string;
  readonly #places: TextPlaces;
  readonly #found: Diagnostic[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#places = new TextPlaces(text);
  }

  get list(): readonly Diagnostic[] {
    return this.#found;
  }

  add(summary: string, detail: string, pos?: Hcl1Pos): void {
    const range = pos === undefined ? undefined : this.rangeAt(pos);
    this.#found.push({ severity: 'error', summary, detail, range });
  }

  addAll(diagnostics: readonly Diagnostic[]): void {
    this.#found.push(...diagnostics);
  }

  /** An empty range: HCL 1 knows where something begins, and not where it ends. */
  rangeAt(pos: Hcl1Pos): SourceRange {
    const start = this.#places.at(pos);
    return { file: this.#file, start, end: start };
  }
}

/** `LINE:COLUMN`, as HCL 1 writes places. */
export function at({ line, column }: Hcl1Pos): string {
  return `${line}:${column}`;
}
