import { type Diagnostic, quoted } from '../base/index.ts';
import type { Expression, Value } from '../hcl/index.ts';
import { type ModuleCall, problem } from './declarations.ts';
import type { InstalledModule } from './module-manifest.ts';
import { type ModuleSource, parseModuleSource } from './module-source.ts';
import {
  meets,
  type ModuleConstraints,
  parseModuleConstraints,
  parseModuleVersion,
} from './module-version.ts';
import type { StaticScope } from './static-scope.ts';

/** Where a called module is. */
export interface PlacedModule {
  /** Undefined when it can not be worked out here, and only the record says where the module is. */
  readonly source: ModuleSource | undefined;
  /** Of a local module from its caller's folder, else from that of the root module. */
  readonly path: string;
}

const install = 'Run "tofu get" to install all modules required by this configuration.';

/**
 * Says where a call's module is: a local one where its path leads, any other where the record of installed
 * modules has it, if that record is about the same source and an allowed version.
 */
export function placeModule(
  call: ModuleCall,
  scope: StaticScope,
  record: InstalledModule | undefined,
): PlacedModule | { readonly diagnostics: readonly Diagnostic[] } {
  const wrong = (summary: string, detail: string, at: Expression | undefined) => ({
    diagnostics: [problem(summary, detail, at?.range ?? call.range)],
  });
  if (call.source === undefined) return { diagnostics: [] };
  const version = readVersion(call, scope);
  if ('diagnostics' in version) return version;
  const value = scope.valueOf(call.source);
  if (value === undefined) {
    if (record !== undefined) return { source: undefined, path: record.directory };
    const detail = `This module is not yet installed, and its source can not be worked out without OpenTofu. ${install}`;
    return wrong('Module not installed', detail, undefined);
  }
  if (typeof value === 'object') {
    return wrong('Unsuitable value type', unsuitable(value), call.source);
  }
  const source = parseModuleSource(String(value), { hasVersion: version.isGiven });
  if ('summary' in source) return wrong(source.summary, source.detail, call.source);
  if (source.kind === 'local') return { source, path: source.text };
  if (record === undefined) {
    return wrong('Module not installed', `This module is not yet installed. ${install}`, undefined);
  }
  if (record.source !== source.text) {
    const detail = `The source address was changed from ${quoted(record.source)} to ${quoted(source.text)} since this module was installed. ${install}`;
    return wrong('Module source has changed', detail, call.source);
  }
  const unfit = unfitVersion(record, version.constraints);
  if (unfit !== undefined) {
    return wrong('Module version requirements have changed', unfit, call.source);
  }
  return { source, path: record.directory };
}

function unsuitable(value: Value): string {
  const kind = Array.isArray(value) ? 'tuple' : 'object';
  return value === null
    ? 'Unsuitable value: string required'
    : `Unsuitable value: string required, but have ${kind}`;
}

function readVersion(
  { version }: ModuleCall,
  scope: StaticScope,
):
  | { readonly isGiven: boolean; readonly constraints: ModuleConstraints | undefined }
  | { readonly diagnostics: readonly Diagnostic[] } {
  if (version === undefined) return { isGiven: false, constraints: undefined };
  const value = scope.valueOf(version);
  if (value === null) return { isGiven: false, constraints: undefined };
  // Only OpenTofu can tell; what it put there fitted.
  if (value === undefined) return { isGiven: true, constraints: undefined };
  const summary = 'Invalid version constraint';
  if (typeof value === 'object') {
    const detail = 'A string value is required for version.';
    return { diagnostics: [problem(summary, detail, version.range)] };
  }
  const constraints = parseModuleConstraints(String(value));
  if (constraints !== undefined) return { isGiven: true, constraints };
  const detail = 'This string does not use correct version constraint syntax.';
  return { diagnostics: [problem(summary, detail, version.range)] };
}

function unfitVersion(
  record: InstalledModule,
  constraints: ModuleConstraints | undefined,
): string | undefined {
  if (constraints === undefined) return undefined;
  const changed = 'The version requirements have changed since this module was installed and the';
  if (record.version === undefined) {
    return `${changed} installed version is no longer acceptable. ${install}`;
  }
  const version = parseModuleVersion(record.version);
  if (version !== undefined && meets(version, constraints)) return undefined;
  return `${changed} installed version (${record.version}) is no longer acceptable. ${install}`;
}
