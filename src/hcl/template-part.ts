import type { SourceRange } from '../base/index.ts';
import type { Expression } from './ast.ts';
import type { ForIntro } from './parse-for.ts';

/** Literal text; what is trimmed from it changes `value`. */
export interface TextPart {
  readonly kind: 'text';
  value: string;
  range: SourceRange;
}

/** A template as a flat row, before directives are matched with their ends. */
export type TemplatePart =
  | TextPart
  | { readonly kind: 'value'; readonly expression: Expression; readonly range: SourceRange }
  | { readonly kind: 'if'; readonly condition: Expression; readonly range: SourceRange }
  | { readonly kind: 'for'; readonly intro: ForIntro; readonly range: SourceRange }
  | { readonly kind: 'else' | 'endif' | 'endfor'; readonly range: SourceRange };

const leadingSpace =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;

export function trimStart(text: string): string {
  return text.replace(leadingSpace, '');
}

/** Written as a loop: a pattern tied to the end alone would try each run of spaces again and again. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && space.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/**
 * What `<<-` asks for: the smallest indentation of all lines is taken off each. Lines of nothing but
 * spaces neither count nor change, and a line that begins with a sequence is not indented at all.
 */
export function flushHeredoc(parts: readonly TemplatePart[]): void {
  let smallest = Number.POSITIVE_INFINITY;
  const indented: TextPart[] = [];
  let atLineStart = true;
  for (const part of parts) {
    if (atLineStart) {
      const blank =
        part.kind === 'text' && part.value.endsWith('\n') && trimStart(part.value) === '';
      if (part.kind === 'text' && !blank) {
        smallest = Math.min(smallest, part.value.length - trimStart(part.value).length);
        indented.push(part);
      } else if (!blank) {
        smallest = 0;
      }
    }
    atLineStart = part.kind === 'text' && part.value.endsWith('\n');
  }
  for (const part of indented) {
    part.value = part.value.slice(smallest);
    const { file, start, end } = part.range;
    const moved = { ...start, column: start.column + smallest, byte: start.byte + smallest };
    part.range = { file, start: moved, end };
  }
}

/** Makes one text of neighbouring ones. After trimming only: that works on single pieces. */
export function joinTexts(parts: readonly TemplatePart[]): readonly TemplatePart[] {
  const joined: TemplatePart[] = [];
  let pieces: string[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') {
      pieces.push(part.value);
      last.range = { ...last.range, end: part.range.end };
      continue;
    }
    if (last?.kind === 'text') last.value = pieces.join('');
    if (part.kind === 'text') pieces = [part.value];
    joined.push(part);
  }
  const last = joined.at(-1);
  if (last?.kind === 'text') last.value = pieces.join('');
  return joined;
}
