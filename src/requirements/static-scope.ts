import {
  evaluate,
  type Expression,
  Unknown,
  type Value,
  type VariableUse,
  variablesIn,
} from '../hcl/index.ts';
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
  /** Of all modules of a configuration together. */
  readonly work: StaticWork;
}

/** Locals that depend on locals, variables on those of the caller. Each step is a step of recursion. */
const maxDepth = 200;

/** Some seconds of work; a configuration with thousands of modules takes a thousandth of it. */
const maxSteps = 20_000_000;

/** How much may still be worked out: each module has values of its own, wherever it is called. */
export class StaticWork {
  #steps = maxSteps;
  #depth = 0;
  readonly #uses = new WeakMap<Expression, readonly VariableUse[]>();

  /** @returns undefined when it would be too much */
  evaluate(expression: Expression, names?: Readonly<Record<string, Value>>): Value | undefined {
    if (this.#steps <= 0) return undefined;
    const { value, steps } = evaluate(expression, names);
    this.#steps -= steps;
    return value instanceof Unknown ? undefined : value;
  }

  usesIn(expression: Expression): readonly VariableUse[] {
    let uses = this.#uses.get(expression);
    if (uses === undefined) {
      uses = variablesIn(expression);
      this.#uses.set(expression, uses);
    }
    this.#steps -= uses.length;
    return this.#steps <= 0 ? [] : uses;
  }

  /** Runs `work` one step deeper, if it may be that deep. */
  deeper(work: () => Value | undefined): Value | undefined {
    if (this.#depth >= maxDepth) return undefined;
    this.#depth++;
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }
}

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

  const once = (key: string, work: () => Value | undefined): Value | undefined => {
    if (known.has(key)) return known.get(key);
    // Whoever asks for it again before it is known depends on itself.
    known.set(key, undefined);
    const value = options.work.deeper(work);
    known.set(key, value);
    return value;
  };

  const variable = (name: string): Value | undefined => {
    const declared = module.variables.get(name);
    if (declared === undefined || declared.hidden === true) return undefined;
    const given = options.input(name, declared.takesText ?? true);
    if (given !== undefined) return given.value;
    return declared.default && options.work.evaluate(declared.default);
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
    for (const use of options.work.usesIn(expression)) {
      if (!roots.includes(use.name) || use.attribute === undefined) return undefined;
      const value = attribute(use.name, use.attribute);
      if (value === undefined) return undefined;
      const object = (names[use.name] ??= Object.create(null) as Record<string, Value>);
      object[use.attribute] = value;
    }
    return options.work.evaluate(expression, names);
  };

  return { valueOf };
}
