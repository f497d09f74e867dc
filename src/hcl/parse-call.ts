import type { Expression } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { between } from './position.ts';
import type { Token } from './token.ts';
import { invalid, type TokenReader } from './token-reader.ts';

/** Reads the rest of `name(...)` or `namespace::name(...)`, the first name having been read. */
export function parseCall(reader: TokenReader, first: Token): Expression {
  let name = reader.text(first);
  let nameRange = first.range;
  let open = reader.read();
  while (open.kind === '::') {
    const next = reader.read();
    if (next.kind !== 'identifier') {
      reader.error(
        'Missing function name',
        'Function scope resolution symbol :: must be followed by a function name in this scope.',
        next.range,
      );
      reader.skipOverParentheses();
      return invalid(between(first.range, next.range));
    }
    name += `::${reader.text(next)}`;
    nameRange = between(first.range, next.range);
    open = reader.read();
  }
  if (open.kind !== '(') {
    reader.error(
      'Missing open parenthesis',
      'Function selector must be followed by an open parenthesis to begin the function call.',
      open.range,
    );
    reader.skipOverParentheses();
    return invalid(between(first.range, open.range));
  }
  const { newlines } = reader;
  reader.newlines = false;
  const { items, expandFinal, close } = parseArguments(reader, first, open);
  reader.newlines = newlines;
  const range = between(first.range, close.range);
  return { kind: 'call', name, nameRange, arguments: items, expandFinal, range };
}

interface Arguments {
  readonly items: readonly Expression[];
  readonly expandFinal: boolean;
  readonly close: Token;
}

function parseArguments(reader: TokenReader, first: Token, open: Token): Arguments {
  const items: Expression[] = [];
  for (;;) {
    if (reader.nextIs(')')) return { items, expandFinal: false, close: reader.read() };
    const { count } = reader.problems;
    items.push(parseExpression(reader));
    if (reader.lostSince(count)) {
      return { items, expandFinal: false, close: reader.skipPast(')') };
    }
    const separator = reader.read();
    if (separator.kind === ')') return { items, expandFinal: false, close: separator };
    if (separator.kind === '...') {
      if (reader.nextIs(')')) return { items, expandFinal: true, close: reader.read() };
      reader.errorUnlessRecovering(
        'Missing closing parenthesis',
        'An expanded function argument (with ...) must be immediately followed by closing parentheses.',
        separator.range,
      );
      return { items, expandFinal: true, close: reader.skipPast(')') };
    }
    if (separator.kind !== ',') {
      explainSeparator(reader, separator, between(first.range, open.range));
      return { items, expandFinal: false, close: reader.skipPast(')') };
    }
  }
}

function explainSeparator(
  reader: TokenReader,
  separator: Token,
  callRange: Expression['range'],
): void {
  if (separator.kind === 'end') {
    reader.error(
      'Unterminated function call',
      'There is no closing parenthesis for this function call before the end of the file. This may be caused by incorrect parenthesis nesting elsewhere in this file.',
      callRange,
    );
  } else {
    reader.error(
      'Missing argument separator',
      'A comma is required to separate each function argument from the next.',
      separator.range,
    );
  }
}
