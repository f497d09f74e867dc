import type { Diagnostic, SourceRange } from '../base/index.ts';
import type { ProviderAddress, VersionConstraints } from '../domain/index.ts';

/** One entry of `required_providers`. */
export interface RequiredProvider {
  readonly name: string;
  readonly provider: ProviderAddress;
  readonly constraints: VersionConstraints;
  readonly range: SourceRange | undefined;
}

/** A place that needs a provider by its local name: a resource, a data source, a provider block. */
export interface ProviderUse {
  readonly name: string;
  /** The deprecated `version` argument of a provider block. */
  readonly constraints: VersionConstraints | undefined;
  readonly range: SourceRange | undefined;
}

export interface ModuleCall {
  readonly name: string;
  readonly range: SourceRange | undefined;
}

/** What one file declares, as far as providers are concerned. */
export interface FileDeclarations {
  /** Undefined when the file has no `required_providers` block. */
  readonly required: readonly RequiredProvider[] | undefined;
  /** Of the (last) `required_providers` block. */
  readonly requiredRange: SourceRange | undefined;
  readonly uses: readonly ProviderUse[];
  readonly moduleCalls: readonly ModuleCall[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The local name that a resource type implies: all before its first `_`. */
export function impliedName(resourceType: string): string {
  const underscore = resourceType.indexOf('_');
  return underscore < 0 ? resourceType : resourceType.slice(0, underscore);
}
