import { findAmbiguity } from './ambiguity.ts';
import { correctedTemplate } from './corrected-template.ts';
import { InvalidHostnameError, UnmappableProviderError } from './errors.ts';
import { parseHostname } from './hostname.ts';
import {
  compareProviders,
  defaultHost,
  formatProviderAddress,
  parseProviderPart,
  type ProviderAddress,
  sameProvider,
} from './provider-address.ts';
import type { PathTemplate, RepositoryTemplate } from './repository-template.ts';
import {
  type FixedVariables,
  substitute,
  type TemplatePiece,
  type TemplateVariable,
  templateVariables,
} from './template-pieces.ts';

export interface OneToOneOptions {
  /** The one host served, in comparison form. Without it: any host, or the default one if the template names none. */
  readonly host?: string | undefined;
  /** The one namespace served, if there is but one. */
  readonly namespace?: string | undefined;
  /** The one type served, if there is but one. */
  readonly type?: string | undefined;
}

/** Why a template is not safe to publish through. */
export type TemplateDoubt =
  | {
      readonly kind: 'collision';
      /** Two providers, by address, that get the same repository. */
      readonly pair: readonly [ProviderAddress, ProviderAddress];
      readonly repository: string;
      /** A template that keeps them apart, in the same spelling. */
      readonly corrected: string;
      readonly message: string;
    }
  /** Two providers may get the same repository, or not: it could not be found out. */
  | { readonly kind: 'unproven'; readonly corrected: string | undefined; readonly message: string };

/**
 * Whether the template gives each provider that it serves a repository of its own; undefined when it does.
 * Exact for templates of text and variables in a row with each variable once; otherwise it may stay
 * unproven, but nothing is ever called safe that is not. By OpenTofu's grammar of addresses: types of other
 * tools may hold `_`.
 */
export function checkOneToOne(
  template: RepositoryTemplate | PathTemplate,
  options: OneToOneOptions = {},
): TemplateDoubt | undefined {
  const { pieces } = template;
  if (pieces === undefined) {
    return {
      kind: 'unproven',
      corrected: undefined,
      message: `whether ${template.text} gives each provider a repository of its own can not be proven, because it is more than text and variables in a row`,
    };
  }
  const pair = missingPair(template, options) ?? collidingPair(template, pieces, options);
  if (pair === undefined) return undefined;
  const corrected = correctedTemplate(template, pieces, fixedBy(options));
  if (pair === 'unproven') {
    return {
      kind: 'unproven',
      corrected,
      message: `whether ${template.text} gives each provider a repository of its own could not be proven`,
    };
  }
  const repository = nameOf(template, pair[0]) ?? '';
  const [first, second] = pair.map(formatProviderAddress);
  return {
    kind: 'collision',
    pair,
    repository,
    corrected,
    message: `${template.text} puts ${first ?? ''} and ${second ?? ''} into the same repository, ${repository}`,
  };
}

type Pair = readonly [ProviderAddress, ProviderAddress];

const samples: Readonly<Record<TemplateVariable, readonly [string, string]>> = {
  hostname: [defaultHost, defaultHost],
  namespace: ['hashicorp', 'example'],
  type: ['null', 'random'],
};

/** Two providers that differ in a variable that the template does not have and nothing fixes. */
function missingPair(
  template: RepositoryTemplate | PathTemplate,
  options: OneToOneOptions,
): Pair | undefined {
  const fixed = fixedBy(options);
  const missing = templateVariables.find(
    (name) => name !== 'hostname' && fixed[name] === undefined && !template.variables.has(name),
  );
  if (missing === undefined) return undefined;
  const first = {
    hostname: fixed.hostname ?? samples.hostname[0],
    namespace: fixed.namespace ?? samples.namespace[0],
    type: fixed.type ?? samples.type[0],
  };
  return [first, { ...first, [missing]: samples[missing][1] }];
}

function collidingPair(
  template: RepositoryTemplate | PathTemplate,
  pieces: readonly TemplatePiece[],
  options: OneToOneOptions,
): Pair | 'unproven' | undefined {
  const open = substitute(pieces, fixedBy(options));
  const ambiguity = findAmbiguity(open);
  if (ambiguity === undefined) return undefined;
  const names = open.map((piece) => ('variable' in piece ? piece.variable : undefined));
  const used = names.filter((name) => name !== undefined);
  const candidates =
    new Set(used).size === used.length
      ? [pairOf(names, ambiguity.first, ambiguity.second, options)]
      : smallPairs(template, options);
  for (const pair of candidates) {
    if (collides(template, pair)) return pair;
  }
  return 'unproven';
}

function fixedBy({ host: hostname, namespace, type }: OneToOneOptions): FixedVariables {
  return { hostname, namespace, type };
}

function pairOf(
  names: readonly (TemplateVariable | undefined)[],
  first: readonly string[],
  second: readonly string[],
  options: OneToOneOptions,
): Pair {
  const address = (values: readonly string[]): ProviderAddress => {
    const valueOf = (name: TemplateVariable) => values[names.indexOf(name)];
    return {
      hostname: options.host ?? valueOf('hostname') ?? defaultHost,
      namespace: options.namespace ?? valueOf('namespace') ?? samples.namespace[0],
      type: options.type ?? valueOf('type') ?? samples.type[0],
    };
  };
  const pair = [address(first), address(second)].sort(compareProviders);
  return [pair[0] ?? address(first), pair[1] ?? address(second)];
}

const smallParts = 'a aa aaa aaaa a-a a-aa aa-a b ab ba a-b b-a'.split(' ');
const smallHosts = ['a', 'aa', 'a.a', 'a-a'];

/** Pairs of short addresses with the same result: for templates with a variable in two places. */
function* smallPairs(
  template: RepositoryTemplate | PathTemplate,
  options: OneToOneOptions,
): Generator<Pair> {
  const hosts = template.variables.has('hostname') ? smallHosts : [defaultHost];
  const seen = new Map<string, ProviderAddress>();
  for (const hostname of options.host === undefined ? hosts : [options.host]) {
    for (const namespace of options.namespace === undefined ? smallParts : [options.namespace]) {
      for (const type of options.type === undefined ? smallParts : [options.type]) {
        const address = { hostname, namespace, type };
        const name = nameOf(template, address);
        if (name === undefined) continue;
        const other = seen.get(name);
        if (other !== undefined) yield [other, address];
        seen.set(name, address);
      }
    }
  }
}

/** The last word: both are addresses, and the template itself gives them one name. */
function collides(template: RepositoryTemplate | PathTemplate, [first, second]: Pair): boolean {
  const name = nameOf(template, first);
  return (
    name !== undefined &&
    name === nameOf(template, second) &&
    !sameProvider(first, second) &&
    isAddress(first) &&
    isAddress(second)
  );
}

function isAddress({ hostname, namespace, type }: ProviderAddress): boolean {
  const parts = [namespace, type].map(parseProviderPart);
  return parts.every((result) => 'part' in result) && isHostname(hostname);
}

function isHostname(text: string): boolean {
  try {
    return parseHostname(text) === text;
  } catch (error) {
    if (error instanceof InvalidHostnameError) return false;
    throw error;
  }
}

function nameOf(
  template: RepositoryTemplate | PathTemplate,
  provider: ProviderAddress,
): string | undefined {
  try {
    if ('pathFor' in template) return template.pathFor(provider);
    const { registry, path } = template.repositoryFor(provider);
    return `${registry}/${path}`;
  } catch (error) {
    if (error instanceof UnmappableProviderError) return undefined;
    throw error;
  }
}
