/** A place in a text, as an editor shows it: line and column count from 1, `byte` from 0. */
export interface SourcePos {
  readonly line: number;
  /** Counted in grapheme clusters, as HCL does. */
  readonly column: number;
  readonly byte: number;
}

export interface SourceRange {
  readonly file: string;
  readonly start: SourcePos;
  /** Just after the last character. */
  readonly end: SourcePos;
}

/** What we say about a file that people edit: all of the problems, each with its place. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  readonly range?: SourceRange | undefined;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
