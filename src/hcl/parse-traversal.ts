import type { Expression, TraversalStep } from './ast.ts';
import { parseExpression, parseNumber } from './parse-expression.ts';
import { between } from './position.ts';
import type { Token } from './token.ts';
import { invalid, maxNesting, type TokenReader } from './token-reader.ts';

const attributeName = 'Invalid attribute name';
const attributeNameDetail = 'An attribute name is required after a dot.';

/**
 * Reads the steps that follow a term: `.name`, `.0` (an old way to write `[0]`), `[key]`, `.*` and
 * `[*]`.
 */
export function parseTraversals(reader: TokenReader, term: Expression): Expression {
  let result = term;
  let splats = 0;
  /** After `.*` only names and old indexes belong to the splat; no second `.*` may follow there. */
  let inAttributeSplat = false;
  for (;;) {
    const next = reader.peek();
    if (next.kind !== '.' && next.kind !== '[') return result;
    if (next.kind === '[') inAttributeSplat = false;
    const step: TraversalStep | undefined =
      next.kind === '[' ? parseBracket(reader) : parseDot(reader, inAttributeSplat);
    if (step === undefined) {
      result = invalid(between(term.range, reader.lastRange));
      continue;
    }
    if (step.kind === 'splat') {
      inAttributeSplat = !step.full;
      // Each splat is a level of its own when values are looked up.
      if (++splats >= maxNesting) {
        reader.problems.close(
          'Nesting too deep',
          `One reference may hold at most ${maxNesting} splat operators.`,
          step.range,
        );
      }
    }
    result = {
      kind: 'traversal',
      source: result,
      step,
      range: between(result.range, step.range),
    };
  }
}

function parseDot(reader: TokenReader, inSplat: boolean): TraversalStep | undefined {
  const dot = reader.read();
  const next = reader.peek();
  const range = between(dot.range, next.range);
  if (next.kind === 'identifier') {
    reader.read();
    return { kind: 'attribute', name: reader.text(next), range };
  }
  if (next.kind === 'number') {
    reader.read();
    return { kind: 'index', key: legacyIndex(reader, next, inSplat), legacy: true, range };
  }
  if (next.kind === '*' && !inSplat) {
    reader.read();
    return { kind: 'splat', full: false, range };
  }
  if (inSplat && next.kind === '*') {
    reader.errorUnlessRecovering(
      'Nested splat expression not allowed',
      'A splat expression (*) cannot be used inside another attribute-only splat expression.',
      next.range,
    );
  } else if (inSplat) {
    reader.errorUnlessRecovering(attributeName, attributeNameDetail, next.range);
  } else {
    reader.error(attributeName, attributeNameDetail, next.range);
  }
  reader.markLost();
  return undefined;
}

/** `a.0.1` reads as the number 0.1, so that two such indexes in a row cannot be told from it. */
function legacyIndex(reader: TokenReader, token: Token, inSplat: boolean): Expression {
  const text = reader.text(token);
  const point = text.indexOf('.');
  if (point < 0) return parseNumber(reader, token);
  const proper = inSplat
    ? 'Use the proper index syntax with a full splat expression [*] instead'
    : 'Use the proper index syntax instead';
  reader.error(
    'Invalid legacy index syntax',
    `When using the legacy index syntax, chaining two indexes together is not permitted. ${proper}, like [${text.slice(0, point)}][${text.slice(point + 1)}].`,
    token.range,
  );
  return invalid(token.range);
}

function parseBracket(reader: TokenReader): TraversalStep {
  const open = reader.read();
  if (reader.accept('*') !== undefined) {
    let close = reader.read();
    if (close.kind !== ']' && !reader.recovering) {
      reader.error(
        'Missing close bracket on splat index',
        'The star for a full splat operator must be immediately followed by a closing bracket ("]").',
        close.range,
      );
      close = reader.skipPast(']');
    }
    return { kind: 'splat', full: true, range: between(open.range, close.range) };
  }
  const { newlines } = reader;
  reader.newlines = false;
  const { count } = reader.problems;
  const key = parseExpression(reader);
  let close: Token;
  if (reader.lostSince(count)) {
    close = reader.skipPast(']');
  } else {
    close = reader.read();
    if (close.kind !== ']' && !reader.recovering) {
      reader.error(
        'Missing close bracket on index',
        'The index operator must end with a closing bracket ("]").',
        close.range,
      );
      close = reader.skipPast(']');
    }
  }
  reader.newlines = newlines;
  return { kind: 'index', key, legacy: false, range: between(open.range, close.range) };
}
