import type { Diagnostic } from '../base/index.ts';
import {
  type Attribute,
  type Block,
  evaluate,
  type Expression,
  type ObjectItem,
} from '../hcl/index.ts';
import { problem, type RequiredBlock, type RequiredProvider } from './declarations.ts';
import { checkEntry, noEntry, unexpectedKey, type Written } from './provider-entry.ts';

/** Reads a `required_providers` block in native syntax; what is wrong is reported and left out. */
export function readRequiredBlock(block: Block, diagnostics: Diagnostic[]): RequiredBlock {
  const [label] = block.labels;
  if (label !== undefined) {
    const detail = 'No labels are expected for required_providers blocks.';
    diagnostics.push(problem('Extraneous label for required_providers', detail, label.range));
  }
  for (const inner of block.body.blocks) {
    // This is also how the entries of very old configurations look, which must not get lost.
    const summary = `Unexpected "${inner.type}" block`;
    diagnostics.push(problem(summary, 'Blocks are not allowed here.', inner.headerRange));
  }
  const entries = block.body.attributes.flatMap((attribute): readonly RequiredProvider[] => {
    const entry = readEntry(attribute, diagnostics);
    return entry === undefined ? [] : [entry];
  });
  return { entries, range: block.headerRange };
}

function readEntry(attribute: Attribute, diagnostics: Diagnostic[]): RequiredProvider | undefined {
  const { name, expression } = attribute;
  const { range } = expression;
  const text = primitiveText(expression);
  if (text !== undefined) {
    const version = { text, range };
    return checkEntry({ name, range, form: 'constraint', source: undefined, version }, diagnostics);
  }
  if (expression.kind === 'invalid') return undefined;
  if (expression.kind !== 'object') {
    diagnostics.push(problem('Invalid required_providers object', noEntry, range));
    return undefined;
  }
  const found = new Map<string, Written>();
  let sound = true;
  for (const item of expression.items) {
    const read = readItem(item, diagnostics);
    if (read === 'wrong') sound = false;
    else if (read !== 'no matter') found.set(read.key, read.value);
  }
  const entry = checkEntry(
    { name, range, form: 'object', source: found.get('source'), version: found.get('version') },
    diagnostics,
  );
  return sound ? entry : undefined;
}

function readItem(
  { key, value }: ObjectItem,
  diagnostics: Diagnostic[],
): { readonly key: string; readonly value: Written } | 'wrong' | 'no matter' {
  const named = evaluate(key);
  diagnostics.push(...named.diagnostics);
  if (named.diagnostics.length > 0) return 'wrong';
  // References that say nothing about where a provider comes from; OpenTofu checks them.
  if (named.value === 'configuration_aliases') return 'no matter';
  if (named.value !== 'source' && named.value !== 'version') {
    diagnostics.push(problem('Invalid required_providers object', unexpectedKey, key.range));
    return 'wrong';
  }
  const text = evaluate(value).value;
  if (typeof text === 'string') {
    return { key: named.value, value: { text, range: value.range } };
  }
  const wrong =
    named.value === 'source'
      ? problem('Invalid source', 'Source must be specified as a string.', value.range)
      : problem(
          'Invalid version constraint',
          'Version must be specified as a string.',
          value.range,
        );
  diagnostics.push(wrong);
  return 'wrong';
}

/** A value that HCL turns into a string, without a problem. */
export function primitiveText(expression: Expression): string | undefined {
  const { value } = evaluate(expression);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
