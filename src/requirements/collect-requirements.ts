import {
  impliedProviderAddress,
  mergeRequirements,
  noConstraints,
  parseProviderPart,
  type ProviderAddress,
  providerKey,
  type Requirements,
  type VersionConstraints,
} from '../domain/index.ts';
import { impliedName, type ProviderDeclaration, type RequiredProvider } from './declarations.ts';
import type { ModuleDeclarations } from './merge-module.ts';

/**
 * What a module requires: its `required_providers`, and what its resources, imports and provider blocks imply,
 * those of its tests included. Built-in providers are among them.
 */
export function collectRequirements(
  module: ModuleDeclarations,
  testProviders: readonly ProviderDeclaration[],
): Requirements {
  const { required } = module;
  const one = (provider: ProviderAddress, constraints: VersionConstraints): Requirements =>
    new Map([[providerKey(provider), { provider, constraints }]]);
  const byName = (name: string): Requirements => {
    const provider = addressOf(name, required);
    return provider === undefined ? new Map() : one(provider, noConstraints);
  };
  return mergeRequirements([
    ...[...required.values()].map(({ provider, constraints }) => one(provider, constraints)),
    ...module.resources.map(({ type, providerName }) => byName(providerName ?? impliedName(type))),
    ...module.imports.map(({ type, providerName }) => {
      const name = providerName ?? (type === undefined ? undefined : impliedName(type));
      return name === undefined ? new Map() : byName(name);
    }),
    ...[...module.providers, ...testProviders].map(({ name, constraints }) => {
      const provider = addressOf(name, required);
      return provider === undefined ? new Map() : one(provider, constraints ?? noConstraints);
    }),
  ]);
}

/** Undefined for a name that can not be one, as in `resource "null resource" "x"`: OpenTofu refuses it. */
function addressOf(
  name: string,
  required: ReadonlyMap<string, RequiredProvider>,
): ProviderAddress | undefined {
  const parsed = parseProviderPart(name);
  if ('why' in parsed) return undefined;
  return required.get(parsed.part)?.provider ?? impliedProviderAddress(parsed.part);
}
