import type { Expression, ObjectItem } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { parseFor } from './parse-for.ts';
import { between } from './position.ts';
import type { Token } from './token.ts';
import type { TokenReader } from './token-reader.ts';

/** `[a, b, c]`, or a `for` in brackets. */
export function parseTuple(reader: TokenReader): Expression {
  const open = reader.read();
  const { newlines } = reader;
  reader.newlines = false;
  const result = reader.nextIsWord('for') ? parseFor(reader, open) : finishTuple(reader, open);
  reader.newlines = newlines;
  return result;
}

function finishTuple(reader: TokenReader, open: Token): Expression {
  const items: Expression[] = [];
  const finish = (close: Token): Expression => ({
    kind: 'tuple',
    items,
    range: between(open.range, close.range),
  });
  for (;;) {
    if (reader.nextIs(']')) return finish(reader.read());
    const { count } = reader.problems;
    items.push(parseExpression(reader));
    if (reader.lostSince(count)) return finish(reader.skipPast(']'));
    if (reader.nextIs(']')) return finish(reader.read());
    const next = reader.peek();
    if (next.kind !== ',') {
      if (next.kind === 'end') {
        reader.errorUnlessRecovering(
          'Unterminated tuple constructor expression',
          'There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.',
          open.range,
        );
      } else {
        reader.errorUnlessRecovering(
          'Missing item separator',
          'Expected a comma to mark the beginning of the next item.',
          next.range,
        );
      }
      return finish(reader.skipPast(']'));
    }
    reader.read();
  }
}

/** `{ a = b }`, or a `for` in braces. Ends of line separate items, but mean nothing before `for`. */
export function parseObject(reader: TokenReader): Expression {
  const open = reader.read();
  const { newlines } = reader;
  reader.newlines = false;
  const isFor = reader.nextIsWord('for');
  reader.newlines = !isFor;
  const result = isFor ? parseFor(reader, open) : finishObject(reader, open);
  reader.newlines = newlines;
  return result;
}

function finishObject(reader: TokenReader, open: Token): Expression {
  const items: ObjectItem[] = [];
  const finish = (close: Token): Expression => ({
    kind: 'object',
    items,
    range: between(open.range, close.range),
  });
  for (;;) {
    if (reader.accept('newline') !== undefined) continue;
    if (reader.nextIs('}')) return finish(reader.read());
    const { count } = reader.problems;
    const key = parseExpression(reader);
    if (reader.lostSince(count)) return finish(reader.skipPast('}'));
    if (!reader.nextIs('=') && !reader.nextIs(':')) {
      explainMissingEquals(reader, open);
      return finish(reader.skipPast('}'));
    }
    reader.read();
    const value = parseExpression(reader);
    if (reader.lostSince(count)) return finish(reader.skipPast('}'));
    items.push(objectItem(key, value));
    if (reader.nextIs('}')) return finish(reader.read());
    if (!reader.nextIs(',') && !reader.nextIs('newline')) {
      explainMissingSeparator(reader, open);
      return finish(reader.skipPast('}'));
    }
    reader.read();
  }
}

/** A bare name as key stands for itself, the words `true`, `false` and `null` too. */
function objectItem(key: Expression, value: Expression): ObjectItem {
  if (key.kind === 'variable') {
    return { key: { kind: 'literal', value: key.name, range: key.range }, bare: true, value };
  }
  if (key.kind === 'literal' && (key.value === null || typeof key.value === 'boolean')) {
    const name = String(key.value);
    return { key: { kind: 'literal', value: name, range: key.range }, bare: true, value };
  }
  return { key, bare: false, value };
}

const unterminated =
  'There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.';

function explainMissingEquals(reader: TokenReader, open: Token): void {
  const next = reader.peek();
  const summary = 'Missing key/value separator';
  const detail = 'Expected an equals sign ("=") to mark the beginning of the attribute value.';
  switch (next.kind) {
    case 'newline':
    case ',':
      reader.errorUnlessRecovering(
        'Missing attribute value',
        'Expected an attribute value, introduced by an equals sign ("=").',
        next.range,
      );
      break;
    case 'identifier':
      reader.errorUnlessRecovering(
        summary,
        `${detail} If you intended to given an attribute name containing periods or spaces, write the name in quotes to create a string literal.`,
        next.range,
      );
      break;
    case 'end':
      reader.errorUnlessRecovering(
        'Unterminated object constructor expression',
        unterminated,
        open.range,
      );
      break;
    default:
      reader.errorUnlessRecovering(summary, detail, next.range);
  }
}

function explainMissingSeparator(reader: TokenReader, open: Token): void {
  const next = reader.peek();
  if (next.kind === 'end') {
    reader.errorUnlessRecovering(
      'Unterminated object constructor expression',
      unterminated,
      open.range,
    );
  } else {
    reader.errorUnlessRecovering(
      'Missing attribute separator',
      'Expected a newline or comma to mark the beginning of the next attribute.',
      next.range,
    );
  }
}
