import type { SourceRange } from '../base/index.ts';
import type { Hcl1Item, Hcl1Pos, Hcl1Value } from '../hcl/index.ts';
import type { DeclarationsBuilder } from './declarations.ts';
import type { Written } from './provider-entry.ts';

/** What the reader of a file is given at every step. */
export interface JsonFile {
  readonly found: DeclarationsBuilder;
  readonly rangeAt: (pos: Hcl1Pos) => SourceRange;
}

export function keyOf(item: Hcl1Item): string {
  return item.keys[0]?.name ?? '';
}

/** What is in a block, without comments. */
export function itemsIn({ value }: Hcl1Item): readonly Hcl1Item[] {
  return value.kind === 'object' ? value.items.filter((item) => keyOf(item) !== '//') : [];
}

/** An empty array and null are no block; an array of objects is there as so many items. */
export function isBlock({ value }: Hcl1Item): boolean {
  return value.kind === 'object';
}

export function valueIn(block: Hcl1Item, name: string): Hcl1Value | undefined {
  return itemsIn(block).find((item) => keyOf(item) === name)?.value;
}

export function textOf(value: Hcl1Value | undefined, { rangeAt }: JsonFile): Written | undefined {
  return value?.kind === 'string' ? { text: value.value, range: rangeAt(value.pos) } : undefined;
}

export function primitiveOf(value: Hcl1Value | undefined, file: JsonFile): Written | undefined {
  if (value?.kind === 'number') return { text: value.text, range: file.rangeAt(value.pos) };
  if (value?.kind === 'bool') return { text: String(value.value), range: file.rangeAt(value.pos) };
  return textOf(value, file);
}
