import { UnmappableProviderError, InvalidHostnameError } from './errors.ts';
import { parseHostname } from './hostname.ts';
import { defaultHost, parseProviderPart, type ProviderAddress } from './provider-address.ts';
import type { PathTemplate, RepositoryTemplate } from './repository-template.ts';
import {
  formatPieces,
  type TemplatePiece,
  type TemplateVariable,
  templateVariables,
} from './template-pieces.ts';

/** Which provider a template gives a certain name to. */
export type NamedProvider =
  /** This one and no other. */
  | { readonly kind: 'known'; readonly provider: ProviderAddress }
  /**
   * Other providers have the name, too, or it can not be told: whoever looks into the repository knows.
   * The guess is the one of them that is of the default host, where there is but one.
   */
  | { readonly kind: 'open'; readonly guess: ProviderAddress | undefined }
  /** None has it. */
  | { readonly kind: 'none' };

/**
 * Ways to cut one name into parts. Names have a few dashes; a registry that has been filled with others to
 * keep us busy gets no more of our time.
 */
const maxTries = 1000;

/**
 * The way back through a template, from the path of a repository to the provider that it is for.
 * @param path of a repository: without the registry
 * @param host of addresses where the template has none
 */
export function providerNamed(
  template: RepositoryTemplate | PathTemplate,
  path: string,
  host: string = defaultHost,
): NamedProvider {
  const pieces = pathPieces(template);
  if (pieces === undefined) return { kind: 'open', guess: undefined };
  const found = new Map<string, Values>();
  let tries = 0;
  for (const values of matches(pieces, path)) {
    tries += 1;
    if (tries > maxTries) return { kind: 'open', guess: undefined };
    const provider = providerOf({ hostname: host, namespace: 'x', type: 'x', ...values });
    if (provider !== undefined && isNameOf(template, provider, path)) {
      found.set(JSON.stringify(values), values);
    }
    // Two are as good as a thousand.
    if (found.size > 1) break;
  }
  const [values] = found.values();
  if (values === undefined) return { kind: 'none' };
  const missing = templateVariables.filter((name) => values[name] === undefined);
  const isGuess = missing.every((name) => name === 'hostname');
  const provider = isGuess
    ? providerOf({ hostname: host, namespace: '', type: '', ...values })
    : undefined;
  if (found.size > 1) return { kind: 'open', guess: undefined };
  if (missing.length > 0) return { kind: 'open', guess: provider };
  return provider === undefined ? { kind: 'none' } : { kind: 'known', provider };
}

/** Whether the template gives the provider a repository with this path. */
export function isNameOf(
  template: RepositoryTemplate | PathTemplate,
  provider: ProviderAddress,
  path: string,
): boolean {
  try {
    return (
      ('pathFor' in template
        ? template.pathFor(provider)
        : template.repositoryFor(provider).path) === path
    );
  } catch (error) {
    if (error instanceof UnmappableProviderError) return false;
    throw error;
  }
}

/** The registry of all repositories of a template; undefined where it depends on the provider. */
export function registryOf({ pieces }: RepositoryTemplate): string | undefined {
  const first = pieces?.[0];
  if (first === undefined || !('literal' in first)) return undefined;
  const slash = first.literal.indexOf('/');
  return slash < 0 ? undefined : first.literal.slice(0, slash);
}

/** Text and variables that make the path; undefined when they can not be told. */
function pathPieces(
  template: RepositoryTemplate | PathTemplate,
): readonly TemplatePiece[] | undefined {
  const { pieces } = template;
  if (pieces === undefined || 'pathFor' in template) return pieces;
  const registry = registryOf(template);
  const [first, ...rest] = pieces;
  if (registry === undefined || first === undefined) return undefined;
  const literal = formatPieces([first], 'braces').slice(registry.length + 1);
  return literal === '' ? rest : [{ literal }, ...rest];
}

type Values = Readonly<Partial<Record<TemplateVariable, string>>>;

/** None of the three has a slash in it. */
function* matches(
  pieces: readonly TemplatePiece[],
  text: string,
  values: Values = {},
): Generator<Values> {
  const [piece, ...rest] = pieces;
  if (piece === undefined) {
    if (text === '') yield values;
    return;
  }
  const fixed = 'literal' in piece ? piece.literal : values[piece.variable];
  if (fixed !== undefined) {
    if (text.startsWith(fixed)) yield* matches(rest, text.slice(fixed.length), values);
    return;
  }
  if (!('variable' in piece)) return;
  const [word = ''] = text.split('/', 1);
  const least = rest.length === 0 ? word.length : 1;
  for (let length = least; length >= 1 && length <= word.length; length++) {
    const taken = { ...values, [piece.variable]: word.slice(0, length) };
    yield* matches(rest, text.slice(length), taken);
  }
}

/** Undefined unless each part is in its one normal form. */
function providerOf(
  values: Readonly<Record<TemplateVariable, string>>,
): ProviderAddress | undefined {
  const { hostname, namespace, type } = values;
  for (const given of [namespace, type]) {
    const parsed = parseProviderPart(given);
    if (!('part' in parsed) || parsed.part !== given) return undefined;
  }
  return isHost(hostname) ? { hostname, namespace, type } : undefined;
}

/** In comparison form, which for names beyond ASCII is not what people may write. */
function isHost(text: string): boolean {
  if (/(?:^|\.)xn--/u.test(text)) return true;
  try {
    return parseHostname(text) === text;
  } catch (error) {
    if (error instanceof InvalidHostnameError) return false;
    throw error;
  }
}
