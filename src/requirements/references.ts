import { type Expression, parseExpression } from '../hcl/index.ts';

/** The names of `a.b["c"].d`, without what is in brackets; undefined for anything but such a reference. */
export function namesOf(expression: Expression): readonly string[] | undefined {
  const names: string[] = [];
  let current = expression;
  while (current.kind === 'traversal') {
    if (current.step.kind === 'attribute') names.push(current.step.name);
    else if (current.step.kind === 'splat') return undefined;
    current = current.source;
  }
  if (current.kind === 'variable') return [...names, current.name].reverse();
  // Very old configurations have references in quotes, and JSON has no others.
  if (current.kind === 'literal' && typeof current.value === 'string' && names.length === 0) {
    return namesIn(current.value);
  }
  return undefined;
}

/** The same for a reference in a string, as JSON has it: without `${ }`. */
export function namesIn(text: string): readonly string[] | undefined {
  const { expression, diagnostics } = parseExpression(text, '');
  return diagnostics.length > 0 || expression.kind === 'literal' ? undefined : namesOf(expression);
}

/** The type of the resource that `module.a.module.b.TYPE.NAME` names. */
export function resourceType(names: readonly string[]): string | undefined {
  let at = 0;
  while (names[at] === 'module') at += 2;
  // OpenTofu says later, if at all, that what is only read can not be imported.
  if (names[at] === 'data') at++;
  return names[at];
}
