import { evaluate, type Expression, Unknown, type Value, variablesIn } from '../hcl/index.ts';
import type { ModuleDeclarations } from './merge-module.ts';

/** Gives the value of an expression that depends on nothing but what a configuration itself says. */
export interface StaticScope {
  /** @returns undefined for what can not be told so: it calls a function, or depends on a resource */
  readonly valueOf: (expression: Expression) => Value | undefined;
}

/** A value that is given from outside, and that may be one which can not be told. */
export interface GivenValue {
  readonly value: Value | undefined;
}

export interface ScopeOptions {
  /** What the caller sets a variable to; undefined when it leaves it to its default. */
  readonly input: (name: string, takesText: boolean) => GivenValue | undefined;
  readonly paths: {
    readonly module: string;
    readonly root: string;
    readonly cwd: string;
  };
  readonly workspace: string;
}

/** Locals that depend on locals, and so on. Each step is a step of recursion. */
const maxDepth = 100;

const roots: readonly string[] = ['var', 'local', 'path', 'terraform'];

/**
 * A module's variables, locals and paths, each worked out when it is asked for: OpenTofu lets the source of a
 * module depend on them (static evaluation). Functions are not known here.
 */
export function createStaticScope(
  module: Pick<ModuleDeclarations, 'variables' | 'locals'>,
  options: ScopeOptions,
): StaticScope {
  const known = new Map<string, Value | undefined>();
  let depth = 0;

  const once = (key: string, work: () => Value | undefined): Value | undefined => {
    if (known.has(key)) return known.get(key);
    // Whoever asks for it again before it is known depends on itself.
    known.set(key, undefined);
    if (depth >= maxDepth) return undefined;
    depth++;
    const value = work();
    depth--;
    known.set(key, value);
    return value;
  };

  const variable = (name: string): Value | undefined => {
    const declared = module.variables.get(name);
    if (declared === undefined || declared.hidden === true) return undefined;
    const given = options.input(name, declared.takesText ?? true);
    if (given !== undefined) return given.value;
    return declared.default && plainValue(evaluate(declared.default).value);
  };

  const attribute = (root: string, name: string): Value | undefined => {
    switch (root) {
      case 'var':
        return once(`var.${name}`, () => variable(name));
      case 'local': {
        const expression = module.locals.get(name);
        return expression && once(`local.${name}`, () => valueOf(expression));
      }
      case 'path':
        return name === 'module' || name === 'root' || name === 'cwd'
          ? options.paths[name]
          : undefined;
      default:
        return name === 'workspace' ? options.workspace : undefined;
    }
  };

  const valueOf = (expression: Expression): Value | undefined => {
    const names: Record<string, Record<string, Value>> = {};
    for (const use of variablesIn(expression)) {
      if (!roots.includes(use.name) || use.attribute === undefined) return undefined;
      const value = attribute(use.name, use.attribute);
      if (value === undefined) return undefined;
      const object = (names[use.name] ??= Object.create(null) as Record<string, Value>);
      object[use.attribute] = value;
    }
    return plainValue(evaluate(expression, names).value);
  };

  return { valueOf };
}

function plainValue(value: Value | Unknown | undefined): Value | undefined {
  return value instanceof Unknown ? undefined : value;
}
