import type { SourceRange } from '../base/index.ts';
import type { Expression, TraversalStep } from './ast.ts';

export interface VariableUse {
  /** The first name of a reference: `a` of `a.b[0]`. */
  readonly name: string;
  /** What is asked of it first: `b` of `a.b[0]` and of `a["b"]`; undefined when that can not be told. */
  readonly attribute?: string;
  readonly range: SourceRange;
}

/**
 * The variables that an expression refers to, in the order of the text, each as often as it is used.
 * Names that a `for` gives are not among them, and neither are bare object keys.
 */
export function variablesIn(expression: Expression): readonly VariableUse[] {
  const uses: VariableUse[] = [];
  collect(expression, new Set(), uses);
  return uses;
}

function collect(expression: Expression, bound: ReadonlySet<string>, uses: VariableUse[]): void {
  switch (expression.kind) {
    case 'literal':
    case 'invalid':
      return;
    case 'variable':
      if (!bound.has(expression.name))
        uses.push({ name: expression.name, range: expression.range });
      return;
    case 'for': {
      collect(expression.collection, bound, uses);
      const inner = new Set(bound).add(expression.valueName);
      if (expression.keyName !== undefined) inner.add(expression.keyName);
      for (const part of [expression.key, expression.value, expression.condition]) {
        if (part !== undefined) collect(part, inner, uses);
      }
      return;
    }
    case 'binary':
    case 'traversal':
      collectChain(expression, bound, uses);
      return;
    default:
      for (const part of partsOf(expression)) collect(part, bound, uses);
  }
}

/** Chains of operators and of steps lean to the left, as long as the text is: loops, not recursion. */
function collectChain(start: Expression, bound: ReadonlySet<string>, uses: VariableUse[]): void {
  const later: Expression[] = [];
  let first = start;
  let nearest: TraversalStep | undefined;
  for (;;) {
    if (first.kind === 'binary') {
      later.push(first.right);
      first = first.left;
      nearest = undefined;
    } else if (first.kind === 'traversal') {
      if (first.step.kind === 'index') later.push(first.step.key);
      nearest = first.step;
      first = first.source;
    } else {
      break;
    }
  }
  const attribute = nearest && nameOf(nearest);
  if (first.kind === 'variable' && attribute !== undefined) {
    if (!bound.has(first.name)) uses.push({ name: first.name, attribute, range: first.range });
  } else {
    collect(first, bound, uses);
  }
  for (const part of later.reverse()) collect(part, bound, uses);
}

function nameOf(step: TraversalStep): string | undefined {
  if (step.kind === 'attribute') return step.name;
  return step.kind === 'index' ? staticString(step.key) : undefined;
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'template':
      return expression.parts;
    case 'join':
      return [expression.tuple];
    case 'unary':
      return [expression.operand];
    case 'conditional':
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case 'tuple':
      return expression.items;
    case 'object':
      return expression.items.flatMap(({ key, value }) => [key, value]);
    case 'parentheses':
      return [expression.inner];
    case 'call':
      return expression.arguments;
    default:
      return [];
  }
}

/** The text of an expression that is nothing but a string: `"x"`, also in parentheses. */
export function staticString(expression: Expression): string | undefined {
  let inner = expression;
  while (inner.kind === 'parentheses') ({ inner } = inner);
  return inner.kind === 'literal' && typeof inner.value === 'string' ? inner.value : undefined;
}
