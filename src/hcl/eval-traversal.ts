import type { SourceRange } from '../base/index.ts';
import type { Expression, TraversalStep } from './ast.ts';
import { toNumber, toText } from './eval-convert.ts';
import type { EvalRun, Scope } from './eval-run.ts';
import { any, type EvalTuple, type EvalValue, isObject, isTuple, typeName } from './eval-value.ts';
import { evaluateIn } from './evaluate.ts';
import { Unknown } from './unknown.ts';

type Traversal = Extract<Expression, { kind: 'traversal' }>;

/** A chain of steps and what it starts from. Loops, because a chain may be as long as the text. */
export function unchain(traversal: Traversal): {
  readonly source: Expression;
  readonly steps: readonly TraversalStep[];
} {
  const steps: TraversalStep[] = [];
  let source: Expression = traversal;
  while (source.kind === 'traversal') {
    steps.push(source.step);
    source = source.source;
  }
  return { source, steps: steps.reverse() };
}

/** A variable and steps that are all written out: `a.b["c"][0]`. */
export function isPlainReference(traversal: Traversal): boolean {
  const { source, steps } = unchain(traversal);
  return (
    source.kind === 'variable' &&
    steps.every(
      (step) => step.kind === 'attribute' || (step.kind === 'index' && step.key.kind === 'literal'),
    )
  );
}

export function evaluateTraversal(
  run: EvalRun,
  traversal: Traversal,
  scope: Scope | undefined,
): EvalValue {
  const { source, steps } = unchain(traversal);
  const mark = run.count;
  return follow({ run, scope, mark }, evaluateIn(run, source, scope), steps);
}

interface Context {
  readonly run: EvalRun;
  readonly scope: Scope | undefined;
  /** Findings from here on are those of this chain. */
  readonly mark: number;
}

function follow(context: Context, from: EvalValue, steps: readonly TraversalStep[]): EvalValue {
  const { run, scope } = context;
  let value = from;
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index];
    if (step === undefined || !run.spend()) return any;
    if (step.kind === 'attribute') {
      value = attribute(run, value, step);
    } else if (step.kind === 'index') {
      value = element(run, value, { key: evaluateIn(run, step.key, scope), range: step.range });
    } else {
      // `[*]` takes all further steps to the elements, `.*` only those written with a dot.
      let last = steps.length;
      if (!step.full) {
        last = index + 1;
        while (isDotStep(steps[last])) last++;
      }
      value = splat(context, value, steps.slice(index + 1, last));
      index = last - 1;
    }
  }
  return value;
}

function isDotStep(step: TraversalStep | undefined): boolean {
  return step?.kind === 'attribute' || (step?.kind === 'index' && step.legacy);
}

/** Null is no elements, and what is not a list is one. */
function splat(context: Context, value: EvalValue, steps: readonly TraversalStep[]): EvalValue {
  // What the elements would be is anybody's guess, and so is what is wrong with them.
  if (context.run.count > context.mark) return any;
  if (value === null) return [];
  if (value instanceof Unknown) {
    // Whether that will be null, and so how many elements, is not known; its type may still be wrong.
    if (value.type !== 'any' && value.type !== 'tuple') follow(context, value, steps);
    return any;
  }
  const items: EvalTuple = isTuple(value) ? value : [value];
  const { run, scope, mark } = context;
  const results = items.map((item) => follow({ run, scope, mark: run.count }, item, steps));
  return run.count > mark ? new Unknown('tuple') : results;
}

function attribute(
  run: EvalRun,
  value: EvalValue,
  { name, range }: Extract<TraversalStep, { kind: 'attribute' }>,
): EvalValue {
  if (value === null) {
    run.error(
      'Attempt to get attribute from null value',
      'This value is null, so it does not have any attributes.',
      range,
    );
    return any;
  }
  if (value instanceof Unknown && (value.type === 'any' || value.type === 'object')) return any;
  let detail = 'This value does not have any attributes.';
  if (isObject(value)) {
    const found = value.get(name);
    if (found !== undefined) return found;
    detail = `This object does not have an attribute named ${JSON.stringify(name)}.`;
  } else if (!isTuple(value) && !(value instanceof Unknown && value.type === 'tuple')) {
    detail = `Can't access attributes on a primitive-typed value (${typeName(value)}).`;
  }
  run.error('Unsupported attribute', detail, range);
  return any;
}

interface Index {
  readonly key: EvalValue;
  readonly range: SourceRange;
}

const noElement = 'The given key does not identify an element in this collection value';

function element(run: EvalRun, value: EvalValue, { key, range }: Index): EvalValue {
  const fail = (detail: string): EvalValue => {
    run.error('Invalid index', detail, range);
    return any;
  };
  if (value === null) {
    run.error(
      'Attempt to index null value',
      'This value is null, so it does not have any indices.',
      range,
    );
    return any;
  }
  if (key === null) return fail("Can't use a null value as an indexing key.");
  if (key instanceof Unknown && key.type === 'any') return any;
  if (value instanceof Unknown) {
    const plain = value.type === 'string' || value.type === 'number' || value.type === 'bool';
    return plain ? fail('This value does not have any indices.') : any;
  }
  if (isTuple(value)) {
    const found = tupleElement(value, key);
    return typeof found === 'object' && found !== null && 'problem' in found
      ? fail(found.problem)
      : found;
  }
  if (!isObject(value)) return fail('This value does not have any indices.');
  const name = toText(key);
  if ('problem' in name) return fail(`${noElement}: ${name.problem}.`);
  if (typeof name.value !== 'string') return any;
  const numeric =
    typeof key === 'number'
      ? ' An object only supports looking up attributes by name, not by numeric index.'
      : '';
  return value.get(name.value) ?? (value.has(name.value) ? null : fail(`${noElement}.${numeric}`));
}

function tupleElement(tuple: EvalTuple, key: EvalValue): EvalValue | { readonly problem: string } {
  const number = toNumber(key);
  if ('problem' in number) return { problem: `${noElement}: ${number.problem}.` };
  if (typeof number.value !== 'number') return any;
  const index = number.value;
  const found = tuple[index];
  if (found !== undefined) return found;
  if (!Number.isInteger(index)) {
    return {
      problem: `${noElement}: indexing a sequence requires a whole number, but the given index has a fractional part.`,
    };
  }
  if (index < 0) {
    return {
      problem: `${noElement}: a negative number is not a valid index for a sequence.`,
    };
  }
  if (tuple.length === 0) return { problem: `${noElement}: the collection has no elements.` };
  return {
    problem: `${noElement}: the given index is greater than or equal to the length of the collection.`,
  };
}
