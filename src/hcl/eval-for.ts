import type { Expression } from './ast.ts';
import { toBool, toText } from './eval-convert.ts';
import type { EvalRun, Scope } from './eval-run.ts';
import { any, type EvalValue, isObject, isTuple, sortedEntries, typeName } from './eval-value.ts';
import { evaluateIn } from './evaluate.ts';
import { Unknown } from './unknown.ts';

type ForExpression = Extract<Expression, { kind: 'for' }>;

export function evaluateFor(
  run: EvalRun,
  expression: ForExpression,
  scope: Scope | undefined,
): EvalValue {
  const { collection, condition } = expression;
  const items = itemsOf(run, collection, evaluateIn(run, collection, scope));
  if (items === undefined) return any;
  // Once without values, so that an error of type is told once and not for each item.
  if (condition !== undefined && items !== 'unknown') {
    const mark = run.count;
    includes(run, expression, { scope: childScope(expression, [any, any], scope), early: true });
    if (run.count > mark) return any;
  }
  if (items === 'unknown') return any;
  return expression.key === undefined
    ? makeTuple(run, expression, { items, scope })
    : makeObject(run, expression, { items, scope, key: expression.key });
}

type Item = readonly [key: EvalValue, value: EvalValue];

function itemsOf(
  run: EvalRun,
  collection: Expression,
  value: EvalValue,
): readonly Item[] | 'unknown' | undefined {
  if (value === null) {
    run.error(
      'Iteration over null value',
      "A null value cannot be used as the collection in a 'for' expression.",
      collection.range,
    );
    return undefined;
  }
  if (isTuple(value)) return value.map((item, index): Item => [index, item]);
  if (isObject(value)) return sortedEntries(value);
  if (value instanceof Unknown) {
    if (value.type === 'any') return undefined;
    if (value.type === 'tuple' || value.type === 'object') return 'unknown';
  }
  run.error(
    'Iteration over non-iterable value',
    `A value of type ${typeName(value)} cannot be used as the collection in a 'for' expression.`,
    collection.range,
  );
  return undefined;
}

function childScope(
  { keyName, valueName }: ForExpression,
  [key, value]: Item,
  parent: Scope | undefined,
): Scope {
  const names = new Map<string, EvalValue>();
  if (keyName !== undefined) names.set(keyName, key);
  names.set(valueName, value);
  return { names, parent };
}

/** What the `if` clause says: undefined for an error and for what is not known. */
function includes(
  run: EvalRun,
  { condition }: ForExpression,
  { scope, early }: { readonly scope: Scope; readonly early: boolean },
): boolean | undefined {
  if (condition === undefined) return true;
  const value = evaluateIn(run, condition, scope);
  if (value === null) {
    run.error(
      early ? 'Condition is null' : "Invalid 'for' condition",
      "The value of the 'if' clause must not be null.",
      condition.range,
    );
    return undefined;
  }
  const bool = toBool(value);
  if ('problem' in bool) {
    const detail = `The 'if' clause value is invalid: ${bool.problem}.`;
    run.error("Invalid 'for' condition", detail, condition.range);
    return undefined;
  }
  return typeof bool.value === 'boolean' ? bool.value : undefined;
}

interface Rows {
  readonly items: readonly Item[];
  readonly scope: Scope | undefined;
}

function makeTuple(run: EvalRun, expression: ForExpression, rows: Rows): EvalValue {
  const result: EvalValue[] = [];
  let known = true;
  for (const item of rows.items) {
    if (!run.spend()) return any;
    const scope = childScope(expression, item, rows.scope);
    const included = includes(run, expression, { scope, early: false });
    if (included === undefined) known = false;
    else if (included) result.push(evaluateIn(run, expression.value, scope));
  }
  return known ? result : any;
}

function makeObject(
  run: EvalRun,
  expression: ForExpression,
  rows: Rows & { readonly key: Expression },
): EvalValue {
  const single = new Map<string, EvalValue>();
  const groups = new Map<string, EvalValue[]>();
  let known = true;
  for (const item of rows.items) {
    if (!run.spend()) return any;
    const scope = childScope(expression, item, rows.scope);
    const included = includes(run, expression, { scope, early: false });
    if (included === false) continue;
    const key = included === undefined ? undefined : forKey(run, rows.key, scope);
    if (key === undefined) {
      known = false;
      continue;
    }
    const value = evaluateIn(run, expression.value, scope);
    if (expression.grouped) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value]);
      else group.push(value);
    } else if (single.has(key)) {
      run.error(
        'Duplicate object key',
        `Two different items produced the key ${JSON.stringify(key)} in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.`,
        rows.key.range,
      );
    } else {
      single.set(key, value);
    }
  }
  if (!known) return any;
  return expression.grouped ? groups : single;
}

function forKey(run: EvalRun, key: Expression, scope: Scope): string | undefined {
  const value = evaluateIn(run, key, scope);
  if (value instanceof Unknown) return undefined;
  const text = toText(value);
  if ('problem' in text) {
    const detail = `The key expression produced an invalid result: ${text.problem}.`;
    run.error('Invalid object key', detail, key.range);
    return undefined;
  }
  if (text.value !== null) return typeof text.value === 'string' ? text.value : undefined;
  run.error(
    'Invalid object key',
    "Key expression in 'for' expression must not produce a null value.",
    key.range,
  );
  return undefined;
}
