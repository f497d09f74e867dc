import { join } from 'node:path';
import {
  type CallOptions,
  compareBytes,
  type Diagnostic,
  FileAccessError,
  type Files,
  nodeFiles,
} from '../base/index.ts';
import {
  impliedProviderAddress,
  mergeRequirements,
  noConstraints,
  type ProviderAddress,
  providerKey,
  type Requirements,
  type VersionConstraints,
} from '../domain/index.ts';
import type { FileDeclarations, ModuleCall, RequiredProvider } from './declarations.ts';
import { readJsonFile } from './json-file.ts';
import { listModuleFiles } from './module-files.ts';
import { duplicate, readNativeFile } from './native-file.ts';
import { problem } from './provider-entry.ts';

export interface RootRequirements {
  readonly requirements: Requirements;
  /** Child modules that the root calls; what they require is not in `requirements`. */
  readonly moduleCalls: readonly ModuleCall[];
  /** The folder has no configuration at all. */
  readonly empty: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions extends CallOptions {
  readonly files?: Files | undefined;
  /** How the folder is called in places of problems; default: file names only. */
  readonly display?: string | undefined;
}

/** Written by hand, a file of this size does not happen; generated ones have some megabytes. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * What the root module in `directory` requires: its `required_providers`, and the providers that its
 * resources, data sources, imports and provider blocks imply. All problems are diagnostics.
 * @throws FileAccessError, TooManyFilesError
 */
export async function readRootRequirements(
  directory: string,
  options: ReadOptions = {},
): Promise<RootRequirements> {
  const files = options.files ?? nodeFiles;
  const names = await listModuleFiles(directory, files);
  const read = async (name: string): Promise<FileDeclarations> => {
    options.signal?.throwIfAborted();
    return await readFile(directory, name, files, options.display);
  };
  const primary: FileDeclarations[] = [];
  for (const name of names.primary) primary.push(await read(name));
  const overrides: FileDeclarations[] = [];
  for (const name of names.overrides) overrides.push(await read(name));

  const diagnostics = [...primary, ...overrides].flatMap((file) => file.diagnostics);
  const withBlock = primary.filter((file) => file.required !== undefined);
  for (const file of withBlock.slice(1)) diagnostics.push(duplicate(file.requiredRange));
  const entries = entriesByName(withBlock[0], overrides);
  const all = [...primary, ...overrides];
  return {
    requirements: collect(entries, all),
    moduleCalls: all
      .flatMap((file) => file.moduleCalls)
      .sort((a, b) => compareBytes(a.name, b.name)),
    empty: all.length === 0,
    diagnostics,
  };
}

async function readFile(
  directory: string,
  name: string,
  files: Files,
  display: string | undefined,
): Promise<FileDeclarations> {
  const path = join(directory, name);
  const shown = display === undefined ? name : join(display, name);
  let bytes: Buffer;
  try {
    const { size } = await files.stat(path);
    if (size > maxFileBytes) return unreadable(shown, `it has more than ${maxFileBytes} bytes`);
    bytes = await files.readFile(path);
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return unreadable(shown, 'it is not encoded in UTF-8');
  }
  return name.endsWith('.json') ? readJsonFile(text, shown) : readNativeFile(text, shown);
}

function unreadable(file: string, why: string): FileDeclarations {
  const start = { line: 1, column: 1, byte: 0 };
  const diagnostic = problem('Failed to read file', `The file ${file} can not be read: ${why}.`, {
    file,
    start,
    end: start,
  });
  return {
    required: undefined,
    requiredRange: undefined,
    uses: [],
    moduleCalls: [],
    diagnostics: [diagnostic],
  };
}

/** Override files replace whole entries by their local name. */
function entriesByName(
  base: FileDeclarations | undefined,
  overrides: readonly FileDeclarations[],
): ReadonlyMap<string, RequiredProvider> {
  const entries = new Map<string, RequiredProvider>();
  for (const file of [base, ...overrides]) {
    for (const entry of file?.required ?? []) entries.set(entry.name, entry);
  }
  return entries;
}

function collect(
  entries: ReadonlyMap<string, RequiredProvider>,
  all: readonly FileDeclarations[],
): Requirements {
  const one = (provider: ProviderAddress, constraints: VersionConstraints): Requirements =>
    new Map([[providerKey(provider), { provider, constraints }]]);
  const explicit = [...entries.values()].map((entry) => one(entry.provider, entry.constraints));
  const implied = all
    .flatMap((file) => file.uses)
    .map((use) => {
      const provider = entries.get(use.name)?.provider ?? impliedProviderAddress(use.name);
      return one(provider, use.constraints ?? noConstraints);
    });
  return mergeRequirements(...explicit, ...implied);
}
