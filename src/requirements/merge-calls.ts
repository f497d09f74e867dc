import { type Diagnostic, quoted } from '../base/index.ts';
import type { Expression } from '../hcl/index.ts';
import {
  type BackendDeclaration,
  type FileDeclarations,
  formatRange,
  type ModuleCall,
  problem,
  type VariableDeclaration,
} from './declarations.ts';
import { isCallName, missingSource } from './module-call.ts';

/** Module calls by name; what an override file says replaces what the primary files say, argument by argument. */
export function mergeCalls(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
  diagnostics: Diagnostic[],
): ReadonlyMap<string, ModuleCall> {
  const calls = new Map<string, ModuleCall>();
  for (const call of primary.flatMap((file) => file.moduleCalls)) {
    const before = calls.get(call.name);
    if (before === undefined) {
      if (isCallName(call.name)) calls.set(call.name, call);
      if (call.source === undefined) diagnostics.push(missingSource(call.openRange));
      continue;
    }
    const detail = `A module call named ${quoted(call.name)} was already defined at ${formatRange(before.range)}. Module calls must have unique names within a module.`;
    diagnostics.push(problem('Duplicate module call', detail, call.range));
  }
  for (const { name, range, source, version, inputs } of overrides.flatMap(
    (file) => file.moduleCalls,
  )) {
    const base = calls.get(name);
    if (base === undefined) {
      const detail = `There is no module call named ${quoted(name)}. An override file can only override a module call that was defined in a primary configuration file.`;
      diagnostics.push(problem('Missing module call to override', detail, range));
      continue;
    }
    calls.set(name, {
      ...base,
      source: source ?? base.source,
      version: version ?? base.version,
      inputs: new Map([...base.inputs, ...inputs]),
    });
  }
  return calls;
}

export function mergeVariables(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
): ReadonlyMap<string, VariableDeclaration> {
  const variables = new Map<string, VariableDeclaration>();
  for (const variable of [...primary, ...overrides].flatMap((file) => file.variables)) {
    const base = variables.get(variable.name);
    variables.set(variable.name, {
      name: variable.name,
      default: variable.default ?? base?.default,
      takesText: variable.takesText ?? base?.takesText,
      hidden: variable.hidden ?? base?.hidden,
    });
  }
  return variables;
}

export function mergeLocals(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
): ReadonlyMap<string, Expression> {
  const files = [...primary, ...overrides];
  return new Map(
    files.flatMap((file) => file.locals).map(({ name, expression }) => [name, expression]),
  );
}

/** The last one counts: an override file replaces it as a whole, whichever kind it is. */
export function mergeBackends(
  primary: readonly FileDeclarations[],
  overrides: readonly FileDeclarations[],
): BackendDeclaration | undefined {
  return [...primary, ...overrides].flatMap((file) => file.backends).at(-1);
}
