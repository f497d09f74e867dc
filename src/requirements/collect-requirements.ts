import { compareBytes, type Diagnostic } from '../base/index.ts';
import {
  displayProvider,
  impliedProviderAddress,
  isLegacy,
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
  return mergeRequirements(
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
  );
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

/** What OpenTofu says about the requirements as a whole. */
export function checkRequirements(
  requirements: Requirements,
  required: ReadonlyMap<string, RequiredProvider>,
): readonly Diagnostic[] {
  return [...legacy(requirements, required), ...repeated(required), ...doubtful(requirements)];
}

function legacy(
  requirements: Requirements,
  required: ReadonlyMap<string, RequiredProvider>,
): readonly Diagnostic[] {
  return [...requirements.values()]
    .filter(({ provider }) => isLegacy(provider))
    .map(({ provider }) => ({
      severity: 'error',
      summary: 'Invalid legacy provider address',
      detail: `This configuration or its associated state refers to the unqualified provider "${provider.type}".\n\nYou must complete the Terraform 0.13 upgrade process before upgrading to later versions.`,
      range: [...required.values()].find(
        (entry) => providerKey(entry.provider) === providerKey(provider),
      )?.range,
    }));
}

function repeated(required: ReadonlyMap<string, RequiredProvider>): readonly Diagnostic[] {
  const names = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const { name, provider, range } of required.values()) {
    const before = names.get(providerKey(provider));
    if (before !== undefined) {
      diagnostics.push({
        severity: 'warning',
        summary: 'Duplicate required provider',
        detail: `Provider ${displayProvider(provider)} with the local name "${name}" was previously required as "${before}". A provider can only be required once within required_providers.`,
        range,
      });
    }
    names.set(providerKey(provider), name);
  }
  return diagnostics;
}

/** Providers that were taken over may be meant by both names. */
function doubtful(requirements: Requirements): readonly Diagnostic[] {
  const byType = new Map<string, string[]>();
  for (const { provider } of requirements.values()) {
    if (provider.namespace !== 'hashicorp' && provider.namespace !== 'opentofu') continue;
    byType.set(provider.type, [...(byType.get(provider.type) ?? []), displayProvider(provider)]);
  }
  return [...byType]
    .filter(([, names]) => names.length > 1)
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([type, names]) => ({
      severity: 'warning',
      summary: 'Potential provider misconfiguration',
      detail: `OpenTofu has detected multiple providers of type ${type} (${names.sort(compareBytes).join(', ')}) which may be a misconfiguration.\n\nIf this is intentional you can ignore this warning`,
    }));
}
