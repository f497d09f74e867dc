import type { Diagnostic, SourceRange } from '../base/index.ts';
import { problem } from './declarations.ts';

/** What both syntaxes check of a module call. */
export function checkCallName(name: string, range: SourceRange, diagnostics: Diagnostic[]): void {
  if (isCallName(name)) return;
  const detail =
    'A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.';
  diagnostics.push(problem('Invalid module instance name', detail, range));
}

/** Names that are none stand for no module: they become keys and paths. */
export function isCallName(name: string): boolean {
  return /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}-]*$/u.test(name);
}

export function missingSource(range: SourceRange): Diagnostic {
  const detail = 'The argument "source" is required, but no definition was found.';
  return problem('Missing required argument', detail, range);
}

export function missingRunSource(range: SourceRange): Diagnostic {
  const detail =
    'You must specify a source attribute when executing alternate modules during test executions.';
  return problem('Missing "source" attribute for module block', detail, range);
}

/** Whether a variable of this type takes a text from outside as it is. */
export function isTextType(type: string | undefined): boolean {
  return type === 'string' || type === 'number' || type === 'bool';
}
