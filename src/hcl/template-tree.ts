import type { SourceRange } from '../base/index.ts';
import type { Expression } from './ast.ts';
import { between, rangeText } from './position.ts';
import type { TemplatePart } from './template-part.ts';
import { invalid, type TokenReader } from './token-reader.ts';

interface TemplateRanges {
  readonly range: SourceRange;
  /** Where the template ends: its closing mark. */
  readonly endRange: SourceRange;
}

type IfPart = Extract<TemplatePart, { kind: 'if' }>;
type ForPart = Extract<TemplatePart, { kind: 'for' }>;

interface Row {
  readonly reader: TokenReader;
  readonly parts: readonly TemplatePart[];
  readonly endRange: SourceRange;
  next: number;
}

const unbalanced = 'The control directives within this template are unbalanced.';

/** Matches directives with their ends, and makes an expression of the row of parts. */
export function buildTemplate(
  reader: TokenReader,
  parts: readonly TemplatePart[],
  { range, endRange }: TemplateRanges,
): Expression {
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'text') {
    return { kind: 'literal', value: only.value.normalize('NFC'), range };
  }
  const row: Row = { reader, parts, endRange, next: 0 };
  const expressions: Expression[] = [];
  while (row.next < parts.length) expressions.push(takePart(row));
  const wrapped = parts.length === 1 && only?.kind === 'value';
  return { kind: 'template', parts: expressions, wrapped, range };
}

function takePart(row: Row): Expression {
  const part = row.parts[row.next++];
  if (part === undefined) return invalid(row.endRange);
  switch (part.kind) {
    case 'text':
      return { kind: 'literal', value: part.value.normalize('NFC'), range: part.range };
    case 'value':
      return part.expression;
    case 'if':
      return row.reader.nested(() => takeIf(row, part), invalid);
    case 'for':
      return row.reader.nested(() => takeFor(row, part), invalid);
    default:
      row.reader.error(`Unexpected ${part.kind} directive`, unbalanced, part.range);
      return invalid(part.range);
  }
}

function takeIf(row: Row, open: IfPart): Expression {
  const whenTrue: Expression[] = [];
  const whenFalse: Expression[] = [];
  const place = rangeText(open.range);
  let current = whenTrue;
  for (;;) {
    const part = row.parts[row.next];
    switch (part?.kind) {
      case undefined:
        return missingEnd(
          row,
          `The if directive at ${place} is missing its corresponding endif directive.`,
        );
      case 'endif':
        row.next++;
        return {
          kind: 'conditional',
          condition: open.condition,
          whenTrue: inner(whenTrue, afterRange(open.range)),
          whenFalse: inner(whenFalse, beforeRange(part.range)),
          range: between(open.range, part.range),
        };
      case 'else':
        if (current === whenFalse) {
          return misplaced(row, part, `Already in the else clause for the if started at ${place}.`);
        }
        row.next++;
        current = whenFalse;
        break;
      case 'endfor':
        return misplaced(row, part, `Expecting an endif directive for the if started at ${place}.`);
      default:
        current.push(takePart(row));
    }
  }
}

function takeFor(row: Row, open: ForPart): Expression {
  const content: Expression[] = [];
  const place = rangeText(open.range);
  for (;;) {
    const part = row.parts[row.next];
    switch (part?.kind) {
      case undefined:
        return missingEnd(
          row,
          `The for directive at ${place} is missing its corresponding endfor directive.`,
        );
      case 'endfor': {
        row.next++;
        const range = between(open.range, part.range);
        const tuple: Expression = {
          kind: 'for',
          ...open.intro,
          key: undefined,
          value: inner(content, afterRange(open.range)),
          condition: undefined,
          grouped: false,
          range,
        };
        return { kind: 'join', tuple, range };
      }
      case 'else':
        return misplaced(row, part, 'An else clause is not expected for a for directive.');
      case 'endif':
        return misplaced(
          row,
          part,
          `Expecting an endfor directive corresponding to the for directive at ${place}.`,
        );
      default:
        content.push(takePart(row));
    }
  }
}

function missingEnd(row: Row, detail: string): Expression {
  row.reader.error('Unexpected end of template', detail, row.endRange);
  return invalid(row.endRange);
}

function misplaced(row: Row, part: TemplatePart, detail: string): Expression {
  row.next++;
  row.reader.error(`Unexpected ${part.kind} directive`, detail, part.range);
  return invalid(part.range);
}

/** What stands between directives; nothing is an empty string. */
function inner(parts: readonly Expression[], whenEmpty: SourceRange): Expression {
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) {
    return { kind: 'literal', value: '', range: whenEmpty };
  }
  return { kind: 'template', parts, wrapped: false, range: between(first.range, last.range) };
}

function afterRange({ file, end }: SourceRange): SourceRange {
  return { file, start: end, end };
}

function beforeRange({ file, start }: SourceRange): SourceRange {
  return { file, start, end: start };
}
