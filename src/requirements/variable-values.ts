import { join } from 'node:path';
import {
  type CallOptions,
  compareBytes,
  errnoOf,
  type Files,
  isTofuOciError,
  readRegularFile,
} from '../base/index.ts';
import {
  evaluate,
  parseExpression,
  parseHcl,
  parseHcl1,
  Unknown,
  type Value,
} from '../hcl/index.ts';
import { expressionOf } from './json-expression.ts';
import { noDeclarations } from './declarations.ts';
import { itemsIn, keyOf } from './json-values.ts';

/** What the variables of the root module are set to from outside. */
export type VariableValues = ReadonlyMap<string, (takesText: boolean) => Value | undefined>;

/** Such files are written by hand, or hold what some tool put out. */
const maxFileBytes = 16 * 1024 * 1024;

export interface VariableOptions extends CallOptions {
  readonly files: Files;
  /** The texts of `TF_VAR_NAME`, by name. */
  readonly given: Readonly<Record<string, string>>;
  /** Is told how many bytes were read; may throw to end it all. */
  readonly onRead: (bytes: number) => void;
}

/**
 * Collects the values as OpenTofu does: from the environment, then `terraform.tfvars`, `terraform.tfvars.json`,
 * and `*.auto.tfvars` and `*.auto.tfvars.json` in the order of their names; the last one counts. Only sources of
 * modules may depend on them here, so that a file which can not be read counts for nothing: OpenTofu reports it.
 * @throws what `onRead` throws, or the reason of an abort
 */
export async function readVariableValues(
  directory: string,
  { files, given, onRead, signal }: VariableOptions,
): Promise<VariableValues> {
  const values = new Map<string, (takesText: boolean) => Value | undefined>();
  for (const [name, text] of Object.entries(given)) {
    values.set(name, (takesText) => (takesText ? text : expressionValue(text)));
  }
  for (const name of await variableFiles(directory, files)) {
    let bytes;
    try {
      bytes = await readRegularFile(join(directory, name), {
        files,
        maxBytes: maxFileBytes,
        signal,
      });
    } catch (error) {
      if (!isTofuOciError(error)) throw error;
      continue;
    }
    onRead(bytes.length);
    const found = parseValues(bytes.toString('utf8'), name);
    for (const [variable, value] of found) values.set(variable, () => value);
  }
  return values;
}

function expressionValue(text: string): Value | undefined {
  const { expression, diagnostics } = parseExpression(text, '');
  return diagnostics.length > 0 ? undefined : plainValue(evaluate(expression).value);
}

async function variableFiles(directory: string, files: Files): Promise<readonly string[]> {
  let entries;
  try {
    entries = await files.readdir(directory);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
  const first = ['terraform.tfvars', 'terraform.tfvars.json'];
  const automatic = entries.filter((name) => /\.auto\.tfvars(?:\.json)?$/u.test(name));
  return [...first.filter((name) => entries.includes(name)), ...automatic.sort(compareBytes)];
}

function parseValues(text: string, file: string): ReadonlyMap<string, Value | undefined> {
  if (!file.endsWith('.json')) {
    const { attributes } = parseHcl(text, file).body;
    return new Map(
      attributes.map(({ name, expression }) => [name, plainValue(evaluate(expression).value)]),
    );
  }
  const start = { line: 1, column: 1, byte: 0 };
  const range = { file, start, end: start };
  const { root } = parseHcl1(text, file);
  const context = { found: noDeclarations(), rangeAt: () => range };
  return new Map(
    itemsIn({ keys: [], assigned: false, value: root, pos: root.pos }).map((item) => [
      keyOf(item),
      plainValue(evaluate(expressionOf(item.value, context)).value),
    ]),
  );
}

function plainValue(value: Value | Unknown | undefined): Value | undefined {
  return value instanceof Unknown ? undefined : value;
}
