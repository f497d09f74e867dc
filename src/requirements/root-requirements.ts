import { join } from 'node:path';
import {
  type CallOptions,
  compareBytes,
  type Diagnostic,
  type Files,
  LimitExceededError,
  nodeFiles,
  readFileBounded,
} from '../base/index.ts';
import type { Requirements } from '../domain/index.ts';
import { checkRequirements } from './check-requirements.ts';
import { collectRequirements } from './collect-requirements.ts';
import { type FileDeclarations, type ModuleCall, noDeclarations, problem } from './declarations.ts';
import { readJsonFile } from './json-file.ts';
import { mergeModule } from './merge-module.ts';
import { listModuleFiles } from './module-files.ts';
import { readNativeFile } from './native-file.ts';

export interface RootRequirements {
  /** Of the root module alone, built-in providers included. Incomplete when there are errors. */
  readonly requirements: Requirements;
  /** Modules that the root module or its tests call, by name; what these require is not in `requirements`. */
  readonly moduleCalls: readonly ModuleCall[];
  /** The folder has no configuration at all. */
  readonly empty: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions extends CallOptions {
  readonly files?: Files | undefined;
  /** How the folder is called in places of problems; without it they have bare file names. */
  readonly display?: string | undefined;
}

/** Generated configurations have some megabytes; whoever has more has something else there. */
const maxFileBytes = 16 * 1024 * 1024;

/** Where OpenTofu looks for tests, besides the folder itself. */
const testFolder = 'tests';

/**
 * What the root module in `directory` requires, as `tofu init` (1.12) finds out: see
 * {@link collectRequirements}. All that is wrong with the files is in the diagnostics. A folder that is missing
 * or has no configuration requires nothing.
 * @throws FileAccessError, TooManyFilesError, or the reason of an abort
 */
export async function readRootRequirements(
  directory: string,
  options: ReadOptions = {},
): Promise<RootRequirements> {
  const files = options.files ?? nodeFiles;
  const names = await listModuleFiles(directory, files);
  const inTestFolder = await listModuleFiles(join(directory, testFolder), files);
  const readAll = async (wanted: readonly string[]): Promise<readonly FileDeclarations[]> => {
    const read: FileDeclarations[] = [];
    for (const name of wanted) read.push(await readFile(directory, name, { ...options, files }));
    return read;
  };
  const primary = await readAll(names.primary);
  const overrides = await readAll(names.overrides);
  const tests = await readAll([
    ...inTestFolder.tests.map((name) => join(testFolder, name)),
    ...names.tests,
  ]);
  const diagnostics = [...primary, ...overrides, ...tests].flatMap((file) => file.diagnostics);
  const module = mergeModule(primary, overrides, diagnostics);
  const testProviders = tests.flatMap((file) => file.providers);
  const requirements = collectRequirements(module, testProviders);
  return {
    requirements,
    moduleCalls: [...primary, ...tests]
      .flatMap((file) => file.moduleCalls)
      .sort((a, b) => compareBytes(a.name, b.name)),
    empty: primary.length + overrides.length === 0,
    diagnostics: [...diagnostics, ...checkRequirements(requirements, module)],
  };
}

async function readFile(
  directory: string,
  name: string,
  options: ReadOptions & { readonly files: Files },
): Promise<FileDeclarations> {
  const { files, signal, display } = options;
  const shown = display === undefined ? name : join(display, name);
  let bytes;
  try {
    bytes = await readFileBounded(join(directory, name), {
      files,
      maxBytes: maxFileBytes,
      signal,
    });
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    const detail = `The file "${shown}" could not be read: it is larger than ${maxFileBytes} bytes.`;
    return unreadable(shown, 'Failed to read file', detail);
  }
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const detail =
      'All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.';
    return unreadable(shown, 'Invalid character encoding', detail);
  }
  return name.endsWith('.json') ? readJsonFile(text, shown) : readNativeFile(text, shown);
}

function unreadable(file: string, summary: string, detail: string): FileDeclarations {
  const start = { line: 1, column: 1, byte: 0 };
  return {
    ...noDeclarations(),
    diagnostics: [problem(summary, detail, { file, start, end: start })],
  };
}
