import type { Expression } from './ast.ts';
import { toText } from './eval-convert.ts';
import type { EvalRun, Scope } from './eval-run.ts';
import { type EvalValue, isTuple } from './eval-value.ts';
import { evaluateIn } from './evaluate.ts';
import { Unknown, unknownString } from './unknown.ts';

const badPart = 'Invalid template interpolation value';

export function evaluateTemplate(
  run: EvalRun,
  { parts, wrapped }: Extract<Expression, { kind: 'template' }>,
  scope: Scope | undefined,
): EvalValue {
  const [only] = parts;
  if (wrapped && only !== undefined) return evaluateIn(run, only, scope);
  const pieces: string[] = [];
  let known = true;
  for (const part of parts) {
    const value = evaluateIn(run, part, scope);
    if (value === null) {
      run.error(
        badPart,
        'The expression result is null. Cannot include a null value in a string template.',
        part.range,
      );
      continue;
    }
    if (value instanceof Unknown) {
      known = false;
      continue;
    }
    const text = toText(value);
    if ('problem' in text) {
      const detail = `Cannot include the given value in a string template: ${text.problem}.`;
      run.error(badPart, detail, part.range);
    } else if (typeof text.value === 'string' && run.spend(text.value.length)) {
      pieces.push(text.value);
    } else {
      known = false;
    }
  }
  return known ? pieces.join('').normalize('NFC') : unknownString;
}

/** The `for` directive: its strings, one after the other. */
export function evaluateJoin(
  run: EvalRun,
  { tuple, range }: Extract<Expression, { kind: 'join' }>,
  scope: Scope | undefined,
): EvalValue {
  const values = evaluateIn(run, tuple, scope);
  if (!isTuple(values)) return unknownString;
  const pieces: string[] = [];
  for (const value of values) {
    const text = toText(value);
    if ('problem' in text) {
      const detail = `Cannot include one of the interpolation results into the string template: ${text.problem}.`;
      run.error(badPart, detail, range);
    } else if (text.value instanceof Unknown) {
      return unknownString;
    } else if (text.value === null) {
      run.error(
        badPart,
        'An iteration result is null. Cannot include a null value in a string template.',
        range,
      );
    } else {
      if (!run.spend(text.value.length)) return unknownString;
      pieces.push(text.value);
    }
  }
  return pieces.join('');
}
