import { type SourceRange, TextPlaces } from '../base/index.ts';
import { type Hcl1Item, type Hcl1Pos, parseHcl1, parseHclJson } from '../hcl/index.ts';
import {
  type FileDeclarations,
  noDeclarations,
  problem,
  type ResourceMode,
} from './declarations.ts';
import { argumentsOf, expressionOf } from './json-expression.ts';
import { readJsonModuleCall, readJsonRun, readJsonVariable } from './json-module-call.ts';
import { readJsonRequired } from './json-required.ts';
import {
  isBlock,
  itemsIn,
  type JsonFile,
  keyOf,
  primitiveOf,
  textOf,
  valueIn,
} from './json-values.ts';
import { checkLocalName, deprecatedVersion, readConstraints } from './provider-entry.ts';
import { readProviderReferenceText } from './provider-reference.ts';
import { namesIn, resourceType } from './references.ts';

/**
 * Reads what a file in HCL's JSON form declares about providers: a block may be an object or an array of
 * objects, at every level. Never throws: problems are diagnostics.
 */
export function readJsonFile(text: string, file: string): FileDeclarations {
  const found = noDeclarations();
  const places = new TextPlaces(text);
  // The reader wants an object around everything.
  const opening = /^\s*\[/u.test(text) ? '{"":' : '';
  const rangeAt = ({ line, column }: Hcl1Pos): SourceRange => {
    const start = places.at({ line, column: line === 1 ? column - opening.length : column });
    return { file, start, end: start };
  };
  for (const root of parse(text, opening, { file, found })) {
    for (const item of itemsIn(root)) readItem(item, { found, rangeAt });
  }
  return found;
}

function parse(
  text: string,
  opening: string,
  { file, found }: Pick<JsonFile, 'found'> & { readonly file: string },
): readonly Hcl1Item[] {
  const { diagnostics } = parseHclJson(text, file);
  if (diagnostics.length > 0) {
    found.diagnostics.push(...diagnostics);
    return [];
  }
  const { root } = parseHcl1(opening === '' ? text : `${opening}${text}}`, '');
  if (opening !== '') return root.items;
  return [{ keys: [], assigned: false, value: root, pos: root.pos }];
}

function readItem(item: Hcl1Item, file: JsonFile): void {
  const { found, rangeAt } = file;
  const kind = keyOf(item);
  switch (kind) {
    case 'terraform':
      for (const inner of itemsIn(item)) readSetting(inner, file);
      return;
    case 'required_providers': {
      const detail = 'A "required_providers" block must be nested inside a "terraform" block.';
      const range = rangeAt(item.pos);
      found.diagnostics.push(problem('Invalid required_providers block', detail, range));
      return;
    }
    case 'resource':
    case 'data':
    case 'ephemeral':
      readResources(kind, item, file);
      return;
    case 'check':
      for (const inner of itemsIn(item).flatMap(itemsIn)) {
        if (keyOf(inner) === 'data') readResources('data', inner, file);
      }
      return;
    case 'import': {
      const to = textOf(valueIn(item, 'to'), file);
      const names = to === undefined ? undefined : namesIn(to.text);
      found.imports.push({
        type: names && resourceType(names),
        providerName: providerArgument(item, file),
        range: rangeAt(item.pos),
      });
      return;
    }
    case 'provider':
      for (const provider of itemsIn(item).filter(isBlock)) readProvider(provider, file);
      return;
    case 'module':
      for (const call of itemsIn(item).filter(isBlock)) readJsonModuleCall(call, file);
      return;
    case 'run':
      for (const run of itemsIn(item).filter(isBlock)) readJsonRun(run, file);
      return;
    case 'variable':
      for (const variable of itemsIn(item).filter(isBlock)) readJsonVariable(variable, file);
      return;
    case 'locals':
      for (const local of itemsIn(item)) {
        found.locals.push({ name: keyOf(local), expression: expressionOf(local.value, file) });
      }
  }
}

function readSetting(item: Hcl1Item, file: JsonFile): void {
  switch (keyOf(item)) {
    case 'required_providers':
      readJsonRequired(item, file);
      return;
    case 'backend':
      for (const backend of itemsIn(item).filter(isBlock)) {
        file.found.backends.push({ type: keyOf(backend), settings: argumentsOf(backend, file) });
      }
      return;
    case 'cloud':
      if (isBlock(item)) file.found.backends.push({ type: 'cloud', settings: new Map() });
  }
}

function readResources(mode: ResourceMode, item: Hcl1Item, file: JsonFile): void {
  for (const typed of itemsIn(item)) {
    for (const resource of itemsIn(typed).filter(isBlock)) {
      file.found.resources.push({
        mode,
        type: keyOf(typed),
        name: keyOf(resource),
        providerName: providerArgument(resource, file),
        range: file.rangeAt(resource.pos),
      });
    }
  }
}

function readProvider(item: Hcl1Item, file: JsonFile): void {
  const { found, rangeAt } = file;
  const name = keyOf(item);
  if (!checkLocalName(name, rangeAt(item.pos), found.diagnostics)) return;
  const version = primitiveOf(valueIn(item, 'version'), file);
  if (version !== undefined) found.diagnostics.push(deprecatedVersion(version.range));
  found.providers.push({
    name,
    alias: primitiveOf(valueIn(item, 'alias'), file)?.text,
    constraints: version && readConstraints(version, found.diagnostics),
    range: rangeAt(item.pos),
  });
}

function providerArgument(item: Hcl1Item, file: JsonFile): string | undefined {
  const reference = textOf(valueIn(item, 'provider'), file);
  return reference && readProviderReferenceText(reference, file.found.diagnostics);
}
