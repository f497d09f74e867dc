import type { SourceRange } from '../base/index.ts';
import type { Expression } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { parseForIntro } from './parse-for.ts';
import { between } from './position.ts';
import { readText } from './string-literal.ts';
import { similarName } from './similar-name.ts';
import { flushHeredoc, joinTexts, type TemplatePart, trimEnd, trimStart } from './template-part.ts';
import { buildTemplate } from './template-tree.ts';
import type { Token } from './token.ts';
import type { TokenReader } from './token-reader.ts';

type Closer = 'close-quote' | 'close-heredoc' | 'end';

/** Reads a template between quotes or in a heredoc; the next token opens it. */
export function parseQuotedTemplate(reader: TokenReader): Expression {
  const open = reader.read();
  const closer = open.kind === 'open-quote' ? 'close-quote' : 'close-heredoc';
  const flush = closer === 'close-heredoc' && reader.text(open).startsWith('<<-');
  const { parts, endRange } = parseParts(reader, closer);
  if (flush) flushHeredoc(parts);
  const range = between(open.range, reader.lastRange);
  return buildTemplate(reader, joinTexts(parts), { range, endRange });
}

/** Reads a text that is a template as a whole. */
export function parseBareTemplate(reader: TokenReader): Expression {
  const startRange = reader.peek().range;
  const { parts, endRange } = parseParts(reader, 'end');
  return buildTemplate(reader, joinTexts(parts), {
    range: between(startRange, endRange),
    endRange,
  });
}

interface Parts {
  readonly parts: TemplatePart[];
  readonly endRange: SourceRange;
}

function parseParts(reader: TokenReader, closer: Closer): Parts {
  const startRange = reader.peek().range;
  const parts: TemplatePart[] = [];
  let trimNext = false;
  let previousIsText = false;
  for (;;) {
    const next = reader.read();
    if (next.kind === closer) return { parts: orEmpty(parts, startRange), endRange: next.range };
    const trim = trimNext;
    trimNext = false;
    switch (next.kind) {
      case 'quoted-text':
      case 'plain-text': {
        const value = readText(reader, next);
        parts.push({ kind: 'text', value: trim ? trimStart(value) : value, range: next.range });
        previousIsText = true;
        break;
      }
      case 'interpolation':
      case 'directive': {
        const last = parts.at(-1);
        if (previousIsText && last?.kind === 'text' && next.to - next.from === 3) {
          last.value = trimEnd(last.value);
        }
        previousIsText = false;
        const { newlines } = reader;
        reader.newlines = false;
        const sequence =
          next.kind === 'interpolation'
            ? parseInterpolation(reader, next, { startRange, closer })
            : parseDirective(reader, next);
        reader.newlines = newlines;
        if (sequence.part !== undefined) parts.push(sequence.part);
        trimNext = sequence.trimNext;
        break;
      }
      default: {
        reader.errorUnlessRecovering(
          'Unterminated template string',
          'No closing marker was found for the string.',
          next.range,
        );
        return { parts: orEmpty(parts, startRange), endRange: reader.skipPast(closer).range };
      }
    }
  }
}

/** No content is an empty string: what `""` means. */
function orEmpty(parts: TemplatePart[], startRange: SourceRange): TemplatePart[] {
  if (parts.length > 0) return parts;
  const { file, end } = startRange;
  return [{ kind: 'text', value: '', range: { file, start: end, end } }];
}

interface Sequence {
  readonly part: TemplatePart | undefined;
  /** It ended with `~}`. */
  readonly trimNext: boolean;
}

interface Surroundings {
  readonly startRange: SourceRange;
  readonly closer: Closer;
}

function parseInterpolation(reader: TokenReader, open: Token, around: Surroundings): Sequence {
  const expression = parseExpression(reader);
  const close = reader.peek();
  const range = between(open.range, close.range);
  const part: TemplatePart = { kind: 'value', expression, range };
  if (close.kind === 'sequence-end') {
    reader.read();
    return { part, trimNext: close.to - close.from === 2 };
  }
  explainOpenInterpolation(reader, close, around);
  reader.skipPast('sequence-end');
  return { part, trimNext: false };
}

function explainOpenInterpolation(reader: TokenReader, next: Token, around: Surroundings): void {
  const unclosed = 'Unclosed template interpolation sequence';
  const extra = 'Extra characters after interpolation expression';
  const nesting = 'This might be caused by incorrect nesting inside the given expression.';
  const quote = next.kind === 'close-quote' || next.kind === 'open-quote';
  if (next.kind === 'end') {
    reader.errorUnlessRecovering(
      unclosed,
      `There is no closing brace for this interpolation sequence before the end of the file. ${nesting}`,
      around.startRange,
    );
  } else if (quote && around.closer === 'close-quote') {
    reader.errorUnlessRecovering(
      unclosed,
      `There is no closing brace for this interpolation sequence before the end of the quoted template. ${nesting}`,
      around.startRange,
    );
  } else if (next.kind === ':') {
    reader.errorUnlessRecovering(
      extra,
      'Template interpolation doesn\'t expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with "$${" instead of just "${".',
      next.range,
    );
  } else {
    reader.errorUnlessRecovering(
      extra,
      'Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with "$${" instead of just "${".',
      next.range,
    );
  }
}

const keywords = ['if', 'for', 'else', 'endif', 'endfor'];

function parseDirective(reader: TokenReader, open: Token): Sequence {
  const word = reader.peek();
  if (word.kind !== 'identifier') {
    reader.errorUnlessRecovering(
      'Invalid template directive',
      'A template directive keyword ("if", "for", etc) is expected at the beginning of a %{ sequence.',
      word.range,
    );
    reader.skipPast('sequence-end');
    return { part: undefined, trimNext: false };
  }
  const name = reader.text(word);
  const part = parseDirectiveBody(reader, open, name);
  if (part === undefined) {
    reader.skipPast('sequence-end');
    return { part, trimNext: false };
  }
  const close = reader.peek();
  if (close.kind === 'sequence-end') {
    reader.read();
    return { part, trimNext: close.to - close.from === 2 };
  }
  reader.errorUnlessRecovering(
    `Extra characters in ${name} marker`,
    'Expected a closing brace to end the sequence, but found extra characters.',
    close.range,
  );
  reader.skipPast('sequence-end');
  return { part, trimNext: false };
}

/** Undefined after a problem that leaves nothing to go on with. */
function parseDirectiveBody(
  reader: TokenReader,
  open: Token,
  name: string,
): TemplatePart | undefined {
  const range = () => between(open.range, reader.peek().range);
  switch (name) {
    case 'if': {
      reader.read();
      const condition = parseExpression(reader);
      return { kind: 'if', condition, range: range() };
    }
    case 'for': {
      const intro = parseForIntro(reader, 'directive');
      return intro && { kind: 'for', intro, range: range() };
    }
    case 'else':
    case 'endif':
    case 'endfor':
      reader.read();
      return { kind: name, range: range() };
    default: {
      const { range: wordRange } = reader.read();
      const similar = similarName(name, keywords);
      const hint = similar === undefined ? '' : ` Did you mean "${similar}"?`;
      reader.errorUnlessRecovering(
        'Invalid template control keyword',
        `"${name}" is not a valid template control keyword.${hint}`,
        wordRange,
      );
      return undefined;
    }
  }
}
