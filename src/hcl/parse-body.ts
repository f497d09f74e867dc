import type { SourceRange } from '../base/index.ts';
import type { Attribute, Block, Body, Label } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { between, rangeText } from './position.ts';
import { readQuotedLabel } from './string-literal.ts';
import type { Token, TokenKind } from './token.ts';
import type { TokenReader } from './token-reader.ts';

const itemRequired = 'Argument or block definition required';
const itemRequiredDetail = 'An argument or block definition is required here.';
const singleLine = 'Invalid single-argument block definition';
const unclosed =
  'There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.';

interface Items {
  readonly attributes: Attribute[];
  readonly blocks: Block[];
}

/** Reads arguments and blocks up to `end`, which it takes too: the end of the file or of the block. */
export function parseBody(reader: TokenReader, end: 'end' | '}'): Body {
  const startRange = reader.lastRange;
  const items: Items = { attributes: [], blocks: [] };
  const names = new Map<string, SourceRange>();
  for (;;) {
    const next = reader.peek();
    if (next.kind === end) {
      reader.read();
      return { ...items, range: between(startRange, next.range) };
    }
    if (next.kind === 'newline') {
      reader.read();
    } else if (next.kind === 'identifier') {
      parseItem(reader, items, names);
    } else {
      reader.read();
      explainStray(reader, next, startRange);
      const { lastRange } = reader;
      reader.skipPast(end);
      return { ...items, range: between(startRange, lastRange) };
    }
  }
}

function explainStray(reader: TokenReader, stray: Token, startRange: SourceRange): void {
  if (stray.kind === 'open-quote') {
    reader.errorUnlessRecovering(
      'Invalid argument name',
      'Argument names must not be quoted.',
      stray.range,
    );
  } else if (stray.kind === 'end') {
    reader.errorUnlessRecovering('Unclosed configuration block', unclosed, startRange);
  } else {
    reader.errorUnlessRecovering(itemRequired, itemRequiredDetail, stray.range);
  }
}

function parseItem(reader: TokenReader, items: Items, names: Map<string, SourceRange>): void {
  const name = reader.read();
  switch (reader.peek().kind) {
    case '=': {
      const attribute = parseAttribute(reader, name, false);
      const earlier = names.get(attribute.name);
      if (earlier === undefined) {
        names.set(attribute.name, attribute.nameRange);
        items.attributes.push(attribute);
      } else {
        reader.error(
          'Attribute redefined',
          `The argument ${JSON.stringify(attribute.name)} was already set at ${rangeText(earlier)}. Each argument may be set only once.`,
          attribute.nameRange,
        );
      }
      return;
    }
    case 'open-quote':
    case '{':
    case 'identifier':
      items.blocks.push(
        reader.nested(
          () => parseBlock(reader, name),
          () => emptyBlock(reader, name, []),
        ),
      );
      return;
    default:
      explainMissingEquals(reader, name);
  }
}

function explainMissingEquals(reader: TokenReader, name: Token): void {
  reader.skipLine();
  reader.error(
    itemRequired,
    `${itemRequiredDetail} To set an argument, use the equals sign "=" to introduce the argument value.`,
    name.range,
  );
}

function parseAttribute(reader: TokenReader, name: Token, onOneLine: boolean): Attribute {
  reader.read();
  const { count } = reader.problems;
  const expression = parseExpression(reader);
  const endRange = reader.lastRange;
  if (reader.lostSince(count)) {
    reader.skipLine();
  } else if (!onOneLine) {
    const next = reader.peek();
    if (next.kind === 'newline' || next.kind === 'end') {
      reader.read();
    } else {
      const detail = 'An argument definition must end with a newline.';
      if (next.kind === ',') {
        reader.errorUnlessRecovering(
          'Unexpected comma after argument',
          `Argument definitions must be separated by newlines, not commas. ${detail}`,
          next.range,
        );
      } else {
        reader.errorUnlessRecovering('Missing newline after argument', detail, next.range);
      }
      reader.skipLine();
    }
  }
  return {
    name: reader.text(name),
    nameRange: name.range,
    expression,
    range: between(name.range, endRange),
  };
}

function emptyBlock(reader: TokenReader, type: Token, labels: readonly Label[]): Block {
  const headerRange = between(type.range, labels.at(-1)?.range ?? type.range);
  return {
    type: reader.text(type),
    typeRange: type.range,
    labels,
    body: { attributes: [], blocks: [], range: type.range },
    headerRange,
    openRange: type.range,
    range: headerRange,
  };
}

function parseBlock(reader: TokenReader, type: Token): Block {
  const labels: Label[] = [];
  let open: Token | undefined;
  while ((open = reader.accept('{')) === undefined) {
    const next = reader.peek();
    if (next.kind === 'open-quote') {
      labels.push(readQuotedLabel(reader));
    } else if (next.kind === 'identifier') {
      labels.push({ value: reader.text(next), range: next.range });
      reader.read();
    } else {
      explainBadHeader(reader, next);
      reader.skipLine();
      return emptyBlock(reader, type, labels);
    }
  }
  const next = reader.peek().kind;
  const body =
    next === 'newline' || next === 'end' || next === '}'
      ? parseBody(reader, '}')
      : parseOneLineBody(reader, open);
  const closeRange = reader.lastRange;
  const after = reader.peek();
  if (after.kind === 'newline' || after.kind === 'end') {
    reader.read();
  } else {
    reader.errorUnlessRecovering(
      'Missing newline after block definition',
      'A block definition must end with a newline.',
      after.range,
    );
    reader.skipLine();
  }
  return {
    ...emptyBlock(reader, type, labels),
    body,
    openRange: open.range,
    range: between(type.range, closeRange),
  };
}

function explainBadHeader(reader: TokenReader, next: Token): void {
  const summary = 'Invalid block definition';
  if (next.kind === '=') {
    const detail =
      'The equals sign "=" indicates an argument definition, and must not be used when defining a block.';
    reader.error(summary, detail, next.range);
  } else if (next.kind === 'newline') {
    const detail =
      'A block definition must have block content delimited by "{" and "}", starting on the same line as the block header.';
    reader.error(summary, detail, next.range);
  } else {
    const detail = 'Either a quoted string block label or an opening brace ("{") is expected here.';
    reader.errorUnlessRecovering(summary, detail, next.range);
  }
}

/** `block { name = value }`: one argument, and the closing brace on the same line. */
function parseOneLineBody(reader: TokenReader, open: Token): Body {
  const attribute = parseOneLineArgument(reader);
  const next = reader.peek();
  if (next.kind === '}') {
    reader.read();
  } else {
    explainOneLineEnd(reader, next, open);
    reader.skipPast('}');
  }
  return attribute === undefined
    ? { attributes: [], blocks: [], range: between(open.range, reader.lastRange) }
    : { attributes: [attribute], blocks: [], range: attribute.range };
}

function parseOneLineArgument(reader: TokenReader): Attribute | undefined {
  const name = reader.read();
  if (name.kind !== 'identifier') {
    reader.skipLine();
    reader.error(itemRequired, itemRequiredDetail, name.range);
    return undefined;
  }
  const next = reader.peek();
  const blockStart: readonly TokenKind[] = ['open-quote', '{', 'identifier'];
  if (next.kind === '=') return parseAttribute(reader, name, true);
  if (blockStart.includes(next.kind)) {
    reader.skipLine();
    reader.error(
      'Argument definition required',
      `A single-line block definition can contain only a single argument. If you meant to define argument ${JSON.stringify(reader.text(name))}, use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.`,
      between(name.range, next.range),
    );
  } else {
    explainMissingEquals(reader, name);
  }
  return undefined;
}

function explainOneLineEnd(reader: TokenReader, next: Token, open: Token): void {
  if (next.kind === ',') {
    const detail =
      'Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.';
    reader.error(singleLine, detail, next.range);
  } else if (next.kind === 'newline') {
    const detail =
      "An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.";
    reader.error(singleLine, detail, next.range);
  } else if (next.kind === 'end') {
    reader.errorUnlessRecovering('Unclosed configuration block', unclosed, open.range);
  } else {
    const detail =
      'A single-line block definition must end with a closing brace immediately after its single argument definition.';
    reader.errorUnlessRecovering(singleLine, detail, next.range);
  }
}
