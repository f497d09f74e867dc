import { join } from 'node:path';
import {
  type CallOptions,
  type Diagnostic,
  errnoOf,
  FileAccessError,
  type Files,
} from '../base/index.ts';
import type { Requirements } from '../domain/index.ts';
import { checkModule } from './check-requirements.ts';
import { collectRequirements } from './collect-requirements.ts';
import type { FileDeclarations, ModuleCall } from './declarations.ts';
import { mergeModule, type ModuleDeclarations } from './merge-module.ts';
import { listModuleFiles } from './module-files.ts';
import { ProblemList } from './problem-list.ts';
import { readConfigurationFile } from './read-file.ts';

/** The files of one folder, read and put together. */
export interface LoadedModule {
  readonly declared: ModuleDeclarations;
  /** Of this module alone, with the providers of its tests if these were read. */
  readonly requirements: Requirements;
  readonly tests: readonly TestFile[];
  /** The folder has no configuration at all. */
  readonly empty: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface TestFile {
  /** Relative to the folder of the module. */
  readonly name: string;
  /** Modules that its runs call instead of the one that is tested. */
  readonly runs: readonly ModuleCall[];
}

export interface LoadOptions extends CallOptions {
  readonly files: Files;
  /** How the folder is called in places of problems. */
  readonly shown: string;
  /** Where tests are, besides the folder itself; undefined to leave them out. */
  readonly testFolder: string | undefined;
  readonly onRead: (bytes: number) => void;
}

/**
 * Reads the module in `directory`. What is wrong with its files is in the diagnostics.
 * @throws FileAccessError, TooManyFilesError, what `onRead` throws, or the reason of an abort
 */
export async function loadModule(directory: string, options: LoadOptions): Promise<LoadedModule> {
  const { files, testFolder } = options;
  const readAll = async (names: readonly string[]): Promise<readonly FileDeclarations[]> => {
    const read: FileDeclarations[] = [];
    for (const name of names) {
      const shown = join(options.shown, name);
      read.push(await readConfigurationFile(directory, name, { ...options, shown }));
    }
    return read;
  };
  const names = await listModuleFiles(directory, files);
  const primary = await readAll(names.primary);
  const overrides = await readAll(names.overrides);
  const testNames =
    testFolder === undefined
      ? []
      : [...(await testsIn(directory, testFolder, files)), ...names.tests];
  const tests = await readAll(testNames);
  const diagnostics = new ProblemList();
  for (const file of [...primary, ...overrides, ...tests]) diagnostics.addAll(file.diagnostics);
  const declared = mergeModule(primary, overrides, diagnostics);
  diagnostics.addAll(checkModule(declared));
  return {
    declared,
    requirements: collectRequirements(
      declared,
      tests.flatMap((file) => file.providers),
    ),
    tests: tests.map(({ runs }, at) => ({ name: testNames[at] ?? '', runs })),
    empty: primary.length + overrides.length === 0,
    diagnostics,
  };
}

async function testsIn(
  directory: string,
  testFolder: string,
  files: Files,
): Promise<readonly string[]> {
  try {
    const { tests } = await listModuleFiles(join(directory, testFolder), files);
    return tests.map((name) => join(testFolder, name));
  } catch (error) {
    if (error instanceof FileAccessError && errnoOf(error.cause) === 'ENOENT') return [];
    throw error;
  }
}
