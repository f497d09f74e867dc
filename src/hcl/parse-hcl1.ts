import type { Diagnostic, SourceRange } from '../base/index.ts';
import { Hcl1JsonParser } from './hcl1-json.ts';
import type { Hcl1Item, Hcl1Object, Hcl1Pos } from './hcl1-model.ts';
import { Hcl1Parser } from './hcl1-parser.ts';
import { Hcl1Problem } from './hcl1-problem.ts';
import { PositionWalker } from './position.ts';

export interface ParsedHcl1 {
  /** Without items when there are diagnostics. */
  readonly root: Hcl1Object;
  readonly syntax: 'hcl' | 'json';
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a text in HCL 1, the dialect of the CLI configuration, or in its JSON form when the first
 * character is `{`. Never throws; there is at most one diagnostic, whose detail is what HCL 1 prints
 * (`At 2:36: ...`). Takes time linear in the text and at most 200 levels of nesting. Strings keep
 * `${ }` as written. Bounding the size is up to the caller; `file` is only a name for the range.
 */
export function parseHcl1(text: string, file: string): ParsedHcl1 {
  const source = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const syntax = /^\s*\{/.test(source) ? 'json' : 'hcl';
  try {
    const parser = syntax === 'json' ? new Hcl1JsonParser(source) : new Hcl1Parser(source);
    return { root: parser.parse(), syntax, diagnostics: [] };
  } catch (error) {
    if (!(error instanceof Hcl1Problem)) throw error;
    const root: Hcl1Object = { kind: 'object', items: [], pos: { line: 1, column: 1 } };
    const diagnostic: Diagnostic = {
      severity: 'error',
      summary: 'Syntax error',
      detail: error.text,
      range: rangeAt(source, file, error.pos),
    };
    return { root, syntax, diagnostics: [diagnostic] };
  }
}

/** An empty range: HCL 1 knows where a problem begins, and not where it ends. */
function rangeAt(text: string, file: string, pos: Hcl1Pos): SourceRange {
  let lineStart = 0;
  for (let line = 1; line < pos.line; line++) lineStart = text.indexOf('\n', lineStart) + 1;
  let end = lineStart;
  for (let column = 1; column < pos.column && end < text.length; column++) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  const start = new PositionWalker().after({ line: 1, column: 1, byte: 0 }, text, 0, end);
  return { file, start, end: start };
}

/**
 * The blocks of an item that should have `count` labels. Where labels are missing, the names inside
 * take their place: `host { "example.com" {} }` and `{"host": {"example.com": {}}}` are what HCL 1
 * makes of `host "example.com" {}`. Anything else comes back as it is, for the caller to complain.
 */
export function withLabels(item: Hcl1Item, count: number): readonly Hcl1Item[] {
  const { value } = item;
  if (item.keys.length > count || value.kind !== 'object' || value.items.length === 0)
    return [item];
  if (!value.items.every((inner) => inner.value.kind === 'object')) return [item];
  return value.items.flatMap((inner) =>
    withLabels({ ...inner, keys: [...item.keys, ...inner.keys] }, count),
  );
}
