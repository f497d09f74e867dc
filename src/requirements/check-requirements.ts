import { compareBytes, type Diagnostic, quoted } from '../base/index.ts';
import {
  displayProvider,
  formatProviderAddress,
  impliedProviderAddress,
  isLegacy,
  parseProviderPart,
  providerKey,
  type ProviderKey,
  type Requirements,
  sameProvider,
} from '../domain/index.ts';
import { impliedName, type RequiredProvider, type ResourceDeclaration } from './declarations.ts';
import type { ModuleDeclarations } from './merge-module.ts';

/** Of one kind: nobody reads more, and each resource can have one for each name of its provider. */
const maxWarnings = 500;

/** What OpenTofu says about the names of providers within one module. */
export function checkModule(module: ModuleDeclarations): readonly Diagnostic[] {
  return [...repeated(module), ...impliedByResources(module)];
}

/** What it says about the requirements of the configuration as a whole. */
export function checkRequirements(
  requirements: Requirements,
  modules: Iterable<ModuleDeclarations>,
): readonly Diagnostic[] {
  return [...legacy(requirements, modules), ...doubtful(requirements)];
}

function legacy(
  requirements: Requirements,
  modules: Iterable<ModuleDeclarations>,
): readonly Diagnostic[] {
  const firstEntries = new Map<ProviderKey, RequiredProvider>();
  for (const { required } of modules) {
    for (const entry of required.values()) {
      const key = providerKey(entry.provider);
      if (!firstEntries.has(key)) firstEntries.set(key, entry);
    }
  }
  return [...requirements.values()]
    .filter(({ provider }) => isLegacy(provider))
    .map(({ provider }) => ({
      severity: 'error',
      summary: 'Invalid legacy provider address',
      detail: `This configuration or its associated state refers to the unqualified provider "${provider.type}".\n\nYou must complete the Terraform 0.13 upgrade process before upgrading to later versions.`,
      range: firstEntries.get(providerKey(provider))?.range,
    }));
}

const repeatedTitle = 'Duplicate required provider';

/** One provider under two names: both in `required_providers`, or the other one as the name of a block. */
function repeated({ required, providers }: ModuleDeclarations): readonly Diagnostic[] {
  const names = new Map<string, string>();
  const blocks = new Set(providers.map((block) => block.name));
  const diagnostics: Diagnostic[] = [];
  const warn = (detail: string, range: Diagnostic['range']): void => {
    diagnostics.push({ severity: 'warning', summary: repeatedTitle, detail, range });
  };
  for (const { name, provider, range } of required.values()) {
    const shown = displayProvider(provider);
    const before = names.get(providerKey(provider));
    const implied = provider.type;
    if (before !== undefined) {
      const detail = `Provider ${shown} with the local name "${name}" was previously required as "${before}". A provider can only be required once within required_providers.`;
      warn(detail, range);
    } else if (
      name !== implied &&
      sameProvider(provider, impliedProviderAddress(implied)) &&
      blocks.has(implied)
    ) {
      const detail = `Provider ${shown} with the local name "${name}" was implicitly required via a configuration block as "${implied}". The provider configuration block name must match the name used in required_providers.`;
      warn(detail, range);
    }
    names.set(providerKey(provider), name);
  }
  return diagnostics;
}

/** Resources without a `provider` argument whose type means a provider that has another name here. */
function impliedByResources({ required, resources }: ModuleDeclarations): readonly Diagnostic[] {
  const namesOf = new Map<ProviderKey, string[]>();
  for (const { name, provider } of required.values()) {
    const key = providerKey(provider);
    const names = namesOf.get(key);
    if (names === undefined) namesOf.set(key, [name]);
    else names.push(name);
  }
  const diagnostics: Diagnostic[] = [];
  for (const resource of resources) {
    if (resource.providerName !== undefined) continue;
    const parsed = parseProviderPart(impliedName(resource.type));
    if ('why' in parsed || required.has(parsed.part)) continue;
    const implied = impliedProviderAddress(parsed.part);
    for (const name of namesOf.get(providerKey(implied)) ?? []) {
      if (diagnostics.length >= maxWarnings) return diagnostics;
      diagnostics.push({
        severity: 'warning',
        summary: repeatedTitle,
        detail: `Provider ${quoted(formatProviderAddress(implied))} was implicitly required via resource ${quoted(addressOf(resource))}, but listed in required_providers as ${quoted(name)}. Either the local name in required_providers must match the resource name, or the ${quoted(name)} provider must be assigned within the resource block.`,
        range: resource.range,
      });
    }
  }
  return diagnostics;
}

function addressOf({ mode, type, name }: ResourceDeclaration): string {
  return mode === 'resource' ? `${type}.${name}` : `${mode}.${type}.${name}`;
}

/** Providers that were taken over may be meant by both names. */
function doubtful(requirements: Requirements): readonly Diagnostic[] {
  const byType = new Map<string, string[]>();
  for (const { provider } of requirements.values()) {
    if (provider.namespace !== 'hashicorp' && provider.namespace !== 'opentofu') continue;
    const names = byType.get(provider.type);
    if (names === undefined) byType.set(provider.type, [displayProvider(provider)]);
    else names.push(displayProvider(provider));
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
