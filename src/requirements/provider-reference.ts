import type { Diagnostic } from '../base/index.ts';
import type { Expression, TraversalStep } from '../hcl/index.ts';
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
    steps.unshift(current.step);
    current = current.source;
  }
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
  const [name, ...steps] = text
    .split(/(\[[^\]]*\])|(?=\.)/u)
    .filter(Boolean)
    .map((piece) => piece.replace(/^\./u, '').trim());
  const isName = (piece: string): boolean => /^[\p{L}_][\p{L}\p{N}\p{M}_-]*$/u.test(piece);
  const [alias, key] = steps;
  const sound = name !== undefined && [name, ...steps].every((p) => isName(p) || p.startsWith('['));
  if (!sound || !isName(name) || steps.length > 2) {
    diagnostics.push(problem(title, noReference, range));
    return undefined;
  }
  if (alias?.startsWith('[') === true || (key !== undefined && !key.startsWith('['))) {
    diagnostics.push(problem(title, badAlias, range));
    return undefined;
  }
  return checkLocalName(name, range, diagnostics) ? name : undefined;
}

/** HCL takes words like `null` for names where a reference is due: there is a provider of that name. */
function nameOf(expression: Expression): string | undefined {
  if (expression.kind === 'variable') return expression.name;
  if (expression.kind !== 'literal') return undefined;
  const { value } = expression;
  return value === null || typeof value === 'boolean' ? String(value) : undefined;
}
