import type { Diagnostic, SourcePos, SourceRange } from '../base/index.ts';
import type { Hcl1Pos } from '../hcl/index.ts';

/** Gathers what is wrong with one file of the CLI configuration, each with its place in it. */
export class ConfigProblems {
  readonly #file: string;
  readonly #lines: readonly string[];
  readonly #found: Diagnostic[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#lines = text.split('\n');
  }

  get list(): readonly Diagnostic[] {
    return this.#found;
  }

  add(summary: string, detail: string, pos?: Hcl1Pos): void {
    const range = pos === undefined ? undefined : this.#rangeAt(pos);
    this.#found.push({ severity: 'error', summary, detail, range });
  }

  addAll(diagnostics: readonly Diagnostic[]): void {
    this.#found.push(...diagnostics);
  }

  /** An empty range: HCL 1 knows where something begins, and not where it ends. */
  #rangeAt({ line, column }: Hcl1Pos): SourceRange {
    let byte = 0;
    for (const before of this.#lines.slice(0, line - 1)) byte += Buffer.byteLength(before) + 1;
    const inLine = Array.from(this.#lines[line - 1] ?? '')
      .slice(0, column - 1)
      .join('');
    const start: SourcePos = { line, column, byte: byte + Buffer.byteLength(inLine) };
    return { file: this.#file, start, end: start };
  }
}

/** `LINE:COLUMN`, as HCL 1 writes places. */
export function at({ line, column }: Hcl1Pos): string {
  return `${line}:${column}`;
}
