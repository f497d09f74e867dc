import type { Diagnostic } from '../base/index.ts';
import { type Expression, parseExpression, type TraversalStep } from '../hcl/index.ts';
import { problem } from './declarations.ts';
import { checkLocalName, type Written } from './provider-entry.ts';

const title = 'Invalid provider configuration reference';
const noReference =
  'The provider argument requires a provider type name, optionally followed by a period and then a configuration alias and optional instance key.';
const badAlias =
  'Provider name must either stand alone or be followed by a period and then a configuration alias.';
const keyWithoutAlias =
  'Provider assignment requires an alias when specifying an instance key, in the form of provider.name[instance_key]';

/**
 * The local name in `provider = aws`, `provider = aws.west` or `provider = aws.by_region[each.key]`.
 * @returns undefined after a problem
 */
export function readProviderReference(
  expression: Expression,
  diagnostics: Diagnostic[],
): string | undefined {
  const { range } = expression;
  // Very old configurations have references in quotes.
  if (expression.kind === 'literal' && typeof expression.value === 'string') {
    return readProviderReferenceText({ text: expression.value, range }, diagnostics);
  }
  const steps: TraversalStep[] = [];
  let current = expression;
  while (current.kind === 'traversal') {
    steps.push(current.step);
    current = current.source;
  }
  steps.reverse();
  const name = nameOf(current);
  const [alias, key, tooMany] = steps;
  const hasSplat = steps.some(({ kind }) => kind === 'splat');
  if (name === undefined || hasSplat || tooMany !== undefined) {
    diagnostics.push(problem(title, noReference, range));
    return undefined;
  }
  if (!checkLocalName(name, current.range, diagnostics)) return undefined;
  if (alias?.kind === 'index') {
    const isConstant = alias.key.kind === 'literal';
    diagnostics.push(
      isConstant ? problem(title, badAlias, alias.range) : problem(title, keyWithoutAlias, range),
    );
    return undefined;
  }
  if (key?.kind === 'attribute') {
    diagnostics.push(problem(title, badAlias, key.range));
    return undefined;
  }
  return name;
}

/** The same for a reference in a string, as JSON has it: without `${ }`. */
export function readProviderReferenceText(
  { text, range }: Written,
  diagnostics: Diagnostic[],
): string | undefined {
  const { expression, diagnostics: wrong } = parseExpression(text, range.file);
  const isText = expression.kind === 'literal' && typeof expression.value === 'string';
  if (wrong.length > 0 || isText) {
    diagnostics.push(problem(title, noReference, range));
    return undefined;
  }
  // Places within the string are no places in the file.
  const found: Diagnostic[] = [];
  const name = readProviderReference(expression, found);
  diagnostics.push(...found.map((each) => ({ ...each, range })));
  return name;
}

/** HCL takes words like `null` for names where a reference is due: there is a provider of that name. */
function nameOf(expression: Expression): string | undefined {
  if (expression.kind === 'variable') return expression.name;
  if (expression.kind !== 'literal') return undefined;
  const { value } = expression;
  return value === null || typeof value === 'boolean' ? String(value) : undefined;
}
