import { join, relative, resolve, sep } from 'node:path';
import {
  type CallOptions,
  compareBytes,
  type Diagnostic,
  errnoOf,
  FileAccessError,
  type Files,
  printable,
  quoted,
} from '../base/index.ts';
import type { Requirements } from '../domain/index.ts';
import { staticString } from '../hcl/index.ts';
import { type ModuleCall, problem } from './declarations.ts';
import { ConfigurationTooLargeError } from './errors.ts';
import { type LoadedModule, loadModule } from './load-module.ts';
import type { ModuleManifest } from './module-manifest.ts';
import { escapesPackage, rootPackage, type PackagePlace, stepInto } from './package-place.ts';
import { type PlacedModule, placeModule } from './place-module.ts';
import { ProblemList } from './problem-list.ts';
import { createStaticScope, type StaticScope, StaticWork } from './static-scope.ts';

/** One module of a configuration, as it is called at one place. */
export interface ModuleRequirements {
  /** `module.a.module.b`, `test.tests.x.run.y`; empty for the root module. */
  readonly address: string;
  /** Its folder, relative to that of the root module where it can be. */
  readonly directory: string;
  /** Normalised; undefined for the root module, and where it can not be told without running functions. */
  readonly source: string | undefined;
  /** Of this module alone. */
  readonly requirements: Requirements;
}

export interface WalkOptions extends CallOptions {
  readonly files: Files;
  /** Of the root module; absolute, without symbolic links. */
  readonly directory: string;
  readonly display: string;
  readonly manifest: ModuleManifest;
  readonly workspace: string;
}

/** What large companies have, several times over. */
const maxModules = 10_000;
const maxTotalBytes = 256 * 1024 * 1024;

/** Ten times what anyone finds their way in. */
const maxDepth = 100;

/** The names of the calls on the way to a module, together. */
const maxKeyLength = 8192;

interface Node {
  readonly path: readonly string[];
  readonly address: string;
  /** Absolute. */
  readonly directory: string;
  /** The same as it is shown. */
  readonly shown: string;
  readonly source: string | undefined;
  readonly scope: StaticScope;
  readonly place: PackagePlace;
  readonly parent: Node | undefined;
  /** Its source is written out, so that it is the same wherever the calling module is called from. */
  readonly fixed: boolean;
}

/** Follows the module calls of a configuration from the root module on. */
export class ModuleWalker {
  readonly modules: ModuleRequirements[] = [];
  readonly diagnostics = new ProblemList();
  /** By folder: one that is called many times is read once. */
  readonly loaded = new Map<string, LoadedModule>();
  /** What is worked out for sources, in all modules together. */
  readonly work = new StaticWork();
  readonly #options: WalkOptions;
  #bytes = 0;
  #calls = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** @throws FileAccessError, TooManyFilesError, ConfigurationTooLargeError, or the reason of an abort */
  load(directory: string, shown: string, testFolder?: string): Promise<LoadedModule> {
    const { files, signal, display } = this.#options;
    return loadModule(directory, {
      files,
      signal,
      shown: join(display, shown),
      testFolder,
      onRead: this.onRead,
    });
  }

  /** Counts what is read of all files. @throws ConfigurationTooLargeError */
  readonly onRead = (bytes: number): void => {
    this.#bytes += bytes;
    if (this.#bytes <= maxTotalBytes) return;
    throw new ConfigurationTooLargeError(this.#options.directory, maxTotalBytes, 'bytes');
  };

  /** Adds the root module, which is loaded, and all that it calls. */
  async walk(root: LoadedModule, scope: StaticScope): Promise<void> {
    const { directory } = this.#options;
    this.loaded.set(directory, root);
    const node: Node = {
      path: [],
      address: '',
      directory,
      shown: '.',
      source: undefined,
      scope,
      place: rootPackage,
      parent: undefined,
      fixed: true,
    };
    await this.#visit(node, root);
    for (const test of root.tests) {
      const base = test.name.replace(/\.tftest\.hcl$/u, '').split(sep);
      for (const run of test.runs) {
        await this.#call(node, run, {
          path: ['test', ...base, run.name],
          address: `test.${base.join('.')}.run.${run.name}`,
        });
      }
    }
  }

  /** Adds the root module alone: so much in it is wrong that its calls mean nothing. */
  walkNothing(root: LoadedModule): void {
    this.loaded.set(this.#options.directory, root);
    const { requirements } = root;
    this.modules.push({ address: '', directory: '.', source: undefined, requirements });
  }

  async #visit(node: Node, module: LoadedModule): Promise<void> {
    const { address, shown: directory, source } = node;
    this.modules.push({ address, directory, source, requirements: module.requirements });
    const calls = [...module.declared.calls.values()];
    for (const call of calls.sort((a, b) => compareBytes(a.name, b.name))) {
      await this.#call(node, call, {
        path: [...node.path, call.name],
        address: `${address}${address === '' ? '' : '.'}module.${call.name}`,
      });
    }
  }

  async #call(
    caller: Node,
    call: ModuleCall,
    { path, address }: Pick<Node, 'path' | 'address'>,
  ): Promise<void> {
    const { manifest } = this.#options;
    // Also those that lead nowhere: each can cause a diagnostic.
    if (++this.#calls >= maxModules) {
      throw new ConfigurationTooLargeError(this.#options.directory, maxModules, 'modules');
    }
    const found = placeModule(call, caller.scope, manifest.get(path.join('.')));
    if ('diagnostics' in found) {
      this.diagnostics.addAll(found.diagnostics);
      return;
    }
    const place = stepInto(caller.place, found.source);
    const located = await this.#locate(caller, found);
    if (located === undefined) {
      const escape = escapesPackage(place, address);
      this.diagnostics.push(escape ?? unreadable(call, found, join(caller.shown, found.path)));
      return;
    }
    const fixed = call.source !== undefined && staticString(call.source) !== undefined;
    const node = { path, address, ...located, source: found.source?.text, place, fixed };
    const endless = endlessCall(caller, call, node);
    if (endless !== undefined) {
      this.diagnostics.push(endless);
      return;
    }
    const module = await this.#loadOnce(node, call, found);
    if (module === undefined) return;
    const scope = this.#scopeOf(module, caller, { call, shown: located.shown });
    await this.#visit({ ...node, scope, parent: caller }, module);
  }

  /** Of a local module the folder behind all symbolic links, since its own calls start from there. */
  async #locate(
    caller: Node,
    found: PlacedModule,
  ): Promise<{ readonly directory: string; readonly shown: string } | undefined> {
    const { files, directory: root } = this.#options;
    if (found.source?.kind !== 'local') {
      return { directory: resolve(root, found.path), shown: found.path };
    }
    // A test calls modules from the root, wherever its file is.
    const named = resolve(caller.directory, found.path);
    try {
      const directory = await files.realpath(named);
      const shown = relative(root, directory);
      return { directory, shown: shown === '' ? '.' : shown };
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
  }

  async #loadOnce(
    { address, directory, shown }: Pick<Node, 'address' | 'directory' | 'shown'>,
    call: ModuleCall,
    found: PlacedModule,
  ): Promise<LoadedModule | undefined> {
    const known = this.loaded.get(directory);
    if (known !== undefined) return known;
    let module;
    try {
      module = await this.load(directory, shown);
    } catch (error) {
      if (!(error instanceof FileAccessError) || error.path !== directory) throw error;
      this.diagnostics.push(unreadable(call, found, shown));
      return undefined;
    }
    this.loaded.set(directory, module);
    this.diagnostics.addAll(module.diagnostics);
    const [imported] = module.declared.imports;
    if (imported !== undefined) {
      const detail = `An import block was detected in ${quoted(address)}. Import blocks are only allowed in the root module.`;
      this.diagnostics.push(problem('Invalid import configuration', detail, imported.range));
    }
    return module;
  }

  #scopeOf(
    module: LoadedModule,
    caller: Node,
    { call, shown }: { readonly call: ModuleCall; readonly shown: string },
  ): StaticScope {
    const { directory, workspace } = this.#options;
    return createStaticScope(module.declared, {
      input: (name) => {
        const given = call.inputs.get(name);
        return given && { value: caller.scope.valueOf(given) };
      },
      paths: { module: shown.replaceAll(sep, '/'), root: '.', cwd: directory.replaceAll(sep, '/') },
      workspace,
      work: this.work,
    });
  }
}

function unreadable(call: ModuleCall, found: PlacedModule, shown: string): Diagnostic {
  const { file, start } = call.range;
  if (found.source?.kind === 'local') {
    const detail = `The directory ${shown} could not be read for module "${call.name}" at ${file}:${start.line}.`;
    return problem('Unreadable module directory', detail, call.range);
  }
  const detail = `This module's local cache directory ${shown} could not be read. Run "tofu get" to install all modules required by this configuration.`;
  return problem('Module not installed', detail, call.range);
}

/** A call that leads to itself again and again, or so deep that nothing could install it. */
function endlessCall(
  caller: Node,
  call: ModuleCall,
  node: Pick<Node, 'path' | 'directory' | 'shown' | 'fixed'>,
): Diagnostic | undefined {
  const key = printable(node.path.join('.'), 300);
  let isFixed = node.fixed;
  for (let above: Node | undefined = caller; above !== undefined && isFixed; above = above.parent) {
    if (above.directory === node.directory) {
      const detail = `The module in ${node.shown} is called here while it is being called itself, and so would be called without end: ${key}.`;
      return problem('Module calls itself', detail, call.range);
    }
    isFixed = above.fixed;
  }
  const isShort = node.path.reduce((length, name) => length + name.length, 0) <= maxKeyLength;
  if (node.path.length <= maxDepth && isShort) return undefined;
  const detail = `The way to this module is of more than ${maxDepth} calls, or of names with more than ${maxKeyLength} characters together: ${key}.`;
  return problem('Module calls are nested too deeply', detail, call.range);
}
