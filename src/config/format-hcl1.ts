import type { Hcl1Item, Hcl1Object, Hcl1Value } from '../hcl/index.ts';
import { parseHcl1 } from '../hcl/index.ts';
import { UnwritableConfigError } from './errors.ts';

const nowhere = { line: 1, column: 1 } as const;

/**
 * Writes what was read from HCL 1 or its JSON form as HCL 1, and reads it back to be sure that it says the same.
 * Comments and the order of characters are lost, nothing else: of several assignments to one name the last one
 * stays, and what is `null` in JSON goes.
 * @throws UnwritableConfigError for a text that HCL 1 has no spelling for
 */
export function formatHcl1(items: readonly Hcl1Item[]): string {
  const plain = normal(items);
  const text = plain.map((item) => `${formatItem(item, '')}\n`).join('');
  const { diagnostics, root } = parseHcl1(text, '<generated>');
  if (diagnostics.length > 0 || shapeOf(root.items) !== shapeOf(plain)) {
    const culprit = plain.find((item) => !isWritable(item));
    throw new UnwritableConfigError(culprit?.keys[0]?.name ?? 'a setting');
  }
  return text;
}

function isWritable(item: Hcl1Item): boolean {
  const { diagnostics, root } = parseHcl1(`${formatItem(item, '')}\n`, '<generated>');
  return diagnostics.length === 0 && shapeOf(root.items) === shapeOf([item]);
}

/** A block or an argument of one's own, as if it had been read. */
export function hcl1Item(keys: readonly string[], value: unknown): Hcl1Item {
  return {
    keys: keys.map((name) => ({ name, pos: nowhere })),
    assigned: false,
    value: hcl1Value(value),
    pos: nowhere,
  };
}

/** Values of a service are what JSON knows. */
function hcl1Value(value: unknown): Hcl1Value {
  if (typeof value === 'string') return { kind: 'string', value, pos: nowhere };
  if (typeof value === 'boolean') return { kind: 'bool', value, pos: nowhere };
  if (typeof value === 'number')
    return { kind: 'number', value, text: String(value), pos: nowhere };
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((each: unknown) => hcl1Value(each)), pos: nowhere };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'null', pos: nowhere };
  const items = Object.entries(value).map(([name, each]: [string, unknown]): Hcl1Item => ({
    ...hcl1Item([name], each),
    assigned: true,
  }));
  return { kind: 'object', items, pos: nowhere };
}

function normal(items: readonly Hcl1Item[]): readonly Hcl1Item[] {
  const last = new Map<string, Hcl1Item>();
  for (const item of items) if (item.assigned) last.set(item.keys[0]?.name ?? '', item);
  return items
    .filter((item) => !item.assigned || last.get(item.keys[0]?.name ?? '') === item)
    .filter(({ value }) => value.kind !== 'null')
    .map((item) => ({ ...item, value: normalValue(item.value) }));
}

function normalValue(value: Hcl1Value): Hcl1Value {
  if (value.kind === 'object') return { ...value, items: normal(value.items) };
  return value.kind === 'list' ? { ...value, items: value.items.map(normalValue) } : value;
}

function formatItem({ assigned, keys, value }: Hcl1Item, indent: string): string {
  const [first, ...labels] = keys.map(({ name }) => name);
  const name = /^[A-Za-z_]\w*$/u.test(first ?? '') ? first : quoteHcl1(first ?? '');
  const header = [name, ...labels.map(quoteHcl1)].join(' ');
  return `${indent}${header} ${assigned ? '= ' : ''}${formatValue(value, indent)}`;
}

function formatValue(value: Hcl1Value, indent: string): string {
  switch (value.kind) {
    case 'string':
      return quoteHcl1(value.value);
    case 'number':
      return value.text;
    case 'bool':
      return String(value.value);
    case 'null':
      return 'null';
    case 'list':
      return `[${value.items.map((item) => formatValue(item, indent)).join(', ')}]`;
    case 'object':
      return formatObject(value, indent);
  }
}

function formatObject({ items }: Hcl1Object, indent: string): string {
  if (items.length === 0) return '{}';
  const lines = items.map((item) => `${formatItem(item, `${indent}  `)}\n`);
  return `{\n${lines.join('')}${indent}}`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** HCL 1 leaves what is inside `${ }` alone, quotes included. */
export function quoteHcl1(text: string): string {
  let quotedText = '';
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (depth === 0 && char === '$' && text[i + 1] === '{') {
      quotedText += '${';
      i++;
      depth = 1;
      continue;
    }
    if (depth > 0 && char === '{') depth++;
    if (depth > 0 && char === '}') depth--;
    quotedText += depth === 0 ? (escapes[char] ?? char) : char;
  }
  return `"${quotedText}"`;
}

/** What two readings have to agree on: everything but places. */
function shapeOf(items: readonly Hcl1Item[]): string {
  return JSON.stringify(items, (key, value: unknown) =>
    key === 'pos' || key === 'text' ? undefined : value,
  );
}
