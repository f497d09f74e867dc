import type { Hcl1Item } from '../hcl/index.ts';
import { argumentsOf } from './json-expression.ts';
import { isBlock, itemsIn, type JsonFile, keyOf, textOf, valueIn } from './json-values.ts';
import { checkCallName, isTextType, missingRunSource } from './module-call.ts';

/** A `module` block in JSON. */
export function readJsonModuleCall(item: Hcl1Item, file: JsonFile): void {
  const { found, rangeAt } = file;
  const name = keyOf(item);
  const range = rangeAt(item.pos);
  checkCallName(name, range, found.diagnostics);
  const settings = argumentsOf(item, file);
  const escaped = itemsIn(item).find((inner) => keyOf(inner) === '_');
  const inputs = new Map([...settings, ...(escaped ? argumentsOf(escaped, file) : [])]);
  found.moduleCalls.push({
    name,
    range,
    openRange: range,
    source: settings.get('source'),
    version: settings.get('version'),
    inputs,
  });
}

/** A `run` block of a test in JSON: of interest if it calls a module. */
export function readJsonRun(item: Hcl1Item, file: JsonFile): void {
  const { found, rangeAt } = file;
  const inner = itemsIn(item).filter(isBlock);
  const called = inner.find((block) => keyOf(block) === 'module');
  if (called === undefined) return;
  const variables = inner.find((block) => keyOf(block) === 'variables');
  const range = rangeAt(called.pos);
  const settings = argumentsOf(called, file);
  const source = settings.get('source');
  if (source === undefined) found.diagnostics.push(missingRunSource(range));
  found.runs.push({
    name: keyOf(item),
    range,
    openRange: range,
    source,
    version: settings.get('version'),
    inputs: variables === undefined ? new Map() : argumentsOf(variables, file),
  });
}

/** A `variable` block in JSON. */
export function readJsonVariable(item: Hcl1Item, file: JsonFile): void {
  const type = valueIn(item, 'type');
  const flag = (name: string, hides: boolean): boolean | undefined => {
    const value = valueIn(item, name);
    return value && value.kind === 'bool' && value.value === hides;
  };
  const flags = [flag('sensitive', true), flag('ephemeral', true), flag('const', false)];
  file.found.variables.push({
    name: keyOf(item),
    default: argumentsOf(item, file).get('default'),
    takesText: type && isTextType(textOf(type, file)?.text),
    hidden: flags.every((each) => each === undefined) ? undefined : flags.includes(true),
  });
}
