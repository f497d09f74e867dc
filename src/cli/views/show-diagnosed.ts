import { type Diagnostic, isTofuOciError } from '../../base/index.ts';
import type { ProviderFailure } from '../../install/index.ts';
import { describeError, hintOf } from './errors.ts';
import type { Output } from './output.ts';

export interface DiagnosticView {
  /** @param cause the error that it tells of, if any */
  diagnostic(diagnostic: Diagnostic, cause?: unknown): void;
}

/**
 * Shows in OpenTofu's form what is known in that form. The rest is left to main, except in the
 * machine-readable form, which knows nothing but diagnostics.
 */
export function showDiagnosed(error: unknown, view: DiagnosticView, output: Output): void {
  const known = diagnosticsOf(error);
  const told = known.length > 0 || !output.json ? known : [plainly(error)];
  if (told.length === 0) return;
  for (const { diagnostic, cause } of told) view.diagnostic(diagnostic, cause);
  output.markShown(error);
}

interface Told {
  readonly diagnostic: Diagnostic;
  /** What it tells of; undefined for a warning. */
  readonly cause: unknown;
}

function diagnosticsOf(error: unknown): readonly Told[] {
  if (!isTofuOciError(error)) return [];
  if ('diagnostics' in error) {
    const diagnostics = error.diagnostics as readonly Diagnostic[];
    // About a text of the command line: the error itself shows that text, and has the hint.
    if (error.hint !== undefined && diagnostics.every(({ range }) => range === undefined)) {
      return [];
    }
    return diagnostics.map((diagnostic) => ({
      diagnostic,
      cause: diagnostic.severity === 'error' ? error : undefined,
    }));
  }
  if (!('failures' in error)) return [];
  const failures = error.failures as readonly ProviderFailure[];
  return failures.map(({ summary, detail, error: cause }) => {
    const hint = hintOf(cause);
    const advice = hint === undefined ? '' : `\n\n${hint}`;
    return { diagnostic: { severity: 'error', summary, detail: `${detail}${advice}` }, cause };
  });
}

function plainly(error: unknown): Told {
  const [summary = '', ...more] = describeError(error).split('\n');
  const detail = [more.join('\n'), hintOf(error) ?? ''].filter((text) => text !== '').join('\n\n');
  return { diagnostic: { severity: 'error', summary, detail }, cause: error };
}
