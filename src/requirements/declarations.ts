import type { Diagnostic, SourceRange } from '../base/index.ts';
import type { ProviderAddress, VersionConstraints } from '../domain/index.ts';
import type { Expression } from '../hcl/index.ts';
import { ProblemList } from './problem-list.ts';

/** One entry of `required_providers`. */
export interface RequiredProvider {
  /** The local name. */
  readonly name: string;
  readonly provider: ProviderAddress;
  readonly constraints: VersionConstraints;
  readonly range: SourceRange;
}

/** One `required_providers` block. */
export interface RequiredBlock {
  readonly entries: readonly RequiredProvider[];
  readonly range: SourceRange;
}

export type ResourceMode = 'resource' | 'data' | 'ephemeral';

/** A resource, a data source or an ephemeral resource: it needs a provider. */
export interface ResourceDeclaration {
  readonly mode: ResourceMode;
  readonly type: string;
  readonly name: string;
  /** The local name in its `provider` argument. */
  readonly providerName: string | undefined;
  readonly range: SourceRange;
}

/** A `provider` block. */
export interface ProviderDeclaration {
  readonly name: string;
  readonly alias: string | undefined;
  /** Of its deprecated `version` argument. */
  readonly constraints: VersionConstraints | undefined;
  readonly range: SourceRange;
}

/** An `import` block: it needs the provider of what it imports. */
export interface ImportDeclaration {
  /** Of the resource; undefined when it can not be told. */
  readonly type: string | undefined;
  readonly providerName: string | undefined;
  readonly range: SourceRange;
}

/** A call of a child module, or of a module that a test runs. */
export interface ModuleCall {
  readonly name: string;
  readonly range: SourceRange;
  /** Where an argument that is missing could stand. */
  readonly openRange: SourceRange;
  readonly source: Expression | undefined;
  readonly version: Expression | undefined;
  /** What it sets the module's variables to, and more that is no variable there. */
  readonly inputs: ReadonlyMap<string, Expression>;
}

/** A `variable` block: the source of a module may depend on it. */
export interface VariableDeclaration {
  readonly name: string;
  readonly default: Expression | undefined;
  /** A text given for it from outside is the value itself, and not an expression; undefined without a type. */
  readonly takesText: boolean | undefined;
  /** Sensitive, ephemeral or declared not to be constant: no source may depend on it. */
  readonly hidden: boolean | undefined;
}

/** One entry of a `locals` block. */
export interface LocalDeclaration {
  readonly name: string;
  readonly expression: Expression;
}

/** Where the state is kept: a `backend` or `cloud` block. */
export interface BackendDeclaration {
  /** `cloud` for such a block. */
  readonly type: string;
  /** Its arguments by name. */
  readonly settings: ReadonlyMap<string, Expression>;
}

/** What one file declares, as far as providers are concerned. */
export interface FileDeclarations {
  readonly required: readonly RequiredBlock[];
  readonly resources: readonly ResourceDeclaration[];
  readonly providers: readonly ProviderDeclaration[];
  readonly imports: readonly ImportDeclaration[];
  readonly moduleCalls: readonly ModuleCall[];
  /** In test files only: the modules that their runs call instead of the root module. */
  readonly runs: readonly ModuleCall[];
  readonly variables: readonly VariableDeclaration[];
  readonly locals: readonly LocalDeclaration[];
  readonly backends: readonly BackendDeclaration[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The same while it is being put together. */
export interface DeclarationsBuilder {
  readonly required: RequiredBlock[];
  readonly resources: ResourceDeclaration[];
  readonly providers: ProviderDeclaration[];
  readonly imports: ImportDeclaration[];
  readonly moduleCalls: ModuleCall[];
  readonly runs: ModuleCall[];
  readonly variables: VariableDeclaration[];
  readonly locals: LocalDeclaration[];
  readonly backends: BackendDeclaration[];
  readonly diagnostics: Diagnostic[];
}

export function noDeclarations(): DeclarationsBuilder {
  return {
    required: [],
    resources: [],
    providers: [],
    imports: [],
    moduleCalls: [],
    runs: [],
    variables: [],
    locals: [],
    backends: [],
    diagnostics: new ProblemList(),
  };
}

/** The local name that a resource type implies: all before its first `_`. */
export function impliedName(resourceType: string): string {
  const underscore = resourceType.indexOf('_');
  return underscore < 0 ? resourceType : resourceType.slice(0, underscore);
}

export function problem(summary: string, detail: string, range: SourceRange): Diagnostic {
  return { severity: 'error', summary, detail, range };
}

/** In HCL's notation: `main.tf:3,5-20`. */
export function formatRange({ file, start, end }: SourceRange): string {
  const last = start.line === end.line ? `${end.column}` : `${end.line},${end.column}`;
  return `${file}:${start.line},${start.column}-${last}`;
}
