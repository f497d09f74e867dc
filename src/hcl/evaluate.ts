import type { Diagnostic } from '../base/index.ts';
import type { Expression, Value } from './ast.ts';
import { evaluateFor } from './eval-for.ts';
import { toText } from './eval-convert.ts';
import { evaluateBinary, evaluateConditional, evaluateUnary } from './eval-operator.ts';
import { EvalRun, type Scope } from './eval-run.ts';
import { evaluateJoin, evaluateTemplate } from './eval-template.ts';
import { evaluateTraversal, isPlainReference } from './eval-traversal.ts';
import { any, type EvalValue, fromValue, toValue } from './eval-value.ts';
import { similarName } from './similar-name.ts';
import { Unknown } from './unknown.ts';

export interface Evaluation {
  /** Undefined when there are errors. Unknown as a whole when any part of it is. */
  readonly value: Value | Unknown | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** How much work it was: nodes, values and characters. For callers with many expressions and one bound. */
  readonly steps: number;
}

/**
 * The value of an expression, by the rules of HCL 2 (hclsyntax/spec.md) without functions: a call is
 * an error. Without `variables` a reference is `Variables not allowed`, with them one to another name
 * is `Unknown variable`. What is worked out from something unknown is unknown, unless it is a type
 * error. Never throws, and bounds its work. Numbers are doubles, where HCL has 512 bits.
 */
export function evaluate(
  expression: Expression,
  variables?: Readonly<Record<string, Value | Unknown>>,
): Evaluation {
  const run = new EvalRun(expression.range);
  const scope: Scope | undefined = variables && {
    names: new Map(
      Object.entries(variables).map(([name, value]) => [name, fromValue(value, () => run.spend())]),
    ),
    parent: undefined,
  };
  const result = evaluateIn(run, expression, scope);
  const value = run.findings.length > 0 ? undefined : toValue(result, () => run.spend());
  return { value, diagnostics: run.findings, steps: run.steps };
}

/** One node. What went wrong is in `run`; the value is then unknown, so that it causes no echoes. */
export function evaluateIn(
  run: EvalRun,
  expression: Expression,
  scope: Scope | undefined,
): EvalValue {
  if (!run.spend()) return any;
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'invalid':
      return any;
    case 'template':
      return evaluateTemplate(run, expression, scope);
    case 'join':
      return evaluateJoin(run, expression, scope);
    case 'variable':
      return lookUp(run, expression, scope);
    case 'traversal':
      return evaluateTraversal(run, expression, scope);
    case 'unary':
      return evaluateUnary(run, expression, scope);
    case 'binary':
      return evaluateBinary(run, expression, scope);
    case 'conditional':
      return evaluateConditional(run, expression, scope);
    case 'tuple':
      return expression.items.map((item) => evaluateIn(run, item, scope));
    case 'object':
      return evaluateObject(run, expression, scope);
    case 'parentheses':
      return evaluateIn(run, expression.inner, scope);
    case 'call':
      run.error(
        'Function calls not allowed',
        'Functions may not be called here.',
        expression.range,
      );
      return any;
    case 'for':
      return evaluateFor(run, expression, scope);
  }
}

function lookUp(
  run: EvalRun,
  { name, range }: Extract<Expression, { kind: 'variable' }>,
  scope: Scope | undefined,
): EvalValue {
  if (scope === undefined) {
    run.error('Variables not allowed', 'Variables may not be used here.', range);
    return any;
  }
  let similar: string | undefined;
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    const value = level.names.get(name);
    if (value !== undefined) return value;
    similar ??= similarName(name, level.names.keys());
  }
  const hint = similar === undefined ? '' : ` Did you mean ${JSON.stringify(similar)}?`;
  run.error(
    'Unknown variable',
    `There is no variable named ${JSON.stringify(name)}.${hint}`,
    range,
  );
  return any;
}

function evaluateObject(
  run: EvalRun,
  expression: Extract<Expression, { kind: 'object' }>,
  scope: Scope | undefined,
): EvalValue {
  const result = new Map<string, EvalValue>();
  let complete = true;
  for (const item of expression.items) {
    const key = evaluateKey(run, item.key, scope);
    const value = evaluateIn(run, item.value, scope);
    if (key === null) {
      run.error('Null value as key', "Can't use a null value as a key.", item.value.range);
    }
    if (typeof key === 'string') result.set(key, value);
    else complete = false;
  }
  return complete ? result : any;
}

/** Undefined when there is none, because of an error or because it is not known. */
function evaluateKey(
  run: EvalRun,
  key: Expression,
  scope: Scope | undefined,
): string | null | undefined {
  if (key.kind === 'traversal' && isPlainReference(key)) {
    run.error(
      'Ambiguous attribute key',
      "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.",
      key.range,
    );
    return undefined;
  }
  const text = toText(evaluateIn(run, key, scope));
  if ('problem' in text) {
    run.error('Incorrect key type', `Can't use this value as a key: ${text.problem}.`, key.range);
    return undefined;
  }
  return text.value instanceof Unknown ? undefined : text.value;
}
