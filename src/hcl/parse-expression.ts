import type { SourceRange } from '../base/index.ts';
import type { BinaryOperator, Expression } from './ast.ts';
import { parseCall } from './parse-call.ts';
import { parseObject, parseTuple } from './parse-collection.ts';
import { parseQuotedTemplate } from './parse-template.ts';
import { parseTraversals } from './parse-traversal.ts';
import { between } from './position.ts';
import type { Token, TokenKind } from './token.ts';
import { invalid, type TokenReader } from './token-reader.ts';

/** Weakest first; operators of one level group from the left. */
const levels: Readonly<Partial<Record<TokenKind, number>>> = {
  '||': 0,
  '&&': 1,
  '==': 2,
  '!=': 2,
  '>': 3,
  '>=': 3,
  '<': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
};

/** Reads one expression (hcl/v2 spec.md, "Expressions"). Never fails: see the reader's problems. */
export function parseExpression(reader: TokenReader): Expression {
  return reader.nested(() => parseConditional(reader), invalid);
}

function parseConditional(reader: TokenReader): Expression {
  const { count } = reader.problems;
  const condition = parseBinary(reader, 0);
  if (reader.lostSince(count) || reader.accept('?') === undefined) return condition;
  const whenTrue = parseExpression(reader);
  if (reader.lostSince(count)) return condition;
  if (!reader.nextIs(':')) {
    reader.error(
      'Missing false expression in conditional',
      'The conditional operator (...?...:...) requires a false expression, delimited by a colon.',
      reader.peek().range,
    );
    return condition;
  }
  reader.read();
  const whenFalse = parseExpression(reader);
  if (reader.lostSince(count)) return condition;
  const range = between(condition.range, whenFalse.range);
  return { kind: 'conditional', condition, whenTrue, whenFalse, range };
}

function parseBinary(reader: TokenReader, weakest: number): Expression {
  const { count } = reader.problems;
  let left = parseOperand(reader);
  for (;;) {
    if (reader.lostSince(count)) return left;
    const operator = reader.peek().kind;
    const level = levels[operator];
    if (level === undefined || level < weakest || !isBinary(operator)) return left;
    reader.read();
    const right = parseBinary(reader, level + 1);
    if (reader.lostSince(count)) return left;
    left = { kind: 'binary', operator, left, right, range: between(left.range, right.range) };
  }
}

function isBinary(kind: TokenKind): kind is BinaryOperator {
  return levels[kind] !== undefined;
}

/** A term and the steps into it: what a unary operator applies to. */
function parseOperand(reader: TokenReader): Expression {
  return parseTraversals(reader, parseTerm(reader));
}

function parseTerm(reader: TokenReader): Expression {
  const start = reader.peek();
  switch (start.kind) {
    case '(':
      return parseParentheses(reader);
    case 'number':
      reader.read();
      return parseNumber(reader, start);
    case 'identifier':
      reader.read();
      if (reader.nextIs('(') || reader.nextIs('::')) return parseCall(reader, start);
      return parseName(reader.text(start), start.range);
    case 'open-quote':
    case 'open-heredoc':
      return reader.nested(() => parseQuotedTemplate(reader), invalid);
    case '-':
    case '!': {
      reader.read();
      const operator = start.kind;
      const operand = reader.nested(() => parseOperand(reader), invalid);
      return { kind: 'unary', operator, operand, range: between(start.range, operand.range) };
    }
    case '[':
      return parseTuple(reader);
    case '{':
      return parseObject(reader);
    case 'end':
      reader.errorUnlessRecovering(
        'Missing expression',
        'Expected the start of an expression, but found the end of the file.',
        start.range,
      );
      break;
    default:
      reader.errorUnlessRecovering(
        'Invalid expression',
        'Expected the start of an expression, but found an invalid expression token.',
        start.range,
      );
  }
  reader.markLost();
  return invalid(start.range);
}

function parseName(name: string, range: SourceRange): Expression {
  switch (name) {
    case 'true':
      return { kind: 'literal', value: true, range };
    case 'false':
      return { kind: 'literal', value: false, range };
    case 'null':
      return { kind: 'literal', value: null, range };
    default:
      return { kind: 'variable', name, range };
  }
}

/** The value of a number token; `0.1.2` is a token too, but no number. */
export function parseNumber(reader: TokenReader, token: Token): Expression {
  const value = Number(reader.text(token));
  if (Number.isFinite(value)) return { kind: 'literal', value, range: token.range };
  reader.error(
    'Invalid number literal',
    'Failed to recognize the value of this number literal.',
    token.range,
  );
  return invalid(token.range);
}

function parseParentheses(reader: TokenReader): Expression {
  const open = reader.read();
  const { newlines } = reader;
  reader.newlines = false;
  const { count } = reader.problems;
  const inner = parseExpression(reader);
  if (reader.problems.count > count) {
    // What stands after the closing parenthesis may well be fine.
    reader.skipPast(')');
    reader.newlines = newlines;
    return inner;
  }
  const close = reader.peek();
  if (close.kind !== ')') {
    reader.error(
      'Unbalanced parentheses',
      'Expected a closing parenthesis to terminate the expression.',
      close.range,
    );
    reader.markLost();
  }
  reader.read();
  reader.newlines = newlines;
  return { kind: 'parentheses', inner, range: between(open.range, close.range) };
}
