import { type Expression, type Hcl1Item, type Hcl1Value, parseTemplate } from '../hcl/index.ts';
import { itemsIn, type JsonFile, keyOf } from './json-values.ts';

/** A JSON value as an expression: strings are templates, as HCL's JSON form has it. */
export function expressionOf(value: Hcl1Value, file: JsonFile): Expression {
  const range = file.rangeAt(value.pos);
  switch (value.kind) {
    case 'string': {
      const { expression, diagnostics } = parseTemplate(value.value, range.file);
      // What is wrong with it matters only where it is used, and then it has no value.
      return diagnostics.length > 0 ? { kind: 'invalid', range } : { ...expression, range };
    }
    case 'number':
    case 'bool':
      return { kind: 'literal', value: value.value, range };
    case 'null':
      return { kind: 'literal', value: null, range };
    case 'list':
      return { kind: 'tuple', items: value.items.map((item) => expressionOf(item, file)), range };
    case 'object':
      return {
        kind: 'object',
        items: value.items.map((item) => ({
          key: { kind: 'literal', value: keyOf(item), range: file.rangeAt(item.pos) },
          bare: true,
          value: expressionOf(item.value, file),
        })),
        range,
      };
  }
}

/** All that is in a block, by name. */
export function argumentsOf(block: Hcl1Item, file: JsonFile): ReadonlyMap<string, Expression> {
  return new Map(itemsIn(block).map((item) => [keyOf(item), expressionOf(item.value, file)]));
}
