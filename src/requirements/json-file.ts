import type { Diagnostic, SourceRange } from '../base/index.ts';
import {
  type FileDeclarations,
  impliedName,
  type ModuleCall,
  type ProviderUse,
  type RequiredProvider,
} from './declarations.ts';
import { checkEntry, problem, readConstraints, type WrittenEntry } from './provider-entry.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads what a `.tf.json` or `.tofu.json` file says about providers. In HCL's JSON form a block may be an
 * object or an array of objects at every level. Places are only as exact as the file.
 */
export function readJsonFile(text: string, file: string): FileDeclarations {
  const start = { line: 1, column: 1, byte: 0 };
  const range: SourceRange = { file, start, end: start };
  const diagnostics: Diagnostic[] = [];
  const root = parse(text, range, diagnostics);
  const blocks = (parent: JsonObject, name: string): readonly JsonObject[] =>
    objectsIn(parent[name]);

  let required: readonly RequiredProvider[] | undefined;
  const uses: ProviderUse[] = [];
  const moduleCalls: ModuleCall[] = [];
  for (const top of root) {
    for (const written of blocks(top, 'terraform').flatMap((one) =>
      blocks(one, 'required_providers'),
    )) {
      const entries = readRequired(written, range, diagnostics);
      required = [...(required ?? []), ...entries];
    }
    for (const kind of ['resource', 'data', 'ephemeral']) {
      for (const [type, body] of labelled(top[kind])) {
        for (const resource of objectsIn(body).flatMap(Object.values).flatMap(objectsIn)) {
          const name = rootName(resource.provider) ?? impliedName(type);
          uses.push({ name, constraints: undefined, range });
        }
      }
    }
    for (const [name, body] of labelled(top.provider)) {
      const versions = objectsIn(body).map(({ version }) => version);
      const version = versions.find((each) => typeof each === 'string');
      const constraints =
        version === undefined ? undefined : readConstraints({ text: version, range }, diagnostics);
      uses.push({ name, constraints, range });
    }
    for (const [name] of labelled(top.module)) moduleCalls.push({ name, range });
  }
  return {
    required,
    requiredRange: required === undefined ? undefined : range,
    uses,
    moduleCalls,
    diagnostics,
  };
}

function parse(text: string, range: SourceRange, diagnostics: Diagnostic[]): readonly JsonObject[] {
  try {
    const value: unknown = JSON.parse(text);
    const objects = objectsIn(value);
    if (objects.length > 0 || (Array.isArray(value) && value.length === 0)) return objects;
    diagnostics.push(
      problem('Invalid JSON', 'The root of a configuration must be an object.', range),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    diagnostics.push(problem('Invalid JSON', `The file is not valid JSON: ${why}`, range));
  }
  return [];
}

function readRequired(
  written: JsonObject,
  range: SourceRange,
  diagnostics: Diagnostic[],
): readonly RequiredProvider[] {
  return Object.entries(written).flatMap(([name, value]) => {
    if (name === '//') return [];
    const entry = readEntry(name, value, range, diagnostics);
    if (entry === undefined) return [];
    const checked = checkEntry(entry);
    diagnostics.push(...checked.diagnostics);
    return checked.entry === undefined ? [] : [checked.entry];
  });
}

function readEntry(
  name: string,
  value: unknown,
  range: SourceRange,
  diagnostics: Diagnostic[],
): WrittenEntry | undefined {
  if (typeof value === 'string') {
    return { name, source: undefined, version: { text: value, range }, range };
  }
  const [object] = objectsIn(value);
  if (object === undefined) {
    diagnostics.push(
      problem('Invalid required_providers object', `The entry "${name}" is no object.`, range),
    );
    return undefined;
  }
  const strange = Object.keys(object).filter(
    (key) => !['source', 'version', 'configuration_aliases', '//'].includes(key),
  );
  if (strange.length > 0) {
    diagnostics.push(
      problem(
        'Invalid required_providers object',
        `required_providers objects can only contain "version", "source" and "configuration_aliases" attributes, not "${strange.join('", "')}".`,
        range,
      ),
    );
    return undefined;
  }
  const texts = { source: object.source, version: object.version };
  for (const [key, text] of Object.entries(texts)) {
    if (text === undefined || typeof text === 'string') continue;
    diagnostics.push(problem(`Invalid ${key}`, `The ${key} of "${name}" must be a string.`, range));
    return undefined;
  }
  const at = (text: unknown): WrittenEntry['source'] =>
    typeof text === 'string' ? { text, range } : undefined;
  return { name, source: at(texts.source), version: at(texts.version), range };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectsIn(value: unknown): readonly JsonObject[] {
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}

/** `{"label": body}`, or an array of such. */
function labelled(value: unknown): readonly (readonly [string, unknown])[] {
  return objectsIn(value)
    .flatMap((object) => Object.entries(object))
    .filter(([name]) => name !== '//');
}

/** The local name in `"provider": "aws.west"`. */
function rootName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.replace(/^\$\{(.*)\}$/u, '$1').split('.')[0];
}
