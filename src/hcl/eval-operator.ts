import type { BinaryOperator, Expression } from './ast.ts';
import { type Converted, toBool, toNumber } from './eval-convert.ts';
import type { EvalRun, Scope } from './eval-run.ts';
import {
  convertTo,
  describeMismatch,
  type EvalType,
  typeOf,
  unify,
  unknownOf,
} from './eval-type.ts';
import { any, type EvalValue, isObject, isTuple } from './eval-value.ts';
import { evaluateIn } from './evaluate.ts';
import { between } from './position.ts';
import { Unknown } from './unknown.ts';

type Binary = Extract<Expression, { kind: 'binary' }>;

/** The type that both operands are converted to, and the type of the result. */
const kinds: Readonly<
  Record<BinaryOperator, readonly ['bool' | 'number' | 'any', 'bool' | 'number']>
> = {
  '||': ['bool', 'bool'],
  '&&': ['bool', 'bool'],
  '==': ['any', 'bool'],
  '!=': ['any', 'bool'],
  '<': ['number', 'bool'],
  '<=': ['number', 'bool'],
  '>': ['number', 'bool'],
  '>=': ['number', 'bool'],
  '+': ['number', 'number'],
  '-': ['number', 'number'],
  '*': ['number', 'number'],
  '/': ['number', 'number'],
  '%': ['number', 'number'],
};

const nullArgument = 'Error during operation: argument must not be null.';

type Plain = number | boolean | null | Unknown;

function convertOperand(
  value: EvalValue,
  kind: 'bool' | 'number' | 'any',
): Converted<boolean | number> {
  return kind === 'bool' ? toBool(value) : toNumber(value);
}

export function evaluateUnary(
  run: EvalRun,
  { operator, operand, range }: Extract<Expression, { kind: 'unary' }>,
  scope: Scope | undefined,
): EvalValue {
  const kind = operator === '!' ? 'bool' : 'number';
  const mark = run.count;
  const converted = convertOperand(evaluateIn(run, operand, scope), kind);
  if ('problem' in converted) {
    const detail = `Unsuitable value for unary operand: ${converted.problem}.`;
    run.error('Invalid operand', detail, operand.range);
  }
  if (run.count > mark || 'problem' in converted) return new Unknown(kind);
  const { value } = converted;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return -value;
  if (value === null) run.error('Operation failed', nullArgument, range);
  return new Unknown(kind);
}

/** A chain of operators groups from the left and may be as long as the text: loops, not recursion. */
export function evaluateBinary(run: EvalRun, last: Binary, scope: Scope | undefined): EvalValue {
  const chain: Binary[] = [];
  let first: Expression = last;
  while (first.kind === 'binary') {
    chain.push(first);
    first = first.left;
  }
  const mark = run.count;
  let left = evaluateIn(run, first, scope);
  for (const node of chain.reverse()) {
    if (!run.spend()) return any;
    left = applyBinary(run, node, { left, mark, scope });
  }
  return left;
}

interface Operand {
  readonly left: EvalValue;
  /** Findings from here on are those of the left side. */
  readonly mark: number;
  readonly scope: Scope | undefined;
}

function applyBinary(run: EvalRun, node: Binary, { left, mark, scope }: Operand): EvalValue {
  const leftFindings = run.since(mark);
  const right = evaluateIn(run, node.right, scope);
  const rightFindings = run.since(mark);
  const [operandKind, resultKind] = kinds[node.operator];
  if (operandKind === 'any') {
    run.restore(leftFindings);
    run.restore(rightFindings);
    if (run.count > mark) return new Unknown(resultKind);
    const equal = equals(run, left, right);
    return equal === undefined ? new Unknown('bool') : equal === (node.operator === '==');
  }
  const a = convertOperand(left, operandKind);
  const b = convertOperand(right, operandKind);
  if ('problem' in a) {
    const detail = `Unsuitable value for left operand: ${a.problem}.`;
    run.error('Invalid operand', detail, node.left.range);
  }
  if ('problem' in b) {
    const detail = `Unsuitable value for right operand: ${b.problem}.`;
    run.error('Invalid operand', detail, node.right.range);
  }
  const failed = 'problem' in a || 'problem' in b;
  if (!failed && (node.operator === '||' || node.operator === '&&')) {
    const short = shortCircuit(node.operator, [a.value, b.value], leftFindings.length > 0);
    if (short !== undefined) {
      run.restore(short.side === 'left' ? leftFindings : rightFindings);
      return short.value;
    }
  }
  run.restore(leftFindings);
  run.restore(rightFindings);
  if (failed || run.count > mark) return new Unknown(resultKind);
  if (a.value === null || b.value === null) {
    run.error('Operation failed', nullArgument, node.range);
    return new Unknown(resultKind);
  }
  if (typeof a.value === 'boolean' && typeof b.value === 'boolean') {
    return node.operator === '||' ? a.value || b.value : a.value && b.value;
  }
  if (typeof a.value !== 'number' || typeof b.value !== 'number') return new Unknown(resultKind);
  const result = compute(node.operator, a.value, b.value);
  if (result !== undefined) return result;
  run.error(
    'Operation failed',
    "Error during operation: can't divide zero by zero or infinity by infinity.",
    node.range,
  );
  return new Unknown(resultKind);
}

interface ShortCircuit {
  readonly value: EvalValue;
  /** The side that decides; what is wrong with the other one does not matter. */
  readonly side: 'left' | 'right';
}

function shortCircuit(
  operator: '||' | '&&',
  [left, right]: readonly [Plain, Plain],
  leftFailed: boolean,
): ShortCircuit | undefined {
  const decisive = operator === '||';
  const decides = (value: Plain): boolean => (value === true) === decisive;
  const unknown = new Unknown('bool');
  if (left instanceof Unknown && right instanceof Unknown) {
    return leftFailed ? undefined : { value: unknown, side: 'left' };
  }
  if (!(left instanceof Unknown) && decides(left)) return { value: decisive, side: 'left' };
  if (!(right instanceof Unknown) && decides(right)) return { value: decisive, side: 'right' };
  if (left instanceof Unknown) return { value: unknown, side: 'left' };
  if (right instanceof Unknown) return { value: unknown, side: 'right' };
  return undefined;
}

/** Undefined where there is no answer: zero divided by zero. */
function compute(operator: BinaryOperator, a: number, b: number): EvalValue | undefined {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '+':
      return finite(a + b);
    case '-':
      return finite(a - b);
    case '*':
      return finite(a * b);
    case '/':
      return finite(a / b);
    case '%':
      // As HCL has it: nothing divides by zero, so that all of it is left over.
      return b === 0 ? a : finite(a % b);
    default:
      return undefined;
  }
}

function finite(result: number): number | undefined {
  return Number.isNaN(result) ? undefined : result;
}

/** Undefined when that is not known. Values of different types are different. */
function equals(run: EvalRun, a: EvalValue, b: EvalValue): boolean | undefined {
  if (!run.spend()) return undefined;
  if (a instanceof Unknown || b instanceof Unknown) return unknownEquals(a, b);
  if (isTuple(a) && isTuple(b)) {
    if (a.length !== b.length) return false;
    return all(a.map((item, index) => equals(run, item, b[index] ?? null)));
  }
  if (isObject(a) && isObject(b)) {
    if (a.size !== b.size) return false;
    return all(
      [...a].map(([name, item]) => {
        const other = b.get(name);
        return other === undefined ? false : equals(run, item, other);
      }),
    );
  }
  return a === b;
}

function unknownEquals(a: EvalValue, b: EvalValue): false | undefined {
  const [known, unknown] = a instanceof Unknown ? [b, a] : [a, b];
  if (!(unknown instanceof Unknown) || unknown.type === 'any' || known === null) return undefined;
  const type = typeOf(known, () => true);
  return typeof type === 'string' && type !== 'any' && type !== unknown.type ? false : undefined;
}

function all(results: readonly (boolean | undefined)[]): boolean | undefined {
  if (results.includes(false)) return false;
  return results.includes(undefined) ? undefined : true;
}

/** A null takes the type of the other branch; beside something of unknown type, any type may be. */
function commonType(
  whenTrue: EvalValue,
  whenFalse: EvalValue,
  [trueType, falseType]: readonly [EvalType, EvalType],
): EvalType | undefined {
  const open = (value: EvalValue) => value instanceof Unknown && value.type === 'any';
  return open(whenTrue) || open(whenFalse) ? 'any' : unify(trueType, falseType);
}

/** Both branches are worked out, because the result has the type that both convert to. */
export function evaluateConditional(
  run: EvalRun,
  { condition, whenTrue, whenFalse }: Extract<Expression, { kind: 'conditional' }>,
  scope: Scope | undefined,
): EvalValue {
  const mark = run.count;
  const trueValue = evaluateIn(run, whenTrue, scope);
  const trueFindings = run.since(mark);
  const falseValue = evaluateIn(run, whenFalse, scope);
  const falseFindings = run.since(mark);
  const spend = () => run.spend();
  const [trueType, falseType] = [typeOf(trueValue, spend), typeOf(falseValue, spend)];
  const type = commonType(trueValue, falseValue, [trueType, falseType]);
  if (type === undefined) {
    run.error(
      'Inconsistent conditional result types',
      `The true and false result expressions must have consistent types. ${describeMismatch(trueType, falseType)}.`,
      between(whenTrue.range, whenFalse.range),
    );
    return any;
  }
  const unknown = unknownOf(type);
  const given = evaluateIn(run, condition, scope);
  if (given === null) {
    run.error(
      'Null condition',
      'The condition value is null. Conditions must either be true or false.',
      condition.range,
    );
    return unknown;
  }
  if (given instanceof Unknown) return unknown;
  const bool = toBool(given);
  if ('problem' in bool) {
    run.error(
      'Incorrect condition type',
      'The condition expression must be of type bool.',
      condition.range,
    );
    return unknown;
  }
  run.restore(bool.value === true ? trueFindings : falseFindings);
  // A null or unknown branch says nothing about the type of the other one.
  return convertTo(bool.value === true ? trueValue : falseValue, type, spend);
}
