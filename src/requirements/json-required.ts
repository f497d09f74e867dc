import type { Diagnostic } from '../base/index.ts';
import type { Hcl1Item } from '../hcl/index.ts';
import { problem, type RequiredProvider } from './declarations.ts';
import { itemsIn, type JsonFile, keyOf, primitiveOf, textOf, valueIn } from './json-values.ts';
import { checkEntry, noEntry, unexpectedKey } from './provider-entry.ts';

/** Reads a `required_providers` block in JSON; what is wrong is reported and left out. */
export function readJsonRequired(block: Hcl1Item, file: JsonFile): void {
  const { found, rangeAt } = file;
  const entries = itemsIn(block).flatMap((item): readonly RequiredProvider[] => {
    const entry = readEntry(item, file);
    return entry === undefined ? [] : [entry];
  });
  found.required.push({ entries, range: rangeAt(block.pos) });
}

function readEntry(item: Hcl1Item, file: JsonFile): RequiredProvider | undefined {
  const { rangeAt } = file;
  const { diagnostics } = file.found;
  const name = keyOf(item);
  const range = rangeAt(item.value.pos);
  const version = primitiveOf(item.value, file);
  if (version !== undefined) {
    return checkEntry({ name, range, form: 'constraint', source: undefined, version }, diagnostics);
  }
  if (item.value.kind !== 'object') {
    diagnostics.push(problem('Invalid required_providers object', noEntry, range));
    return undefined;
  }
  const sound = itemsIn(item).map((inner) => checkItem(inner, diagnostics, file));
  const entry = checkEntry(
    {
      name,
      range,
      form: 'object',
      source: textOf(valueIn(item, 'source'), file),
      version: textOf(valueIn(item, 'version'), file),
    },
    diagnostics,
  );
  return sound.every(Boolean) ? entry : undefined;
}

function checkItem(item: Hcl1Item, diagnostics: Diagnostic[], { rangeAt }: JsonFile): boolean {
  const range = rangeAt(item.value.pos);
  switch (keyOf(item)) {
    case 'configuration_aliases':
      return true;
    case 'source':
      if (item.value.kind === 'string') return true;
      diagnostics.push(problem('Invalid source', 'Source must be specified as a string.', range));
      return false;
    case 'version':
      if (item.value.kind === 'string') return true;
      diagnostics.push(
        problem('Invalid version constraint', 'Version must be specified as a string.', range),
      );
      return false;
    default:
      diagnostics.push(
        problem('Invalid required_providers object', unexpectedKey, rangeAt(item.pos)),
      );
      return false;
  }
}
