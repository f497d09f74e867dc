import {
  defaultHost,
  impliedProviderAddress,
  InvalidProviderAddressError,
  parseProviderAddress,
  parseProviderPart,
  type ProviderAddress,
} from '../domain/index.ts';
import { type Expression, parseExpression, staticString } from '../hcl/index.ts';

const form =
  'Invalid provider configuration address: Provider address must begin with "provider.", followed by a provider type name.';

/** A hundred modules deep, with long names. */
const maxLength = 8192;

/**
 * The provider in what a state calls a provider's configuration: `provider["HOST/NAMESPACE/TYPE"].alias`,
 * `module.a.provider["…"]`, or `provider.TYPE` from before providers had addresses.
 */
export function parseStateProvider(
  text: string,
): { readonly provider: ProviderAddress } | { readonly why: string } {
  if (text.length > maxLength) return { why: form };
  const steps = stepsOf(parseExpression(text, 'state').expression);
  if (steps === undefined) return { why: form };
  let at = 0;
  while (steps[at]?.name === 'module' && steps[at]?.isIndex === false) at += 2;
  const [word, named, alias, tooMany] = steps.slice(at);
  const isAddress = word?.name === 'provider' && !word.isIndex && named !== undefined;
  if (!isAddress || alias?.isIndex === true || tooMany !== undefined) return { why: form };
  if (!named.isIndex) return legacyProvider(named.name);
  try {
    return { provider: parseProviderAddress(named.name) };
  } catch (error) {
    if (!(error instanceof InvalidProviderAddressError)) throw error;
    return { why: `${error.summary}: ${error.detail}` };
  }
}

/** OpenTofu installs none of these but its own. */
function legacyProvider(
  name: string,
): { readonly provider: ProviderAddress } | { readonly why: string } {
  const part = parseProviderPart(name);
  if ('why' in part) return { why: `Invalid provider type: ${part.why}` };
  if (name === 'terraform') return { provider: impliedProviderAddress(name) };
  return { provider: { hostname: defaultHost, namespace: '-', type: part.part } };
}

interface Step {
  readonly name: string;
  readonly isIndex: boolean;
}

function stepsOf(expression: Expression): readonly Step[] | undefined {
  const steps: Step[] = [];
  let current = expression;
  while (current.kind === 'traversal') {
    const { step } = current;
    if (step.kind === 'splat') return undefined;
    const name = step.kind === 'attribute' ? step.name : staticString(step.key);
    if (name === undefined) return undefined;
    steps.push({ name, isIndex: step.kind === 'index' });
    current = current.source;
  }
  if (current.kind !== 'variable') return undefined;
  return [...steps, { name: current.name, isIndex: false }].reverse();
}
