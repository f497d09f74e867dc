import { type Diagnostic, quoted } from '../base/index.ts';
import type { Expression } from '../hcl/index.ts';
import {
  type BackendDeclaration,
  type FileDeclarations,
  formatRange,
  type ImportDeclaration,
  type ModuleCall,
  problem,
  type ProviderDeclaration,
  type RequiredProvider,
  type ResourceDeclaration,
  type ResourceMode,
  type VariableDeclaration,
} from './declarations.ts';
import { mergeBackends, mergeCalls, mergeLocals, mergeVariables } from './merge-calls.ts';

/** The files of one module, put together. */
export interface ModuleDeclarations {
  /** By local name, in the order of the text. */
  readonly required: ReadonlyMap<string, RequiredProvider>;
  readonly resources: readonly ResourceDeclaration[];
  readonly providers: readonly ProviderDeclaration[];
  readonly imports: readonly ImportDeclaration[];
  /** By name. */
  readonly calls: ReadonlyMap<string, ModuleCall>;
  readonly variables: ReadonlyMap<string, VariableDeclaration>;
  readonly locals: ReadonlyMap<string, Expression>;
  readonly backend: BackendDeclaration | undefined;
}

/**
 * Puts a module's files together as OpenTofu does: one `required_providers` block in the primary files;
 * override files replace its entries by local name, and of other blocks what they say themselves.
 */
export function mergeModule(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
  diagnostics: Diagnostic[],
): ModuleDeclarations {
  return {
    required: mergeRequired(primary, overrides, diagnostics),
    resources: mergeResources(primary, overrides, diagnostics),
    providers: mergeProviders(primary, overrides, diagnostics),
    imports: primary.flatMap((file) => file.imports),
    calls: mergeCalls(primary, overrides, diagnostics),
    variables: mergeVariables(primary, overrides),
    locals: mergeLocals(primary, overrides),
    backend: mergeBackends(primary, overrides),
  };
}

function mergeRequired(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
  diagnostics: Diagnostic[],
): ReadonlyMap<string, RequiredProvider> {
  const [first, ...others] = primary.flatMap((file) => file.required);
  for (const { range } of others) {
    const before = first === undefined ? '' : formatRange(first.range);
    const detail = `A module may have only one required providers configuration. The required providers were previously configured at ${before}.`;
    diagnostics.push(problem('Duplicate required providers configuration', detail, range));
  }
  const blocks = [
    ...(first === undefined ? [] : [first]),
    ...overrides.flatMap((file) => file.required),
  ];
  return new Map(blocks.flatMap(({ entries }) => entries).map((entry) => [entry.name, entry]));
}

const words: Readonly<Record<ResourceMode, { readonly what: string; readonly block: string }>> = {
  resource: { what: 'resource', block: 'a resource block' },
  data: { what: 'data resource', block: 'a data block' },
  ephemeral: { what: 'ephemeral resource', block: 'an ephemeral block' },
};

function mergeResources(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
  diagnostics: Diagnostic[],
): readonly ResourceDeclaration[] {
  const key = ({ mode, type, name }: ResourceDeclaration): string =>
    JSON.stringify([mode, type, name]);
  const resources = new Map<string, ResourceDeclaration>();
  for (const resource of primary.flatMap((file) => file.resources)) {
    // Two of a name are an error of OpenTofu's; the first one counts there too.
    if (!resources.has(key(resource))) resources.set(key(resource), resource);
  }
  for (const override of overrides.flatMap((file) => file.resources)) {
    const base = resources.get(key(override));
    if (base === undefined) {
      const { what, block } = words[override.mode];
      const detail = `There is no ${override.type} ${what} named ${quoted(override.name)}. An override file can only override ${block} defined in a primary configuration file.`;
      diagnostics.push(problem(`Missing ${what} to override`, detail, override.range));
      continue;
    }
    const providerName = override.providerName ?? base.providerName;
    resources.set(key(override), { ...base, providerName });
  }
  return [...resources.values()];
}

function mergeProviders(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
  diagnostics: Diagnostic[],
): readonly ProviderDeclaration[] {
  const key = ({ name, alias }: ProviderDeclaration): string => JSON.stringify([name, alias]);
  const providers = new Map<string, ProviderDeclaration>();
  for (const provider of primary.flatMap((file) => file.providers)) {
    if (!providers.has(key(provider))) providers.set(key(provider), provider);
  }
  for (const override of overrides.flatMap((file) => file.providers)) {
    const base = providers.get(key(override));
    if (base === undefined && override.alias !== undefined) {
      const detail = `There is no ${override.name} provider configuration with the alias ${quoted(override.alias)}. An override file can only override an aliased provider configuration that was already defined in a primary configuration file.`;
      const summary = 'Missing base provider configuration for override';
      diagnostics.push(problem(summary, detail, override.range));
      continue;
    }
    const constraints = override.constraints ?? base?.constraints;
    providers.set(key(override), { ...(base ?? override), constraints });
  }
  return [...providers.values()];
}
