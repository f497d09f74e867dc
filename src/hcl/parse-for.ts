import type { Expression } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { between } from './position.ts';
import type { Token } from './token.ts';
import { invalid, type TokenReader } from './token-reader.ts';

const summary = "Invalid 'for' expression";

/** What comes between `for` and the body: names and the collection. */
export interface ForIntro {
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
}

/**
 * Reads `for` and `key, value in collection`, with which expressions and template directives begin
 * alike. Undefined when that failed; the problem has been reported.
 */
export function parseForIntro(
  reader: TokenReader,
  kind: 'expression' | 'directive',
): ForIntro | undefined {
  const names = parseForNames(reader, kind);
  if (typeof names === 'string') {
    const summaryOfKind = `Invalid 'for' ${kind}`;
    reader.errorUnlessRecovering(summaryOfKind, `For ${kind} ${names}`, reader.peek().range);
    return undefined;
  }
  reader.read();
  const { count } = reader.problems;
  const collection = parseExpression(reader);
  // A directive goes on: its end is looked for in any case.
  if (kind === 'expression' && reader.lostSince(count)) return undefined;
  return { ...names, collection };
}

/** Reads up to the word `in`; text says what is wrong at the next token. */
function parseForNames(
  reader: TokenReader,
  kind: 'expression' | 'directive',
): Omit<ForIntro, 'collection'> | string {
  reader.read();
  let name = reader.accept('identifier');
  if (name === undefined) return "requires variable name after 'for'.";
  let keyName: string | undefined;
  if (reader.accept(',') !== undefined) {
    keyName = reader.text(name);
    name = reader.accept('identifier');
    if (name === undefined) return 'requires value variable name after comma.';
  }
  if (reader.nextIsWord('in')) return { keyName, valueName: reader.text(name) };
  return kind === 'expression'
    ? "requires the 'in' keyword after its name declarations."
    : "requires 'in' keyword after names.";
}

/** Reads a `for` expression up to the bracket that closes `open`; the next token is `for`. */
export function parseFor(reader: TokenReader, open: Token): Expression {
  const closer = open.kind === '{' ? '}' : ']';
  const giveUp = (): Expression => invalid(between(open.range, reader.skipPast(closer).range));
  const intro = parseForIntro(reader, 'expression');
  if (intro === undefined) return giveUp();
  if (!reader.nextIs(':')) {
    reader.errorUnlessRecovering(
      summary,
      'For expression requires a colon after the collection expression.',
      reader.peek().range,
    );
    return giveUp();
  }
  reader.read();
  const { count } = reader.problems;
  let key: Expression | undefined;
  let value = parseExpression(reader);
  if (reader.accept('=>') !== undefined) {
    key = value;
    value = parseExpression(reader);
  }
  if (reader.lostSince(count)) return giveUp();
  const ellipsis = reader.accept('...');
  let condition: Expression | undefined;
  if (reader.nextIsWord('if')) {
    reader.read();
    const before = reader.problems.count;
    condition = parseExpression(reader);
    if (reader.lostSince(before)) return giveUp();
  }
  let close = reader.accept(closer);
  if (close === undefined) {
    reader.errorUnlessRecovering(
      summary,
      "Extra characters after the end of the 'for' expression.",
      reader.peek().range,
    );
    close = reader.skipPast(closer);
  }
  if (closer === ']') {
    const detail = 'Key expression is not valid when building a tuple.';
    if (key !== undefined) reader.error(summary, detail, key.range);
    const grouping = 'Grouping ellipsis (...) cannot be used when building a tuple.';
    if (ellipsis !== undefined) reader.error(summary, grouping, ellipsis.range);
  } else if (key === undefined) {
    reader.error(summary, 'Key expression is required when building an object.', value.range);
  }
  const range = between(open.range, close.range);
  return { kind: 'for', ...intro, key, value, condition, grouped: ellipsis !== undefined, range };
}
