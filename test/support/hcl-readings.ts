import type { Diagnostic, SourceRange } from '../../src/base/index.ts';
import {
  type Body,
  evaluate,
  type Expression,
  type Hcl1Item,
  type Hcl1Pos,
  type Hcl1Value,
  type JsonValue,
  parseExpression,
  parseHcl,
  parseHcl1,
  parseHclJson,
  parseTemplate,
  withLabels,
} from '../../src/hcl/index.ts';

/** Which reader a text is for. */
export type HclKind = 'hcl1' | 'hcl1-json' | 'hcl2-json' | 'config' | 'template' | 'expression';

/**
 * What our reader makes of a text, in one line that does not depend on its types: names and values
 * with their places, or everything that is wrong. `hcl-oracles.ts` writes the same of the Go
 * libraries.
 */
export function readingOf(kind: HclKind, text: string): string {
  if (kind === 'hcl1' || kind === 'hcl1-json') return hcl1Reading(kind, text);
  if (kind === 'hcl2-json') {
    const { value, diagnostics } = parseHclJson(text, 't');
    return diagnostics.length > 0 ? wrong(diagnostics) : jsonReading(value);
  }
  if (kind === 'config') {
    const { body, diagnostics } = parseHcl(text, 't');
    return diagnostics.length > 0 ? wrong(diagnostics) : bodyReading(body);
  }
  const parse = kind === 'template' ? parseTemplate : parseExpression;
  const { expression, diagnostics } = parse(text, 't');
  return diagnostics.length > 0 ? wrong(diagnostics) : expressionReading(expression);
}

function hcl1Reading(kind: 'hcl1' | 'hcl1-json', text: string): string {
  const { root, diagnostics } = parseHcl1(text, 't');
  const [problem] = diagnostics;
  if (problem !== undefined) return `error: ${problem.detail}`;
  const reading = kind === 'hcl1' ? itemReading : pathReading;
  return root.items.map(reading).join(' | ');
}

const place = ({ line, column }: Hcl1Pos): string => `${line}:${column}`;

function itemReading({ keys, assigned, value }: Hcl1Item): string {
  const names = keys.map(({ name, pos }) => `${JSON.stringify(name)}@${place(pos)}`).join(' ');
  return `${names} ${assigned ? '= ' : ''}${valueReading(value)}`;
}

function valueReading(value: Hcl1Value): string {
  const at = `@${place(value.pos)}`;
  if (value.kind === 'object') return `{${value.items.map(itemReading).join(' | ')}}${at}`;
  if (value.kind === 'list') return `[${value.items.map(valueReading).join(', ')}]${at}`;
  return scalarReading(value) + at;
}

function scalarReading(value: Exclude<Hcl1Value, { kind: 'object' | 'list' }>): string {
  if (value.kind === 'null') return 'null';
  return value.kind === 'number' ? value.text : JSON.stringify(value.value);
}

/** The library knows no places in JSON, and takes nested objects for labels: paths are what is left. */
function pathReading(item: Hcl1Item): string {
  return withLabels(item, Number.MAX_SAFE_INTEGER)
    .map(({ keys, value }) => {
      const path = keys.map(({ name }) => JSON.stringify(name)).join(' ');
      if (value.kind !== 'object' || value.items.length === 0) return `${path} = ${plain(value)}`;
      return value.items
        .map((inner) => pathReading({ ...inner, keys: [...keys, ...inner.keys] }))
        .join(' | ');
    })
    .join(' | ');
}

function plain(value: Hcl1Value): string {
  if (value.kind === 'object') return `{${value.items.map(pathReading).join(' | ')}}`;
  if (value.kind === 'list') return `[${value.items.map(plain).join(', ')}]`;
  return scalarReading(value);
}

const extent = ({ start, end }: SourceRange): string => `@${place(start)}-${place(end)}`;

function jsonReading(value: JsonValue): string {
  return jsonText(value) + extent(value.range);
}

function jsonText(value: JsonValue): string {
  switch (value.kind) {
    case 'object': {
      const properties = value.properties.map(
        ({ name, nameRange, value: inner }) =>
          `${JSON.stringify(name)}${extent(nameRange)}: ${jsonReading(inner)}`,
      );
      return `{${properties.join(', ')}}`;
    }
    case 'list':
      return `[${value.items.map(jsonReading).join(', ')}]`;
    case 'number':
      return value.text;
    case 'string':
    case 'bool':
      return JSON.stringify(value.value);
    default:
      return value.kind;
  }
}

function wrong(diagnostics: readonly Diagnostic[]): string {
  return inOrder(
    diagnostics.map(({ summary, detail, range }) => {
      if (range === undefined) return `- ${summary}: ${detail}`;
      return `${place(range.start)}-${place(range.end)} ${summary}: ${detail}`;
    }),
  );
}

/** Problems in the order of the text: the library has those of spelling first. */
export function inOrder(lines: readonly string[]): string {
  const at = (line: string): number => {
    const [row = 0, column = 0] = line.split(/[:-]/u, 2).map(Number);
    return row * 1e6 + column;
  };
  return lines.toSorted((a, b) => at(a) - at(b) || (a < b ? -1 : 1)).join('\n');
}

function bodyReading({ attributes, blocks }: Body): string {
  return [
    ...attributes.map(
      ({ name, nameRange, expression }) =>
        `${name}@${place(nameRange.start)} = ${expressionReading(expression)} @${place(expression.range.start)}-${place(expression.range.end)}`,
    ),
    ...blocks.map(
      ({ type, typeRange, labels, body }) =>
        `${[type, ...labels.map(({ value }) => JSON.stringify(value))].join(' ')}@${place(typeRange.start)} {${bodyReading(body)}}`,
    ),
  ].join(' | ');
}

function expressionReading(expression: Expression): string {
  const { value, diagnostics } = evaluate(expression);
  return diagnostics.length > 0 ? `(${wrong(diagnostics)})` : JSON.stringify(sorted(value));
}

/** Objects have their names in order, as the library has them. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
