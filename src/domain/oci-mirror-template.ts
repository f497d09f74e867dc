import type { Diagnostic } from '../base/index.ts';
import {
  evaluate,
  type Expression,
  parseTemplate,
  unknownString,
  variablesIn,
} from '../hcl/index.ts';
import { UnmappableProviderError } from './errors.ts';
import type { ProviderPattern } from './provider-pattern.ts';
import {
  compiledExpression,
  exampleProvider,
  mustBeAddress,
  renderExpression,
  repositoryTemplate,
  type RepositoryTemplate,
} from './repository-template.ts';
import { isTemplateVariable, type TemplateVariable, unknownSymbol } from './template-pieces.ts';

export interface OciMirrorTemplateOptions {
  /** Where the block stands, as `LINE:COLUMN`. */
  readonly at: string;
  /** The block's `include`; undefined when it could not be parsed, which is reported elsewhere. */
  readonly include: readonly ProviderPattern[] | undefined;
}

export interface CheckedTemplate {
  /** Undefined when there are errors. */
  readonly template: RepositoryTemplate | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const source = '<oci_mirror repository_template>';

/**
 * Does for a `repository_template` of the CLI configuration what OpenTofu 1.12 does when it loads the file,
 * in its order and words. HCL is the only spelling there. One difference: a template without a path (a bare
 * registry) is refused here and not at the first installation.
 */
export function checkOciMirrorTemplate(
  text: string,
  options: OciMirrorTemplateOptions,
): CheckedTemplate {
  const { expression, diagnostics } = parseTemplate(text, source);
  if (diagnostics.length > 0) return { template: undefined, diagnostics };
  const found = [...checkSymbols(expression, options), ...checkCoverage(expression, options)];
  if (found.length > 0) return { template: undefined, diagnostics: found };
  const typed = evaluate(expression, {
    hostname: unknownString,
    namespace: unknownString,
    type: unknownString,
  });
  if (typed.diagnostics.length > 0) return { template: undefined, diagnostics: typed.diagnostics };
  const result = renderExpression(expression, exampleProvider);
  if ('diagnostics' in result) return { template: undefined, diagnostics: result.diagnostics };
  if ('why' in result) return { template: undefined, diagnostics: [problem(options, result.why)] };
  const template = repositoryTemplate(compiledExpression(text, expression));
  try {
    template.repositoryFor(exampleProvider);
  } catch (error) {
    if (!(error instanceof UnmappableProviderError)) throw error;
    return { template: undefined, diagnostics: [problem(options, mustBeAddress)] };
  }
  return { template, diagnostics: [] };
}

function checkSymbols(
  expression: Expression,
  options: OciMirrorTemplateOptions,
): readonly Diagnostic[] {
  return variablesIn(expression)
    .filter(({ name }) => !isTemplateVariable(name))
    .map(({ name, range }) => ({ ...problem(options, unknownSymbol(name)), range }));
}

const coverage: readonly { readonly variable: TemplateVariable; readonly one: string }[] = [
  { variable: 'hostname', one: 'registry hostname' },
  { variable: 'namespace', one: 'provider namespace' },
  { variable: 'type', one: 'provider' },
];

/** What `include` leaves open, the template must tell apart. Wildcards are passed over, as upstream does. */
function checkCoverage(
  expression: Expression,
  options: OciMirrorTemplateOptions,
): readonly Diagnostic[] {
  const { include } = options;
  if (include === undefined) return [];
  const used = new Set(variablesIn(expression).map(({ name }) => name));
  return coverage.flatMap(({ variable, one }) => {
    const values = new Set(include.map((pattern) => pattern[variable]).filter((v) => v !== '*'));
    if (values.size === 1 || used.has(variable)) return [];
    return [
      problem(
        options,
        `template must refer to the "${variable}" symbol unless the "include" argument selects exactly one ${one}.`,
      ),
    ];
  });
}

function problem({ at }: OciMirrorTemplateOptions, why: string): Diagnostic {
  return {
    severity: 'error',
    summary: 'Invalid oci_mirror repository template',
    detail: `Invalid oci_mirror block at ${at}: ${why}`,
  };
}
