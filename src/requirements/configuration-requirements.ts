import { resolve } from 'node:path';
import {
  type CallOptions,
  type Diagnostic,
  errnoOf,
  FileAccessError,
  type Files,
  hasErrors,
  nodeFiles,
} from '../base/index.ts';
import { mergeRequirements, type Requirements } from '../domain/index.ts';
import { checkRequirements } from './check-requirements.ts';
import { readModuleManifest } from './module-manifest.ts';
import { readStateRequirements } from './state-requirements.ts';
import { ProblemList } from './problem-list.ts';
import { createStaticScope } from './static-scope.ts';
import { readVariableValues } from './variable-values.ts';
import { type ModuleRequirements, ModuleWalker } from './walk-modules.ts';
import { readWorkspace } from './workspace.ts';

export interface ConfigurationRequirements {
  /**
   * Of all modules and of the state together, built-in providers included. Incomplete when there are errors.
   */
  readonly requirements: Requirements;
  /** Which module requires what: the root module first, then those it calls by name, then those of tests. */
  readonly modules: readonly ModuleRequirements[];
  /** What the resources in the state need, without constraints. */
  readonly state: Requirements;
  /** The folder has no configuration at all. */
  readonly empty: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions extends CallOptions {
  readonly files?: Files | undefined;
  /** How the folder is called in places of problems; without it they have paths from the folder on. */
  readonly display?: string | undefined;
  /** `TF_DATA_DIR`: where installed modules are. From the folder on; `.terraform` without it. */
  readonly dataDirectory?: string | undefined;
  /** Where tests are, besides the folder itself; `tests` without it. */
  readonly testFolder?: string | undefined;
  /** Whether what tests require counts, too; OpenTofu reads tests in `init`, and not in `providers lock`. */
  readonly tests?: 'read' | 'ignored' | undefined;
  /** The texts of `TF_VAR_NAME`, by name: the source of a module may depend on them. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** `TF_WORKSPACE`; without it the one that was selected in the data folder. */
  readonly workspace?: string | undefined;
  /** Whether the providers of a local state count, too; OpenTofu asks for them in `init`, and not in `providers lock`. */
  readonly state?: 'local' | 'ignored' | undefined;
  /** `OPENTOFU_STATEFILE_PROVIDER_ADDRESS_TRANSLATION=0` turns it off: addresses on registry.terraform.io stay. */
  readonly translateStateAddresses?: boolean | undefined;
}

/**
 * What a whole configuration requires, as `tofu init` (1.12) finds out: its root module in `directory`, all
 * modules that it and its tests call, and a local state. Local modules are read where their paths lead, also out
 * of the folder; others where `modules.json` in the data folder says that they are installed. All that is wrong
 * is in the diagnostics; when the root module is wrong, nothing beyond it is read. A folder that is missing or
 * has no configuration requires nothing.
 * @throws FileAccessError, TooManyFilesError, ConfigurationTooLargeError, InvalidModuleManifestError, or the reason of
 * an abort
 */
export async function readConfigurationRequirements(
  directory: string,
  options: ReadOptions = {},
): Promise<ConfigurationRequirements> {
  const { files = nodeFiles, signal, variables = {} } = options;
  const root = await rootFolder(directory, files);
  const data = resolve(root, options.dataDirectory ?? '.terraform');
  const common = { files, signal };
  const workspace = options.workspace ?? (await readWorkspace(data, common));
  const walker = new ModuleWalker({
    ...common,
    directory: root,
    display: options.display ?? '',
    manifest: await readModuleManifest(data, common),
    workspace,
  });
  const testFolder = options.tests === 'ignored' ? undefined : (options.testFolder ?? 'tests');
  let module;
  try {
    module = await walker.load(root, '.', testFolder);
  } catch (error) {
    const isMissing = error instanceof FileAccessError && error.errno === 'ENOENT';
    if (!isMissing || error.path !== root) throw error;
    return { requirements: new Map(), modules: [], state: new Map(), empty: true, diagnostics: [] };
  }
  const values = await readVariableValues(root, {
    ...common,
    given: variables,
    onRead: walker.onRead,
  });
  const scope = createStaticScope(module.declared, {
    input: (name, takesText) => {
      const value = values.get(name);
      return value && { value: value(takesText) };
    },
    paths: { module: '.', root: '.', cwd: root },
    workspace,
    work: walker.work,
  });
  if (!hasErrors(module.diagnostics)) await walker.walk(module, scope);
  else walker.walkNothing(module);
  const configured = mergeRequirements(
    // A module that is called many times says the same each time.
    new Set(walker.modules.map(({ requirements }) => requirements)),
  );
  const stored =
    module.empty || options.state === 'ignored'
      ? { requirements: new Map() as Requirements, diagnostics: [] }
      : await readStateRequirements(root, {
          ...common,
          display: options.display,
          backend: module.declared.backend,
          scope,
          workspace,
          configured: options.translateStateAddresses === false ? undefined : configured,
        });
  const requirements = mergeRequirements([configured, stored.requirements]);
  const declared = [...walker.loaded.values()].map((each) => each.declared);
  const diagnostics = new ProblemList();
  diagnostics.addAll(module.diagnostics);
  diagnostics.addAll(walker.diagnostics);
  diagnostics.addAll(stored.diagnostics);
  diagnostics.addAll(checkRequirements(requirements, declared));
  return {
    requirements,
    modules: walker.modules,
    state: stored.requirements,
    empty: module.empty,
    diagnostics,
  };
}

/** Modules say from where they are called by real paths; a folder that is missing keeps its name. */
async function rootFolder(directory: string, files: Files): Promise<string> {
  try {
    return await files.realpath(directory);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return resolve(directory);
  }
}
