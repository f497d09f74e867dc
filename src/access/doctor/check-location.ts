import { isTofuOciError } from '../../base/index.ts';
import {
  checkOneToOne,
  formatProviderAddress,
  type OneToOneOptions,
  type PathTemplate,
  parseProviderAddress,
  type ProviderAddress,
  type ProviderPattern,
  type RepositoryTemplate,
} from '../../domain/index.ts';
import type { RepositoryName } from '../../spec/index.ts';
import { failedCheck, type Tell } from './check.ts';
import { recognise } from './products.ts';

/** A location in a registry, and where it was found. */
export interface RegistryLocation {
  readonly template: RepositoryTemplate;
  /** For messages: `the location`, `the oci_mirror of the CLI configuration`. */
  readonly source: string;
  /** Which providers it is for; empty means all. */
  readonly include: readonly ProviderPattern[];
}

/** A repository, and the provider it is for. */
export interface ProviderRepository {
  readonly provider: ProviderAddress;
  readonly repository: RepositoryName;
}

/** Providers that many mirrors have. */
const usualProviders = [
  'registry.opentofu.org/hashicorp/null',
  'registry.opentofu.org/hashicorp/random',
  'registry.opentofu.org/hashicorp/aws',
];

/** More would take long with a registry that is slow to say no. */
const maxRepositories = 6;

/** Whether a template keeps providers apart, and gives names that registries take. */
export function checkTemplate(
  template: RepositoryTemplate | PathTemplate,
  include: readonly ProviderPattern[],
  tell: Tell,
): void {
  const doubt = checkOneToOne(template, scopeOf(include));
  if (doubt === undefined) {
    const text = `${template.text} gives every provider a repository of its own`;
    tell({ topic: 'location', status: 'ok', text });
    return;
  }
  tell({
    topic: 'location',
    status: 'warning',
    text: doubt.message,
    advice: doubt.corrected === undefined ? undefined : `Use for example '${doubt.corrected}'.`,
  });
}

function scopeOf(include: readonly ProviderPattern[]): OneToOneOptions {
  const only = (values: readonly string[]): string | undefined => {
    const distinct = new Set(values);
    const [first] = distinct;
    return distinct.size === 1 && first !== '*' ? first : undefined;
  };
  return {
    host: only(include.map(({ hostname }) => hostname)),
    namespace: only(include.map(({ namespace }) => namespace)),
    type: only(include.map(({ type }) => type)),
  };
}

/**
 * The repositories to try: of the providers that were named, else of those that are probably there, and of those
 * that many mirrors have. Says which providers have no legal name.
 */
export function repositoriesAt(
  { template }: RegistryLocation,
  {
    named = [],
    providers,
  }: {
    readonly named?: readonly ProviderAddress[] | undefined;
    readonly providers: readonly ProviderAddress[];
  },
  tell: Tell,
): readonly ProviderRepository[] {
  const found: ProviderRepository[] = [];
  const names = new Set<string>();
  const usual = usualProviders.map((text) => parseProviderAddress(text));
  for (const provider of named.length > 0 ? named : [...providers, ...usual]) {
    if (found.length >= maxRepositories) break;
    try {
      const repository = template.repositoryFor(provider);
      if (names.has(repository.path)) continue;
      names.add(repository.path);
      found.push({ provider, repository });
    } catch (error) {
      if (!isTofuOciError(error)) throw error;
      const what = `${formatProviderAddress(provider)} has no repository by ${template.text}`;
      tell(failedCheck('location', what, error));
    }
  }
  checkForm(found, tell);
  return found;
}

/** What is known of the form of names in this registry. */
function checkForm([first]: readonly ProviderRepository[], tell: Tell): void {
  if (first === undefined) return;
  const { path, registry } = first.repository;
  const parts = path.split('/').length;
  if (recognise(registry, [])?.id !== 'docker-hub' || parts === 2) return;
  tell({
    topic: 'location',
    status: 'problem',
    category: 'usage',
    text: `names of Docker Hub have two parts, and ${path} has ${parts}`,
    advice: "Use for example 'docker.io/ACCOUNT/provider_{namespace}_{type}'.",
  });
}
